"""Does somebody ask whom they are talking to, a bot or a person, or what it can do?

Patterns over a whole clause, as `signals.canonical` makes it: "are you a robot?" asks, "is this a robot lamp?" does
not.
"""

import re
from collections.abc import Iterable

MAX_WORDS = 16

_EN = (
    r"(?:(?:a|an|the|some|just|only|really|actually|even|real|actual|live|any|human|automated) )*"
    r"(?:bots?|robots?|chatbots?|humans?|being|persons?|people|machines?|computers?|computer program|program|ai|real"
    r"|automated|somebody|someone|agent|assistant|chatgpt)"
)
_DE = (
    r"(?:(?:ein|eine|einem|einer|nem|ner|nur|wirklich|eigentlich|gerade|echte[rnm]?|richtige[rnm]?) )*"
    r"(?:bot|roboter|chatbot|mensch|menschen|person|maschine|computer|ki|echt|mitarbeiter|mitarbeiterin)"
)
_ES = (
    r"(?:(?:un|una|solo|realmente|de) )*"
    r"(?:bot|robot|chatbot|humano|humana|persona|maquina|ia|alguien|real)(?: real| humana| de verdad)?"
)
_FR = (
    r"(?:(?:un|une|vraiment|seulement|vrai|vraie) )*"
    r"(?:bot|robot|chatbot|humain|humaine|personne|machine|ia|etre humain|reel|reelle)(?: reelle?| humaine?)?"
)
_AR = r"(?:روبوت|بوت|آلة|شخص|شخصا|إنسان|انسان|بشر|موظف)(?: حقيقي| حقيقيا| آلي)?"

_PATTERNS = (
    rf"(?:are|r) (?:you|u|ya) {_EN}(?: or (?:not|{_EN}))?",
    rf"(?:you|u|youre|you are) {_EN}(?: right)?",
    rf"(?:is|isnt) (?:this|it|that) {_EN}(?: or (?:not|{_EN}))?",
    (
        r"(?:am|are) (?:i|we) (?:(?:really|actually|now|currently|still) )?(?:talking|speaking|chatting|writing)"
        rf"(?: here)? (?:to|with) {_EN}(?: or (?:not|to |with )?{_EN})?(?: here| now)?"
    ),
    r"(?:who|what) (?:are|r) (?:you|u)|who(?:s| is) (?:this|there|answering|writing)",
    r"whats? (?:is )?your name|your name",
    r"(?:do you have|have you got) a name",
    r"whom? (?:am i|i am|im) (?:talking|speaking|chatting|writing)(?: to| with)?",
    r"what (?:all )?can (?:you|u|i) (?:do|ask|help with|ask you|help me with)(?: for me| here)?",
    r"how can you help(?: me)?",
    rf"(?:bist du|sind sie|du bist|ist das|ist das hier|ist hier) {_DE}(?: oder {_DE})?",
    rf"(?:spreche|rede|schreibe|chatte) ich (?:(?:hier|gerade|jetzt) )*mit {_DE}(?: oder (?:mit )?{_DE})?",
    r"(?:wer|was) (?:bist du|sind sie)|mit wem (?:spreche|rede|schreibe|chatte) ich(?: hier| gerade)?",
    r"wie heissen sie|wie heisst du|wie ist (?:dein|ihr) name",
    r"was (?:kannst du|konnen sie)(?: alles)?(?: fur mich)?(?: tun)?",
    rf"(?:eres|es usted|es esto|esto es|tu eres|usted es) {_ES}(?: o {_ES})?",
    rf"(?:(?:estoy|estamos) (?:hablando|chateando|escribiendo)|hablo) con {_ES}(?: o (?:con )?{_ES})?",
    r"(?:quien|que) (?:eres|es usted)|con quien (?:hablo|estoy hablando)|como (?:te llamas|se llama)|que puedes? hacer",
    rf"(?:es tu|etes vous|(?:est ce que )?(?:tu es|vous etes)|tes|cest|est ce) {_FR}(?: ou {_FR})?",
    rf"(?:est ce que )?je (?:parle|discute|chatte) (?:a|avec) {_FR}(?: ou (?:a |avec )?{_FR})?",
    rf"(?:parle je|suis je en train de (?:parler|discuter)) (?:a|avec) {_FR}(?: ou (?:a |avec )?{_FR})?",
    r"qui (?:es tu|etes vous)|tes qui|a qui (?:je parle|ai je affaire|parle je)",
    r"comment (?:tappelles tu|vous appelez vous)",
    r"que (?:peux tu|pouvez vous) faire",
    rf"(?:هل )?(?:[أا]نت|هذا|(?:[أا]تحدث|[أا]تكلم|[أا]حكي) (?:مع|[إا]لى)|[أا]كلم) {_AR}(?: [أا]م (?:مع )?{_AR})?",
    r"(?:من|مين) [أا]نت|ما اسمك|مع من [أا]تحدث|ماذا (?:تستطيع|يمكنك) [أا]ن تفعل",
)
_ASKING = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS))

# Every pattern needs one of these words: most texts hold none.
_HINTS = frozenset(
    """
    you u ya youre this it that am are is who whom whos whats name your bist sind ist spreche rede schreibe
    chatte wer wem heissen heisst kannst konnen eres usted esto estoy estamos hablo quien llamas llama puedes
    puede tu etes vous tes cest parle discute chatte qui appelez tappelles peux pouvez suis est هل أنت انت هذا
    من مين اسمك أتحدث اتحدث أتكلم أكلم ماذا
    """.split()
)


def may_ask_who(tokens: list[str]) -> bool:
    """Whether these canonical words could be such a question at all."""
    return 2 <= len(tokens) <= MAX_WORDS and not _HINTS.isdisjoint(tokens)


def asks_who(clauses: Iterable[str]) -> bool:
    """Whether one of these canonical clauses asks it."""
    return any(_ASKING.fullmatch(clause) for clause in clauses)
