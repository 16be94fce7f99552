"""How a person is asked for in Spanish; accents are gone before (see text.normalise)."""

_WHO = (
    r"(?:personas?|humanos?|ser humano|agentes?|representantes?|operador(?:a|es)?|asesor(?:a|es)?|alguien"
    r"|supervisor(?:a)?"
    r"|gerente|encargad[oa]|ejecutiv[oa]|empleado|tecnico|atencion al cliente|servicio al cliente|soporte|responsable)"
)
_PERSON = rf"(?:(?:verdader[oa]|otr[oa]) )?{_WHO}(?: (?:real|human[oa]|de verdad|fisic[oa]|de soporte))?"
_A = r"(?:(?:un|una|algun|alguna|el|la|su|tu|los) )?"
_END = (
    r"(?:$| (?:por|porfa|porfavor|ya|ahora|sobre|que|acerca|y|urgente|no|en|directamente|gracias|aqui"
    r"|para (?:que|resolver|solucionar|hablar)|de (?:mi|su|la|el|forma|inmediato|atencion|soporte))\b)"
)
_ASKING = (
    r"(?:^|\b(?:quiero|quisiera|queria|puedo|podria|puedes|necesito|gustaria|deseo|prefiero|dejame|dejeme|favor|podemos"
    r"|exijo|quiero poder) )(?:por favor )?"
)
_GIVE = (
    r"(?:pasame|paseme|pasenme|comunicame|comuniqueme|comuniquenme|transfiereme|transfierame|conectame|conecteme|ponme"
    r"|pongame|derivame|deriveme)"
)

PATTERNS = (
    (
        rf"{_ASKING}(?:hablar|chatear|comunicarme|conversar|contactar|contactarme|platicar|hable) (?:con"
        rf"|a) {_A}{_PERSON}{_END}"
    ),
    rf"\b{_GIVE}(?: por favor)? (?:con|a) {_A}{_PERSON}{_END}",
    (
        r"\b(?:quiero|necesito|quisiera|prefiero|deme|dame|exijo) (?:a )?(?:un|una|algun|alguna|otro|otra) "
        rf"(?!responsable|soporte|encargad|tecnico|gerente){_PERSON}{_END}"
    ),
    (
        r"^(?:por favor )?(?:un |una )?(?:agente|humano|persona real|representante|operador(?:a)?|asesor(?:a)?"
        r"|atencion al cliente|persona|ser humano|agente humano)(?: por favor| porfavor| porfa| ya| ahora)*$"
    ),
    (
        r"\bno (?:quiero|deseo) (?:hablar|chatear|conversar) con (?:un |una |el |la |este |esta )?"
        r"(?:robot|bot|maquina|chatbot|computadora)\b"
    ),
)

NOT_ASKING = r"\b(?:no|si|cuando|tengo que|debo|hay que|despues de|antes de|nunca)\b[\w ]{0,8}$"

HINTS = """
persona personas humano humanos humana ser agente agentes representante representantes operador operadora asesor asesora
alguien supervisor supervisora gerente encargado encargada ejecutivo ejecutiva empleado tecnico atencion servicio
soporte responsable robot bot maquina chatbot computadora
"""
