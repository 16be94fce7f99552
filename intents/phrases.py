"""What people say that asks nothing: greetings, thanks, goodbyes, yes and no, in several languages.

Written as `signals.canonical` makes a text: lower case, no accents, no apostrophes, no punctuation. A message is small
talk when it consists of such phrases and filler and nothing else.
"""

from enum import StrEnum


class Kind(StrEnum):
    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    SOLVED = "solved"
    UNSOLVED = "unsolved"
    OPENING = "opening"
    FILLER = "filler"


_GREETINGS = """
hi|hii|hello|hallo|hullo|hey|heya|hiya|hey there|hi there|hello there|howdy|yo|greetings|good morning|good afternoon
good evening|good day|gm|morning|afternoon|evening|how are you|how are you doing|how are you today|hows it going
whats up
sup|how do you do|nice to meet you|hope you are well|hope youre well|anyone there|is anyone there|anybody there
is anybody there|are you there|hello again|hi again|dear sir|dear madam|dear sir or madam|to whom it may concern
guten tag|guten morgen|guten abend|moin|moin moin|servus|gruss gott|gruezi|grussgott|hallo zusammen|tag|wie gehts
wie geht es ihnen|wie geht es dir|ist da jemand|sehr geehrte damen und herren
hola|buenas|buenos dias|buenas tardes|buenas noches|buen dia|que tal|como estas|como esta|como esta usted|saludos
hay alguien|hay alguien ahi|muy buenas
bonjour|bonsoir|salut|coucou|bjr|bonjour a tous|comment ca va|comment allez vous|ca va|il y a quelquun|rebonjour
ola|bom dia|boa tarde|boa noite|ciao|buongiorno|buonasera|salve|hoi|goedemorgen|goedemiddag|goedenavond|goedendag|hej
merhaba|namaste|konnichiwa|ni hao|privet|zdravstvuyte|привет|здравствуите|добрыи день
你 好|您 好|こ ん に ち は|مرحبا|السلام عليكم|שלום|안녕하세요|salam|assalamu alaikum|salaam
"""

_THANKS = """
thanks|thank you|thankyou|thank u|thx|thnx|thanx|tnx|ty|tysm|cheers|thanks a lot|thanks so much|thank you so much
thank you very much|thanks very much|many thanks|much appreciated|i appreciate it|appreciate it|i appreciate your help
thanks for your help|thank you for your help|thanks for the help|thank you for the help|thanks for helping
thank you for helping|thanks for your time|thank you for your time|thanks a million|thanks a bunch|thanks in advance
thanks for the info|thank you for the information|thanks for the information|thanks for the quick reply
thanks for your reply|thanks for explaining|ta|big thanks|no thanks|no thank you|thats very kind|youre a star|you rock
you are the best|youre the best|good bot|well done|good job|great help|very helpful|youve been very helpful
that is very helpful|thats very helpful|so helpful
danke|danke schon|danke schoen|dankeschon|vielen dank|herzlichen dank|besten dank|danke dir|danke ihnen|danke sehr
tausend dank|vielen lieben dank|danke fur die hilfe|danke fur ihre hilfe|danke fur deine hilfe|nein danke
merci vielmals
gracias|muchas gracias|mil gracias|muchisimas gracias|gracias por la ayuda|gracias por su ayuda|gracias por tu ayuda
se lo agradezco|te lo agradezco|no gracias|muy amable
merci|merci beaucoup|merci bien|mille mercis|merci infiniment|merci pour votre aide|merci pour ton aide|merci a vous
je vous remercie|non merci|un grand merci|merci davance
obrigado|obrigada|muito obrigado|muito obrigada|grazie|grazie mille|dank je|dank u|bedankt|dank je wel|tack|takk
tesekkurler|спасибо|большое спасибо|谢 谢|あ り が と う|شكرا|תודה|감사합니다
"""

