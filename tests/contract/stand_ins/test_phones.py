"""What the stand-in shows of people's phones, and how it loses answers."""

from __future__ import annotations

from typing import Any

import pytest

from local.phones import on_phone
from tests.contract.stand_ins.world import ANA, ANA_ID, World


def send(world: World, text: str) -> Any:
    return world.send(type="text", text={"body": text}, biz_opaque_callback_data="hilo:c:1:0")


def seen(world: World, person: str) -> list[tuple[str, str]]:
    world.receipts.wait()
    shown = on_phone(world.provider, {"queryStringParameters": {"person": person}})["messages"]
    return [(one["text"], one["state"]) for one in shown]


@pytest.mark.parametrize("order", ["in_order", "reversed", "shuffled"])
def test_a_message_has_its_highest_tick_whatever_the_order(world: World, order: str) -> None:
    world.provider.behave({"order": order, "copies": 2})
    send(world, "Hola")
    assert seen(world, f"+{ANA}") == [("Hola", "read")]
    assert seen(world, f"EC.nobody,{ANA_ID}") == [("Hola", "read")], "by any of their ids"
    assert seen(world, "593990000099") == []


def test_what_will_not_arrive_is_shown_as_failed_and_not_as_delivered(world: World) -> None:
    world.provider.behave({"fails_later": 131026})
    send(world, "Hola")
    assert seen(world, ANA) == [("Hola", "failed")]
    assert world.provider.delivered(ANA) == []


def test_each_so_maniest_answer_is_lost_after_the_message_was_taken(world: World) -> None:
    world.provider.behave({"loses_every": 3})
    outcomes = [type(send(world, str(number))).__name__ for number in range(6)]
    assert outcomes == ["Accepted", "Accepted", "Lost", "Accepted", "Accepted", "Lost"]
    assert len(world.provider.delivered(ANA)) == 6
