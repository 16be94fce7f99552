"""Is somebody angry? Insults, weariness, and capitals with an exclamation mark."""

import re
from collections.abc import Sequence

_BAD = (
    r"(?:useless|ridiculous|unacceptable|pathetic|outrageous|disgraceful|disgusting|stupid|dumb|joke|garbage|rubbish"
    r"|crap"
    r"|horrible|worthless|hopeless|scandal|nightmare)"
)
_VERY = r"(?:is |are |just |so |absolutely |completely |totally |really |utterly |a |an |bunch of )*"
_ORDINAL = (
    r"(?:second|third|fourth|fifth|sixth|tenth|hundredth|2nd|3rd|4th|5th|6th|10th|100th|umpteenth|nth) time "
    r"(?:now|i|ive|im|that i|asking|telling|writing|contacting|this (?:week|month)|already|today|you)"
)
_FEELING = r"(?:angry|furious|frustrated|annoyed|pissed|livid|mad at you)"

PATTERNS = (
    r"fuck\w*|shit\w*|bullshit|wtf|stfu|asshole|bastards?|idiots?|idiotic|morons?|imbeciles?|what the (?:f|hell|heck)",
    rf"(?:this|it|that|you|u|youre|thats|its|bot|service|support|absolutely|completely|totally|utterly) {_VERY}{_BAD}",
    (
        r"(?:useless|stupid|dumb|worthless|terrible|horrible|crappy|damn|bloody) "
        r"(?:bot|chatbot|robot|machine|service|support|company|answers?|system)"
    ),
    r"worst (?:\w+ )?(?:service|company|support|bot|experience|bank|shop)",
    _ORDINAL,
    r"how many (?:more )?times (?:do i have|must i|should i|have i)",
    r"sick (?:and tired )?of|fed up|wast(?:e|ing) (?:of )?my time|waste of time|for the last time",
    r"i hate (?:this|you|your)",
    rf"(?:im|i am|getting) (?:so |very |really |extremely |getting |absolutely )*{_FEELING}",
    r"are you (?:kidding|joking|stupid|dumb|deaf)",
    r"you (?:dont|do not|never|still dont) (?:understand|listen|get it)",
    r"(?:unbelievable|unacceptable|ridiculous|outrageous|pathetic|useless)$",
    r"^(?:useless|ridiculous|unacceptable|pathetic|outrageous)",
    (
        r"scheiss\w*|verdammt\w*|arschl\w+|unverschamt\w*|frechheit|schnauze voll|nutzlos\w*|unfahig\w*|lacherlich\w*"
        r"|saftladen"
    ),
    r"zum (?:dritten|vierten|zehnten|x ten|hundertsten) mal|es reicht jetzt|blod\w*|drecks\w*",
    r"mierda|joder|inutil\w*|idiotas?|estupid\w+|ridiculo|inaceptable|estoy hart[oa]|hart[oa] de|perdida de tiempo",
    r"(?:es|son) (?:una )?(?:verguenza|burla)|pesim[oa] servicio|(?:tercera|cuarta|quinta) vez que",
    r"merde|putain|connards?|inutiles?|inadmissible|honteux|ras le bol|marre de|jen ai marre|perte de temps",
    r"(?:cest|vous etes) (?:vraiment |completement )?(?:nul|nuls|ridicule|inacceptable|incompetents?)",
    r"(?:troisieme|quatrieme) fois que",
)
_ANGER = re.compile(rf"\b(?:{'|'.join(PATTERNS)})\b")

# How the words begin that every pattern needs one of: most texts hold none, and need no pattern.
_BEGINNINGS = frozenset(
    word[:4]
    for word in """
    fuck shit bullshit wtf stfu asshole bastard idiot moron imbecile hell heck f useless ridiculous unacceptable
    pathetic outrageous disgraceful disgusting stupid dumb joke garbage rubbish crap horrible worthless hopeless
    scandal nightmare terrible damn bloody worst time times sick fed waste wasting hate angry furious frustrated
    annoyed pissed livid mad kidding joking deaf understand listen get unbelievable scheiss verdammt arsch
    unverschamt frechheit schnauze nutzlos unfahig lacherlich saftladen mal reicht blod drecks mierda joder inutil
    idiota estupid ridiculo inaceptable harto perdida verguenza burla pesimo vez merde putain connard inutile
    inadmissible honteux ras marre perte nul nuls ridicule inacceptable incompetent fois
    """.split()
)

# "Sorry, stupid question", "my old lamp is useless abroad"
_ABOUT_OTHERS = re.compile(
    r"\b(?:stupid|dumb|silly|idiot\w*|dumme|blode|estupida|idiote) (?:question|frage|pregunta|proof)"
    r"|\bmy (?:\w+ ){0,2}(?:is|are) (?:completely |totally )?(?:useless|stupid)"
    r"|\b(?:some|an|the|this|that) idiots? (?:stole|took|hit|broke)"
)

_MIN_SHOUTED_WORDS = 3
_MIN_SHOUTED_LETTERS = 12
_MAX_LOOKED_AT = 1_000


def is_angry(text: str, words: Sequence[str]) -> bool:
    """Whether anger speaks from a text. text: as it was written; words: the same, canonical."""
    if any(word[:4] in _BEGINNINGS for word in words):
        line = " ".join(words)[:_MAX_LOOKED_AT]
        if _ANGER.search(line) and not _ABOUT_OTHERS.search(line):
            return True
    return "!" in text and _shouts(text[:_MAX_LOOKED_AT])


def _shouts(text: str) -> bool:
    """Capitals throughout; with an exclamation mark. Either alone is only how some people write."""
    written = [word for word in text.split() if any(char.isalpha() for char in word)]
    letters = [char for word in written for char in word if char.isalpha()]
    if len(written) < _MIN_SHOUTED_WORDS or len(letters) < _MIN_SHOUTED_LETTERS:
        return False
    return sum(char.isupper() for char in letters) >= 0.9 * len(letters)