_GOODBYES = """
bye|bye bye|byebye|goodbye|good bye|see you|see ya|see you later|see you soon|see you around|cya|later
talk to you later
talk later|ttyl|have a nice day|have a good day|have a great day|have a good one|have a nice evening
have a good evening
have a great weekend|have a nice weekend|have a good weekend|take care|good night|goodnight|farewell|so long
thats all|thats it|that is all|that will be all|thatll be all|nothing else|no thats all|no thats it|no nothing else
thats everything|that is everything|all done|im done|im good|no im good|all good|i have to go|gotta go|i gotta go
that was all|no more questions|i have no more questions|nothing more
tschuss|tschuess|auf wiedersehen|auf wiederhoren|bis bald|bis dann|bis spater|ciao ciao|schonen tag|schonen tag noch
einen schonen tag|schonen abend|schones wochenende|gute nacht|das ist alles|das wars|das war alles|mach s gut
machs gut
adios|hasta luego|hasta pronto|hasta manana|chao|chau|nos vemos|que tenga un buen dia|que tengas un buen dia
eso es todo
nada mas|eso seria todo
au revoir|a bientot|a plus|a plus tard|bonne journee|bonne soiree|bonne nuit|bon week end|bon weekend|cest tout
ce sera tout|rien dautre|adieu
tchau|ate logo|arrivederci|tot ziens|doei|hej da|пока|до свидания|再 见|さ よ う な ら|مع السلامة
"""

_SOLVED = """
yes|yes it did|yes it does|yes it is|yes that helped|yes that worked|yes it worked|yes it helped|yes it works
yes that works
yep|yup|yeah|yea|ya|yess|that helped|that helps|it helped|this helped|this helps|that worked|that works|it worked
it works
it works now|that did it|that did the trick|that solved it|that fixed it|it is fixed|its fixed|fixed|solved
problem solved
issue solved|issue resolved|its working|its working now|it is working now|working now|its solved
that answers my question
that answered my question|this answers my question|you answered my question|that solved my problem
that solved the problem
it is resolved|its resolved|resolved|sorted|all sorted|helpful|that was helpful|i got it working|got it working
yes please
ja|jap|jo|ja danke|ja hat geholfen|ja das hat geholfen|das hat geholfen|hat geholfen|es funktioniert
es funktioniert jetzt
funktioniert|jetzt geht es|jetzt gehts|es geht wieder|das hat funktioniert|hat geklappt|hat funktioniert|geklappt
gelost
problem gelost
si|si gracias|si me ayudo|me ayudo|funciona|ya funciona|si funciona|funciono|si funciono|solucionado|resuelto|ya esta
problema resuelto|eso me ayudo|eso ayudo
oui|ouais|oui merci|oui ca marche|ca marche|ca fonctionne|ca a marche|oui ca a marche|cest resolu|resolu
probleme resolu
cest bon|ca ma aide|oui ca ma aide|cela ma aide
"""

_UNSOLVED = """
no|nope|nah|no it didnt|no it did not|no it doesnt|no it does not|no it didnt help|no that didnt help
no it doesnt help
that didnt help|that did not help|it didnt help|it did not help|this didnt help|this doesnt help|this does not help
that doesnt help|that does not help|it doesnt help|not helpful|not really|no not really|that wasnt helpful
that is not helpful
thats not helpful|this is not helpful|this isnt helpful|didnt help|doesnt help|didnt work|didnt work for me
it didnt work
that didnt work|it did not work|that did not work|still doesnt work|it still doesnt work|still not working
its still not working
it is still not working|still the same|same problem|same issue|nothing changed|it doesnt work|that doesnt work
it does not work
doesnt work|not working|not solved|not fixed|still broken|no luck|no that didnt work|no it didnt work|wrong answer
thats wrong
that is wrong|thats not what i asked|that is not what i asked|thats not what i meant|that is not what i meant
not what i asked
thats not it|thats not my question|that is not my question|that doesnt answer my question
that didnt answer my question
that does not answer my question|you didnt answer my question
nein|ne|nee|nein hat nicht geholfen|hat nicht geholfen|das hat nicht geholfen|nein das hat nicht geholfen
funktioniert nicht
es funktioniert nicht|geht nicht|es geht nicht|geht immer noch nicht|es geht immer noch nicht|hat nicht funktioniert
das hilft nicht|das hilft mir nicht|nicht hilfreich|nicht gelost|hat nicht geklappt
no me ayudo|eso no me ayudo|no ayudo|no funciona|no funciono|sigue sin funcionar|sigue igual|no me sirve|no sirve
no me sirvio
still nothing|no still nothing|nothing works|nothing helped|none of that helped|none of this helped
no es lo que pregunte
non|nan|non ca na pas aide|ca na pas aide|ca ne marche pas|ca marche pas|ca ne fonctionne pas|ca fonctionne pas
ca ne maide pas|toujours pas|ca ne marche toujours pas|pas utile|non pas vraiment|ce nest pas ma question
"""

