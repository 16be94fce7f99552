"""Does somebody ask for a person? Patterns over one clause, as `signals.canonical` makes it: words on one line.

The person has to end the request ("talk to an agent", "... about my order"), so that "human resources" or "agent fees"
are none; what was said in the past, under a condition or with a no in front is none either.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from intents import asking_de, asking_en, asking_es, asking_fr

# Only the end of a longer clause is looked at: requests stand there, and no pattern runs over a hostile text.
MAX_CLAUSE_CHARS = 300

_VERB = re.compile(
    r"\b(?:talk|speak|chat|text|communicate|contact|reach|get|connect|verbind\w*|sprechen|reden|mit|hablar|chatear|parler"
    r"|discuter)\b"
)
_BOT = re.compile(
    r"\b(?:bots?|robots?|chatbots?|machine|maschine|maquina|roboter|computer|ai|computadora|ordinateur)\b"
)


@dataclass(frozen=True, slots=True)
class _Language:
    asking: re.Pattern[str]
    not_asking: re.Pattern[str]


_LANGUAGES = tuple(
    _Language(re.compile("|".join(f"(?:{pattern})" for pattern in patterns)), re.compile(not_asking))
    for patterns, not_asking in (
        (asking_en.PATTERNS, asking_en.NOT_ASKING),
        (asking_de.PATTERNS, asking_de.NOT_ASKING),
        (asking_es.PATTERNS, asking_es.NOT_ASKING),
        (asking_fr.PATTERNS, asking_fr.NOT_ASKING),
    )
)

# Most texts hold none of these words, and need no pattern at all.
_HINTS = frozenset(
    word
    for words in (asking_en.HINTS, asking_de.HINTS, asking_es.HINTS, asking_fr.HINTS)
    for word in words.replace("\n", " ").split()
)


def may_ask_person(words: Iterable[str]) -> bool:
    """Whether any of these canonical words names a person or a bot; without one, no clause can ask."""
    return not _HINTS.isdisjoint(words)


def asks_person(clause: str) -> bool:
    """Whether a canonical clause asks to be given to a person."""
    clause = clause[-MAX_CLAUSE_CHARS:]
    if not may_ask_person(clause.split()):
        return False
    return any(_asks(clause, language) for language in _LANGUAGES)


def _asks(clause: str, language: _Language) -> bool:
    for found in language.asking.finditer(clause):
        if _BOT.search(found.group()):
            # "I do not want to talk to a bot": here the no is the request
            return True
        verb = _VERB.search(clause, found.start(), found.end())
        before = clause[: verb.start() if verb else found.start()]
        if not language.not_asking.search(before):
            return True
    return False
