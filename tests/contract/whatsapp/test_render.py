"""Answers in the words of the Cloud API: one row, one answer, what is sent."""

from __future__ import annotations

from typing import Any

import pytest

from shared.channels.whatsapp.render import LIST_BUTTON, render
from shared.channels.whatsapp.upload import AS_LINK, with_file
from shared.domain.answer import Address, Answer, Option, Stored, Template
from shared.domain.errors import Permanent
from shared.domain.event import Attachment

ANA = Address("phone", "12025550142")
MB = 1024 * 1024


def said(text: str) -> dict[str, Any]:
    return {"type": "text", "text": {"body": text, "preview_url": False}}


def file(kind: str = "image", **more: Any) -> Attachment:
    return Attachment.model_validate({"kind": kind, "provider_id": "M9", **more})


def options(*titles: str, **more: Any) -> tuple[Option, ...]:
    return tuple(Option(f"id-{number}", title, **more) for number, title in enumerate(titles))


def buttons(text: str, *titles: str) -> dict[str, Any]:
    made = [{"type": "reply", "reply": {"id": f"id-{n}", "title": title}} for n, title in enumerate(titles)]
    return {
        "type": "interactive",
        "interactive": {"type": "button", "action": {"buttons": made}, "body": {"text": text}},
    }


def listed(text: str, *rows: dict[str, str]) -> dict[str, Any]:
    action = {"button": LIST_BUTTON, "sections": [{"rows": [{"id": f"id-{n}", **row} for n, row in enumerate(rows)]}]}
    return {"type": "interactive", "interactive": {"type": "list", "action": action, "body": {"text": text}}}


ROWS: list[tuple[str, Answer, list[dict[str, Any]]]] = [
    ("a text", Answer("Su caso está en curso 🌸"), [said("Su caso está en curso 🌸")]),
    ("white space around it", Answer("  Hola \n"), [said("Hola")]),
    ("4096 characters", Answer("a" * 4096), [said("a" * 4096)]),
    ("a paragraph more", Answer("a" * 4090 + "\n\nb" * 3), [said("a" * 4090 + "\n\nb\n\nb"), said("b")]),
    ("an image by id", Answer(attachments=(file(),)), [{"type": "image", "image": {"id": "M9"}}]),
    (
        "a video by address",
        Answer(attachments=(file("video", provider_id=None, url="https://files.example.com/v.mp4"),)),
        [{"type": "video", "video": {"link": "https://files.example.com/v.mp4"}}],
    ),
    (
        "an id is preferred",
        Answer(attachments=(file(url="https://files.example.com/i.png"),)),
        [{"type": "image", "image": {"id": "M9"}}],
    ),
    ("a caption", Answer("Mire", (file(),)), [{"type": "image", "image": {"id": "M9", "caption": "Mire"}}]),
    (
        "a caption of 1024",
        Answer("a" * 1024, (file(),)),
        [{"type": "image", "image": {"id": "M9", "caption": "a" * 1024}}],
    ),
    (
        "a text too long for a caption",
        Answer("a" * 1025, (file(),)),
        [said("a" * 1025), {"type": "image", "image": {"id": "M9"}}],
    ),
    (
        "sound has no caption",
        Answer("Oiga", (file("audio"),)),
        [said("Oiga"), {"type": "audio", "audio": {"id": "M9"}}],
    ),
    (
        "only the first file has one",
        Answer("Mire", (file(), file("document", filename="factura.pdf"))),
        [
            {"type": "image", "image": {"id": "M9", "caption": "Mire"}},
            {"type": "document", "document": {"id": "M9", "filename": "factura.pdf"}},
        ],
    ),
    ("a sticker", Answer(attachments=(file("sticker"),)), [{"type": "sticker", "sticker": {"id": "M9"}}]),
    (
        "what is shared by its address",
        Answer(attachments=(file("share", url="https://example.com/p"),)),
        [said("https://example.com/p")],
    ),
    ("three buttons", Answer("¿Cuál?", options=options("A", "B", "C")), [buttons("¿Cuál?", "A", "B", "C")]),
    ("a title of twenty", Answer("¿Cuál?", options=options("a" * 20)), [buttons("¿Cuál?", "a" * 20)]),
    ("a title of 21 is a row", Answer("¿Cuál?", options=options("a" * 21)), [listed("¿Cuál?", {"title": "a" * 21})]),
    (
        "four are a list",
        Answer("¿Cuál?", options=options(*"ABCD")),
        [listed("¿Cuál?", *({"title": one} for one in "ABCD"))],
    ),
    (
        "a description makes a list",
        Answer("¿Cuál?", options=options("A", description="la primera")),
        [listed("¿Cuál?", {"title": "A", "description": "la primera"})],
    ),
    (
        "eleven are numbered lines",
        Answer("¿Cuál?", options=options(*"ABCDEFGHIJK")),
        [said("¿Cuál?\n\n" + "\n".join(f"{n}. {one}" for n, one in enumerate("ABCDEFGHIJK", 1)))],
    ),
    (
        "a title too long for a row",
        Answer("¿Cuál?", options=options("a" * 25, "B", description=None)),
        [said(f"¿Cuál?\n\n1. {'a' * 25}\n2. B")],
    ),
    ("two of the same name", Answer("¿Cuál?", options=options("A", "A")), [said("¿Cuál?\n\n1. A\n2. A")]),
    (
        "a text too long for buttons",
        Answer("a" * 1020 + "\n\nb c d e f", options=options("A")),
        [said("a" * 1020), buttons("b c d e f", "A")],
    ),
    (
        "files before choices",
        Answer("¿Cuál?", (file(),), options("A")),
        [{"type": "image", "image": {"id": "M9"}}, buttons("¿Cuál?", "A")],
    ),
    (
        "a template",
        Answer(template=Template("case_update", "es_EC", ("123", "el pedido\nde  Ana"))),
        [
            {
                "type": "template",
                "template": {
                    "name": "case_update",
                    "language": {"code": "es_EC"},
                    "components": [
                        {
                            "type": "body",
                            "parameters": [
                                {"type": "text", "text": "123"},
                                {"type": "text", "text": "el pedido de Ana"},
                            ],
                        }
                    ],
                },
            }
        ],
    ),
    (
        "a template with names, and nothing beside it",
        Answer("no se dice", (file(),), template=Template("case_update", "es_EC", {"case": "123"})),
        [
            {
                "type": "template",
                "template": {
                    "name": "case_update",
                    "language": {"code": "es_EC"},
                    "components": [
                        {"type": "body", "parameters": [{"type": "text", "parameter_name": "case", "text": "123"}]}
                    ],
                },
            }
        ],
    ),
    (
        "a template without parameters",
        Answer(template=Template("hello", "es")),
        [{"type": "template", "template": {"name": "hello", "language": {"code": "es"}}}],
    ),
]