_OPENINGS = """
help|help me|help please|need help|i need help|i need some help|i need your help|i need assistance|please help
please help me|can you help me|can you help|could you help me|could you help|can you help me please|will you help me
i have a question|i have a problem|i have an issue|i have another question|i have a request|ive got a question
ive got a problem|i got a question|i got a problem|i have one more question|i have something else|question|a question
problem|a problem|quick question|one question|one more question|another question|one more thing|another thing
i need something else|can i ask you something|can i ask something|can i ask a question|may i ask a question
can i ask you a question|i want to ask something|i want to ask a question|i have some questions|i have questions
test|testing|sorry|im sorry|my mistake|oops|sorry about that|excuse me|wait|hold on|one moment|one second|hm|hmm|um
hilfe|ich brauche hilfe|konnen sie mir helfen|kannst du mir helfen|konnten sie mir helfen|konntest du mir helfen
ich habe eine frage|ich habe ein problem|ich hab eine frage|ich hab ein problem|ich hatte eine frage|eine frage
frage|noch eine frage|ich habe noch eine frage|entschuldigung|entschuldigen sie|moment|einen moment
ayuda|necesito ayuda|me puede ayudar|me puedes ayudar|puede ayudarme|puedes ayudarme|tengo una pregunta
tengo un problema|tengo una duda|una pregunta|otra pregunta|perdon|disculpe|un momento
aide|aidez moi|aide moi|jai besoin daide|pouvez vous maider|peux tu maider|jai une question|jai un probleme
une question|jai une autre question|pardon|excusez moi|un instant
مساعدة|أحتاج مساعدة|أحتاج إلى مساعدة|ساعدني|هل يمكنك مساعدتي|لدي سؤال|عندي سؤال|لدي مشكلة|عندي مشكلة
"""

# Kind of its own: filler by itself ("ok", "great") takes note of what was said, as thanks do.
_FILLER = """
ok|okay|okey|oki|k|kk|oh|ah|aha|oh ok|great|perfect|cool|nice|super|awesome|excellent|wonderful|brilliant|fantastic
amazing|lovely
alright|all right|fine|good|very good|sounds good|got it|gotcha|i got it|i see|i understand|understood|makes sense
that makes sense
right|sure|well|wow|please|pls|there|all|everyone|everybody|guys|team|folks|mate|man|sir|madam|dear|friend|bot
chatbot|again
so much|very much|a lot|really|very|too|then|now|and|for now|you too|same to you|lol|haha|hahaha|never mind
nevermind|nvm
gut|sehr gut|toll|prima|klasse|alles klar|verstanden|in ordnung|genau|bitte|und|sie|noch
vale|bien|muy bien|perfecto|genial|excelente|estupendo|de acuerdo|entendido|listo|claro|por favor|y
daccord|dac|tres bien|parfait|genial|excellent|entendu|compris|cest compris|bien|et|svp|sil vous plait
"""

_BY_KIND = {
    # a phrase that is in two lists belongs to the later one
    Kind.FILLER: _FILLER,
    Kind.OPENING: _OPENINGS,
    Kind.GREETING: _GREETINGS,
    Kind.THANKS: _THANKS,
    Kind.GOODBYE: _GOODBYES,
    Kind.SOLVED: _SOLVED,
    Kind.UNSOLVED: _UNSOLVED,
}

PHRASES: dict[tuple[str, ...], Kind] = {
    tuple(phrase.split()): kind
    for kind, lines in _BY_KIND.items()
    for line in lines.strip().splitlines()
    for phrase in line.split("|")
}

LONGEST = max(map(len, PHRASES))

STARTS = frozenset(phrase[0] for phrase in PHRASES)
"""The words that a phrase may begin with: a text that begins with none of them is no small talk."""

# Filler that may stand between a greeting and the question that follows it.
AFTER_GREETING = frozenset(
    {"there", "all", "everyone", "everybody", "guys", "team", "folks", "sir", "madam", "bot", "chatbot"}
)
