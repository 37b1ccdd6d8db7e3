"""What is left of Portuguese and English replies, and of mixed ones."""

from __future__ import annotations

import pytest

from shared.channels.email.reply import visible
from shared.channels.email.reply_marks import MARKERS

OUTLOOK_PT = """De: Suporte Acme <suporte@example.com>
Enviada em: segunda-feira, 16 de novembro de 2026 10:15
Para: Ana Souza <ana@example.net>
Assunto: RES: Pedido 4471"""
OUTLOOK_EN = """From: Acme Support <support@example.com>
Sent: Monday, November 16, 2026 10:15 AM
To: Ana <ana@example.net>
Subject: RE: Order 4471"""

CUT = [
    (
        "pt gmail",
        "Já chegou.\n\nEm seg., 16 de nov. de 2026 às 10:15, Suporte <s@example.com>\nescreveu:\n\n> Olá\n",
        "Já chegou.",
    ),
    ("pt gmail, older", "Ok.\n\nEm 16 de novembro de 2026 10:15, Suporte <s@example.com> escreveu:\n> Olá", "Ok."),
    ("pt thunderbird", "Ok.\n\nEm 16/11/2026 10:15, Suporte Acme escreveu:\n> Olá\n", "Ok."),
    ("pt apple", "Ok.\n\n> No dia 16/11/2026, às 10:15, Suporte <s@example.com> escreveu:\n> \n> Olá", "Ok."),
    ("pt apple, em", "Ok.\n\n> Em 16 de nov. de 2026, à(s) 10:15, Suporte <s@example.com> escreveu:\n> \n> Olá", "Ok."),
    ("pt outlook", f"Segue o comprovante.\n\n{OUTLOOK_PT}\n\nOlá Ana", "Segue o comprovante."),
    ("pt outlook's line", f"Segue.\n\n________________________________\n{OUTLOOK_PT}\n\nOlá", "Segue."),
    ("pt original", f"Segue.\n\n-----Mensagem original-----\n{OUTLOOK_PT}\n\nOlá", "Segue."),
    ("pt samsung", "Segue.\n\n-------- Mensagem original --------\nDe: Suporte\nData: 16/11/26 10:15\nOlá", "Segue."),
    ("pt own marker", "Segue.\n> -- Responda acima\n> desta linha --\n> Olá", "Segue."),
    ("pt iphone", "Chegou quebrado.\n\nEnviado do meu iPhone", "Chegou quebrado."),
    ("pt phone", "Chegou quebrado.\n\nEnviado do meu celular Samsung", "Chegou quebrado."),
    ("pt outlook phone", "Chegou quebrado.\n\nObter o Outlook para Android<https://aka.ms/x>", "Chegou quebrado."),
    ("pt outlook program", "Chegou quebrado.\n\nEnviado do Outlook para iOS", "Chegou quebrado."),
    ("pt farewell stays", f"Sim.\n\nAtenciosamente,\nAna\n\n{OUTLOOK_PT}\n\nOlá", "Sim.\n\nAtenciosamente,\nAna"),
    ("pt signature", "Sim.\n-- \nAna Souza\nDiretora", "Sim."),
    ("en gmail", "It came.\n\nOn Mon, Nov 16, 2026 at 10:15 AM Support <s@example.com>\nwrote:\n\n> Hi\n", "It came."),
    (
        "en gmail three lines",
        "Ok.\n\nOn Mon, Nov 16, 2026 at 10:15 AM\nAcme Support <s@example.com\n> wrote:\n> Hi\n",
        "Ok.",
    ),
    (
        "en apple",
        "Ok.\n\nSent from my iPhone\n\n> On Nov 16, 2026, at 10:15, Support <s@example.com> wrote:\n> \n> Hi",
        "Ok.",
    ),
    ("en apple, no time", "Ok.\n\n> On 16 Nov 2026, at 10.15, Support wrote:\n> Hi", "Ok."),
    (
        "en yahoo",
        "Ok.\n\n On Monday, November 16, 2026 at 10:15:00 AM GMT-5, Support <s@example.com> wrote:  \n\n Hi Ana",
        "Ok.",
    ),
    ("en outlook", f"See attached.\n\n{OUTLOOK_EN}\n\nHi", "See attached."),
    ("en original", f"See attached.\n\n-----Original Message-----\n{OUTLOOK_EN}\n\nHi", "See attached."),
    ("en own marker", "Ok.\n\n-- Reply above this line --\nHi", "Ok."),
    ("en outlook phone", "Broken.\n\nGet Outlook for iOS<https://aka.ms/x>", "Broken."),
    ("en windows", "Broken.\n\nSent from Mail for Windows", "Broken."),
    ("en android", "Broken.\n\nSent from my Galaxy", "Broken."),
    (
        "en proton",
        "Broken.\n\nSent with Proton Mail secure email.\n\n------- Original Message -------\nOn Mon wrote:\n> Hi",
        "Broken.",
    ),
    ("en signature", "Broken.\n\n-- \nAna", "Broken."),
    (
        "a Spanish reply over an English program",
        "Sí.\n\nOn Mon, Nov 16, 2026 at 10:15 AM Soporte <s@example.com> wrote:\n> Hola",
        "Sí.",
    ),
    (
        "a Portuguese reply over a Spanish program",
        "Sim.\n\nEl 16/11/2026 10:15, Suporte <s@example.com> escribió:\n> Olá",
        "Sim.",
    ),
]

