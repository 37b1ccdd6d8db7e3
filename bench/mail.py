"""What reading one mail costs: 30 KB of text and HTML, a short reply above a long quote, as most mails are."""

from __future__ import annotations

import time
from quopri import encodestring
from statistics import median
from typing import Any, Final

QUOTED: Final = "Estimada señora Pérez: su pedido 4471 salió de la bodega el lunes y llega mañana."
LINES: Final = 110
ROUNDS: Final = 60


def mail() -> bytes:
    """The mail, line ends and encodings as programs write them."""
    said = "Hola, mi pedido no ha llegado todavía, ¿me ayudan?"
    head = "El lun, 16 nov 2026 a las 10:00, Soporte <soporte@example.com> escribió:"
    text = "\r\n".join([said, "", head, *[f"> {QUOTED}"] * (LINES // 2)])
    quote = f'<p style="margin:0">{QUOTED} <b>Gracias</b> por su <a href="https://example.com/x?y=1">paciencia</a>.</p>'
    page = f'<html><head><style>p{{color:red}}</style></head><body><div dir="ltr">{said}</div>'
    page += f'<div class="gmail_quote">{head}<blockquote>{quote * LINES}</blockquote></div></body></html>'
    return "\r\n".join([*_fields(), "", *_part("plain", text), *_part("html", page), "--b4471--", ""]).encode("ascii")


def _fields() -> list[str]:
    hops = [
        f"Received: from mx{hop}.example.net (mx{hop}.example.net [192.0.2.{hop}])\r\n"
        f" by mx.example.com with ESMTPS id abc{hop}; Mon, 16 Nov 2026 10:15:0{hop} -0500"
        for hop in range(8)
    ]
    return [
        *hops,
        "From: =?utf-8?q?Ana_P=C3=A9rez?= <ana@example.net>",
        "To: soporte@example.com",
        "Subject: =?utf-8?q?Re=3A_Devoluci=C3=B3n?=",
        "Message-ID: <a1@example.net>",
        "In-Reply-To: <hub1@example.com>",
        "Date: Mon, 16 Nov 2026 10:15:00 -0500",
        'Content-Type: multipart/alternative; boundary="b4471"',
    ]


def _part(kind: str, content: str) -> list[str]:
    head = [f"Content-Type: text/{kind}; charset=utf-8", "Content-Transfer-Encoding: quoted-printable"]
    return ["--b4471", *head, "", encodestring(content.encode()).decode("ascii")]


def measure(rounds: int = ROUNDS) -> dict[str, Any]:
    """CPU-ms of reading it, everything included but the imports: median and best of so many."""
    from shared.channels.email.parse import parse

    raw = mail()
    parse({"mail": raw})
    taken = []
    for _ in range(rounds):
        began = time.process_time()
        parse({"mail": raw})
        taken.append((time.process_time() - began) * 1000)
    return {"mail_bytes": len(raw), "parse_ms": median(taken), "best_ms": min(taken)}
