"""How a person is asked for in English."""

_KIND = r"(?:(?:real|actual|live|proper|physical|different|other|another|human|senior|living) )*"
_WHO = (
    r"(?:humans?(?: being| agent| operator| person| representative| advisor)?|persons?|people|agents?|representatives?"
    r"|reps?|operators?|advisors?|advisers?|employees?|colleagues?|supervisors?|manager|staff(?: members?)?"
    r"|members? of (?:the |your )?(?:staff|team)|support(?: team| agent| person| staff| rep)?"
    r"|customer (?:services?|support|care)(?: agents?| reps?| representatives?| team)?|team members?|team"
    r"|someone|somebody|anyone|specialist|consultant|technician|real one)"
)
_PERSON = _KIND + _WHO
_A = r"(?:(?:a|an|the|some|any|your|one of your|this) )?"
_END = (
    r"(?:$| (?:please|pls|now|about|regarding|concerning|re|on|here|instead|who|that|because|asap|immediately|directly"
    r"|right|today|from|at|as|i|thanks|thank|not|rather|than|straight|over|by|via|in person|in your|in the|in customer"
    r"|in support|for help|for this|for that|for assistance|so|and|before|again|urgently|quickly|else|real quick"
    r"|available|online|if possible|or"
    r"|to (?:help|solve|sort|fix|resolve|discuss|get|explain|talk|speak|assist|call|look|answer|handle|deal))\b)"
)
_VERY = r"(?:really |just |only |still |now |also |do |urgently |much )*"
_I_WANT = (
    rf"i {_VERY}(?:want|need|wanna|wish|prefer|demand|insist|request|must|have)(?: to)?"
    rf"|i(?:d| would) {_VERY}(?:like|prefer|rather|love)(?: to)?"
)
_MAY_I = r"(?:can|could|may|might|cant|can not|cannot) (?:i|we)|how (?:can|do|could|would) i"
_TO = r"want to|wanna|possible to|able to|like to|way to|chance to|need to|try to|option to"
_ASKING = (
    rf"(?:^|\b(?:(?:let|help) me|lemme|me|please|pls|{_I_WANT}|{_MAY_I}|{_TO}) )"
    r"(?:please |just |pls |now |directly |actually |maybe |perhaps |finally )*(?:to )?"
)
_TALK = (
    r"(?:talk|speak|chat|text|communicate|contact|reach|get in touch|get through|get hold|get a hold)"
    r"(?: live| directly| now| further)?(?: to| with| of)? "
)
_GIVE = r"(?:connect|transfer|put|pass|forward|hand|redirect|route|switch|refer|get|give|bring|find|send|assign)"

PATTERNS = (
    rf"{_ASKING}{_TALK}{_A}{_PERSON}{_END}",
    rf"\b{_GIVE} (?:me|us|this|this chat|my chat|it)(?: over| through| on| up)?(?: to| with)? {_A}{_PERSON}{_END}",
    rf"\b(?:escalate|transfer|switch|change)(?: this| me)? to {_A}{_PERSON}{_END}",
    (
        rf"\bi(?:d| would)? {_VERY}(?:want|need|like|prefer|demand|request) (?:a|an|the|some|your) "
        rf"(?!someone|somebody|anyone|people|manager|staff|team|support){_PERSON}{_END}"
    ),
    (
        r"\bi(?:d| would)? (?:really |just )*(?:want|need|like) (?:someone|somebody) to (?:talk|speak|call|contact|chat"
        r"|explain)\b"
    ),
    (
        rf"\b(?:is|are) there (?:a|an|any|some) (?!staff|people){_PERSON}"
        r" (?:i can|i could|to|available|online|here|there|around|who can|that can|on this chat)\b"
    ),
    r"\b(?:is there )?(?:anyone|someone|somebody|anybody) (?:i|we) (?:can|could) (?:talk|speak|chat)\b",
    (
        rf"\b(?:can|could) (?:a|an|some) (?!people|staff){_PERSON} (?:please )?(?:help|call|contact|assist|answer|talk"
        rf"|speak|join)\b"
    ),
    (
        r"^(?:please |pls |now |just |ok |yes |no |hey )*(?:a |an |the )?(?:(?:real|actual|live|human) )*"
        r"(?:human(?: being| agent| operator| person| help| support)?|agent|representative|operator"
        r"|live (?:chat|agent|person|support)|(?:real|live|actual|human) (?:person|agent|representative|operator"
        r"|support|people)"
        r"|customer (?:service|support|care)|advisor|person)"
        r"(?: please| pls| now| asap| immediately| thanks| required| needed)*$"
    ),
    (
        r"\b(?:dont|do not|not) (?:want|wish|like)(?: to)?(?: (?:talk|speak|chat)(?:ing)? (?:to|with))? "
        r"(?:a |an |the |this )?(?:stupid |dumb |silly |useless )?(?:bot|chatbot|robot|machine|computer|ai)s?$"
    ),
    r"\b(?:no|not a|without a) (?:more )?(?:bot|chatbot|robot)s?(?: (?:please|pls|i want|human)\b|$)",
)

NOT_ASKING = (
    r"\b(?:dont|do not|didnt|did not|not|never|wont|without|doesnt|havent|no need|(?<!how )do i|does|did i|should i"
    r"|if i|when i|will i|why would i|because i|after i|before i|until i|unless i|where i|what time|how late|which days"
    r"|(?:until|till|from|since) when|he|she|they)\b[\w ]{0,16}$"
)

HINTS = """
human humans person persons people agent agents rep reps representative representatives operator operators advisor
advisors adviser advisers employee employees colleague colleagues supervisor supervisors manager staff team support
customer someone somebody anyone anybody specialist consultant technician bot bots chatbot chatbots robot robots machine
machines computer ai live member members one
"""
