"""What the clock does each minute: look again at what is due, and tell its owner.

The clock clears nobody's due time: a cursor's owner does when it takes the cursor, so that a lost trigger is sent
again a minute later. Only the daily comparison, which is the clock's own, sets its next time here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from shared.application import reconcile, tool_hint
from shared.application import trigger as triggering
from shared.application.media_trigger import QUEUE as MEDIA
from shared.application.media_trigger import MediaTrigger
from shared.application.order import QUEUE as OUTBOUND
from shared.application.order import Order
from shared.application.record.timers import Passed
from shared.application.relay import ConnectorsOf
from shared.application.retry import now_text
from shared.application.tool_hint import ToolHint
from shared.application.trigger import Trigger
from shared.ports.queues import MAX_BATCH, Queues
from shared.ports.surroundings import Clock, Metrics
from shared.ports.table import Item, Key, Table
from shared.store import back, media, sends
from shared.store.keys import DUE_PARTITIONS

PAGE = 100
"""Due items read from one partition before the next has its turn: a deep backlog does not starve the others."""
MARGIN_S = 5.0
"""With less time left the clock ends; what is still due is met next minute."""

LookAtWaiting = Callable[..., None]
"""`look_at(item_key, now=…)`: gives up on, or tries again, what waits for something that never came."""

PassTime = Callable[[Item], Passed]
"""`pass_time(case)`: does what time alone does to a case."""

Separate = Callable[[str, Callable[[], bool]], object]
"""`separate(merge_id, has_time)`: moves back what is left of an undone merge, as long as there is time."""

DeriveJourneys = Callable[[str, str], int]
"""`derive_journeys(customer, due_sk)`: derives the journeys of a customer who is due. How many changed."""


LookAtFigures = Callable[[Item], object]
"""`look_at_figures(looks)`: looks at what time, or another case, may have changed in figures."""


@dataclass(frozen=True, slots=True)
class Due:
    """An item that the index says is due."""

    key: Key
    due_sk: str

    @property
    def due_at(self) -> str:
        return self.due_sk.partition("#")[0]


@dataclass
class Looking:
    """What the clock needs, and what it holds while it looks."""

    table: Table
    queues: Queues
    metrics: Metrics
    clock: Clock
    connectors_of: ConnectorsOf
    look_at_waiting: LookAtWaiting
    pass_time: PassTime
    separate: Separate
    derive_journeys: DeriveJourneys
    remaining_s: Callable[[], float]
    look_at_figures: LookAtFigures
    counts: Counter[str] = field(default_factory=Counter)
    unsent: list[Trigger] = field(default_factory=list)


def look_again(looking: Looking) -> Counter[str]:
    """Look at everything due, oldest first in each partition, until it is done or time runs out.

    One query for each 100 due items, and what each item costs: 1 RCU a cursor, 3 RCU and 1 WRU for each connector of
    a case; where timers of a case ran out, instead 3 RCU and a transaction of 2 or 3 items for each. One bad item is
    counted (`due_failed`) and met again next minute; the others go on. Returns the counts of this minute by what was
    done.
    """
    for due in _all_due(looking):
        _look_at(due, looking)
        if len(looking.unsent) >= MAX_BATCH:
            _send(looking)
    _send(looking)
    for name, number in looking.counts.items():
        if number:
            looking.metrics.count(name, number)
    return looking.counts


def _all_due(looking: Looking) -> Iterator[Due]:
    """What is due, a page of each partition in turn."""
    # '$' follows '#' in the alphabet of keys: everything due at this very second is within.
    until = now_text(looking.clock()) + "$"
    places: dict[int, str | None] = dict.fromkeys(range(DUE_PARTITIONS))
    while places:
        for partition, after in list(places.items()):
            if looking.remaining_s() < MARGIN_S:
                looking.counts["due_left"] += 1
                return
            page = looking.table.query(f"DUE#{partition}", after=after, limit=PAGE, until=until, index="due")
            for item in page.items:
                if looking.remaining_s() < MARGIN_S:
                    looking.counts["due_left"] += 1
                    return
                yield Due((item["pk"], item["sk"]), item["due_sk"])
            if page.next is None:
                del places[partition]
            else:
                places[partition] = page.next


def _look_at(due: Due, looking: Looking) -> None:
    look = _kind(due.key)
    if look is None:
        looking.counts["due_unknown"] += 1
        return
    try:
        look(due, looking)
    except Exception as error:  # noqa: BLE001  one bad item must not stop what else is due; it stays due itself
        looking.metrics.count("due_failed", error=type(error).__name__)


def _kind(key: Key) -> Callable[[Due, Looking], None] | None:
    kind = key[0].partition("#")[0], key[1].partition("#")[0]
    return KINDS.get(kind[0]) or KINDS.get("/".join(kind))


def _of_case_cursor(due: Due, looking: Looking) -> None:
    item = reconcile.read_due(looking.table, due.key, due.due_sk)
    if item is None:
        return  # its owner has taken it since the index was written
    connector = due.key[1].partition("#")[2]
    case = due.key[0].partition("#")[2]
    _announce(Trigger(connector, item["customer"], case=case, due=due.due_at), looking)


def _of_contact(due: Due, looking: Looking) -> None:
    if reconcile.read_due(looking.table, due.key, due.due_sk) is None:
        return
    connector = due.key[1].partition("#")[2]
    _announce(Trigger(connector, due.key[0].partition("#")[2], due=due.due_at), looking)


def _announce(trigger: Trigger, looking: Looking) -> None:
    looking.unsent.append(trigger)


def _of_case(due: Due, looking: Looking) -> None:
    case: Item | None = reconcile.read_due(looking.table, due.key, due.due_sk)
    if case is None:
        return
    passed = looking.pass_time(case)
    if passed.steps:
        # Written, and with that told and on the clock anew: it is compared at its next look.
        looking.counts["timers_run_out"] += passed.steps
        return
    compared = reconcile.compare(looking.table, case, looking.connectors_of)
    # Told first, put off after: dying in between costs a second look, not a day.
    triggering.send_all(looking.queues, reconcile.announced(compared.forgotten, due.due_at))
    reconcile.look_tomorrow(looking.table, case, looking.clock(), in_step=compared.in_step, next_at=passed.next_at)
    looking.counts["reconciled"] += len(compared.forgotten)


def _of_waiting(due: Due, looking: Looking) -> None:
    looking.look_at_waiting(due.key, now=looking.clock())
    looking.counts["waiting_looked_at"] += 1


def _of_ticket(due: Due, looking: Looking) -> None:
    """A ticket that could not be read back, or not to its end."""
    if reconcile.read_due(looking.table, due.key, due.due_sk) is None:
        return
    connector, ticket = back.ticket_of(due.key)
    tool_hint.send(looking.queues, [ToolHint(connector, due.due_at, ticket, due=due.due_at)])
    looking.counts["due_announced"] += 1


def _of_merge(due: Due, looking: Looking) -> None:
    record = reconcile.read_due(looking.table, due.key, due.due_sk)
    if record is not None:
        looking.separate(record["id"], lambda: looking.remaining_s() > MARGIN_S)
        looking.counts["merges_looked_at"] += 1


def _of_journeys(due: Due, looking: Looking) -> None:
    looking.counts["journeys_changed"] += looking.derive_journeys(due.key[0].partition("#")[2], due.due_sk)


def _of_send(due: Due, looking: Looking) -> None:
    """An answer that had to wait, or whose outcome nobody has learnt."""
    item = reconcile.read_due(looking.table, due.key, due.due_sk)
    if item is None:
        return
    send = sends.send_of(item)
    order = Order(send.case, send.sequence, send.conversation, due=due.due_at)
    if looking.queues.send(OUTBOUND, [order.message]):
        looking.metrics.count("due_failed", error="refused")
        return
    looking.counts["due_announced"] += 1


def _of_file(due: Due, looking: Looking) -> None:
    """A file that is to be tried again, or whose worker ended without a word."""
    item = reconcile.read_due(looking.table, due.key, due.due_sk)
    if item is None:
        return
    file = media.file_of(item)
    trigger = MediaTrigger(file.case, file.sequence, due=due.due_at)
    if looking.queues.send(MEDIA, [trigger.message]):
        looking.metrics.count("due_failed", error="refused")
        return
    looking.counts["due_announced"] += 1


def _of_figures(due: Due, looking: Looking) -> None:
    item = reconcile.read_due(looking.table, due.key, due.due_sk)
    if item is not None:
        looking.look_at_figures(item)
        looking.counts["figures_looked_at"] += 1


KINDS: dict[str, Callable[[Due, Looking], None]] = {
    "CAS/SYNC": _of_case_cursor,
    "CAS/FILE": _of_file,
    "CAS/OUT": _of_send,
    "CUS/REF": _of_contact,
    "CUS/MRG": _of_merge,
    "CUS/JRN": _of_journeys,
    "CAS/CASE": _of_case,
    "EXT/BACK": _of_ticket,
    "KPI/LOOK": _of_figures,
    "PEND": _of_waiting,
}
"""What is done with a due item, by the kinds of its keys."""


def _send(looking: Looking) -> None:
    """Send what has come together. What is refused stays due, and is met next minute."""
    batch, looking.unsent = looking.unsent, []
    try:
        sent = triggering.send(looking.queues, batch)
    except Exception as error:  # noqa: BLE001  as for an item: the rest of what is due goes on
        looking.metrics.count("due_failed", error=type(error).__name__)
        return
    looking.counts["due_announced"] += sent
    if sent < len(batch):
        looking.metrics.count("due_failed", error="refused")
