"""When an answer may go out on Messenger and Instagram, by whom and how: messenger_instagram.md §13, §18.4."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.domain.event import Event
from shared.domain.private_reply import private_way
from shared.domain.sending import Account, Person, Sending, may_send, why_closed

NOW = datetime(2026, 11, 22, 17, tzinfo=UTC)
DAY, WEEK, MINUTE, SECOND = timedelta(days=1), timedelta(days=7), timedelta(minutes=1), timedelta(seconds=1)
CHANNELS = pytest.mark.parametrize("channel", ["messenger", "instagram"])

ROWS = [
    # how long ago, by a person, approved: verdict, why not
    (DAY - MINUTE, True, True, "free", None),
    (DAY - MINUTE, False, False, "free", None),
    (DAY - 31 * SECOND, False, False, "free", None),
    (DAY - 30 * SECOND, False, False, "draft", "day_over"),
    (DAY - 30 * SECOND, True, True, "human", None),
    (DAY + MINUTE, True, True, "human", None),
    (DAY + MINUTE, True, False, "draft", "day_over"),
    (DAY + MINUTE, False, True, "draft", "day_over"),
    (WEEK - timedelta(hours=1), True, True, "human", None),
    (WEEK - 30 * SECOND, True, True, "draft", "week_over"),
    (WEEK + MINUTE, True, True, "draft", "week_over"),
    (WEEK + MINUTE, False, False, "draft", "week_over"),
    (None, True, True, "draft", "week_over"),
]


@CHANNELS
@pytest.mark.parametrize(("ago", "by_person", "approved", "verdict", "why"), ROWS)
def test_row(
    channel: str, ago: timedelta | None, by_person: bool, approved: bool, verdict: str, why: str | None
) -> None:
    what = Sending(channel, by_person=by_person, human_window=approved)
    last_said = NOW - ago if ago is not None else None
    decided = may_send(what, Person(ZoneInfo("America/Guayaquil"), last_said), Account(), NOW)
    assert (decided.verdict, decided.because) == (verdict, "window" if why else None)
    if why:
        assert why_closed(what, last_said, NOW) == why


@CHANNELS
@pytest.mark.parametrize(
    ("ago", "verdict"), [(timedelta(), "private_reply"), (WEEK - MINUTE, "private_reply"), (WEEK - SECOND, "draft")]
)
def test_public_words_have_a_window_of_their_own(channel: str, ago: timedelta, verdict: str) -> None:
    """Whatever they wrote in private, and whoever answers."""
    what = Sending(channel, comment_at=NOW - ago)
    assert may_send(what, Person(ZoneInfo("UTC")), Account(), NOW).verdict == verdict
    assert why_closed(what, None, NOW) == "comment_too_old"


def test_whatsapp_has_neither_margin_nor_a_longer_window() -> None:
    what = Sending("whatsapp", by_person=True, human_window=True)
    zone = ZoneInfo("UTC")
    assert may_send(what, Person(zone, NOW - DAY + SECOND), Account(), NOW).verdict == "free"
    assert may_send(what, Person(zone, NOW - DAY), Account(), NOW).verdict == "draft"
    assert why_closed(what, NOW - DAY, NOW) == "window_closed"


SAID = [
    ("messenger", "feed_comment", "comment"),
    ("messenger", "feed_post", "post"),
    ("messenger", "feed_photo", "post"),
    ("messenger", "mention_post", None),
    ("messenger", "ratings", None),
    ("instagram", "comments", "comment"),
    ("instagram", "live_comments", "comment"),
    ("instagram", "mentions", None),
    ("x", "comments", None),
]


@pytest.mark.parametrize(("channel", "kind", "way"), SAID)
def test_which_public_words_have_a_private_answer(channel: str, kind: str, way: str | None) -> None:
    event = Event.model_validate(
        {
            "channel": channel,
            "account": "4",
            "kind": "comment",
            "public": True,
            "message_id": "c1",
            "author": {"type": "customer"},
            "identities": [{"kind": "messenger", "value": "6", "namespace": "4", "level": "channel"}],
            "provider_type": kind,
        }
    )
    assert private_way(event) == way
    assert private_way(event.model_copy(update={"identities": []})) is None
    assert private_way(event.model_copy(update={"direction": "outbound"})) is None
