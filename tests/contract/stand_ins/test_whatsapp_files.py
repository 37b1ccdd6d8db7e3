"""Files of answers: brought to the stand-in, and named by the message."""

from __future__ import annotations

import pytest

from shared.channels.whatsapp.render import render
from shared.domain.answer import Accepted, Address, Answer, Body, Later, Refused, Stored, Uploaded
from shared.domain.event import Attachment
from tests.contract.stand_ins.world import ACCOUNT, ANA, OTHER, World

PDF = b"%PDF-1.7\r\n--" + bytes(range(256)) * 40_000
LINK = "https://hub.example.com/files/c1/7/0"


def asked(key: str, mime_type: str = "application/pdf", size: int = len(PDF), link: str | None = None) -> Body:
    attachment = Attachment(kind="document", url=link)
    answer = Answer("Su factura", (attachment,), stored={0: Stored(key, size, mime_type, "factura.pdf")})
    [body] = render(answer, Address("phone", ANA), "hilo:c1:7")
    return body


@pytest.mark.parametrize("size", [0, 1, len(PDF)])
def test_a_file_arrives_byte_by_byte_and_twice_where_it_is_brought_twice(world: World, size: int) -> None:
    world.files["k"] = PDF[:size]
    body = asked("k", size=size)
    first, second = world.way.upload(ACCOUNT, body), world.way.upload(ACCOUNT, body)
    assert isinstance(first, Uploaded)
    assert isinstance(second, Uploaded)
    assert world.provider.delivered() == [], "nobody was told of it yet"
    assert world.way.send(ACCOUNT, world.way.with_file(body, second.id)) == Accepted("wamid.OUT1")
    [got] = world.provider.delivered(ANA)
    assert (got.kind, got.content) == (
        "document",
        {"id": second.id, "filename": "factura.pdf", "caption": "Su factura"},
    )
    kept = world.provider.shelf.kept(second.id)
    assert kept is not None
    assert (kept.content, kept.mime_type) == (PDF[:size], "application/pdf")


def test_a_type_that_whatsapp_does_not_take_goes_as_a_link_or_not_at_all(world: World) -> None:
    world.files["k"] = PDF
    zipped = asked("k", "application/zip", link=LINK)
    assert world.way.upload(ACCOUNT, zipped) == Uploaded("")
    assert world.way.send(ACCOUNT, world.way.with_file(zipped, "")) == Accepted("wamid.OUT1")
    assert world.texts() == [f"Su factura\n\n{LINK}"]
    refused = world.way.upload(ACCOUNT, asked("k", "application/zip"))
    assert isinstance(refused, Refused)


def test_what_stands_in_the_way_is_an_outcome(world: World) -> None:
    world.files["short"] = PDF[:100]
    assert world.way.upload(ACCOUNT, {"type": "text"}) is None
    assert world.way.upload(ACCOUNT, asked("unreached")) == Later("unreached")
    assert world.way.upload(ACCOUNT, asked("absent")) == Refused("file_gone")
    assert world.way.upload(ACCOUNT, asked("short")) == Refused("file_gone")
    world.secrets = {"access_token": "another"}
    stopped = world.way.upload(OTHER, asked("short", size=100))
    assert stopped == Later("190", whole_account=True, stops=True)
    world.secrets = {}
    assert world.way.upload(OTHER, asked("short", size=100)) == Later("no_token", whole_account=True, stops=True)


def test_a_message_that_names_what_is_not_there_is_to_bring_it_again(world: World) -> None:
    world.files["k"] = PDF
    said = world.way.send(ACCOUNT, world.way.with_file(asked("k"), "404"))
    assert said == Later("131053", 300.0, file=True)
