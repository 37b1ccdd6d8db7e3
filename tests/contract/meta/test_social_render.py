"""What an answer is in the Send API's words, on Messenger and on Instagram: messenger_instagram.md §10, §12, §13."""

from __future__ import annotations

from typing import Any

import pytest

from shared.channels.instagram.limits import LIMITS as INSTAGRAM
from shared.channels.messenger.limits import LIMITS as MESSENGER
from shared.domain.answer import Address, Answer, Option, Stored, Template
from shared.domain.errors import Permanent
from shared.domain.event import Attachment, Author
from shared.meta.social.limits import MB, Limits, utf8
from shared.meta.social.render import render

BOTH = pytest.mark.parametrize("limits", [MESSENGER, INSTAGRAM], ids=lambda one: one.channel)
FAMILY = "👨‍👩‍👧‍👦"
PICTURE = Attachment(kind="image", url="https://files.example.com/a.png", mime_type="image/png")


def said(limits: Limits, answer: Answer) -> list[dict[str, Any]]:
    return render(limits, answer, Address(limits.channel, "500"), "hilo:c:1")


@BOTH
def test_a_text_is_one_request_with_our_mark(limits: Limits) -> None:
    assert said(limits, Answer("Hola")) == [
        {
            "recipient": {"id": "500"},
            "messaging_type": "RESPONSE",
            "message": {"text": "Hola", "metadata": "hilo:c:1:0"},
        }
    ]


@BOTH
def test_a_persons_late_answer_is_marked_as_such_and_a_machines_is_refused(limits: Limits) -> None:
    [body] = said(limits, Answer("Hola", permit="human"))
    assert (body["messaging_type"], body["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")
    with pytest.raises(Permanent, match="only a person"):
        said(limits, Answer("Hola", permit="human", author=Author(type="bot")))


@pytest.mark.parametrize(
    ("limits", "text", "parts"),
    [
        (MESSENGER, "a" * 2000, 1),
        (MESSENGER, "a" * 2001, 2),
        (MESSENGER, "ñ" * 2000, 1),
        (INSTAGRAM, "a" * 1000, 1),
        (INSTAGRAM, "ñ" * 500, 1),
        (INSTAGRAM, "ñ" * 501, 2),
        (INSTAGRAM, "😀" * 250, 1),
        (INSTAGRAM, "😀" * 251, 2),
    ],
)
def test_the_length_is_counted_as_the_network_counts(limits: Limits, text: str, parts: int) -> None:
    bodies = said(limits, Answer(text))
    assert len(bodies) == parts
    assert "".join(one["message"]["text"] for one in bodies) == text
    assert [one["message"]["metadata"][-1] for one in bodies] == [str(number) for number in range(parts)]


def test_no_character_is_cut_apart() -> None:
    text = FAMILY * 100
    pieces = [one["message"]["text"] for one in said(INSTAGRAM, Answer(text))]
    assert "".join(pieces) == text
    assert all(utf8(piece) <= 1000 and piece.replace(FAMILY, "") == "" for piece in pieces)


@BOTH
def test_text_first_then_each_file_for_itself(limits: Limits) -> None:
    kept = Attachment(kind="document", filename="a.pdf", mime_type="application/pdf")
    stored = {1: Stored("media/c/1/1", 10, "application/pdf", "a.pdf")}
    bodies = said(limits, Answer("Mire", (PICTURE, kept), stored=stored))
    assert [one["message"].get("text") for one in bodies] == ["Mire", None, None]
    assert bodies[1]["message"]["attachment"] == {"type": "image", "payload": {"url": PICTURE.url}}
    assert bodies[2]["message"]["attachment"]["type"] == "file"
    assert bodies[2]["stored"] == {"key": "media/c/1/1", "mime_type": "application/pdf"}


REFUSED = [
    ("a large picture", MESSENGER, Attachment(kind="image", url="https://x.example.com/a", size=8 * MB + 1), "8 MB"),
    ("a large film", INSTAGRAM, Attachment(kind="video", url="https://x.example.com/a", size=25 * MB + 1), "25 MB"),
    ("a Word file", INSTAGRAM, Attachment(kind="document", url="https://x.example.com/a", mime_type="a/b"), "PDF"),
    ("nowhere to be had", MESSENGER, Attachment(kind="document", filename="a.pdf"), "no public address"),
    ("not by https", MESSENGER, Attachment(kind="document", url="http://x.example.com/a"), "no public address"),
    ("never came in", MESSENGER, Attachment(kind="image", failed="gone"), "never came in"),
]


@pytest.mark.parametrize(("limits", "file", "why"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_file_that_does_not_go(limits: Limits, file: Attachment, why: str) -> None:
    with pytest.raises(Permanent, match=why):
        said(limits, Answer("Mire", (file,)))


def options(count: int, title: str = "Opción {}") -> tuple[Option, ...]:
    return tuple(Option(f"o{number}", title.format(number)) for number in range(count))


@BOTH
def test_choices_stand_below_the_last_message(limits: Limits) -> None:
    bodies = said(limits, Answer("¿Cuál?", (PICTURE,), options(13)))
    assert [("quick_replies" in one["message"]) for one in bodies] == [False, True]
    assert bodies[1]["message"]["quick_replies"][0] == {"content_type": "text", "title": "Opción 0", "payload": "o0"}


@pytest.mark.parametrize(
    "several",
    [options(14), options(2, "Un título demasiado largo {}"), options(2, "igual"), (Option("a", "A", "más"),)],
    ids=["fourteen", "a title of more than 20", "alike", "with a description"],
)
def test_choices_that_do_not_fit_are_numbered_lines(several: tuple[Option, ...]) -> None:
    [body] = said(MESSENGER, Answer("¿Cuál?", options=several))
    assert "quick_replies" not in body["message"]
    assert f"{len(several)}. " in body["message"]["text"]


def test_what_is_answered_is_named_by_its_id_or_repeated_in_a_line() -> None:
    [by_id] = said(INSTAGRAM, Answer("Sí", in_reply_to="m_1"))
    assert by_id["reply_to"] == {"mid": "m_1"}
    [by_words] = said(INSTAGRAM, Answer("Sí", quoted="¿Tienen\nrojo?"))
    assert by_words["message"]["text"] == "> ¿Tienen rojo?\n\nSí"
    assert "reply_to" not in by_words
    [long] = said(INSTAGRAM, Answer("Sí", quoted="palabra " * 40))
    assert len(long["message"]["text"]) < 120


@pytest.mark.parametrize(("kind", "field"), [("comment", "comment_id"), ("post", "post_id")])
def test_public_words_are_answered_by_one_text(kind: str, field: str) -> None:
    to = Address(kind, "900_901")
    assert render(MESSENGER, Answer("Hola"), to, "m") == [
        {"recipient": {field: "900_901"}, "message": {"text": "Hola", "metadata": "m:0"}}
    ]
    for answer in (Answer("a" * 2001), Answer("Mire", (PICTURE,)), Answer()):
        with pytest.raises(Permanent):
            render(MESSENGER, answer, to, "m")


@BOTH
def test_what_cannot_be_said(limits: Limits) -> None:
    for answer in (Answer(), Answer(options=options(1)), Answer("x", template=Template("a", "es"))):
        with pytest.raises(Permanent):
            said(limits, answer)
    with pytest.raises(Permanent, match="own id"):
        render(limits, Answer("x"), Address("phone", "593"), "m")
