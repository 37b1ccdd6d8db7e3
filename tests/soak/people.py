"""What people write: each message once, most deliveries with several, some deliveries twice, and all out of order."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.system.embedded import delivery, message

LARGE = "ñ" * 40_000
"""Too large for the queue: it goes by way of the files."""


def deliveries(messages: int, people: int, random: Random) -> tuple[list[dict[str, Any]], set[str]]:
    """The deliveries in the order in which they are sent, and the ids of the messages in them."""
    said = [_message(number, people, random) for number in range(messages)]
    made = []
    left = list(said)
    while left:
        size = min(len(left), random.choice((1, 1, 2, 3, 5)))
        made.append(delivery(*left[:size]))
        left = left[size:]
    again = [each for each in made if random.random() < 0.15]
    sent = _shuffled([*made, *again], random)
    return sent, {str(one["id"]) for one in said}


def _message(number: int, people: int, random: Random) -> dict[str, Any]:
    text = LARGE if random.random() < 0.002 else f"Mensaje {number}: ¿cuándo llega mi pedido? 🌸"
    made = message(number % people, number, text)
    if random.random() < 0.2:
        del made["from_user_id"]  # by the number alone, as an older account delivers it
    return made


def _shuffled(sent: list[dict[str, Any]], random: Random) -> list[dict[str, Any]]:
    """Each a little before or after its place: what is late comes late by a minute, not by a week."""
    placed = sorted((place + random.uniform(0, 60), place) for place in range(len(sent)))
    return [sent[place] for _, place in placed]
