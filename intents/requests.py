"""Where one message may hold two requests: cut at the ends of sentences and before "and also", "and how ...".

Only a proposal: the recognizer keeps it where each part is itself understood with confidence.
"""

import re

MIN_WORDS = 3
MAX_PARTS = 4

_STARTER = (
    r"(?:how|what|where|when|why|who|which|can|could|may|do|does|did|is|are|will|would|should|i'd|i'm|please|tell me"
    r"|i (?:want|need|would|also|have|cant|can't|d)|help me|wie|was|wo|wann|warum|kann|ich|como|que|donde|cuando|puedo"
    r"|quiero|comment|ou|quand|pourquoi|puis|je)"
)
_CUT = re.compile(
    r"(?<=[.!?;])\s+"
    r"|,?\s+(?:and also|also|and secondly|secondly|another (?:thing|question)|one more (?:thing|question)|und ausserdem"
    r"|ausserdem|tambien|ademas|aussi|en plus),?\s+"
    rf"|,?\s+(?:and|plus|und|y|et)\s+(?={_STARTER}\b)"
)
# what every cut needs one of; most texts have none
_ENDS = (". ", "? ", "! ", "; ")
_JOINS = "and also plus secondly another one und ausserdem y et tambien ademas aussi en".split()
_JOINING = frozenset((*_JOINS, *(f"{word}," for word in _JOINS)))
# Who adds a request so plainly has made one before, also where it was only told: "my lamp flickers, also can I ...".
_ADDS = re.compile(
    r"[,.;!?]\s+(?:and also|also|secondly|another (?:thing|question)|one more (?:thing|question)|ausserdem|tambien"
    r"|ademas|aussi|en plus)\b"
)
_JOINER = re.compile(r"^(?:(?:and|also|plus|secondly|und|ausserdem|auch|tambien|ademas|aussi|et|y)\b[ ,]*)+")
_WORD = re.compile(r"\w+")
_ASKS = re.compile(rf"\?|^(?:{_STARTER}|i\s+(?:must|wish)|show|give|send|change|cancel|track|return|update)\b")
# A part that points back ("can I cancel it?") goes on with what was said; it is no request of its own.
_POINTS_BACK = re.compile(
    r"\b(?:it|its|it's|this|that|these|those|them|they|one|ones|do i do|can i do|should i do|going on|happening|das"
    r"|dies\w*|es|ihn|eso|esto|esta|lo|cela|ca|ceci|le faire)\b"
)


def split_requests(question: str) -> tuple[str, ...]:
    """The parts of a normalised text that could be requests of their own, in order; the whole where there is only one.

    Parts under three words join the one before them; a text of more than four parts is a story, and stays whole. So
    does one where a part tells rather than asks, unless the next is plainly added to it, or points back to another.
    """
    if _JOINING.isdisjoint(question.split()) and not any(end in question for end in _ENDS):
        return (question,)
    parts: list[str] = []
    for piece in _CUT.split(question):
        text = _JOINER.sub("", piece.strip(" ,"))
        if not text:
            continue
        if (parts and len(_WORD.findall(text)) < MIN_WORDS) or (parts and len(_WORD.findall(parts[-1])) < MIN_WORDS):
            parts[-1] = f"{parts[-1]} {text}"
        else:
            parts.append(text)
    asks = any if _ADDS.search(question) else all
    apart = asks(_ASKS.search(part) for part in parts) and not any(_POINTS_BACK.search(part) for part in parts[1:])
    return tuple(parts) if 2 <= len(parts) <= MAX_PARTS and apart else (question,)
