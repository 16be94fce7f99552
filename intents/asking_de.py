"""How a person is asked for in German; umlauts have lost their dots before (see text.normalise)."""

_KIND = r"(?:(?:echten?|echtem|echter|richtigen?|richtigem|menschlichen?|menschlicher|lebenden|anderen) )*"
_WHO = (
    r"(?:mensch(?:en)?|mitarbeiter(?:in|n)?|person|berater(?:in|n)?|kundenberater(?:in)?|agent(?:en|in)?|kundenservice"
    r"|kundendienst|support|supportmitarbeiter|servicemitarbeiter|jemand(?:em|en)?|vorgesetzten|kollegen|kollegin"
    r"|ansprechpartner|team)"
)
_PERSON = _KIND + _WHO
_A = r"(?:(?:einem|einer|nem|ner|dem|der|ihrem|eurem|irgend) )*"

PATTERNS = (
    (
        r"(?:^|\b(?:kann|konnte|darf|durfte|will|mochte|moechte|wurde|wuerde|wie kann|bitte|lassen sie|lass|gern"
        r"|gerne|lieber) )"
        rf"(?!nicht)(?:\w+ ){{0,4}}?mit {_A}{_PERSON} (?:\w+ ){{0,5}}?"
        r"(?:sprechen|reden|chatten|schreiben|verbunden|telefonieren|verbinden)\b"
    ),
    rf"\bverbinden? (?:sie )?(?:mich|uns)(?: bitte)?(?: mal)? (?:mit|zu) {_A}{_PERSON}\b",
    (
        r"\b(?:ich|wir) (?:will|mochte|moechte|brauche|brauch|wunsche|verlange)(?: jetzt| bitte| endlich)* "
        rf"(?:einen|eine|nen|ne) {_PERSON}(?:$| (?:sprechen|bitte|der|die|jetzt|und|haben|am|zum)\b)"
    ),
    (
        r"^(?:bitte )?(?:einen? |ein )?(?:(?:echten?|echter|richtigen?|richtiger|menschlicher|menschliche) )?"
        r"(?:mensch(?:en)?|mitarbeiter(?:in)?|berater(?:in)?|kundenservice|kundendienst|kundenberater)"
        r"(?: bitte| sprechen| jetzt)*$"
    ),
    r"\bnicht mit (?:einem |einer |nem |dem |ner |der )?(?:bot|chatbot|roboter|maschine|computer)\b",
)

NOT_ASKING = r"\b(?:muss ich|sollte ich|soll ich|wenn ich|falls ich|nachdem|bevor ich|nicht|er|sie)\b[\w ]{0,12}$"

HINTS = """
mensch menschen mitarbeiter mitarbeiterin mitarbeitern person berater beraterin beratern kundenberater kundenberaterin
agent agenten agentin kundenservice kundendienst support supportmitarbeiter servicemitarbeiter jemand jemandem jemanden
vorgesetzten kollegen kollegin ansprechpartner team bot chatbot roboter maschine computer
"""
