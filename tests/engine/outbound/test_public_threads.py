"""Said under a post, and said in private by the same person: never one thread, one case only where they say so.

It goes through intake as it is deployed, with a configuration that knows both accounts.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.application.intake import Intake
from shared.application.record import Outcome
from shared.configuration.models import Account
from shared.domain.event import Event
from shared.store import keys
from shared.store.items import message_key

PAGE, ACCOUNT, ANA = "400000000000001", "17840000000000001", "6000000000000001"


class Under:
    """Ana and the company, under a picture of the company's and in private, on Instagram or on a Page."""

    def __init__(self, office: Any, channel: str) -> None:
        self.office, self.channel = office, channel
        accounts = [
            Account(channel="messenger", id=PAGE, brand="acme", secret="messenger"),
            Account(channel="instagram", id=ACCOUNT, brand="acme", secret="instagram", page=PAGE),
        ]
        office.config = office.config.model_copy(update={"accounts": accounts})
        self.deliveries = 0

    @property
    def account(self) -> str:
        return PAGE if self.channel == "messenger" else ACCOUNT

    def take(self, key: str, item: dict[str, Any], entry: str | None = None) -> Outcome:
        from importlib import import_module

        product = "page" if self.channel == "messenger" else "instagram"
        body = {"object": product, "entry": [{"id": entry or self.account, "time": 1_795_341_600, key: [item]}]}
        module = f"shared.channels.{self.channel}"
        [element] = import_module(f"{module}.webhook").split(json.dumps(body).encode())
        self.deliveries += 1
        envelope = {"channel": self.channel, "delivery": f"d{self.deliveries}", "index": 0, "raw": element.raw}
        envelope["received_at"] = "2026-11-22T10:00:00Z"
        intake = Intake(self.office.context, lambda _: import_module(f"{module}.parse"))
        return intake.take(json.dumps(envelope))

    def comment(
        self, number: str, text: str, *, by: str = ANA, answers: str | None = None, verb: str = "add", **more: Any
    ) -> Outcome:
        entry = more.pop("entry", None)
        if self.channel == "messenger":
            value = {"item": "comment", "verb": verb, "comment_id": number, "post_id": "post", "message": text}
            value |= {"parent_id": answers or "post", "from": {"id": by, "name": "Ana"}, **more}
            return self.take("changes", {"field": "feed", "value": value}, entry)
        value = {"id": number, "text": text, "from": {"id": by, "username": "ana"}, "media": {"id": "post"}, **more}
        value |= {"parent_id": answers} if answers else {}
        return self.take("changes", {"field": "comments", "value": value}, entry)

    def writes(self, mid: str, text: str, **more: Any) -> Outcome:
        ends = {"sender": {"id": ANA}, "recipient": {"id": self.account}, "timestamp": 1_795_341_600_000}
        return self.take("messaging", {**ends, "message": {"mid": mid, "text": text, **more}})


@pytest.fixture(params=["messenger", "instagram"])
def under(office: Any, request: pytest.FixtureRequest) -> Under:
    return Under(office, request.param)


@pytest.fixture
def instagram(office: Any) -> Under:
    return Under(office, "instagram")


def test_a_comment_is_a_public_case_of_whoever_wrote_it(under: Under) -> None:
    done = under.comment("c1", "¿Precio?")
    case = under.office.case(done.case)
    assert case["public"] is True
    assert case["conversations"][0].endswith("#post:c1")
    [entry] = under.office.log(done.case)
    assert (entry.kind, entry.public, entry.thread) == ("comment", True, "post:c1")


def test_an_answer_in_the_thread_joins_it_and_another_comment_does_not(under: Under) -> None:
    first = under.comment("c1", "¿Precio?")
    assert under.comment("c2", "¿Y la talla?", answers="c1").case == first.case
    assert under.comment("c3", "¿Tienen rojo?").case != first.case


def test_somebody_else_in_the_thread_has_a_case_of_their_own(under: Under) -> None:
    first, other = under.comment("c1", "¿Precio?"), under.comment("c2", "Yo también", by="7", answers="c1")
    assert other.result == "recorded"
    assert other.case != first.case
    customers = {under.office.case(one.case)["customer"] for one in (first, other)}
    assert len(customers) == 2


def test_a_private_message_does_not_join_the_comments_case(under: Under) -> None:
    comment, private = under.comment("c1", "¿Precio?"), under.writes("m1", "Hola")
    assert private.case != comment.case
    assert "public" not in under.office.case(private.case)
    again = under.comment("c2", "¿Hola?", answers="c1")
    assert again.case == comment.case


def test_on_instagram_both_are_one_customers(instagram: Under) -> None:
    """The commenter's id is that of the direct messages; the agent sees the other case beside."""
    comment, private = instagram.comment("c1", "¿Precio?"), instagram.writes("m1", "Hola")
    customers = {instagram.office.case(one.case)["customer"] for one in (comment, private)}
    assert len(customers) == 1
    assert instagram.office.entry(private)["related"] == [comment.case]


def test_on_a_page_a_commenters_id_is_nobodys_in_private(office: Any) -> None:
    page = Under(office, "messenger")
    comment, private = page.comment("c1", "¿Precio?"), page.writes("m1", "Hola")
    assert len({office.case(one.case)["customer"] for one in (comment, private)}) == 2


