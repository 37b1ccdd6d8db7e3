"""Mails that are too much, built and read in a process of its own: `python hostile_mails.py NAME…` measures each.

For each name a line of JSON: CPU seconds of reading (at the pace of the machine of `docs/performance.md`), the most
memory of the process, and what came of the mail.
"""

from __future__ import annotations

import base64
import binascii
import json
import resource
import struct
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path

from bench.pace import slowness

MB = 1024 * 1024
HEAD = b"From: Ana <ana@example.net>\r\nTo: soporte@example.com\r\nSubject: Prueba\r\n"


def _b64(data: bytes) -> bytes:
    return base64.encodebytes(data)


def _multi(*parts: bytes) -> bytes:
    head = HEAD + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
    return head + b"".join(b"--x\r\n" + part + b"\r\n" for part in parts) + b"--x--\r\n"


def _text(body: bytes, kind: bytes = b"text/plain; charset=utf-8") -> bytes:
    return HEAD + b"Content-Type: " + kind + b"\r\n\r\n" + body


def _file(data: bytes, kind: bytes, name: bytes) -> bytes:
    head = b"Content-Type: " + kind + b"\r\nContent-Disposition: attachment; filename=" + name
    return _multi(
        b"Content-Type: text/plain\r\n\r\nHola", head + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + data
    )


def _header(name: bytes, value: bytes) -> bytes:
    return HEAD + name + b": " + value + b"\r\n\r\nHola"


def _deep(depth: int) -> bytes:
    body = b"Content-Type: text/plain\r\n\r\nHola"
    for level in range(depth):
        mark = b"b%d" % level
        body = b"Content-Type: multipart/mixed; boundary=" + mark + b"\r\n\r\n--" + mark + b"\r\n" + body
        body += b"\r\n--" + mark + b"--"
    return HEAD + body


def _enclosed(depth: int) -> bytes:
    mail = _text(b"Hola")
    for _ in range(depth):
        mail = HEAD + b"Content-Type: message/rfc822\r\n\r\n" + mail
    return mail


def _attribute(level: int, name: int, data: bytes) -> bytes:
    return struct.pack("<BHHI", level, name, 6, len(data)) + data + b"\0\0"


TNEF = b"\x78\x9f\x3e\x22\x01\x00"
LIES = struct.pack("<I", 0xFFFFFFFF), struct.pack("<IHHI", 1, 0x1002, 0x1000, 0xFFFFFFFF)


def _winmail(data: bytes) -> bytes:
    return _file(_b64(TNEF + data), b"application/ms-tnef", b"winmail.dat")


