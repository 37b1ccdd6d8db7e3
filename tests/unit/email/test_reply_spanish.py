"""What is left of Spanish replies: one row for each way of quoting, signing and forwarding, and for each trap."""

from __future__ import annotations

import pytest

from shared.channels.email.reply import visible

GMAIL = "El lun, 16 nov 2026 a las 10:15, Soporte Acme (<soporte@example.com>) escribió:"
GMAIL_WRAPPED = "El lun, 16 nov 2026 a las 10:15, Soporte Acme (<\nsoporte+abcdefgh@example.com>) escribió:"
OUTLOOK = """De: Soporte Acme <soporte@example.com>
Enviado: lunes, 16 de noviembre de 2026 10:15
Para: Ana Pérez <ana@example.net>
Asunto: RE: Pedido 4471"""

CUT = [
    ("gmail", f"Sí, ya llegó.\n\n{GMAIL}\n\n> Hola Ana\n> ¿Llegó el pedido?\n", "Sí, ya llegó."),
    ("gmail wrapped over two lines", f"Sí, ya llegó.\n\n{GMAIL_WRAPPED}\n\n> Hola Ana\n", "Sí, ya llegó."),
    (
        "gmail wrapped over three lines",
        (
            "Ok.\n\nEl lun, 16 nov 2026 a las 10:15, Soporte\nAcme y Compañía de Responsabilidad Limitada <\n"
            "soporte@example.com> escribió:\n> Hola\n"
        ),
        "Ok.",
    ),
    ("gmail without text below", f"Recibido.\n{GMAIL}\n", "Recibido."),
    (
        "gmail's narrow spaces",
        "Ya pagué.\n\nEl lun, 16 nov 2026, 10:15\u202fa.\xa0m., Soporte <soporte@example.com>\nescribió:\n\n> Hola\n",
        "Ya pagué.",
    ),
    (
        "accents in two signs",
        "Listo.\n\nEl lun, 16 nov 2026 a las 10:15, Soporte <s@example.com> escribio\u0301:\n> Hola\n",
        "Listo.",
    ),
    ("without accent", "Listo.\n\nEl 16/11/2026 a las 10:15, Soporte escribio:\n> Hola\n", "Listo."),
    (
        "thunderbird",
        "Va la factura.\n\nEl 16/11/2026 a las 10:15, Soporte Acme escribió:\n> Hola Ana\n",
        "Va la factura.",
    ),
    ("only a clock", "No.\n\nEl lunes a las 10:15, Soporte escribió:\n> ¿Pagó?\n", "No."),
    ("only a year", "No.\n\nEl 16 de noviembre de 2026, Soporte Acme escribió:\n> ¿Pagó?\n", "No."),
    (
        "apple",
        "Gracias por avisar.\n\n> El 16 nov 2026, a las 10:15, Soporte <s@example.com> escribió:\n> \n> Hola Ana\n",
        "Gracias por avisar.",
    ),
    (
        "apple with a phone's tail",
        (
            "Gracias\n\nEnviado desde mi iPhone\n\n> El 16 nov 2026, a la(s) 10:15, Soporte <s@example.com> escribió:"
            "\n> \n> \ufeffHola\n"
        ),
        "Gracias",
    ),
    (
        "yahoo quotes without marks",
        (
            "Confirmo la dirección.\n\n    El lunes, 16 de noviembre de 2026, 10:15:00 GMT-5, Soporte <s@example.com>"
            " escribió:  \n \n Hola Ana\n ¿Cuál es su dirección?\n"
        ),
        "Confirmo la dirección.",
    ),
    (
        "no address and no mark, but day and time",
        "Confirmo.\n\nEl lun, 16 nov 2026 a las 10:15, Soporte Acme escribió:\nHola Ana\n",
        "Confirmo.",
    ),
    (
        "outlook",
        f"Adjunto el comprobante.\n\n{OUTLOOK}\n\nHola Ana,\nfalta el comprobante.\n",
        "Adjunto el comprobante.",
    ),
    ("outlook's line", f"Adjunto.\n\n________________________________\n{OUTLOOK}\n\nHola", "Adjunto."),
    ("outlook's line and a blank", f"Adjunto.\n\n________________________________\n\n{OUTLOOK}\n\nHola", "Adjunto."),
    (
        "outlook, bold labels",
        (
            "Adjunto.\n\n*De:* Soporte <soporte@example.com>\n*Enviado el:* lunes, 16 de noviembre de 2026 10:15\n"
            "*Para:* Ana\n*Asunto:* Pedido\n\nHola"
        ),
        "Adjunto.",
    ),
    (
        "outlook, bold around label and sign",
        "Adjunto.\n\n*De: *Soporte\n*Enviado: *lunes\n*Asunto: *Pedido\n\nHola",
        "Adjunto.",
    ),
    (
        "outlook, header block behind marks",
        "Adjunto.\n\n> De: Soporte <soporte@example.com>\n> Enviado: lunes\n> Para: Ana\n> Asunto: Pedido\n> \n> Hola",
        "Adjunto.",
    ),
    (
        "outlook, many addressees on two lines",
        (
            "Copio a todos.\n\nDe: Soporte <soporte@example.com>\nEnviado: lunes\nPara: Ana <ana@example.net>;\n"
            "Luis <luis@example.net>\nCC: Eva\nAsunto: Pedido\n\nHola"
        ),
        "Copio a todos.",
    ),
    (
        "head with blank lines between, as HTML leaves it",
        "Copio.\n\nDe: Soporte\n\nEnviado: lunes\n\nPara: Ana\n\nAsunto: Pedido\n\nHola",
        "Copio.",
    ),
    ("original message", f"Sí.\n\n-----Mensaje original-----\n{OUTLOOK}\n\nHola\n", "Sí."),
    (
        "samsung",
        "Sí.\n\n-------- Mensaje original --------\nDe: Soporte\nFecha: 16/11/26 10:15 (GMT-05:00)\nHola",
        "Sí.",
    ),
    (
        "proton",
        (
            "Sí.\n\nEnviado con el correo seguro de Proton Mail.\n\n------- Original Message -------\nEl lunes, 16"
            " de noviembre de 2026 a las 10:15, Soporte <s@example.com> escribió:\n\n> Hola\n"
        ),
        "Sí.",
    ),
    ("own marker", "Sí.\n\n-- Responda sobre esta línea --\n\nHola Ana\n", "Sí."),
    ("own marker wrapped and behind marks", "Sí.\n\n> -- Responda sobre\n> esta línea --\n>\n> Hola Ana\n", "Sí."),
    ("own marker, spaces and accent lost", "Sí.\n--Responda  sobre esta linea--\nHola Ana\n", "Sí."),
    (
        "nested quotes",
        f"Al fin.\n\n{GMAIL}\n> Ok\n>\n> > El 15/11/2026 a las 9:00, Ana escribió:\n> > > Hola\n",
        "Al fin.",
    ),
    (
        "text behind a mark",
        f"Uno.\n\nDos.\n\n{GMAIL}\n> {OUTLOOK.splitlines()[0]}\n> Enviado: x\n> Asunto: y\n",
        "Uno.\n\nDos.",
    ),
    ("windows line ends", f"Sí.\r\n\r\n{GMAIL}\r\n> Hola\r\n", "Sí."),
    ("old mac line ends", f"Sí.\r\r{GMAIL}\r> Hola\r", "Sí."),
    ("below the quote", f"{GMAIL}\n> ¿Llegó el pedido?\n\nSí, ayer.\n", "Sí, ayer."),
    ("signature below the quote", f"Sí.\n\n{GMAIL}\n> Hola\n\n-- \nAna Pérez\nGerente\n", "Sí."),
    ("phone's tail below the quote", f"Sí.\n\n{GMAIL}\n> Hola\n\nEnviado desde mi iPhone\n", "Sí."),
    ("signature", "Llegó roto.\n\n-- \nAna Pérez\nTel. 099 000 0000\n", "Llegó roto."),
    ("signature without its space", "Llegó roto.\n\n--\nAna Pérez\n", "Llegó roto."),
    ("signature above the quote", f"Llegó roto.\n-- \nAna\n\n{GMAIL}\n> Hola\n", "Llegó roto."),
    ("iphone", "Llegó roto.\n\nEnviado desde mi iPhone\n", "Llegó roto."),
    ("samsung phone", "Llegó roto.\nEnviado desde mi Samsung Mobile de Claro\n", "Llegó roto."),
    ("unknown model", "Llegó roto.\n\nEnviado desde mi POCO X3 Pro NFC\n", "Llegó roto."),
    ("yahoo phone", "Llegó roto.\n\nEnviado desde Yahoo Mail para Android\n", "Llegó roto."),
    ("outlook phone", "Llegó roto.\n\nObtener Outlook para Android<https://aka.ms/AAb9ysg>\n", "Llegó roto."),
    ("outlook phone, newer", "Llegó roto.\n\nEnviado desde Outlook para iOS\n", "Llegó roto."),
    ("two tails", "Llegó roto.\n\nEnviado desde mi iPad\n\nObtener Outlook para iOS\n", "Llegó roto."),
    (
        "outlook phone with history",
        f"Llegó roto.\n\nObtener Outlook para iOS<https://aka.ms/o0ukef>\n________________________________\n{OUTLOOK}\n\nHola\n",
        "Llegó roto.",
    ),
    (
        "greeting stays",
        f"Buenos días:\n\nSí.\n\nSaludos,\nAna\n\n{GMAIL}\n> Hola\n",
        "Buenos días:\n\nSí.\n\nSaludos,\nAna",
    ),
]

