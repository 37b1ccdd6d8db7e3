"""Redrive: dead letters go back to the queue they came from, once the cause is cured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final
from zlib import crc32

from shared.application.inquire_errors import NotFound
from shared.application.inquire_operations import all_letters, find_letter, letter_id
from shared.application.park import with_attempt
from shared.domain.element import digest
from shared.ports.queues import MAX_BATCH, MAX_BATCH_BYTES, Message, Queues
from shared.ports.surroundings import Clock
from shared.ports.table import Delete, Equals, Item, Table
from shared.store.conditional import took_effect

TOGETHER: Final = 1000
"""Letters in memory at once."""
LANES: Final = 6
BATCHES_PER_LANE: Final = 4
"""A thread is worth its start only when it saves a few round trips."""


@dataclass(slots=True)
class Redriven:
    """`redriven`: letters sent back. `refused`: ids of letters that stay, each with the reason.

    `more`: the time was up before the end; ask again for the rest.
    """

    redriven: int = 0
    refused: list[dict[str, str]] = field(default_factory=list)
    more: bool = False


def by_ids(table: Table, ids: Sequence[str]) -> Iterator[Item]:
    """The letters with these ids. Raises `NotFound` before any is given, when one does not exist."""
    found: dict[str, Item] = {}
    missing = 0
    for asked in ids:
        try:
            item = find_letter(table, asked)
        except NotFound:
            missing += 1
        else:
            found[letter_id(item)] = item
    if missing:
        raise NotFound(f"{missing} of these dead letters do not exist")
    return iter(found.values())


def by_reason(table: Table, reason: str) -> Iterator[Item]:
    """The letters with exactly this reason, or this class of error."""
    return (item for item in all_letters(table) if reason in (item.get("reason"), item.get("error")))


def redrive(table: Table, queues: Queues, letters: Iterable[Item], nonce: str, clock: Clock, until: float) -> Redriven:
    """Send letters back to their queues, in order, and remove each one that its queue took.

    A message's `attempt` is one more than the letter counted, its `first_at` the letter's. Its deduplication id is
    new with every request (`nonce`): a letter that came back at once is sent again, and the message index sees to
    it that a message sent twice changes nothing more. A letter that fails again before it is removed has grown an
    attempt, and stays. A sudden death between sending and removing leaves a letter that can be redriven again.
    2 WRU per KB of each letter removed (ten together, in one transaction); ends soon after `until` (seconds, by
    `clock`). Many letters go in lanes at the same time, those of one group in one lane; both ports are then called
    from several threads.
    """
    work = _Work(table, queues, frozenset(queues.depths()), nonce, clock, until)
    outcome = Redriven()
    rest = iter(letters)
    while not outcome.more and (some := list(islice(rest, TOGETHER))):
        for part in _in_lanes(work, some):
            outcome.redriven += part.redriven
            outcome.refused += part.refused
            outcome.more = outcome.more or part.more
    return outcome


@dataclass(frozen=True, slots=True)
class _Work:
    """`known`: names of the queues there are."""

    table: Table
    queues: Queues
    known: frozenset[str]
    nonce: str
    clock: Clock
    until: float

    def lane(self, letters: Sequence[Item]) -> Redriven:
        outcome = Redriven()
        for batch in _batches(letters):
            if self.clock() >= self.until:
                outcome.more = True
                break
            if batch[0]["queue"] in self.known:
                _send(self.table, self.queues, batch, self.nonce, outcome)
            else:
                outcome.refused += [{"id": letter_id(item), "reason": "its queue is not known"} for item in batch]
        return outcome


def _in_lanes(work: _Work, letters: Sequence[Item]) -> list[Redriven]:
    lanes = _lanes(letters)
    if len(lanes) == 1:
        return [work.lane(lanes[0])]
    from concurrent.futures import ThreadPoolExecutor  # only many letters pay for it

    with ThreadPoolExecutor(len(lanes)) as pool:
        return list(pool.map(work.lane, lanes))


def _lanes(letters: Sequence[Item]) -> list[list[Item]]:
    """Spread over as many lanes as pay off, each group in one lane, in the order they came."""
    number = min(LANES, -(-len(letters) // (MAX_BATCH * BATCHES_PER_LANE)))
    lanes: list[list[Item]] = [[] for _ in range(number)]
    for item in letters:
        lanes[crc32(item["group"].encode()) % number].append(item)
    return [lane for lane in lanes if lane]


def _send(table: Table, queues: Queues, batch: Sequence[Item], nonce: str, outcome: Redriven) -> None:
    refused = set(queues.send(batch[0]["queue"], [_message(item, nonce) for item in batch]))
    outcome.refused += [{"id": letter_id(batch[index]), "reason": "its queue refused it"} for index in sorted(refused)]
    taken = [item for index, item in enumerate(batch) if index not in refused]
    if taken:
        _remove(table, taken)
        outcome.redriven += len(taken)


def _remove(table: Table, taken: Sequence[Item]) -> None:
    """All at once: ten removals then wait for one answer. Where one has changed, each by itself.

    What failed again meanwhile, or was redriven by somebody else, stays: what is there now is newer than ours.
    """
    removals = [_removal(item) for item in taken]
    if took_effect(table, removals):
        return
    for removal in removals if len(removals) > 1 else ():
        took_effect(table, [removal])


def _removal(item: Item) -> Delete:
    unchanged = (Equals("attempts", item["attempts"]), Equals("last_at", item["last_at"]))
    return Delete((item["pk"], item["sk"]), when=unchanged)


def _message(item: Item, nonce: str) -> Message:
    attempt = int(item["attempts"]) + 1
    return Message(
        body=with_attempt(item["body"], attempt, item["first_at"]),
        group=item["group"],
        deduplication=digest("redrive", nonce, item["pk"], item["sk"], str(attempt)),
    )


def _batches(letters: Iterable[Item]) -> Iterator[list[Item]]:
    """Neighbours for the same queue, within what one send holds (with room for the attempt)."""
    batch: list[Item] = []
    size = 0
    for item in letters:
        length = len(item["body"].encode("utf-8", "surrogatepass")) + 72
        full = len(batch) == MAX_BATCH or size + length > MAX_BATCH_BYTES
        if batch and (full or item["queue"] != batch[0]["queue"]):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += length
    if batch:
        yield batch
