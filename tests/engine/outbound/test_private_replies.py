"""An answer to public words goes to their author in private, once; what they write back goes on in the same case."""

from __future__ import annotations

from typing import Any

import pytest

from shared.application.record.who import living_profile
from shared.domain.answer import Accepted, Address, Lost, Refused
from tests.engine.outbound.conftest import Office
from tests.engine.outbound.test_public_threads import ANA, Under

IN_PRIVATE = {"messenger": "5000000000000001", "instagram": ANA}


class Way:
    """As the channels': what was said in public is answered by its own id."""

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self.sent: list[tuple[Address, str | None]] = []
        self.answers: list[Any] = []

    def render(self, answer: Any, to: Address, mark: str) -> list[dict[str, Any]]:
        return [{"to": to, "text": answer.text, "mark": f"{mark}:0"}]

    def send(self, account: str, body: dict[str, Any]) -> Any:
        self.sent.append((body["to"], body["text"]))
        if self.answers:
            return self.answers.pop(0)
        reached = Address(self.channel, IN_PRIVATE[self.channel]) if body["to"].kind == "comment" else None
        return Accepted(f"mid.{len(self.sent)}", reached)

    def advice(self, code: str, language: str) -> str:
        return f"{language}: {code}"


@pytest.fixture(params=["messenger", "instagram"])
def under(office: Office, request: pytest.FixtureRequest) -> Under:
    made = Under(office, request.param)
    office.way = Way(request.param)  # type: ignore[assignment]
    return made


def answer(under: Under, case: str | None, name: str = "r1", **more: Any) -> Any:
    office = under.office
    done = office.answers(
        office.opened(case, told=int(office.case(case)["sequence"])), name, f"Respuesta {name}", **more
    )
    result = office.carry(office.order(done))
    office.take_in()
    return result, done


def back(under: Under, mid: str, text: str, **more: Any) -> Any:
    person = IN_PRIVATE[under.channel]
    ends = {"sender": {"id": person}, "recipient": {"id": under.account}, "timestamp": 1_795_341_600_000}
    return under.take("messaging", {**ends, "message": {"mid": mid, "text": text, **more}})


def echo(under: Under, mid: str, text: str, mark: str | None = None) -> Any:
    ends = {"sender": {"id": under.account}, "recipient": {"id": IN_PRIVATE[under.channel]}}
    marked = {"metadata": mark} if mark and under.channel == "messenger" else {}
    message = {"mid": mid, "is_echo": True, "text": text, **marked}
    return under.take("messaging", {**ends, "timestamp": 1_795_341_700_000, "message": message})


def code_of(under: Under, case: str) -> str | None:
    told = [one.receipt.error.code for one in under.office.log(case) if one.receipt and one.receipt.error]
    return told[-1] if told else None


def test_one_customer_one_case_two_threads(under: Under) -> None:
    comment = under.comment("c1", "¿Precio?")
    assert answer(under, comment.case)[0] == "sent"
    assert under.office.way.sent == [(Address("comment", "c1"), "Respuesta r1")]
    reply = back(under, "m1", "Gracias, ¿y el envío?")
    assert reply.case == comment.case
    case = under.office.case(comment.case)
    assert len(case["conversations"]) == 2
    entries = under.office.log(comment.case)
    notes = [one for one in entries if one.kind == "message" and one.author.type == "system"]
    assert [(one.visibility, one.direction) for one in notes] == [("internal", "outbound")]
    assert answer(under, comment.case, "r2")[0] == "sent"
    assert under.office.way.sent[-1] == (Address(under.channel, IN_PRIVATE[under.channel]), "Respuesta r2")


def test_a_second_answer_before_they_wrote_is_refused_with_advice(under: Under) -> None:
    comment = under.comment("c1", "¿Precio?")
    answer(under, comment.case)
    assert answer(under, comment.case, "r2")[0] == "failed"
    assert code_of(under, comment.case) == "private_reply_used"
    assert len(under.office.way.sent) == 1
    other = under.comment("c2", "¿Y la talla?", answers="c1")
    assert other.case == comment.case
    assert answer(under, comment.case, "r3")[0] == "sent", "another comment has an answer of its own"
    assert under.office.way.sent[-1][0] == Address("comment", "c2")


def test_what_was_refused_by_the_network_leaves_the_comment_its_answer(under: Under) -> None:
    comment = under.comment("c1", "¿Precio?")
    under.office.way.answers.append(Refused("100"))
    assert answer(under, comment.case)[0] == "failed"
    assert answer(under, comment.case, "r2")[0] == "sent"


def test_a_lost_answer_is_settled_by_its_echo_and_never_sent_again(under: Under) -> None:
    comment = under.comment("c1", "¿Precio?")
    under.office.way.answers.append(Lost("no_answer"))
    result, done = answer(under, comment.case)
    assert result == "unknown"
    assert answer(under, comment.case, "r2")[0] == "failed", "the first may have gone"
    mark = f"hilo:{done.case}:{done.sequence}:0"
    assert echo(under, "mid.late", "Respuesta r1", mark).result == "copy"
    assert under.office.send_of(done)["state"] == "sent"
    assert back(under, "m1", "Gracias").case == comment.case, "the echo says whom it reached, too"


def test_the_echo_before_the_answer_and_twice_changes_nothing(under: Under) -> None:
    comment = under.comment("c1", "¿Precio?")
    _, done = answer(under, comment.case)
    mark = f"hilo:{done.case}:{done.sequence}:0"
    before = len(under.office.log(comment.case))
    assert [echo(under, "mid.1", "Respuesta r1", mark).result for _ in range(2)] == ["copy", "copy"]
    assert len(under.office.log(comment.case)) == before


def test_a_comment_of_a_week_ago_has_no_private_answer(under: Under) -> None:
    comment = under.comment("c1", "¿Precio?")
    under.office.seconds += 7 * 24 * 3600 - 10
    assert answer(under, comment.case)[0] == "failed"
    assert code_of(under, comment.case) == "comment_too_old"


def test_who_wrote_in_private_before_is_found_to_be_the_same(office: Office) -> None:
    """On a Page, where the two ids say nothing of each other."""
    page = Under(office, "messenger")
    office.way = Way("messenger")  # type: ignore[assignment]
    private, comment = back(page, "m0", "Hola"), page.comment("c1", "¿Precio?")
    assert private.case != comment.case
    answer(page, comment.case)
    owners = [office.case(one)["customer"] for one in (private.case, comment.case)]
    assert len({living_profile(office.table, owner)["id"] for owner in owners}) == 1
    assert back(page, "m1", "¿Y bien?").case == private.case, "a conversation that goes on stays where it is"


def test_a_rating_cannot_be_answered(office: Office) -> None:
    page = Under(office, "messenger")
    value = {"reviewer_id": "7000000000000001", "reviewer_name": "Ana", "recommendation_type": "NEGATIVE"}
    value |= {"review_text": "Lento", "open_graph_story_id": "story", "created_time": 1_795_341_600, "verb": "add"}  # type: ignore[dict-item]
    rating = page.take("changes", {"field": "ratings", "value": value})
    assert rating.case
    done = office.answers(office.opened(rating.case, told=1))
    assert office.entry(done)["nowhere"] == "public_thread"
