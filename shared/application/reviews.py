"""Sends the reviews that are due: a page by mail to each address, and the page and a CSV as files.

Each address is claimed before its mail is handed over, so that it never goes out twice, even if two clocks run at once
or one is cut short: such a mail may then never go out, which the log says once it is sure. One that was surely not sent
is given back, and goes with the next minute, for as long as the review is due.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from shared.application.review_reading import Reading, read_review
from shared.configuration import Config
from shared.configuration.reviews import ReviewSettings
from shared.domain.answer import Accepted, Later, Lost, Refused, SendOutcome
from shared.domain.element import digest
from shared.domain.errors import HubError
from shared.domain.moment import utc_text
from shared.domain.reviews.model import Kind
from shared.domain.reviews.page import heading, page, plain
from shared.domain.reviews.schedule import due
from shared.domain.reviews.sheet import sheet
from shared.ports.files import Files
from shared.ports.table import Absent, Delete, Equals, Item, Key, Put, Table, Update
from shared.store import keys
from shared.store.conditional import took_effect

log = logging.getLogger(__name__)

CUT_SHORT_AFTER: Final = timedelta(minutes=5)
"""A clock has a minute: whoever claimed an address so long ago sends nothing any more."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A review for one address. `file`: the CSV, by its name."""

    sender: str
    to: str
    subject: str
    text: str
    html: str
    file: tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class Sending:
    """What it needs. `post` hands over one mail and raises none of the hub's own errors."""

    table: Table
    files: Files
    config: Config
    post: Callable[[Mail], SendOutcome]
    now: datetime


def send_due(sending: Sending) -> int:
    """Send what is due; how many mails were taken. 1 RCU for each address of a review that is due; to send, the cost of
    `read_review` once, and 2 WRU for each address. What is wrong with one review holds up no other: once all were tried
    the first fault is raised, and the next minute tries again while the review is due."""
    sent, faults = 0, []
    for settings in sending.config.reviews:
        for kind, last in _due(sending, settings):
            try:
                sent += _send(sending, settings, kind, last)
            except HubError as fault:
                log.warning("the %s review of %s until %s: %s", kind, settings.brand, last, fault.reason)
                faults.append(fault)
    if faults:
        raise faults[0]
    return sent


def _due(sending: Sending, settings: ReviewSettings) -> Iterator[tuple[Kind, date]]:
    zone = ZoneInfo(sending.config.brand(settings.brand).time_zone)
    for slot in settings.slots:
        last = due(slot, zone, sending.now)
        if last is not None:
            yield slot.kind, last


def _send(sending: Sending, settings: ReviewSettings, kind: Kind, last: date) -> int:
    places = {to: keys.review(settings.brand, kind, last.isoformat(), digest("review", to.lower())[:16])
              for to in settings.to}  # fmt: skip
    known = {to: sending.table.get(key).item for to, key in places.items()}
    for item in known.values():
        _say_cut_short(sending, item, settings.brand)
    waiting = {to: key for to, key in places.items() if known[to] is None}
    if not waiting:
        return 0
    reading = Reading(kind, settings.brand, last, settings.language, settings.weekly_cost_cents)
    review = read_review(sending.table, sending.config, reading, sending.now)
    name = f"{kind}-{last.isoformat()}"
    html, content = page(review), sheet(review).encode()
    sending.files.put(f"reviews/{settings.brand}/{name}.html", html.encode(), "text/html; charset=utf-8")
    sending.files.put(f"reviews/{settings.brand}/{name}.csv", content, "text/csv; charset=utf-8")
    sent = 0
    for to, key in waiting.items():
        mail = Mail(settings.sender, to, heading(review), plain(review), html, (f"{name}.csv", content))
        sent += _send_one(sending, mail, key, settings.brand)
    return sent


def _say_cut_short(sending: Sending, item: Item | None, brand: str) -> None:
    """Of a claim whose clock is long gone, once: nobody knows whether that mail was handed over."""
    if item is None or item["state"] != "claimed" or item["at"] > utc_text(sending.now - CUT_SHORT_AFTER):
        return
    as_read = (Equals("state", "claimed"), Equals("at", item["at"]))
    if took_effect(sending.table, [Update((item["pk"], item["sk"]), set={"state": "unknown"}, when=as_read)]):
        log.warning("a review of %s was cut short: it may not have been sent, and is not sent again", brand)


def _send_one(sending: Sending, mail: Mail, key: Key, brand: str) -> int:
    claimed = {"pk": key[0], "sk": key[1], "state": "claimed", "at": utc_text(sending.now)}
    claim = Put(claimed, when=(Absent(),))
    if not took_effect(sending.table, [claim]):
        return 0  # another clock sends it
    outcome = sending.post(mail)
    if isinstance(outcome, Later):
        log.warning("a review of %s was not taken (%s): it goes again", brand, outcome.code)
        sending.table.transact([Delete(key)])
        return 0
    sending.table.transact([Update(key, set={"state": _state(outcome)})])
    if isinstance(outcome, Refused | Lost):
        log.warning("a review of %s was %s (%s)", brand, _state(outcome), outcome.code)
    return int(isinstance(outcome, Accepted))


def _state(outcome: SendOutcome) -> str:
    return {Accepted: "sent", Refused: "refused"}.get(type(outcome), "unknown")
