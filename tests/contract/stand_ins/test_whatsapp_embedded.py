"""The stand-in beside an embedded hub: who is played, and what a restart remembers."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from local.stand_ins.whatsapp.embedded import StandIn
from local.stand_ins.whatsapp.people import WINDOW_S, People
from shared.configuration import parse
from shared.domain.answer import Accepted, Address, Answer, Later, Template
from tests.contract.stand_ins.world import ACCOUNT, ANA, ANA_ID, OTHER, START

CONFIG = f"""
brands: [{{name: acme, languages: [es], default_country: EC, time_zone: America/Guayaquil}}]
accounts:
- {{channel: whatsapp, id: "{ACCOUNT}", brand: acme, secret: played, template: {{name: vuelva, language: es}}}}
- {{channel: whatsapp, id: "{OTHER}", brand: acme, secret: real}}
"""


class Named:
    def get(self, name: str) -> dict[str, Any]:
        return {"app_secrets": ["a secret"], **({"access_token": "EAAexample"} if name == "real" else {})}


def test_only_accounts_without_a_token_of_their_own_are_played(tmp_path: Path) -> None:
    config = parse(CONFIG, "hub.yaml", {})
    stand_in = StandIn(config, Named(), "http://127.0.0.1:9", lambda _: True, time.time, tmp_path)
    stand_in.start()
    try:
        stand_in.provider.behave({"receipts": []})
        stand_in.provider.wrote(ACCOUNT, ANA)
        [body] = stand_in.way.render(Answer("Hola"), Address("phone", ANA), "m")
        assert isinstance(stand_in.way.send(ACCOUNT, body), Accepted)
        [knock] = stand_in.way.render(Answer(template=Template("vuelva", "es")), Address("phone", "12025550142"), "m")
        assert isinstance(stand_in.way.send(ACCOUNT, knock), Accepted), "what is configured counts as approved"
        assert stand_in.way.advice("131047", "es")
        assert len(stand_in.provider.delivered()) == 2
        assert stand_in.way.send("200000000000009", body) == Later("no_token", whole_account=True, stops=True)
    finally:
        stand_in.stop()


@pytest.mark.parametrize("later_s", [0, 3600, WINDOW_S - 1])
def test_a_restart_closes_no_window(tmp_path: Path, later_s: float) -> None:
    journal = tmp_path / "people.jsonl"
    before = People(journal=journal, now=START)
    before.wrote(ACCOUNT, None, ANA_ID, START - 10)
    before.wrote(ACCOUNT, ANA, ANA_ID, START)
    with journal.open("a", encoding="utf-8") as file:
        file.write('["cut sho')
    after = People(journal=journal, now=START + later_s)
    assert after.person(ANA_ID) == ANA
    assert after.is_open(ACCOUNT, ANA, START + later_s)
    assert journal.stat().st_mode & 0o777 == 0o600


def test_what_is_older_than_a_window_is_forgotten(tmp_path: Path) -> None:
    journal = tmp_path / "people.jsonl"
    People(journal=journal, now=START).wrote(ACCOUNT, ANA, None, START)
    People(journal=journal, now=START + WINDOW_S)
    assert journal.read_text() == ""
