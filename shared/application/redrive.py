"""Redrive: dead letters go back to the queue they came from, once the cause is cured."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from shared.application.inquire_errors import NotFound
from shared.application.inquire_operations import all_letters, find_letter, letter_id
from shared.domain.element import digest
from shared.domain.errors import Conflict
from shared.ports import MAX_BATCH, MAX_BATCH_BYTES, Clock, Delete, Equals, Item, Message, Queues, Table

Chosen = Callable[[Item], bool]


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

    A message's `attempt` is one more than the letter counted. Its deduplication id is new with every request
    (`nonce`): a letter that came back at once is sent again, and the message index sees to it that a message
    sent twice changes nothing more. A letter that fails again before it is removed has grown an attempt, and
    stays. A sudden death between sending and removing leaves a letter that can be redriven again.
    1 WRU per KB of each letter removed; ends soon after `until` (seconds, by `clock`).
    """
    outcome = Redriven()
    known = frozenset(queues.depths())
    for batch in _batches(letters):
        if clock() >= until:
            outcome.more = True
            break
        if batch[0]["queue"] in known:
            _send(table, queues, batch, nonce, outcome)
        else:
            outcome.refused += [{"id": letter_id(item), "reason": "its queue is not known"} for item in batch]
    return outcome


def _send(table: Table, queues: Queues, batch: Sequence[Item], nonce: str, outcome: Redriven) -> None:
    refused = set(queues.send(batch[0]["queue"], [_message(item, nonce) for item in batch]))
    for index, item in enumerate(batch):
        if index in refused:
            outcome.refused.append({"id": letter_id(item), "reason": "its queue refused it"})
            continue
        outcome.redriven += 1
        _remove(table, item)


def _remove(table: Table, item: Item) -> None:
    unchanged = (Equals("attempts", item["attempts"]), Equals("last_at", item["last_at"]))
    try:
        table.transact([Delete((item["pk"], item["sk"]), when=unchanged)])
    except Conflict:
        return  # it failed again meanwhile, or somebody else redrove it: what is there now is newer than ours


def _message(item: Item, nonce: str) -> Message:
    attempt = int(item["attempts"]) + 1
    return Message(
        body=_with_attempt(item["body"], attempt),
        group=item["group"],
        deduplication=digest("redrive", nonce, item["pk"], item["sk"], str(attempt)),
    )


def _with_attempt(body: str, attempt: int) -> str:
    """The message with its attempt. What is no JSON object goes back as it came."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return body
    if not isinstance(message, dict):
        return body
    return json.dumps(message | {"attempt": attempt}, separators=(",", ":"))


def _batches(letters: Iterable[Item]) -> Iterator[list[Item]]:
    """Neighbours for the same queue, within what one send holds (with room for the attempt)."""
    batch: list[Item] = []
    size = 0
    for item in letters:
        length = len(item["body"].encode("utf-8", "surrogatepass")) + 32
        full = len(batch) == MAX_BATCH or size + length > MAX_BATCH_BYTES
        if batch and (full or item["queue"] != batch[0]["queue"]):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += length
    if batch:
        yield batch
