"""One connector is dead: how many messages a second still reach the healthy one beside it.

Three embedded hubs, each with two connectors. In one both stay well; in one the second tool refuses connections; in
one it takes them and never answers. They are flooded in turns, the order changing, so that what else the machine does
touches all alike; each dead one is compared with the hub that was flooded in the same round.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from typing import Any, Final
from urllib.parse import urlsplit

from bench.embedded import DONE_S, PEOPLE, Provider, hub
from bench.servers import Tool, tool

WELL: Final = "both well"
DEAD: Final = ("refuses", "hangs")
CONNECTIONS: Final = 4
CONFIG: Final = """
brands:
- {{name: acme, languages: [es], default_country: EC, time_zone: America/Guayaquil}}
accounts:
- {{channel: whatsapp, id: "200000000000001", brand: acme, portfolio: default, secret: whatsapp}}
connectors:
- {{name: first, kind: generic_webhook, url: "{first}", secret: first, allow_private: true}}
- {{name: second, kind: generic_webhook, url: "{second}", secret: second, allow_private: true}}
"""


@dataclass
class Pair:
    """A hub, its two tools, and who writes to it. `sent`: messages so far."""

    provider: Provider
    first: Tool
    second: Tool
    sent: int = 0

    def flood(self, messages: int) -> float:
        """Messages a second that reach the first tool: from the first one sent to the last one told."""
        began = time.monotonic()
        self.provider.post(range(self.sent, self.sent + messages), CONNECTIONS)
        self.sent += messages
        _wait_until_heard(self.first, self.sent)
        return messages / (time.monotonic() - began)


def measure(rounds: int = 7, messages: int = 400) -> dict[str, Any]:
    """By way of dying: messages a second beside it and beside one that is well, and how they compare.

    `ratio`: the rounds' median. `ratio_as_it_dies`: of the round in which it died.
    """
    found = rates(rounds, messages)
    return {way: _compared(found[WELL], found[way]) for way in DEAD}


def rates(rounds: int, messages: int) -> dict[str, list[float]]:
    """Messages a second that reach the first tool, by what becomes of the second; the first round is while it dies."""
    with ExitStack() as stack:
        pairs = {way: stack.enter_context(_pair()) for way in (WELL, *DEAD)}
        for pair in pairs.values():
            pair.flood(2 * PEOPLE)
            _wait_until_heard(pair.second, pair.sent)
        pairs["refuses"].second.refuse()
        pairs["hangs"].second.hang()
        found: dict[str, list[float]] = {way: [] for way in pairs}
        ways = list(pairs)
        for turn in range(rounds):
            for way in ways[turn % len(ways) :] + ways[: turn % len(ways)]:
                found[way].append(pairs[way].flood(messages))
        return found


def _compared(well: list[float], beside: list[float]) -> dict[str, Any]:
    ratios = [mine / theirs for mine, theirs in zip(beside, well, strict=True)]
    return {
        "well_per_second": median(well),
        "beside_per_second": median(beside),
        "ratio": median(ratios),
        "ratio_as_it_dies": ratios[0],
        "ratios": ratios,
    }


@contextmanager
def _pair() -> Iterator[Pair]:
    with tempfile.TemporaryDirectory(prefix="hilo-bench-") as folder, tool() as first, tool() as second:
        config = Path(folder) / "hub.yaml"
        config.write_text(CONFIG.format(first=first.url, second=second.url))
        with hub(f"{folder}/data", config) as access:
            yield Pair(Provider(access), first, second)


def _wait_until_heard(by: Tool, messages: int) -> None:
    address = urlsplit(by.url)
    until = time.monotonic() + DONE_S
    while True:
        connection = HTTPConnection(str(address.hostname), address.port, timeout=30)
        connection.request("GET", "/")
        heard = json.loads(connection.getresponse().read())["messages"]
        connection.close()
        if heard >= messages:
            return
        if time.monotonic() > until:
            raise RuntimeError(f"a tool was told {heard} of {messages} messages")
        time.sleep(0.02)


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