def _calendar() -> bytes:
    event = b"BEGIN:VEVENT\r\nSUMMARY:" + b"a;b=" * 200_000 + b"\r\n" + b"ATTENDEE;" + b"x=y;" * 200_000 + b"\r\n"
    return _text(b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\n" + event, b"text/calendar")


def _report() -> bytes:
    fields = b"Final-Recipient: rfc822; ana@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n" * 20_000
    return _multi(b"\r\nHola", b"Content-Type: message/delivery-status\r\n\r\n" + fields)


MAILS: dict[str, Callable[[], bytes]] = {
    "attachment": lambda: _file(_b64(bytes(range(256)) * (18 * MB // 256)), b"application/pdf", b"a.pdf"),
    "text": lambda: _text("Hola, ¿dónde está mi pedido? El lun, 16 escribió\r\n".encode() * (25 * MB // 52)),
    "page": lambda: _text(
        "<p>Hola <b>¿dónde</b> está?</p>\r\n".encode() * (25 * MB // 34), b"text/html; charset=utf-8"
    ),
    "quoted": lambda: (
        HEAD + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"Hola =C3=A1=C3=A9 =\r\n" * (25 * MB // 21)
    ),
    "uuencoded": lambda: _text(
        b"Hola\r\nbegin 644 a.bin\r\n" + binascii.b2a_uu(b"x" * 45) * (25 * MB // 62) + b"`\r\nend\r\n"
    ),
    "enclosed": lambda: _multi(b"Content-Type: message/rfc822\r\n\r\n" + _text(b"Hola a todos\r\n" * (25 * MB // 14))),
    "unknown_charset": lambda: _text(bytes(range(128, 256)) * (25 * MB // 128), b"text/plain; charset=x-nobody"),
    "junk_base64": lambda: _file(b"SGVs!!bG8*" * (25 * MB // 10), b"application/pdf", b"a.pdf"),
    "packed": lambda: _winmail(
        _attribute(2, 0x9002, b"\0" * 14) + _attribute(2, 0x800F, b"x" * (18 * MB)) + _attribute(2, 0x8010, b"a.bin\0")
    ),
    "beyond": lambda: _file(_b64(bytes(256) * (29 * MB // 256)), b"application/pdf", b"a.pdf"),
    "long_line": lambda: _text(b"a" * (5 * MB)),
    "many_parts": lambda: _multi(*([b"Content-Type: text/plain\r\n\r\nHola"] * 5000)),
    "many_nested_parts": lambda: _multi(
        *[
            b"Content-Type: multipart/mixed; boundary=y%d\r\n\r\n--y%d\r\n\r\nHola\r\n--y%d--" % (n, n, n)
            for n in range(5000)
        ]
    ),
    "deep_parts": lambda: _deep(100),
    "nested_messages": lambda: _enclosed(200),
    "header_of_a_megabyte": lambda: _header(b"X-Long", b"a" * MB),
    "many_headers": lambda: HEAD + b"X-A: b\r\n" * 100_000 + b"\r\nHola",
    "many_addresses": lambda: _header(b"Cc", b", ".join(b"p%d@example.org" % n for n in range(2000))),
    "open_brackets": lambda: b"From: " + b"<" * 200_000 + b"\r\n\r\nHola",
    "open_comments": lambda: b"From: " + b'("\\' * 100_000 + b"\r\n\r\nHola",
    "encoded_words": lambda: _header(b"Subject", b"=?utf-8?Q?=C3=A1?= " * 20_000).replace(b"Subject: Prueba\r\n", b""),
    "encoded_words_unended": lambda: b"Subject: " + b"=?a?q?" * 20_000 + b"\r\n" + HEAD + b"\r\nHola",
    "many_references": lambda: _header(b"References", b" ".join(b"<m%d@example.net>" % n for n in range(100_000))),
    "many_parameters": lambda: _header(b"Content-Type", b"text/plain" + b'; a*0="x"' * 20_000),
    "backslashes": lambda: _header(b"Content-Type", b'text/plain; name="' + b"\\" * 200_000),
    "zip_bomb": lambda: _file(_b64(b"PK\x03\x04" + zlib.compress(bytes(200 * MB), 9)), b"application/zip", b"b.zip"),
    "tnef_many_attributes": lambda: _winmail(_attribute(1, 0x800D, b"") * 500_000),
    "tnef_counts": lambda: _winmail(b"".join(_attribute(1, 0x9003, lie) for lie in LIES)),
    "tnef_many_files": lambda: _winmail((_attribute(2, 0x9002, b"") + _attribute(2, 0x800F, b"x")) * 100_000),
    "html_links": lambda: _text(b'<p><a href="https://example.com/a?b=c">x</a></p>' * 20_000, b"text/html"),
    "html_deep": lambda: _text(b"<div>" * 200_000 + b"Hola", b"text/html"),
    "html_fonts": lambda: _text(b"".join(b"<b id=%d>" % n for n in range(300)) + b"<p>x" * 200_000, b"text/html"),
    "html_closed_wrongly": lambda: _text(b"<b><i><div></b></p></i>" * 40_000, b"text/html"),
    "html_tables": lambda: _text(b"<table><tr><td>" * 60_000 + b"Hola", b"text/html"),
    "html_open_tags": lambda: _text(b"<" * MB, b"text/html"),
    "html_attributes": lambda: _text(b"<p " + b"a=b " * 250_000 + b">Hola", b"text/html"),
    "quotes": lambda: _text(
        b"> " * 30 + b"a\r\n" + b"> El lun, 16 nov 2026 a las 10:15 escribi\xc3\xb3:\r\n" * 100_000
    ),
    "begin_lines": lambda: _text(b"begin 644 a\r\n" * 300_000),
    "near_boundaries": lambda: _multi(b"\r\nHola\r\n" + b"--xy\r\n--x " + b" " * 50 + b"z\r\n" + b"--x-\r\n" * 500_000),
    "calendar": _calendar,
    "colons": lambda: _text(b"De: :\r\nFrom: " * 200_000),
    "carriage_returns": lambda: _text(b"\r" * (3 * MB)),
    "page_of_entities": lambda: _text(b"&amp;&#x200b;&nbsp;" * 100_000, b"text/html"),
    "report": _report,
}


def most_memory_mb() -> float:
    """The most memory that this process held. Where Linux says so, by its own account: what `getrusage` tells of a
    process begins with what its parent held."""
    status = Path("/proc/self/status")
    if status.exists():
        told = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(told["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


def measured(name: str) -> dict[str, object]:
    from shared.channels.email.parse import parse

    mail = MAILS[name]()
    slow_before = slowness()
    before = time.process_time()
    event = parse({"mail": mail})
    taken = (time.process_time() - before) / max(slow_before, slowness())
    dump = json.dumps(event.dump(), ensure_ascii=False).encode("utf-8")
    memory = most_memory_mb()
    files = [(file.filename, file.size) for file in event.attachments]
    said = {"kind": event.kind, "reason": event.reason, "flags": event.flags, "files": files[:3], "count": len(files)}
    said |= {"text": (event.text or "")[:50], "sender": event.identities[0].value, "event_bytes": len(dump)}
    return {"name": name, "seconds": taken, "memory_mb": memory, "mail_bytes": len(mail), **said}


if __name__ == "__main__":
    for each in sys.argv[1:]:
        print(json.dumps(measured(each)), flush=True)
