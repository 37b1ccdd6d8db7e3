"""What the clock does with what is to be looked at again for the figures.

A look is a hint: whoever follows it reads how things stand, and writes only what is not so already. So one that comes
twice, or late, or for nothing, does no harm.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from shared.application.figures_joined import joined_now, surviving_case
from shared.application.figures_of_case import Making, history_of, mark_of, read_log
from shared.application.fold import looks_in, looks_item
from shared.application.record.context import Context
from shared.application.record.figures_marks import note_beside, note_counted, note_joined, note_time
from shared.application.record.who import living_profile
from shared.domain.errors import Permanent, describe
from shared.domain.event import utc_text
from shared.domain.figures.model import Beside, CaseHistory
from shared.ports.table import Delete, Equals, Item, Operation, Put
from shared.store import keys
from shared.store.figures import generations_in
from shared.store.figures_text import Look

log = logging.getLogger("hilo")

PUT_OFF: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class LookingAt:
    """What it needs. `has_time`: whether another look may begin."""

    context: Context
    making: Making
    has_time: Callable[[], bool]

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(int(self.context.clock()), UTC)


def look_at_figures(looking: LookingAt, item: Item) -> int:
    """Follow what is due of these looks, as long as there is time; how many were. What is left stays on the clock. Of
    those that ask for the same, all but the first are answered by it: it reads how things stand now.

    1 write for the item. Each look at a case: 1 RCU, and 1 for each 4 KB of its log; at a customer: that for each case
    of theirs. A write for each case of which something new is to be said. Raises `Conflict` when another clock met the
    same looks.
    """
    now = utc_text(looking.now)
    waiting, done = looks_in(item), 0
    left: list[Look] = []
    followed: set[tuple[str, ...]] = set()
    for look in sorted(waiting):
        if look.at > now or not looking.has_time():
            left.append(look)
            continue
        if look[1:] not in followed:
            followed.add(look[1:])
            left += _follow(looking, look)
        done += 1
    version = int(item["version"])
    unchanged = (Equals("version", version),)
    step: Operation = Delete((item["pk"], item["sk"]), when=unchanged)
    if left:
        name = item["pk"].rpartition("#")[2]
        step = Put(looks_item(name, sorted(set(left)), version + 1), when=unchanged)
    looking.context.table.transact([step])
    return done


def _follow(looking: LookingAt, look: Look) -> list[Look]:
    """What is to be looked at then. A look that cannot be followed is counted, and said in the log by its kind and the
    error's place alone; it holds up no other: one that never can is dropped, any other put off."""
    try:
        return _FOLLOWED[look.kind](looking, look)
    except Permanent as error:
        looking.context.metrics.count("figures_look_failed", kind=look.kind)
        log.warning("a look at figures (%s) is dropped: %s", look.kind, describe(error))
        return []
    except Exception as error:  # noqa: BLE001  whatever it met must not stop thousands of others of the same item
        looking.context.metrics.count("figures_look_failed", kind=look.kind, error=type(error).__name__)
        log.error("a look at figures (%s) is put off: %s", look.kind, describe(error))  # noqa: TRY400
        return [look._replace(at=utc_text(looking.now + PUT_OFF))]


def _case(looking: LookingAt, look: Look) -> list[Look]:
    """Say that time was looked at, if that changes the case's figures. Where it does so later by now, a target or a
    window is longer than it was: look then. Of a case that has changed since, its change has a look of its own."""
    case = looking.context.table.get(keys.case(look.id)).item
    if case is None or case.get("imported") or look.of not in ("", mark_of(case)):
        return []
    due = looking.making.next_look(case, read_log(looking.context.table, case))
    if due is None:
        return []
    if due > utc_text(looking.now):
        return [Look(due, "case", look.id, mark_of(case))]
    note_time(looking.context, case, looking.now)
    return []


def _joined(looking: LookingAt, look: Look) -> list[Look]:
    """Tell the case with which this one goes on at last which cases go on in it."""
    case = surviving_case(looking.context.table, look.id)
    if case is None or case.get("imported"):
        return []
    written = note_joined(looking.context, case, joined_now(looking.context.table, case))
    return [] if written else [Look(utc_text(looking.now), "joined", look.id)]


def _customer(looking: LookingAt, look: Look) -> list[Look]:
    """Tell each case of a customer what the others say of it."""
    histories = histories_of_customer(looking.context, look.id)
    if not histories:
        return []
    found = looking.making.beside_of([history for _, history in histories])
    written = [note_beside(looking.context, case, found.get(case["id"], Beside())) for case, _ in histories]
    return [] if all(written) else [Look(utc_text(looking.now), "customer", look.id)]


def _counted(looking: LookingAt, look: Look) -> list[Look]:
    """Not before every shard knows the generation: one that does not would pass the mark over."""
    state = looking.context.table.get(keys.figures_state()).item
    generations = generations_in(state)
    if len(generations) > 1 and int((state or {}).get("told", 0)) != generations[-1].number:
        return [look._replace(at=utc_text(looking.now + PUT_OFF))]
    note_counted(looking.context, look.id, generations[-1].number)
    return []


_FOLLOWED: dict[str, Callable[[LookingAt, Look], list[Look]]] = {
    "case": _case,
    "customer": _customer,
    "joined": _joined,
    "count": _counted,
}


def histories_of_customer(context: Context, customer: str) -> list[tuple[Item, CaseHistory]]:
    """Every case of a customer and of all merged with them, with its events; past messages left out.

    All of them, however old: what came beside a case counts until a week after it is resolved, which may be years from
    now, and nobody looks at the customer again then.

    1 RCU for the profile and for each tombstone on the way, 1 for the list of each one merged, and each case and its
    log: 3000 RCU and 2000 requests for a customer of 1000 cases of 20 short entries, beside 0.8 s of CPU. The list may
    lag behind by a moment; the profile knows what is active.
    """
    profile = living_profile(context.table, customer)
    found = []
    for case in _cases(context, profile):
        log = read_log(context.table, case)
        history = history_of(case, log)
        if history.events:
            found.append((case, CaseHistory(case["id"], profile["id"], case["brand"], history.events)))
    return found


def _cases(context: Context, profile: Item) -> Iterator[Item]:
    ids = set(profile.get("cases", {}))
    for one in dict.fromkeys([profile["id"], *profile.get("family", ())]):
        after = None
        while True:
            page = context.table.query(keys.customer(one)[0], index="cases", after=after)
            ids |= {item["pk"].removeprefix("CAS#") for item in page.items}
            after = page.next
            if after is None:
                break
    for case_id in sorted(ids):
        case = context.table.get(keys.case(case_id)).item
        if case is not None and not case.get("imported"):
            yield case