REFUSED: list[tuple[str, Answer, Address, str]] = [
    ("nothing", Answer(" "), ANA, "neither text nor file"),
    ("no file of ours", Answer(attachments=(file(provider_id=None),)), ANA, "neither uploaded nor at a public"),
    (
        "an address that is none",
        Answer(attachments=(file(provider_id=None, url="cid:1"),)),
        ANA,
        "neither uploaded nor at a public",
    ),
    ("an image too large", Answer(attachments=(file(size=5 * MB + 1),)), ANA, "JPEG or PNG of up to 5 MB"),
    ("an image of another type", Answer(attachments=(file(mime_type="image/gif"),)), ANA, "JPEG or PNG"),
    (
        "a still sticker too large",
        Answer(attachments=(file("sticker", animated=False, size=102_401),)),
        ANA,
        "100 KB",
    ),
    ("a story", Answer(attachments=(file("story"),)), ANA, "cannot send"),
    ("a file that never came", Answer(attachments=(file(failed="131052"),)), ANA, "never came in"),
    ("choices alone", Answer(options=options("A")), ANA, "without a text"),
    ("an empty parameter", Answer(template=Template("t", "es", ("a", " "))), ANA, "parameter 2 is empty"),
    ("an address of another channel", Answer("Hola"), Address("email", "ana@example.com"), "not this email"),
    ("a phone that is none", Answer("Hola"), Address("phone", "EC.1"), "not this phone"),
]


