"""Where figures lie: open blocks of deltas, rows of a day, and how far each shard of the stream is counted.

A row is of one local day, brand, channel, team and agent, and holds each of its hours; a day's figure is the sum of
them. Figures are kept by generation: a new one is counted from nothing beside the one that is asked, then takes its
place.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple

from shared.domain.figures.totals import Cell, Cells, Totals, merge_into
from shared.ports.table import Absent, Condition, Delete, Equals, Item, Operation, Put, Table
from shared.store import keys
from shared.store.figures_text import (
    Look,
    cells_plain,
    packed,
    plain_cells,
    plain_totals,
    totals_plain,
    unpacked,
)


class Generation(NamedTuple):
    """`boundary`: a case with a later id counts in it from its first change on; any other once its item has
    `figures_gen` as high."""

    number: int
    boundary: str

    def counts(self, case: Item) -> bool:
        return int(case.get("figures_gen", 0)) >= self.number or str(case["id"]) > self.boundary


Generations = tuple[Generation, ...]
"""The first is the one that is asked; a second is being made."""

FROM_THE_BEGINNING: Final[Generations] = (Generation(0, ""),)


def generations_text(generations: Generations) -> str:
    return json.dumps([list(one) for one in generations])


def generations_in(item: Item | None) -> Generations:
    if item is None or "generations" not in item:
        return FROM_THE_BEGINNING
    return tuple(Generation(number, boundary) for number, boundary in json.loads(item["generations"]))


def generations_of(table: Table) -> Generations:
    """1 RCU."""
    return generations_in(table.get(keys.figures_state()).item)


@dataclass(slots=True)
class Block:
    """Deltas by generation, what to look at again, and how many cases each generation began to count. `version`,
    `name` and `size` (bytes): of a block that is stored; `restated`: the sealed days that it has been counted on as
    corrections."""

    cells: dict[int, Cells] = field(default_factory=dict)
    looks: list[Look] = field(default_factory=list)
    counted: dict[int, int] = field(default_factory=dict)
    restated: set[tuple[int, str, str]] = field(default_factory=set)
    name: str = ""
    version: int = 0
    size: int = 0

    @property
    def is_empty(self) -> bool:
        return not (any(self.cells.values()) or self.looks or self.counted)

    def join(self, other: Block) -> None:
        """With all that the other says."""
        for number, cells in other.cells.items():
            merge_into(self.cells.setdefault(number, {}), cells)
        self.looks = list(dict.fromkeys([*self.looks, *other.looks]))
        for number, count in other.counted.items():
            self.counted[number] = self.counted.get(number, 0) + count
        self.restated |= other.restated
        self.size += other.size  # at most: like beside like compresses better

    def put(self) -> Put:
        """The block one version on; new where it has none."""
        pk, sk = keys.figures_block(self.name)
        when: Condition = Equals("version", self.version) if self.version else Absent()
        plain = {
            "cells": {str(number): cells_plain(cells) for number, cells in self.cells.items() if cells},
            "looks": self.looks,
            "counted": {str(number): count for number, count in self.counted.items()},
            "restated": sorted(self.restated),
        }
        item = {"pk": pk, "sk": sk, "version": self.version + 1, "z": packed(plain)}
        return Put(item, when=(when,))

    def gone(self) -> Delete:
        """As it was read, it is needed no more."""
        return Delete(keys.figures_block(self.name), when=(Equals("version", self.version),))


def block_of(item: Item) -> Block:
    plain: dict[str, Any] = unpacked(item["z"])
    return Block(
        cells={int(number): plain_cells(cells) for number, cells in plain["cells"].items()},
        looks=[Look(*look) for look in plain["looks"]],
        counted={int(number): count for number, count in plain["counted"].items()},
        restated={(number, day, brand) for number, day, brand in plain["restated"]},
        name=item["sk"].removeprefix(keys.OPEN_BLOCKS),
        version=int(item["version"]),
        size=len(item["z"]),
    )


def open_blocks(table: Table, limit: int | None = None) -> list[Block]:
    """The blocks that are not folded, oldest first. 1 RCU for each 4 KB."""
    found: list[Block] = []
    after = None
    while True:
        page = table.query(keys.figures_block("")[0], keys.OPEN_BLOCKS, after=after, limit=limit)
        found += [block_of(item) for item in page.items]
        after = page.next
        if after is None or (limit and len(found) >= limit):
            return found


class RowKey(NamedTuple):
    """What a row is of."""

    generation: int
    day: date
    brand: str
    channel: str
    team: str
    agent: str

    @property
    def key(self) -> tuple[str, str]:
        parts = json.dumps(self[2:], separators=(",", ":"))
        return keys.figures_row(self.generation, self.day.isoformat(), parts)


Hours = dict[int, Totals]


def rows_of(generation: int, cells: Cells) -> dict[RowKey, Hours]:
    """Cells by the row that they belong to."""
    rows: dict[RowKey, Hours] = {}
    for cell, totals in cells.items():
        key = RowKey(generation, cell.day, cell.brand, cell.channel, cell.team, cell.agent)
        rows.setdefault(key, {})[cell.hour] = totals
    return rows


def cells_of_row(key: RowKey, hours: Mapping[int, Totals]) -> Cells:
    return {Cell(key.brand, key.day, hour, *key[3:]): totals for hour, totals in hours.items()}


def hours_in(item: Item) -> Hours:
    return {int(hour): plain_totals(totals) for hour, totals in unpacked(item["z"]).items()}


def row_key_of(item: Item) -> RowKey:
    generation, _, parts = item["sk"].removeprefix(keys.ROWS).partition("#")
    brand, channel, team, agent = json.loads(parts)
    return RowKey(int(generation), date.fromisoformat(item["pk"].partition("#")[2]), brand, channel, team, agent)


def row_step(key: RowKey, before: Item | None, change: Hours) -> Operation:
    """A row with a change added, if nobody else has written it since it was read. One that comes to nothing goes."""
    cells = cells_of_row(key, hours_in(before)) if before else {}
    merge_into(cells, cells_of_row(key, change))
    version = int(before["version"]) if before else 0
    when: Condition = Equals("version", version) if before else Absent()
    if not cells:
        return Delete(key.key, when=(when,))
    pk, sk = key.key
    plain = {str(cell.hour): totals_plain(totals) for cell, totals in cells.items()}
    return Put({"pk": pk, "sk": sk, "version": version + 1, "z": packed(plain)}, when=(when,))


def _any(_: RowKey) -> bool:
    return True


def rows_of_day(
    table: Table, generation: int, day: date, wants: Callable[[RowKey], bool] = _any
) -> Iterator[tuple[RowKey, Hours]]:
    """Every row of a local day that is wanted. 1 RCU for each 4 KB of all of them."""
    after = None
    while True:
        page = table.query(keys.figures_of_day(day.isoformat()), f"{keys.ROWS}{generation}#", after=after)
        for item in page.items:
            key = row_key_of(item)
            if wants(key):
                yield key, hours_in(item)
        after = page.next
        if after is None:
            return


@dataclass(frozen=True, slots=True)
class Restated:
    """How often a brand's day was corrected after it was sealed, and when last."""

    brand: str
    revision: int
    restated_at: str


def restated_of_day(table: Table, generation: int, day: date) -> list[Restated]:
    """1 RCU. Brands whose day never was are left out."""
    page = table.query(keys.figures_of_day(day.isoformat()), f"{keys.DAYS}{generation}#")
    return [Restated(item["brand"], int(item["revision"]), item["restated_at"]) for item in page.items]
