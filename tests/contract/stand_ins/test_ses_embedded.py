"""The stand-in beside an embedded hub: what the hub makes of it by itself, and where what it tells goes."""

from __future__ import annotations

import json
from typing import Any

from local.stand_ins.ses.embedded import StandIn
from shared import bootstrap
from shared.channels.email.notice import told
from shared.configuration import parse
from shared.domain.address_token import case_of_token
from shared.domain.answer import Accepted, Address, Answer
from shared.ports.queues import Message

CONFIG = """
brands: [{name: acme, languages: [es], default_country: EC, time_zone: America/Guayaquil}]
accounts: [{channel: email, id: Soporte@help.example.com, brand: acme}]
"""
CASE = "0199f8a2-7c1e-7000-8000-00000000000a"


class Kept:
    def __init__(self) -> None:
        self.sent: list[tuple[str, Message]] = []

    def send(self, queue: str, batch: Any) -> tuple[int, ...]:
        self.sent += [(queue, message) for message in batch]
        return ()

    def depths(self) -> dict[str, Any]:
        return {}

    def get(self, name: str) -> Any:
        """Secrets, and files: there are none."""
        return {"keys": ["new", "old"]} if name == "addresses" else None


def test_the_hub_sends_by_it_hears_of_it_and_finds_it_well() -> None:
    config, kept = parse(CONFIG, "hub.yaml", {}), Kept()
    stand_in = StandIn(config, kept, lambda _: True, lambda: 1_795_340_000.0)
    stand_in.start()
    try:
        with bootstrap.installed(config=config, secrets=kept, files=kept, mailer=stand_in.mailer, clock=lambda: 0.0):
            way = bootstrap.way_out("email")
            assert way
            [body] = way.render(Answer("Hola", case=CASE), Address("email", "ana@example.net"), f"hilo:{CASE}:3")
            assert case_of_token(body["token"], [b"new"]) == CASE
            assert isinstance(way.send("Soporte@help.example.com", body), Accepted)
            [setup] = bootstrap.setups().values()
            assert {one.ok for one in setup.check(mend=False)} == {True}
        stand_in.notices.wait()
    finally:
        stand_in.stop()
    [mail] = stand_in.provider.delivered("ana@example.net")
    assert mail.mail["reply-to"].startswith("Soporte+")
    assert {queue for queue, _ in kept.sent} == {"mail"}
    heard = [told(message.body).sent for _, message in kept.sent]
    assert [notice["eventType"] for notices in heard for notice in notices] == ["Send", "Delivery"]
    assert len({message.deduplication for _, message in kept.sent}) == len(kept.sent)
    assert json.loads(kept.sent[0][1].body)