KEPT = [
    ("thanks as first words", "Gracias, pero el pedido llegó incompleto.\nFaltan dos cajas."),
    ("greeting as first words", "Saludos,\nquiero saber el estado de mi pedido."),
    ("farewell in the middle", "Atentamente solicito que me llamen.\n\nAtentamente,\nAna\n\nP. D.: hoy, por favor."),
    ("my husband wrote", "El lunes mi esposo escribió:\nque no llegó el pedido y nadie respondió."),
    ("my husband wrote, with a date", "El 15/11/2026 mi esposo escribió:\nque no llegó el pedido."),
    ("a clock and somebody's words", "El lunes a las 10:15 el técnico me escribió:\nno voy a ir hoy.\n¿Quién viene?"),
    ("an agent by address", "El 15/11/2026 su agente soporte@example.com me escribió:\nno hay reembolso.\nNo acepto."),
    ("from and to of a trip", "De: Quito\nPara: Guayaquil\n\nNecesito cotizar ese envío."),
    ("a trip with its date", "Quiero enviar:\nDe: Quito\nPara: Guayaquil\nFecha: lunes 23\nPeso: 5 kg"),
    ("a trip with much above", "Hola, cotizar por favor\nDe: Quito\nA: Loja\nFecha: 20 de noviembre\nGracias"),
    ("a form", "De: Ana\nPara: mi hermana\nFecha: 24 de diciembre\nData: tarjeta con su nombre"),
    ("sent from home", "Ya va el paquete.\nEnviado desde mi casa ayer por la tarde"),
    ("sent from an office", "El paquete fue\nenviado desde mi oficina en Quito el lunes"),
    ("a phone's tail that is none", "Enviado desde mi celular el comprobante, ¿lo recibieron?"),
    ("a tail in the middle", "Enviado desde mi iPhone\n\nEse texto sale en todos mis correos, ¿cómo lo quito?"),
    ("bullets", "Quiero cambiar:\n> 2 camisas azules\n> 1 pantalón negro"),
    ("a line between two lists", "Pedido uno\n--\n" + "\n".join(f"artículo {n}" for n in range(30))),
    ("starts like an attribution", "El paquete llegó ayer a las 10:15 y estaba roto."),
    (
        "disclaimer seen once",
        "Hola.\n\nAVISO LEGAL: " + "este mensaje es confidencial y solo para su destinatario. " * 6,
    ),
    ("underscores", "Nombre: ________________\nCédula: ________________\n________________\nFirma"),
    (
        "answers in between",
        f"Respondo abajo.\n\n{GMAIL}\n> ¿Su nombre?\nAna\n> ¿Su dirección?\nAv. Siempreviva 123\n",
    ),
    ("answers in between, nothing above", f"{GMAIL}\n> ¿Su nombre?\n\nAna\n\n> ¿Su dirección?\n\nAv. Siempreviva\n"),
    ("one answer below, and words above", f"Hola.\n\n{GMAIL}\n> ¿Su nombre?\n\nAna Pérez, cédula adjunta\n"),
    ("answers in red", f"Mis respuestas están abajo en rojo.\n\n{OUTLOOK}\n\n¿Su nombre? Ana\n¿Su dirección? Quito\n"),
    ("quote alone", f"{GMAIL}\n\n> Hola Ana\n"),
    ("signature alone", "-- \nAna Pérez\n"),
    ("tail alone", "Enviado desde mi iPhone"),
    ("nothing", ""),
]