@pytest.mark.parametrize(("answer", "contents"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_an_answer_becomes_these_requests(answer: Answer, contents: list[dict[str, Any]]) -> None:
    common = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": "+12025550142"}
    expected = [
        {**common, **content, "biz_opaque_callback_data": f"hilo:c1:7:{number}"}
        for number, content in enumerate(contents)
    ]
    assert render(answer, ANA, "hilo:c1:7") == expected


@pytest.mark.parametrize(("answer", "to", "reason"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_whatsapp_cannot_say_is_named(answer: Answer, to: Address, reason: str) -> None:
    with pytest.raises(Permanent, match=reason):
        render(answer, to, "hilo:c1:7")


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        (Address("phone", "12025550142"), {"to": "+12025550142"}),
        (Address("phone", "+593990000001"), {"to": "+593990000001"}),
        (Address("phone", "5215550000001"), {"to": "+5215550000001"}),
        (Address("whatsapp", "EC.1000000000000000001"), {"recipient": "EC.1000000000000000001"}),
        (Address("whatsapp", "US.ENT.2000000000000000001"), {"recipient": "US.ENT.2000000000000000001"}),
    ],
)
def test_it_goes_to_the_very_address(to: Address, expected: dict[str, str]) -> None:
    [body] = render(Answer("Hola"), to, "hilo:c1:7")
    assert {name: body[name] for name in ("to", "recipient") if name in body} == expected


def test_the_first_part_quotes_and_a_template_does_not() -> None:
    long = render(Answer("a" * 5000, in_reply_to="wamid.IN"), ANA, "m")
    assert [body.get("context") for body in long] == [{"message_id": "wamid.IN"}, None]
    [template] = render(Answer(template=Template("hello", "es"), in_reply_to="wamid.IN"), ANA, "m")
    assert "context" not in template


def test_a_mark_longer_than_what_comes_back_is_refused() -> None:
    assert render(Answer("Hola"), ANA, "m" * 510)
    with pytest.raises(Permanent, match="512 bytes"):
        render(Answer("Hola"), ANA, "m" * 511)


def kept(mime_type: str, size: int = 1000, **more: Any) -> Stored:
    return Stored("media/c1/7/0", size, mime_type, **{"filename": "factura.pdf", **more})


def brought(kind: str, mime_type: str, size: int = 1000, link: str | None = None, **named: Any) -> dict[str, Any]:
    upload = {"key": "media/c1/7/0", "size": size, "mime_type": mime_type} | ({"link": link} if link else {})
    return {"type": kind, kind: named, "upload": upload}


LINK = "https://hub.example.com/files/c1/7/0?expires=1&signature=x"
ZIP = "application/zip"
STORED: list[tuple[str, str | None, Stored, Attachment, list[dict[str, Any]]]] = [
    ("a document", None, kept("application/pdf"), file("document"), [
        brought("document", "application/pdf", filename="factura.pdf"),
    ]),
    ("with a caption", "Mire", kept("application/pdf"), file("document"), [
        brought("document", "application/pdf", filename="factura.pdf", caption="Mire"),
    ]),
    ("an image by what it is", "Mire", kept("image/png"), file("document"), [
        brought("image", "image/png", caption="Mire"),
    ]),
    ("an image of 5 MB", None, kept("image/jpeg", 5 * MB), file(), [brought("image", "image/jpeg", 5 * MB)]),
    ("a larger one", None, kept("image/jpeg", 5 * MB + 1), file(), [
        brought("document", "image/jpeg", 5 * MB + 1, filename="factura.pdf"),
    ]),
    ("a video of 16 MB", None, kept("video/mp4", 16 * MB), file(), [brought("video", "video/mp4", 16 * MB)]),
    ("a larger video", None, kept("video/mp4", 16 * MB + 1), file(), [
        brought("document", "video/mp4", 16 * MB + 1, filename="factura.pdf"),
    ]),
    ("sound has no caption", "Oiga", kept("audio/ogg; codecs=opus"), file("audio"), [
        said("Oiga"), brought("audio", "audio/ogg"),
    ]),
    ("a sticker", None, kept("image/webp"), file("sticker"), [brought("sticker", "image/webp")]),
    ("a picture that is none of WhatsApp's", None, kept("image/webp"), file("image"), [
        brought("document", "image/webp", filename="factura.pdf"),
    ]),
    ("anything else", None, kept(ZIP), file("document", url=LINK), [
        brought("document", ZIP, link=LINK, filename="factura.pdf"),
    ]),
    ("100 MB", None, kept(ZIP, 100 * MB), file("document"), [
        brought("document", ZIP, 100 * MB, filename="factura.pdf"),
    ]),
    ("more than that", "Mire", kept(ZIP, 100 * MB + 1), file("document", url=LINK), [said("Mire"), said(LINK)]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "stored", "attachment", "contents"), [r[1:] for r in STORED], ids=[r[0] for r in STORED]
)
def test_a_file_of_the_hub_is_to_be_brought_there(
    text: str | None, stored: Stored, attachment: Attachment, contents: list[dict[str, Any]]
) -> None:
    common = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": "+12025550142"}
    assert render(Answer(text, (attachment,), stored={0: stored}), ANA, "m") == [
        {**common, **content, "biz_opaque_callback_data": f"m:{number}"} for number, content in enumerate(contents)
    ]


def test_what_is_too_large_and_has_no_link_cannot_be_said() -> None:
    with pytest.raises(Permanent, match="100 MB"):
        render(Answer(attachments=(file("document"),), stored={0: kept(ZIP, 100 * MB + 1)}), ANA, "m")


def test_the_id_takes_the_place_of_the_file_or_a_link_does() -> None:
    answer = Answer("Mire", (file("document", url=LINK),), stored={0: kept(ZIP)})
    [body] = render(answer, ANA, "m")
    asked = with_file(body, "M7")
    assert asked["document"] == {"id": "M7", "filename": "factura.pdf", "caption": "Mire"}
    told = with_file(body, AS_LINK)
    assert told["text"] == {"body": f"Mire\n\n{LINK}", "preview_url": False}
    assert told["type"] == "text"
    assert not {"upload", "document"} & set(told) | {"upload"} & set(asked)
    assert asked["biz_opaque_callback_data"] == told["biz_opaque_callback_data"] == "m:0"