def test_who_answers_our_private_reply_goes_on_in_the_comments_case(instagram: Under) -> None:
    """One customer, one case, two threads: the reply that they quote was said in it."""
    from shared.ports.table import Put

    comment = instagram.comment("c1", "¿Precio?")
    pk, sk = keys.message("instagram", ACCOUNT, "mid.private")
    instagram.office.table.table.transact([Put({"pk": pk, "sk": sk, "case": comment.case, "sequence": 1})])
    answer = instagram.writes("m1", "Gracias, ¿y el envío?", reply_to={"mid": "mid.private"})
    assert answer.case == comment.case
    case = instagram.office.case(comment.case)
    assert len(case["conversations"]) == 2
    assert instagram.writes("m2", "¿Cuánto tarda?").case == comment.case


def test_what_the_company_answers_in_public_is_in_the_customers_case(under: Under) -> None:
    first = under.comment("c1", "¿Precio?")
    ours = under.comment("c2", "20 dólares", by=under.account, answers="c1")
    assert (ours.result, ours.case) == ("recorded", first.case)
    entry = under.office.log(first.case)[-1]
    assert (entry.direction, entry.author.type, entry.public) == ("outbound", "agent", True)
    assert under.comment("c2", "20 dólares", by=under.account, answers="c1").result == "copy"


def test_what_the_company_says_to_nobody_belongs_to_no_case(under: Under) -> None:
    assert under.comment("c9", "¡Feliz año!", by=under.account).result == "ignored"


def test_a_comment_of_nobody_belongs_to_no_case(under: Under) -> None:
    assert under.comment("c1", "¿Precio?", **{"from": None}).result == "ignored"


def test_a_comment_told_twice_is_one(under: Under) -> None:
    first, again = under.comment("c1", "¿Precio?"), under.comment("c1", "¿Precio?", ad_id="900")
    assert (again.result, again.case) == ("copy", first.case)


def test_an_edit_and_a_removal_revise_the_comment_whichever_comes_first(office: Any) -> None:
    page = Under(office, "messenger")
    assert page.comment("c1", "", verb="remove").result == "waiting"
    first = page.comment("c1", "¿Precio?")
    assert page.comment("c1", "¿Precio, por favor?", verb="edited").case == first.case
    kinds = [entry.kind for entry in office.log(first.case)]
    assert kinds == ["comment", "deletion", "edit"]


def test_a_page_in_the_entry_is_its_instagram_account(instagram: Under) -> None:
    """A comment, where nothing else says on which account it is."""
    first = instagram.comment("c1", "¿Precio?", entry=PAGE)
    [entry] = instagram.office.log(first.case)
    assert entry.account == ACCOUNT
    assert [one.namespace for one in entry.identities] == [ACCOUNT]
    assert instagram.comment("c1", "¿Precio?").result == "copy"
    assert instagram.office.table.table.get(message_key(Event.model_validate(_bare(entry)))).item


def _bare(entry: Any) -> dict[str, Any]:
    return {name: value for name, value in entry.dump().items() if name in Event.model_fields}


def test_one_message_by_two_logins_is_one(instagram: Under) -> None:
    ends = {"sender": {"id": ANA}, "recipient": {"id": ACCOUNT}, "timestamp": 1, "message": {"mid": "m1", "text": "x"}}
    outcomes = [instagram.take("messaging", ends), instagram.take("messaging", ends, entry=PAGE)]
    assert [one.result for one in outcomes] == ["recorded", "copy"]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1)])
def test_unsent_edited_and_reacted_to_in_any_order(under: Under, order: tuple[int, ...]) -> None:
    ends = {"sender": {"id": ANA}, "recipient": {"id": under.account}, "timestamp": 1_795_341_600_000}
    told = [
        {**ends, "message": {"mid": "m1", "text": "Hola"}},
        {**ends, "message_edit": {"mid": "m1", "text": "Hola a todos", "num_edit": 1}},
        {**ends, "message": {"mid": "m1", "is_deleted": True}},
    ]
    outcomes = [under.take("messaging", told[number]) for number in order]
    case = next(one.case for one in outcomes if one.case)
    assert sorted(entry.kind for entry in under.office.log(case)) == ["deletion", "edit", "message"]
    assert {under.take("messaging", one).result for one in told} == {"copy"}


def test_an_edit_without_a_sender_finds_its_message(under: Under) -> None:
    first = under.writes("m1", "Hola")
    edit = {"timestamp": 1, "message_edit": {"mid": "m1", "text": "Hola a todos", "num_edit": 1}}
    assert under.take("messaging", edit).case == first.case
    stray = {"timestamp": 1, "message_edit": {"mid": "m2", "text": "Hola", "num_edit": 0}}
    assert under.take("messaging", stray).result == "waiting"


def test_the_account_writing_to_itself_makes_nobody(under: Under) -> None:
    ends = {"sender": {"id": under.account}, "recipient": {"id": under.account}, "timestamp": 1}
    assert under.take("messaging", {**ends, "message": {"mid": "m1", "text": "x"}}).result == "ignored"