FORWARDED = [
    (
        "gmail",
        "RV: factura",
        "Vean esto.\n\n---------- Mensaje reenviado ---------\nDe: Luis <luis@example.net>\nDate: lun\n\nHola",
    ),
    ("thunderbird", None, "-------- Mensaje reenviado --------\nAsunto: Factura\nDe: Luis\n\nHola"),
    (
        "apple",
        None,
        "Vean.\n\nInicio del mensaje reenviado:\n\n> De: Luis <luis@example.net>\n> Asunto: Factura\n>\n> Hola",
    ),
    ("outlook by its subject", "RV: Pedido 4471", f"Les paso esto.\n\n{OUTLOOK}\n\nHola Ana"),
    ("outlook with a signature above", "Rv: Pedido", f"Les paso.\n\n-- \nAna\n\n{OUTLOOK}\n\nHola Ana"),
    ("head with nothing above", "Pedido 4471", f"{OUTLOOK}\n\nHola Ana"),
    ("separator with nothing above", "Pedido 4471", f"\n-----Mensaje original-----\n{OUTLOOK}\n\nHola Ana"),
    ("by the subject alone", "Fwd: factura", f"Ver.\n\n{GMAIL}\n> Hola"),
]


@pytest.mark.parametrize(("text", "left"), [case[1:] for case in CUT], ids=[case[0] for case in CUT])
def test_what_was_quoted_or_signed_is_cut(text: str, left: str) -> None:
    reply = visible(text, subject="Re: Pedido 4471")

    assert (reply.visible, reply.is_forward) == (left, False)
    assert reply.quoted or reply.signature


