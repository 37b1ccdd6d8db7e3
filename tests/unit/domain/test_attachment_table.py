"""The decision table "Which case does an inbound item belong to?", row by row.

Rows that are decided elsewhere have their tests there: the message index (2), receipts, deletions and edits (22 to
25) in `tests/engine/record/`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.configuration.windows import Windows
from shared.domain.attachment import (
    Decision,
    Found,
    KnownCase,
    Turn,
    attach,
    attach_automatic,
    attach_outbound,
)

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def case(name: str, state: Any = "open", channel: str = "whatsapp", **more: Any) -> KnownCase:
    return replace(KnownCase(name, state, "acme", (channel,), NOW - HOUR), **more)


def resolved(name: str, ago: timedelta, channel: str = "whatsapp", **more: Any) -> KnownCase:
    return case(name, "resolved", channel, resolved_at=NOW - ago, last_customer_at=NOW - ago - HOUR, **more)


def closed(name: str, ago: timedelta, channel: str = "whatsapp", **more: Any) -> KnownCase:
    return case(name, "closed", channel, resolved_at=NOW - ago - DAY, closed_at=NOW - ago, **more)


def text(channel: str = "whatsapp", **more: Any) -> Turn:
    return Turn(channel, NOW, **more)


def joins(found: Found, turn: Turn | None = None) -> Decision:
    return attach(turn or text(), found, Windows())


NEW = Decision(None, "new", "none")


def test_row_01_no_case() -> None:
    assert joins(Found()) == NEW


def test_row_02_the_second_of_three_joins_the_case_of_the_first() -> None:
    assert joins(Found(conversation=case("A", "new"))) == Decision("A", "new", "conversation")


@pytest.mark.parametrize("state", ["open", "pending_customer", "on_hold"])
def test_row_03_text_while_the_case_is_open(state: str) -> None:
    assert joins(Found(conversation=case("A", state))) == Decision("A", "open", "conversation")


def test_row_03_a_company_may_keep_it_on_hold() -> None:
    decision = attach(text(), Found(conversation=case("A", "on_hold")), Windows(), stay_on_hold=True)
    assert decision == Decision("A", "on_hold", "conversation")


def test_row_04_thirty_hours_after_resolved() -> None:
    reopened = Decision("A", "open", "conversation", reopens=True)
    assert joins(Found(conversation=resolved("A", 30 * HOUR))) == reopened
    assert joins(Found(conversation=resolved("A", 48 * HOUR - SECOND))) == reopened


def test_row_05_fifty_hours_after_resolved() -> None:
    follow_up = Decision(None, "new", "none", follow_up_of="A")
    assert joins(Found(conversation=resolved("A", 50 * HOUR))) == follow_up
    assert joins(Found(conversation=closed("A", 2 * HOUR))) == follow_up
    assert joins(Found(conversation=resolved("A", 48 * HOUR))) == follow_up, "the window is half-open"


def test_row_06_quotes_a_long_resolved_case_while_another_is_open() -> None:
    joined = Decision("B", "open", "conversation", quoted_case="A")
    assert joins(Found(quoted=resolved("A", 10 * DAY), conversation=case("B"))) == joined
    assert joins(Found(quoted=resolved("A", HOUR), conversation=case("B"))) == joined, "never two in one conversation"


def test_row_07_quotes_the_older_of_two_open_cases() -> None:
    assert joins(Found(quoted=case("A"), conversation=case("B"))) == Decision("A", "open", "quote")


def test_row_08_a_mail_answers_a_case_resolved_nine_days_ago() -> None:
    old = resolved("A", 9 * DAY, "email")
    assert joins(Found(quoted=old), text("email")) == Decision("A", "open", "quote", reopens=True)
    assert joins(Found(quoted=old, conversation=case("B", channel="email")), text("email")).case == "A"


def test_row_09_and_twenty_days_ago() -> None:
    old = resolved("A", 20 * DAY, "email")
    assert joins(Found(quoted=old), text("email")) == Decision(None, "new", "none", follow_up_of="A", quoted_case="A")


def old_mail(ago: timedelta, state: Any = "open", **more: Any) -> KnownCase:
    return case("A", state, "email", **{"last_customer_at": NOW - ago, "subject": "factura de octubre", **more})


ANOTHER = Decision(None, "new", "none", follow_up_of="A", quoted_case="A")


@pytest.mark.parametrize(
    ("found", "subject", "decision"),
    [
        (Found(quoted=old_mail(15 * DAY)), "garantía de la licuadora", ANOTHER),
        (Found(quoted=old_mail(15 * DAY, "pending_customer")), "garantía de la licuadora", ANOTHER),
        (Found(quoted=old_mail(15 * DAY), token=old_mail(15 * DAY)), "garantía de la licuadora", ANOTHER),
        (Found(token=old_mail(15 * DAY)), "garantía", replace(ANOTHER, quoted_case=None)),
        (Found(quoted=old_mail(15 * DAY)), "factura de octubre", Decision("A", "open", "quote")),
        (Found(quoted=old_mail(15 * DAY)), "odp: factura de octubre", Decision("A", "open", "quote")),
        (Found(quoted=old_mail(15 * DAY)), "", Decision("A", "open", "quote")),
        (Found(quoted=old_mail(15 * DAY, subject="")), "garantía", Decision("A", "open", "quote")),
        (Found(quoted=old_mail(14 * DAY)), "garantía", Decision("A", "open", "quote")),
        (Found(quoted=old_mail(14 * DAY + SECOND)), "garantía", ANOTHER),
        (Found(quoted=old_mail(15 * DAY, active_at=NOW - DAY)), "garantía", Decision("A", "open", "quote")),
        (Found(quoted=old_mail(15 * DAY, active_at=NOW - 16 * DAY)), "garantía", ANOTHER),
        (Found(referenced=old_mail(15 * DAY)), "garantía", Decision("A", "open", "reference")),
        (Found(quoted=old_mail(15 * DAY, "spam", since=NOW - DAY)), "x", Decision("A", "spam", "quote", turn=False)),
        (Found(quoted=old_mail(15 * DAY, ours=False)), "garantía", Decision(None, "new", "none", related=("A",))),
    ],
)
def test_row_11_an_old_mail_used_to_open_a_new_topic(found: Found, subject: str, decision: Decision) -> None:
    result = joins(found, text("email", subject=subject))
    assert replace(result, related=decision.related if decision.related else ()) == decision


def test_row_11_a_company_may_set_when_or_never() -> None:
    found, turn = Found(quoted=old_mail(3 * DAY)), text("email", subject="garantía")
    assert attach(turn, found, Windows(), new_topic=2 * DAY) == ANOTHER
    assert attach(turn, Found(quoted=old_mail(900 * DAY)), Windows(), new_topic=timedelta(0)).case == "A"


def test_row_10_a_mail_with_the_same_subject_and_no_reference() -> None:
    mail = case("A", channel="email")
    assert joins(Found(conversation=mail), text("email")) == Decision(None, "new", "none", related=("A",))
    assert joins(Found(conversation=resolved("A", HOUR, "email")), text("email")) == NEW, "no reference, no reopening"


def test_row_11_a_mail_forwarded_by_somebody_else() -> None:
    theirs = case("A", channel="email", ours=False)
    decision = joins(Found(quoted=theirs), text("email"))
    assert decision == Decision("A", "open", "quote", flags=("external_participant",), external=True)
    over = closed("A", DAY, "email", ours=False)
    assert joins(Found(quoted=over), text("email")) == Decision(None, "new", "none", related=("A",))


def test_row_12_names_another_persons_case() -> None:
    theirs = case("A", ours=False)
    assert joins(Found(referenced=theirs)) == Decision(None, "new", "none", flags=("foreign_ref",))
    beside = joins(Found(referenced=theirs, conversation=case("B")))
    assert beside == Decision("B", "open", "conversation", flags=("foreign_ref",))


def test_row_13_a_wrong_check_character_names_nothing() -> None:
    from shared.domain.reference import reference_of, references_in

    right = reference_of("case-1")
    wrong = right[:-1] + ("0" if right[-1] != "0" else "1")
    assert references_in(f"caso {right}") == [right]
    assert references_in(f"caso {wrong}") == []


def test_row_14_a_chat_beside_an_open_case_on_another_channel() -> None:
    near = case("A", last_customer_at=NOW - 20 * MINUTE)
    decision = joins(Found(elsewhere=[near]), text("webchat"))
    assert decision == Decision("A", "open", "cross_channel", flags=("channel_switch",))
    just = case("A", last_customer_at=NOW - DAY + SECOND)
    assert joins(Found(elsewhere=[just]), text("webchat")).case == "A"
    old = case("A", last_customer_at=NOW - DAY)
    assert joins(Found(elsewhere=[old]), text("webchat")) == Decision(None, "new", "none", related=("A",))


def test_row_15_a_claimed_identity_leads_to_no_case_of_its_holder() -> None:
    # Whoever only says who they are is a customer of their own, so nothing of the holder's is found.
    assert joins(Found(), text("webchat")) == NEW


def test_row_16_two_active_cases_on_other_channels() -> None:
    assert joins(Found(elsewhere=[case("A"), case("B")])) == Decision(None, "new", "none", related=("A", "B"))


def test_row_17_a_call_beside_an_open_case() -> None:
    near = Found(elsewhere=[case("A", last_customer_at=NOW - HOUR)])
    assert joins(near, text("voice")) == Decision("A", "open", "cross_channel", flags=("channel_switch",))
    far = Found(elsewhere=[case("A", last_customer_at=NOW - 2 * HOUR)])
    assert joins(far, text("voice")) == Decision(None, "new", "none", related=("A",))
    earlier = Found(conversation=case("A", channel="voice", last_customer_at=NOW - 3 * HOUR))
    assert joins(earlier, text("voice")).case is None, "each call is its own contact"
    assert joins(earlier, text("voice", threaded=True)).case == "A", "later news of the same call"
    assert joins(Found(conversation=resolved("A", HOUR, "voice")), text("voice")).case is None, "only when confirmed"


def test_row_18_thanks_after_resolution() -> None:
    decision = joins(Found(conversation=resolved("A", 5 * MINUTE)), text(courtesy=True))
    assert decision == Decision("A", "resolved", "conversation", flags=("courtesy",), turn=False)
    assert joins(Found(conversation=case("A")), text(courtesy=True)) == Decision("A", "open", "conversation")


def test_row_19_thanks_and_more_reopens() -> None:
    decision = joins(Found(conversation=resolved("A", 5 * MINUTE)), text(courtesy=False))
    assert decision == Decision("A", "open", "conversation", reopens=True)


@pytest.mark.parametrize("ended", [closed("A", 3 * DAY), resolved("A", DAY), case("A", "pending_customer")])
def test_row_21_a_survey_is_recorded_where_it_was_asked_and_changes_nothing(ended: KnownCase) -> None:
    assert attach_automatic(Found(quoted=ended)) == Decision("A", ended.state, "quote", turn=False)


def test_row_26_an_absence_notice_changes_nothing_and_opens_nothing() -> None:
    waiting = case("A", "pending_customer", "email")
    assert attach_automatic(Found(quoted=waiting)) == Decision("A", "pending_customer", "quote", turn=False)
    assert attach_automatic(Found(token=waiting)) == Decision("A", "pending_customer", "token", turn=False)
    assert attach_automatic(Found(conversation=waiting, elsewhere=[waiting])) is None
    assert attach_automatic(Found(referenced=case("A", ours=False))) is None


def test_row_27_a_comment_and_a_private_message_are_two_cases() -> None:
    comment = case("A", channel="instagram", public=True)
    assert joins(Found(elsewhere=[comment]), text("instagram")) == Decision(None, "new", "none", related=("A",))
    private = Found(elsewhere=[case("B", channel="instagram")])
    assert joins(private, text("instagram", public=True)) == Decision(None, "new", "none", related=("B",))
    same = Found(conversation=resolved("A", 24 * HOUR - SECOND, "instagram", public=True))
    assert joins(same, text("instagram", public=True)).case == "A"
    later = Found(conversation=resolved("A", 24 * HOUR, "instagram", public=True))
    assert joins(later, text("instagram", public=True)).follow_up_of == "A"


def test_row_28_a_late_token_of_a_merged_case_leads_to_the_other() -> None:
    # The recorder follows A to B before it asks: what is found is B.
    survivor = case("B", channel="email")
    assert joins(Found(token=survivor), text("email")) == Decision("B", "open", "token")


def test_row_29_from_before_the_end_and_late() -> None:
    late = Decision(None, "new", "none", follow_up_of="A", flags=("late",))
    assert joins(Found(conversation=closed("A", -HOUR))) == late
    not_closed = joins(Found(conversation=resolved("A", -HOUR)))
    assert not_closed == Decision("A", "open", "conversation", reopens=True)
    after = closed("A", HOUR)
    assert joins(Found(conversation=after)) == Decision(None, "new", "none", follow_up_of="A")


def test_row_30_an_unknown_person_behind_a_shared_phone_has_a_case_of_their_own() -> None:
    # Who they are is decided first; of nobody known nothing is found.
    assert joins(Found(conversation=None, elsewhere=())) == NEW


def test_a_token_lets_anybody_in_without_the_history() -> None:
    decision = joins(Found(token=case("A", channel="email", ours=False)), text("email"))
    assert decision == Decision("A", "open", "token", flags=("external_participant",), external=True)
    again = joins(Found(token=resolved("A", HOUR, "email", ours=False)), text("email"))
    assert (again.case, again.reopens, again.external) == ("A", True, True)


def test_a_token_of_ones_own_case_is_stronger_than_its_conversation() -> None:
    assert joins(Found(token=case("A"), conversation=case("B"))) == Decision("A", "open", "token")


def test_a_quote_is_stronger_than_a_token_and_a_token_than_a_reference() -> None:
    assert joins(Found(quoted=case("A"), token=case("B"), referenced=case("C"))).case == "A"
    assert joins(Found(token=case("B"), referenced=case("C"))).case == "B"
    assert joins(Found(referenced=case("C"), conversation=case("D"))) == Decision("C", "open", "reference")


def test_a_strangers_quote_is_no_evidence_where_ids_can_be_seen() -> None:
    assert joins(Found(quoted=case("A", ours=False))) == NEW


def test_whoever_joined_before_may_quote_and_name_the_case() -> None:
    joined = case("A", ours=False, participant=True)
    assert joins(Found(quoted=joined)).external
    assert joins(Found(referenced=joined)).case == "A"
    assert "foreign_ref" not in joins(Found(referenced=joined)).flags


def test_an_order_number_is_all_that_joins_a_mail_without_a_thread() -> None:
    shares, other = case("A", orders=frozenset({"A-12345"})), case("B", orders=frozenset({"B-777"}))
    mail = text("email", orders=frozenset({"A-12345"}))
    assert joins(Found(elsewhere=[shares, other]), mail).case == "A"
    assert joins(Found(elsewhere=[shares, replace(shares, id="C")]), mail).case is None, "two that share it"
    assert joins(Found(elsewhere=[other]), mail).case is None


def test_an_active_case_elsewhere_comes_before_reopening_here() -> None:
    decision = joins(Found(conversation=resolved("A", HOUR), elsewhere=[case("B")]))
    assert decision == Decision("B", "open", "cross_channel")


def test_a_visit_joins_nothing_by_itself() -> None:
    assert joins(Found(elsewhere=[case("A")]), text("in_person")) == Decision(None, "new", "none", related=("A",))


@pytest.mark.parametrize("channel", ["messenger", "instagram", "telegram", "sms", "x", "linkedin"])
def test_messaging_channels_reopen_for_two_days(channel: str) -> None:
    assert joins(Found(conversation=resolved("A", 48 * HOUR - SECOND, channel)), text(channel)).reopens
    assert joins(Found(conversation=resolved("A", 48 * HOUR, channel)), text(channel)).follow_up_of == "A"


@pytest.mark.parametrize("channel", ["webchat", "app"])
def test_chats_reopen_for_a_day(channel: str) -> None:
    assert joins(Found(conversation=resolved("A", 24 * HOUR - SECOND, channel)), text(channel)).reopens
    assert joins(Found(conversation=resolved("A", 24 * HOUR, channel)), text(channel)).follow_up_of == "A"


def test_silence_alone_ends_no_conversation_without_a_classifier() -> None:
    assert joins(Found(conversation=case("A", last_customer_at=NOW - 30 * DAY))).case == "A"
    chat = case("A", channel="webchat", last_customer_at=NOW - 31 * MINUTE)
    assert joins(Found(conversation=chat), text("webchat")).case == "A"


def test_spam_stays_spam_for_thirty_days() -> None:
    assert joins(Found(conversation=case("A", "spam"))) == Decision("A", "spam", "conversation", turn=False)
    assert joins(Found(quoted=case("A", "spam"))) == Decision("A", "spam", "quote", turn=False)
    long_ago = case("A", "spam", last_customer_at=NOW - 30 * DAY)
    assert joins(Found(conversation=long_ago)) == NEW


# what our own people say outside the hub

OUTBOUND = [
    ("opens a new case's work", Found(conversation=case("A", "new")), ("A", "open", None)),
    ("leaves a waiting case", Found(conversation=case("A", "pending_customer")), ("A", "pending_customer", None)),
    ("never reopens", Found(conversation=resolved("A", HOUR)), ("A", "resolved", None)),
    ("after the end begins a follow-up", Found(conversation=closed("A", HOUR)), (None, "open", "A")),
    ("from before the end is part of it", Found(conversation=closed("A", -HOUR)), ("A", "closed", None)),
    ("to spam leaves it spam", Found(conversation=case("A", "spam")), ("A", "spam", None)),
    ("quotes another open case", Found(quoted=case("A"), conversation=case("B")), ("A", "open", None)),
    ("our people write first", Found(), (None, "open", None)),
]


@pytest.mark.parametrize(("found", "outcome"), [row[1:] for row in OUTBOUND], ids=[row[0] for row in OUTBOUND])
def test_an_echo(found: Found, outcome: tuple[str | None, str, str | None]) -> None:
    decision = attach_outbound(NOW, found)
    assert (decision.case, decision.state, decision.follow_up_of) == outcome
    assert not decision.turn
