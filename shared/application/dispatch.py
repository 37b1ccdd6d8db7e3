"""Dispatch: carry an answer to the customer, once, to the person it was written for, or say why not.

An order says only that an answer may have to go out. The send says how far it is: it is claimed before it is tried,
so that whoever finds a claim without its worker knows that the outcome was lost. Then nothing is tried again: a
receipt that carries our mark settles it, or after a quarter of an hour the agent is told that nobody knows.
Sends of one conversation go out in order; one whose outcome is unknown, or that was refused, holds nobody up.
Only the dispatch writes sends, and the recorder the one that a receipt settles.

Cost of one answer in one part: 6 reads (send, open sends, entry, case, conversation, customer), the entries back to
what the customer said last, and 4 writes (queued; claimed; sent, with its place in the message index). With files 1
read more, and 1 write for each that is brought to the provider. It waits a minute for files that are on their way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from shared.application.breaker import Breaker
from shared.application.dispatch_files import decided
from shared.application.dispatch_news import News
from shared.application.dispatch_plan import LOOP, Planned, Planner
from shared.application.order import QUEUE, Order, read_order
from shared.application.retry import due_text, now_text
from shared.domain.answer import Accepted, Body, Later, Lost, Refused, SendOutcome, Uploaded
from shared.domain.errors import Conflict, Transient
from shared.domain.sending import give_up_after_s, wait_s
from shared.ports.channels import Uploads
from shared.ports.queues import MAX_BATCH, Queues
from shared.ports.surroundings import Clock, Metrics
from shared.ports.table import Table
from shared.store import keys, sends
from shared.store.sends import Send

ORIGIN: Final = "outbound_dispatch"

UNKNOWN_S: Final = 15 * 60
"""So long a receipt may take to say what became of a send whose outcome was lost."""
MARGIN_S: Final = 20.0
"""With less time left nothing more is begun: a call may take 15 s, and its outcome must still be written."""
UPLOAD_S: Final = 30.0
"""So long bringing a file to the provider may take."""
LEASE_MARGIN_S: Final = 5

Outcome = Literal["level", "sent", "waiting", "failed", "unknown"]


@dataclass(frozen=True, slots=True)
class Dispatching:
    """What carrying answers needs of the world. `draw` gives random numbers in [0, 1)."""

    table: Table
    queues: Queues
    metrics: Metrics
    clock: Clock
    planner: Planner
    news: News
    breaker_of: Callable[[str], Breaker]
    remaining_s: Callable[[], float]


def dispatch(body: str, means: Dispatching) -> Outcome:
    """Follow one order of `outbound.fifo`, to its end.

    Raises `Malformed` (park it), `Permanent` for an entry or case that is not there, and `Transient` when table or
    queue stood in the way. What a provider says is an outcome and leaves no error.
    """
    order = read_order(body)
    try:
        return _follow(order, means)
    except Conflict as lost:
        raise Transient("a send that another worker moved") from lost


def _follow(order: Order, means: Dispatching) -> Outcome:
    send = sends.read(means.table, order.case, order.sequence)
    if send is None:
        send = Send(order.case, order.sequence, order.conversation)
        means.table.transact([sends.queue(send, now_text(means.clock()))])
    if send.state == "unknown":
        return _give_up_hope(send, means) if _is_time(send, order, means) else "level"
    if send.state not in sends.OPEN:
        return "level"
    for before in sends.open_before(means.table, send.case, send.sequence, send.conversation):
        outcome = _Carrying(before, order, means).carry()
        if outcome == "waiting" and before.sequence < send.sequence:
            return _behind(send, before, means)
        if before.sequence == send.sequence:
            if outcome != "waiting":
                _wake_those_behind(send, order, means)
            return outcome
    return "level"


def _wake_those_behind(send: Send, order: Order, means: Dispatching) -> None:
    """An answer that waited for its files went before its time: those that wait with it need not wait longer. 1 RCU
    where it is so."""
    if order.due is None or order.due <= now_text(means.clock()):
        return
    behind = (one for one in sends.open_after(means.table, send) if one.due_at == order.due)
    orders = [Order(one.case, one.sequence, one.conversation, due=order.due).message for one in behind]
    for start in range(0, len(orders), MAX_BATCH):
        if means.queues.send(QUEUE, orders[start : start + MAX_BATCH]):
            raise Transient("the outbound queue refused an order")


def _is_time(send: Send, order: Order, means: Dispatching) -> bool:
    return send.due_at is not None and (send.due_at <= now_text(means.clock()) or send.due_at == order.due)


def _give_up_hope(send: Send, means: Dispatching) -> Outcome:
    """No receipt has come in a quarter of an hour: the agent is told, then the send is left as it is."""
    means.news.tell(send, "unknown", "unknown", means.planner.advice_of(send, "unknown"))
    means.table.transact([sends.end(send, "unknown", send.error)])
    means.metrics.count("send_unknown", channel=_channel(send))
    return "unknown"


def _behind(send: Send, before: Send, means: Dispatching) -> Outcome:
    """An earlier answer of this conversation waits: this one is looked at a moment after it."""
    earlier = sends.read(means.table, before.case, before.sequence)
    due = earlier.due_at if earlier and earlier.due_at else due_text(means.clock() + 1)
    if send.due_at != due:
        sends.put_off(means.table, send, due)
    return "waiting"


def _channel(send: Send) -> str:
    return send.conversation.split("#", 2)[1]


class _Carrying:
    """One send that is open, carried as far as it goes now."""

    def __init__(self, send: Send, order: Order, means: Dispatching) -> None:
        self._send = send
        self._order = order
        self._means = means

    def carry(self) -> Outcome:
        send, means = self._send, self._means
        now = means.clock()
        if send.state == "claimed":
            if send.lease > now:
                raise Transient("another worker is sending this answer")
            outcome = self._doubt("its worker ended without a word")
            return self._go_on_later() if self._send.state == "queued" else outcome
        if send.heard is not None:
            self._proved(send.heard)
            return self._go_on_later() if self._send.state == "queued" else "sent"
        if send.due_at is not None and not _is_time(send, self._order, means):
            return "waiting"
        planned = means.planner.plan(send)
        if planned.files.until is not None:
            sends.put_off(means.table, send, due_text(planned.files.until))
            return "waiting"
        if planned.later_s is not None:
            sends.put_off(means.table, send, due_text(now + planned.later_s))
            return "waiting"
        self._send = send = decided(means.table, send, planned.files)
        if planned.refused is not None:
            return self._not_now(planned, planned.refused)
        closed = means.breaker_of(planned.account_name).closed_until()
        if closed is not None:
            sends.put_off(means.table, send, due_text(closed))
            return "waiting"
        if planned.files.without and send.part == 0:
            means.news.note(send, "without", planned.said_without)  # before every attempt: told twice is once
        return self._parts(planned)

    def _parts(self, planned: Planned) -> Outcome:
        """Part after part, each claimed for itself."""
        while True:
            if self._means.remaining_s() < self._needed_s(planned):
                return self._go_on_later()
            outcome = self._part(planned)
            if outcome != "sent" or self._send.state == "sent":
                return outcome

    def _needed_s(self, planned: Planned) -> float:
        brings = isinstance(planned.way, Uploads) and planned.files.stored and self._send.upload is None
        return MARGIN_S + (UPLOAD_S if brings else 0)

    def _part(self, planned: Planned) -> Outcome:
        """One part. Its file is brought to the provider before it is claimed: whoever dies there has told nobody
        anything, and it goes out by another."""
        body = self._ready(planned, planned.bodies[self._send.part])
        if isinstance(body, Later | Refused):
            return self._heard(body, planned)
        self._claim(len(planned.bodies))
        return self._heard(self._say(planned, body), planned)

    def _ready(self, planned: Planned, body: Body) -> Body | Later | Refused:
        """The request as it is sent: with the provider's id of the file that it names, brought there once."""
        way = planned.way
        if not isinstance(way, Uploads):
            return body
        if self._send.upload is None:
            brought = way.upload(planned.account, body)
            if not isinstance(brought, Uploaded):
                return body if brought is None else brought
            self._send = sends.keep_upload(self._means.table, self._send, brought.id)
        return way.with_file(body, str(self._send.upload))

    def _heard(self, said: SendOutcome, planned: Planned) -> Outcome:
        breaker = self._means.breaker_of(planned.account_name)
        match said:
            case Accepted():
                breaker.succeeded()
                return self._accepted(said, planned)
            case Refused():
                breaker.succeeded()  # it answers, and takes others
                return self._refused(said, planned)
            case Later():
                return self._later(said, planned, breaker)
            case Lost():
                breaker.failed(said.code)
                return self._doubt(said.code)

    def _accepted(self, said: Accepted, planned: Planned) -> Outcome:
        """The part was taken: the next is queued, and its id leads receipts and quotes to the entry."""
        means, send = self._means, self._send
        step, after = sends.settle_part(send, said.id, len(planned.bodies))
        place = keys.message(planned.channel, planned.account, said.id)
        known = means.table.get(place).item
        waits = known is not None and bool(known.get("waiting"))
        own = [] if known and not waits else [
            sends.index(planned.channel, planned.account, said.id, send, was_waiting=waits)
        ]  # fmt: skip
        means.table.transact([step, *own])
        self._send = after
        if waits:
            means.news.let_in(place)
        if said.learnt is not None and planned.is_private_reply:
            means.news.reached(send, said.id, said.learnt)
        if after.state == "sent":
            means.metrics.count("sent", channel=planned.channel)
        return "sent"

    def _claim(self, parts: int = 1) -> None:
        lease = int(self._means.clock() + self._means.remaining_s()) + 1 + LEASE_MARGIN_S
        self._send = sends.claim(self._means.table, self._send, lease, parts)

    @staticmethod
    def _say(planned: Planned, body: Body) -> SendOutcome:
        return planned.way.send(planned.account, body) if planned.way else Refused("no_way")

    def _not_now(self, planned: Planned, refused: Refused) -> Outcome:
        """The hub itself will not send it. A template that may go instead is claimed like any part."""
        if refused.code == LOOP:
            self._means.metrics.count("loop_suspected", channel=planned.channel)
        if refused.window and planned.knock is not None:
            self._claim()
        return self._refused(refused, planned)

    def _refused(self, said: Refused, planned: Planned) -> Outcome:
        """Outside the window an approved template may open the conversation again; the agent is told either way."""
        if said.window and planned.knock is not None and isinstance(self._say(planned, planned.knock), Accepted):
            return self._fail(planned, Refused("knocked"))
        return self._fail(planned, said)

    def _fail(self, planned: Planned, said: Refused) -> Outcome:
        """Told first, ended after: dying in between tells twice under one id, which is once."""
        means, send = self._means, self._send
        means.news.tell(send, "failed", said.code, planned.advice(said))
        means.table.transact([sends.end(send, "failed", said.code)])
        means.metrics.count("send_failed", channel=_channel(send), code=said.code)
        return "failed"

    def _later(self, said: Later, planned: Planned, breaker: Breaker) -> Outcome:
        means, send = self._means, self._send
        now = means.clock()
        wait = wait_s(send.attempts, said)
        if said.stops:
            wait = max(breaker.stop(said.code) - now, 1)
        elif said.whole_account:
            breaker.failed(said.code, said.after_s)
        if now + wait - planned.said_at > give_up_after_s(said):
            return self._fail(planned, Refused(said.code))
        sends.wait(means.table, send, due_text(now + wait), said.code, file=said.file)
        means.metrics.count("send_put_off", channel=planned.channel, code=said.code)
        return "waiting"

    def _doubt(self, error: str) -> Outcome:
        """It may have been sent: its echo may have said so, or a receipt may within a quarter of an hour. 1 RCU."""
        now = sends.read(self._means.table, self._send.case, self._send.sequence)
        if now is not None and now.heard is not None:
            return self._proved(now.heard)
        sends.doubt(self._means.table, self._send, due_text(self._means.clock() + UNKNOWN_S), error)
        return "unknown"

    def _proved(self, provider_id: str) -> Outcome:
        """The channel itself told that the part went out: its id leads to the answer already."""
        means, send = self._means, self._send
        step, self._send = sends.settle_part(send, provider_id, send.parts)
        means.table.transact([step])
        if self._send.state == "sent":
            means.metrics.count("sent", channel=_channel(send))
        return "sent"

    def _go_on_later(self) -> Outcome:
        send = self._send
        more = Order(send.case, send.sequence, send.conversation, part=send.part)
        if self._means.queues.send(QUEUE, [more.message]):
            raise Transient("the outbound queue refused an order")
        return "waiting"
