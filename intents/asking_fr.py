"""How a person is asked for in French; accents and apostrophes are gone before (see signals.canonical)."""

_WHO = (
    r"(?:humains?|etre humain|personne|conseillers?|conseillere|agents?|operateur|operatrice|representant|quelquun"
    r"|responsable|service clients?|support|technicien|employe|superviseur|teleconseiller|interlocuteur"
    r"|charge de clientele)"
)
_PERSON = rf"(?:(?:vrai|vraie|veritable|autre) )?{_WHO}(?: (?:humaine?|reelle?|physique|en chair))?"
_A = r"(?:(?:un|une|le|la|votre|des|au) )?"
_END = (
    r"(?:$| (?:svp|stp|sil|maintenant|au|a|pour|qui|et|pas|directement|rapidement|tout|sur|merci|en|du|humain"
    r"|de (?:vive|votre|chez|mon|ma|toute))\b)"
)
_ASKING = (
    r"(?:^|\b(?:veux|voudrais|souhaite|souhaiterais|aimerais|jaimerais|puis je|peux je|peut on|je peux|pourrais je"
    r"|besoin de|laissez moi|prefere|possible de|svp|comment|moi|faut que je) )(?:bien )?"
)
_TALK = r"(?:parler|discuter|echanger|parle|chatter|tchatter|converser|etre mis en relation|contacter)"
_GIVE = r"(?:passez|passe|transferez|transfere|connectez|mettez|redirigez|donnez|donne|trouvez)"

PATTERNS = (
    rf"{_ASKING}{_TALK} ?(?:a |avec |en direct avec )?{_A}{_PERSON}{_END}",
    rf"\b{_GIVE} (?:moi|nous)(?: en (?:relation|contact|communication))? ?(?:a |vers |avec )?{_A}{_PERSON}{_END}",
    (
        r"\b(?:je veux|je voudrais|jaimerais|je souhaite|jai besoin dun|jai besoin dune|je prefere) ?"
        rf"(?:un |une |avoir un |avoir une )(?!responsable|support|technicien){_PERSON}{_END}"
    ),
    (
        r"^(?:svp )?(?:un |une )?(?:humain|conseiller|conseillere|agent|vraie personne|vrai humain|operateur"
        r"|etre humain"
        r"|service client|agent humain|conseiller humain)(?: svp| stp| sil vous plait| sil te plait| maintenant)*$"
    ),
    (
        r"\b(?:veux pas|ne souhaite pas) (?:parler|discuter|chatter) (?:a |avec )?(?:un |une |ce |cette )?"
        r"(?:robot|bot|machine|chatbot|ordinateur)\b"
    ),
)

NOT_ASKING = r"\b(?:ne veux pas|veux pas|dois je|si je|quand je|apres|avant|jamais|il|elle)\b[\w ]{0,8}$"

HINTS = """
humain humains humaine etre personne conseiller conseillers conseillere agent agents operateur operatrice representant
quelquun responsable service support technicien employe superviseur teleconseiller interlocuteur charge robot bot
machine chatbot ordinateur
"""