KEPT = [
    ("pt thanks first", "Obrigado, mas o pedido veio incompleto."),
    ("pt farewell first", "Atenciosamente venho pedir o reembolso.\n\nObrigada,\nAna"),
    ("pt my husband wrote", "Em novembro meu marido escreveu:\no pedido não chegou."),
    ("pt my husband wrote with a date", "Em 15/11/2026 meu marido escreveu:\no pedido não chegou."),
    ("pt from and to", "De: Manaus\nPara: Recife\nData: dia 20\n\nQuero cotar o frete."),
    ("pt sent from home", "Enviado do meu trabalho ontem, quando chega?"),
    ("pt answers below", f"Respondo abaixo em vermelho.\n\n{OUTLOOK_PT}\n\nNome? Ana"),
    ("en thanks first", "Thanks, but the order is incomplete.\nTwo boxes are missing."),
    ("en she wrote", "On Monday at 10:15 she wrote:\nno refund.\nIs that true?"),
    ("en from and to", "From: Quito\nTo: Lima\nDate: Monday\n\nHow much is it?"),
    ("en sent from", "The parcel was\nsent from my house on Monday"),
    ("en answers below", f"See my answers inline below.\n\n{OUTLOOK_EN}\n\nName? Ana"),
    ("en in between", "On Mon, Nov 16, 2026 at 10:15 AM S <s@example.com> wrote:\n> Name?\nAna\n> Street?\nMain 1\n"),
]

FORWARDED = [
    ("pt gmail", "Enc: fatura", "Vejam.\n\n---------- Mensagem encaminhada ---------\nDe: Luis\n\nOlá"),
    ("pt outlook", "ENC: Pedido", f"Vejam.\n\n{OUTLOOK_PT}\n\nOlá"),
    ("pt apple", None, "Início da mensagem encaminhada:\n\n> De: Luis\n> Olá"),
    ("en gmail", "Fwd: invoice", "Look.\n\n---------- Forwarded message ---------\nFrom: Luis\n\nHi"),
    ("en gmail, old subject", "invoice", "Look.\n\n---------- Forwarded message ---------\nFrom: Luis\n\nHi"),
    ("en apple", None, "Begin forwarded message:\n\n> From: Luis\n> Hi"),
    ("en outlook", "FW: Order", f"Look.\n\n{OUTLOOK_EN}\n\nHi"),
    ("en counted prefix", "Fwd[2]: Order", f"Look.\n\n{OUTLOOK_EN}\n\nHi"),
    ("en full-width colon", "FW： Order", f"Look.\n\n{OUTLOOK_EN}\n\nHi"),
]


@pytest.mark.parametrize(("text", "left"), [case[1:] for case in CUT], ids=[case[0] for case in CUT])
def test_what_was_quoted_or_signed_is_cut(text: str, left: str) -> None:
    reply = visible(text)

    assert (reply.visible, reply.is_forward) == (left, False)


@pytest.mark.parametrize("text", [case[1] for case in KEPT], ids=[case[0] for case in KEPT])
def test_what_a_person_may_have_written_stays(text: str) -> None:
    reply = visible(text)

    assert (reply.visible.split(), reply.quoted, reply.signature) == (text.split(), None, None)


@pytest.mark.parametrize(("subject", "text"), [case[1:] for case in FORWARDED], ids=[case[0] for case in FORWARDED])
def test_a_forward_keeps_what_was_forwarded(subject: str | None, text: str) -> None:
    reply = visible(text, subject=subject)

    assert (reply.visible, reply.is_forward, reply.quoted) == (text, True, None)


@pytest.mark.parametrize("mark", MARKERS.values())
@pytest.mark.parametrize("width", [16, 20, 80])
@pytest.mark.parametrize("prefix", ["", "> ", ">> "])
def test_the_hubs_own_mark_is_known_however_it_is_wrapped(mark: str, width: int, prefix: str) -> None:
    lines: list[str] = [""]
    for word in mark.split(" "):
        if len(lines[-1]) + len(word) >= width and lines[-1]:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    text = "Sí.\n\n" + "\n".join(prefix + line for line in lines) + f"\n{prefix}Hola Ana\n"

    assert len(lines) <= 3
    assert visible(text).visible == "Sí."