@pytest.mark.parametrize("text", [case[1] for case in KEPT], ids=[case[0] for case in KEPT])
def test_what_a_person_may_have_written_stays(text: str) -> None:
    reply = visible(text, subject="Pedido 4471")

    assert (reply.visible.split(), reply.quoted, reply.signature) == (text.split(), None, None)


@pytest.mark.parametrize(("subject", "text"), [case[1:] for case in FORWARDED], ids=[case[0] for case in FORWARDED])
def test_a_forward_keeps_what_was_forwarded(subject: str | None, text: str) -> None:
    reply = visible(text, subject=subject)

    assert (reply.visible, reply.is_forward, reply.quoted) == (text, True, None)


@pytest.mark.parametrize("subject", ["RE: RV: factura", "Re: Fwd: factura", "Revisión", "Envío", None])
def test_an_answer_to_a_forward_is_no_forward(subject: str | None) -> None:
    assert visible(f"Sí.\n\n{GMAIL}\n> Hola", subject=subject).visible == "Sí."


LEGAL = (
    "Este mensaje y sus adjuntos son confidenciales. " + "Si lo recibió por error, bórrelo y avise al remitente. " * 4
)


@pytest.mark.parametrize(
    ("text", "seen", "left"),
    [
        (f"Hola.\n\n{LEGAL}", 3, "Hola."),
        (f"Hola.\n\n{LEGAL}", 2, f"Hola.\n\n{LEGAL.strip()}"),
        (f"Hola.\n\nAVISO LEGAL\n{LEGAL}\n\n{LEGAL}", 3, "Hola."),
        (f"Hola.\n\n{LEGAL}\n\nP. D.: llámenme.", 3, f"Hola.\n\n{LEGAL.strip()}\n\nP. D.: llámenme."),
        ("Hola.\n\nEste mensaje es confidencial.", 9, "Hola.\n\nEste mensaje es confidencial."),
        (f"Sí.\n\n{GMAIL}\n> Hola\n\n{LEGAL}", 3, "Sí."),
        (LEGAL, 3, LEGAL),
    ],
    ids=["known", "seen twice", "with a title", "words below", "short", "below the quote", "alone"],
)
def test_a_disclaimer_is_cut_where_its_domain_always_ends_so(text: str, seen: int, left: str) -> None:
    assert visible(text, domain_seen=seen).visible == left
