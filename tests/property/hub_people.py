"""What people write, in every shape that their platform gives it, and what the platform tells of them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from shared.domain.event import Event
from tests.engine.record.bench import NUMBER, OTHER_NUMBER, said
from tests.property.hub_machine import HubMachine
from tests.property.jobs import JOBS, ORDERS, Job
from tests.property.plain_model import CHOICES

ACCOUNTS = (NUMBER, OTHER_NUMBER)
PEOPLE = 3
WHICH = st.integers(0, 30)


def phone_of(person: int) -> str:
    return f"59399123456{person}"


class PeopleWrite(HubMachine):
    @property
    def messages(self) -> list[Event]:
        """What may be quoted, revised or told the delivery of."""
        return [
            event
            for event in self.events
            if event.kind == "message" and event.channel == "whatsapp" and not self.model.is_choice(event)
        ]

    def _by(self, person: int, phone: int, shape: str, account: int, late: int = 0) -> dict[str, Any]:
        """By both ids, or by one of them. A phone beyond the last is the person's own."""
        more: dict[str, Any] = {"account": ACCOUNTS[account], "at": self.moment(late)}
        more["bsuid"] = f"EC.{person}" if shape != "phone" else None
        more["phone"] = phone_of(person if phone >= PEOPLE else phone) if shape != "id" else None
        return more

    @rule(
        person=st.integers(0, PEOPLE - 1),
        phone=st.integers(0, PEOPLE),
        shape=st.sampled_from(["both", "both", "phone", "id"]),
        account=st.sampled_from([0, 0, 1]),
        late=st.sampled_from([0, 0, 1, 30]),
        quotes=st.one_of(st.none(), st.none(), st.none(), WHICH),
        outbound=st.sampled_from([False, False, False, True]),
        name=st.sampled_from(["Ana", "Ana", "Ana P."]),
        typed=st.one_of(st.none(), st.none(), st.integers(0, 1)),
    )
    def somebody_writes(
        self,
        person: int,
        phone: int,
        shape: str,
        account: int,
        late: int,
        quotes: int | None,
        outbound: bool,
        name: str,
        typed: int | None,
    ) -> None:
        more = self._by(person, phone, shape, account, late)
        if outbound:
            more |= {"direction": "outbound", "author": {"type": "agent"}}
        messages = self.messages
        if quotes is not None and messages:
            more["in_reply_to"] = messages[quotes % len(messages)].message_id
        event = said(f"m{len(self.events)}", name=name, **more)
        if typed is not None and not outbound:
            event = _typing(event, f"ana{typed}@example.com")
        self.add(event)

    @rule(
        person=st.integers(0, PEOPLE - 1),
        phone=st.integers(0, PEOPLE),
        shape=st.sampled_from(["both", "phone", "id"]),
        account=st.sampled_from([0, 1]),
        word=st.sampled_from(CHOICES),
    )
    def somebody_decides_about_marketing(self, person: int, phone: int, shape: str, account: int, word: str) -> None:
        self.add(said(f"m{len(self.events)}", word, name="Ana", **self._by(person, phone, shape, account)))

    @precondition(lambda self: self.messages)
    @rule(which=WHICH, kind=st.sampled_from(["edit", "deletion", "reaction"]))
    def somebody_revises(self, which: int, kind: str) -> None:
        target = self.messages[which % len(self.messages)]
        more: dict[str, Any] = {"account": target.account, "kind": kind, "at": self.moment()}
        more |= (
            {"reaction": {"emoji": "👍", "target": target.message_id}}
            if kind == "reaction"
            else {"in_reply_to": target.message_id}
        )
        self.add(said(f"r{len(self.events)}", "corregido" if kind == "edit" else None, **more))

    @precondition(lambda self: self.messages)
    @rule(which=WHICH, state=st.sampled_from(["sent", "delivered", "read", "failed", "failed"]))
    def a_receipt_comes(self, which: int, state: str) -> None:
        answers = [event for event in self.messages if event.direction == "outbound"] or self.messages
        target = answers[which % len(answers)]
        more: dict[str, Any] = {"receipt": {"state": state, "target": target.message_id}, "author": {"type": "system"}}
        message = f"{target.message_id}:{state}:{len(self.events)}"
        self.add(said(message, None, kind="receipt", account=target.account, at=self.moment(), **more))

    @rule(person=st.integers(0, PEOPLE - 1), account=st.sampled_from([0, 1]), job=JOBS, order=ORDERS)
    def an_answer_does_not_arrive(self, person: int, account: int, job: Job, order: list[int]) -> None:
        more = self._by(person, PEOPLE, "both", account) | {"direction": "outbound", "author": {"type": "agent"}}
        answer = self.add(said(f"m{len(self.events)}", name="Ana", **more))
        target = self.events[answer].message_id
        more = {"account": ACCOUNTS[account], "author": {"type": "system"}, "at": self.moment()}
        failed = {"state": "failed", "target": target}
        failure = self.add(said(f"{target}:failed", None, kind="receipt", receipt=failed, **more))
        self.at_once([("deliver", answer, 0), ("deliver", failure, 0), job], order)

    @precondition(lambda self: self.events)
    @rule(
        old=st.integers(0, PEOPLE - 1),
        new=st.integers(0, PEOPLE + 1),
        late=st.sampled_from([0, 0, 1]),
        job=JOBS,
        order=ORDERS,
    )
    def a_number_changes(self, old: int, new: int, late: int, job: Job, order: list[int]) -> None:
        def of(phone: str) -> list[dict[str, Any]]:
            return [{"kind": "phone", "value": f"+{phone}", "address": phone, "level": "channel"}]

        more: dict[str, Any] = {"author": {"type": "system"}, "previous_identities": of(phone_of(old))}
        more |= {"kind": "identity_change", "provider_type": "system", "at": self.moment(late)}
        number = self.add(said(f"c{len(self.events)}", None, phone=phone_of(new), **more))
        self.at_once([("deliver", number, 0), job], order)


def _typing(event: Event, email: str) -> Event:
    claimed = {"kind": "email", "value": email, "level": "claimed"}
    return Event.model_validate(event.model_dump() | {"identities": [*event.model_dump()["identities"], claimed]})
