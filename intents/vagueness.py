"""Does a short text name no more than a thing that many topics share? Then what is wanted of it has to be asked back.

"My lamp" scores high for whatever topic says "lamp" most, and means none of them. Pure.
"""

from collections.abc import Sequence

MAX_WORDS = 8
SHARED_BY = 3
"""A word that so many intents, or so many articles, hold tells none of them from the others."""

_OPEN_WORDS = frozenset(
    """
    a an the my your our this that these those some any i we you it me us im ive m ve am have has had got need
    with about for of on in at to from by and please pls help problem problems issue issues question questions
    trouble info information something regarding concerning there here hi hello again der die das den dem ein
    eine einen einem einer mein meine meinen meinem meiner ihr ihre ihren ich wir sie es mit zu zum zur fur uber
    von vom und habe hab brauche bitte hilfe problem probleme frage fragen wegen thema el la los las un una unos
    unas mi mis su sus yo con de del para por sobre y tengo necesito ayuda problema problemas pregunta duda
    favor le les l des mon ma mes votre vos notre je j ai avec du pour sur et besoin d aide probleme
    """.split()
)
_ASKING_WORDS = frozenset(
    """
    how what where when why who which whom whose can could may do does did is are was will would should wie was
    wo wann warum wer welche welcher welches kann konnen ist sind como que donde cuando quien cual cuanto puedo
    puede es son comment quoi ou quand pourquoi qui quel quelle puis est sont
    """.split()
)


def things_named(tokens: Sequence[str]) -> tuple[str, ...] | None:
    """Of the words of a normalised text, the different ones that name something; None where it asks, or is longer."""
    if not tokens or len(tokens) > MAX_WORDS or not _ASKING_WORDS.isdisjoint(tokens):
        return None
    return tuple(dict.fromkeys(token for token in tokens if token not in _OPEN_WORDS))
