"""What every connector must do. Inherit `ConnectorConformance` in a `Test…` class and give it three fixtures:

- `other_side`: the tool, scripted (`OtherSide`);
- `connect`: makes a connector to it, as a new process does, with a timeout of `TIMEOUT_S` and the values of `PRIVATE`
  as its secrets;
- `stories`: invented customers that this tool has never heard of.

The suites of what not every tool can do are in `conformance_helpdesk.py`. `shows` names what a test is a proof of:
`capability_table.py` makes of it the table in `docs/connectors/README.md`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, ClassVar, Protocol, TypeAlias, TypeVar

import pytest

from shared.domain.errors import HubError, Misconfigured, Transient
from shared.ports.connectors import Connector
from tests.contract.connectors.stories import PERSONAL, Story, Telling, Told

TIMEOUT_S = 0.6
MOST_REQUESTS = 25
"""No connector takes more to tell one thing."""

STORY = Story(1)
ANA, CASE, entry = STORY.customer, STORY.case, STORY.entry
"""Of the first story; the moment of it all is AT."""

Connect: TypeAlias = Callable[[], Connector]
Stories: TypeAlias = Iterator[Story]
Test = TypeVar("Test", bound=Callable[..., Any])


def shows(capability: str) -> Callable[[Test], Test]:
    """This test shows that a connector has the capability, in the words of the table."""

    def mark(test: Test) -> Test:
        test.capability = capability  # type: ignore[attr-defined]
        return test

    return mark


class OtherSide(Protocol):
    """The tool as a test scripts it. Each `…_next` speaks of one request: that which comes `after` so many others."""

    def effects(self) -> list[str]:
        """What the tool holds of the hub's, in order of arrival: `Story.named`."""

    def requests(self) -> int: ...

    def answer_next(self, status: int, headers: dict[str, str], after: int = 0) -> None:
        """The request is answered so, and has no effect."""

    def lose_next_answer(self, after: int = 0) -> None:
        """The request takes effect; its answer never arrives."""

    def stall_next(self) -> None: ...

    def drip_next(self) -> None:
        """Headers that come byte by byte, for ever."""

    def flood_next(self, status: int) -> None:
        """A body without end."""

    def flooded(self) -> int:
        """Bytes of it that went out."""

    def bomb_next(self, status: int) -> None:
        """A small gzip body that unpacks to 64 MB."""

    def as_usual(self) -> None:
        """Forget what was scripted and did not come to pass."""


each_call = pytest.mark.parametrize("told", ["contact", "case", "entry"])


class OnceAndInOrder:
    """What holds against any tool, a real one too."""

    @shows("tells each thing once and in order")
    def test_everything_arrives_once_and_in_order(
        self, connect: Connect, other_side: OtherSide, stories: Stories
    ) -> None:
        telling = Telling(connect(), next(stories))
        telling.prepare("entry")
        for sequence in (1, 2, 3):
            telling.entry(sequence)
        named = telling.story.named
        entries = [named("entry", sequence) for sequence in (1, 2, 3)]
        assert other_side.effects() == [named("contact"), named("case"), *entries]

    @shows("tells each thing once and in order")
    @each_call
    def test_telling_again_changes_nothing(
        self, connect: Connect, other_side: OtherSide, stories: Stories, told: Told
    ) -> None:
        telling = Telling(connect(), next(stories))
        first = telling.tell(told)
        held = other_side.effects()
        assert telling.tell(told, retry=True) == first
        assert other_side.effects() == held

    @shows("a lost answer makes no second")
    @each_call
    def test_whichever_answer_is_lost_the_retry_has_one_effect(
        self, connect: Connect, other_side: OtherSide, stories: Stories, told: Told
    ) -> None:
        def lose(after: int) -> None:
            other_side.lose_next_answer(after)

        assert_one_effect_whatever_fails(lose, connect, other_side, stories, told)

    @shows("a failure on the way makes no second")
    @each_call
    def test_whichever_request_fails_the_retry_has_one_effect(
        self, connect: Connect, other_side: OtherSide, stories: Stories, told: Told
    ) -> None:
        def fail(after: int) -> None:
            other_side.answer_next(503, {}, after)

        assert_one_effect_whatever_fails(fail, connect, other_side, stories, told)

    @shows("a sudden death before the outcome was recorded makes no second")
    @each_call
    def test_who_comes_after_a_sudden_death_finds_what_was_made(
        self, connect: Connect, other_side: OtherSide, stories: Stories, told: Told
    ) -> None:
        telling = Telling(connect(), next(stories))
        made = telling.tell(told)  # and the process dies before it writes that down
        held = other_side.effects()
        assert replace(telling, connector=connect()).tell(told, retry=True) == made
        assert other_side.effects() == held


class ConnectorConformance(OnceAndInOrder):
    PRIVATE: ClassVar[tuple[str, ...]]
    """The secrets of the connector under test: none of them may show anywhere."""

    @shows("429: waits as long as asked")
    @each_call
    def test_429_waits_as_long_as_asked(
        self, connect: Connect, other_side: OtherSide, stories: Stories, told: Told
    ) -> None:
        telling = Telling(connect(), next(stories))
        telling.prepare(told)
        held = other_side.effects()
        other_side.answer_next(429, {"Retry-After": "77"})
        with pytest.raises(Transient) as error:
            telling.tell(told)
        assert error.value.retry_after_s == 77
        assert other_side.effects() == held

    @shows("a tool that stumbles is asked again later")
    @each_call
    @pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
    def test_a_stumble_is_looked_at_again(
        self, connect: Connect, other_side: OtherSide, stories: Stories, told: Told, status: int
    ) -> None:
        telling = Telling(connect(), next(stories))
        telling.prepare(told)
        other_side.answer_next(status, {})
        with pytest.raises(Transient):
            telling.tell(told)

    @shows("401: stops and says so")
    @each_call
    def test_refused_credentials_stop_the_connector(
        self, connect: Connect, other_side: OtherSide, stories: Stories, told: Told
    ) -> None:
        telling = Telling(connect(), next(stories))
        telling.prepare(told)
        other_side.answer_next(401, {})
        with pytest.raises(Misconfigured) as error:
            telling.tell(told)
        assert telling.connector.name in error.value.reason

    @shows("a redirect is not followed")
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_a_redirect_is_not_followed(
        self, connect: Connect, other_side: OtherSide, stories: Stories, status: int
    ) -> None:
        other_side.answer_next(status, {"Location": "/elsewhere"})
        with pytest.raises(Transient):
            Telling(connect(), next(stories)).tell("contact")
        assert other_side.requests() == 1

    @shows("a slow or endless answer is cut off")
    @pytest.mark.parametrize("slowness", ["stall_next", "drip_next"])
    def test_a_slow_answer_is_not_waited_for(
        self, connect: Connect, other_side: OtherSide, stories: Stories, slowness: str
    ) -> None:
        getattr(other_side, slowness)()
        began = time.monotonic()
        with pytest.raises(Transient):
            Telling(connect(), next(stories)).tell("contact")
        assert time.monotonic() - began < TIMEOUT_S + 1

    @shows("a slow or endless answer is cut off")
    def test_a_slow_answer_on_a_kept_connection_is_not_waited_for(
        self, connect: Connect, other_side: OtherSide, stories: Stories
    ) -> None:
        telling = Telling(connect(), next(stories))
        telling.prepare("case")
        other_side.drip_next()
        began = time.monotonic()
        with pytest.raises(Transient):
            telling.tell("case")
        assert time.monotonic() - began < TIMEOUT_S + 1

    @shows("a slow or endless answer is cut off")
    @pytest.mark.parametrize("status", [200, 302, 500])
    def test_an_endless_answer_is_cut(
        self, connect: Connect, other_side: OtherSide, stories: Stories, status: int
    ) -> None:
        other_side.flood_next(status)
        outcome_of(Telling(connect(), next(stories)), "contact")
        assert other_side.flooded() < 16 << 20  # what the machine's socket buffers take

    @shows("a slow or endless answer is cut off")
    @pytest.mark.parametrize("status", [200, 302, 500])
    def test_a_packed_answer_is_not_unpacked(
        self,
        connect: Connect,
        other_side: OtherSide,
        stories: Stories,
        status: int,
        peak_memory: Callable[[], int],
    ) -> None:
        other_side.bomb_next(status)
        outcome_of(Telling(connect(), next(stories)), "contact")
        assert peak_memory() < 8 << 20

    @shows("nothing secret or personal in errors or logs")
    @each_call
    def test_nothing_secret_or_personal_shows(
        self,
        connect: Connect,
        other_side: OtherSide,
        stories: Stories,
        told: Told,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level(logging.DEBUG)
        for name in ("urllib3", "urllib3.connectionpool", "urllib3.util.retry", "requests"):
            caplog.set_level(logging.DEBUG, logger=name)
        telling = Telling(connect(), next(stories))
        telling.prepare(told)
        shown = []
        for spoil in (
            lambda: other_side.answer_next(400, {}),
            lambda: other_side.answer_next(401, {}),
            lambda: other_side.answer_next(403, {}),
            lambda: other_side.answer_next(404, {}),
            lambda: other_side.answer_next(429, {"Retry-After": "1"}),
            lambda: other_side.answer_next(302, {"Location": "/" + self.PRIVATE[0]}),
            lambda: other_side.answer_next(503, {}),
            other_side.lose_next_answer,
            other_side.stall_next,
        ):
            spoil()
            shown.extend(_said(outcome_of(telling, told)))
            other_side.as_usual()
        telling.tell(told, retry=True)
        assert len(shown) >= 6
        everything = "\n".join([*shown, caplog.text, *(str(record.__dict__) for record in caplog.records)])
        assert [private for private in (*PERSONAL, *self.PRIVATE) if private in everything] == []


def assert_one_effect_whatever_fails(
    spoil: Callable[[int], None], connect: Connect, other_side: OtherSide, stories: Stories, told: Told
) -> int:
    """Tell a new story each time with the next request of it spoiled, until none is left; each time a new process
    then tells it again. Returns how many requests were spoiled."""
    for after in range(MOST_REQUESTS):
        telling = Telling(connect(), next(stories))
        telling.prepare(told)
        held = other_side.effects()
        telling.connector = connect()
        spoil(after)
        failure = outcome_of(telling, told)
        other_side.as_usual()
        if failure is not None:
            assert isinstance(failure, Transient)
        replace(telling, connector=connect()).tell(told, retry=True)
        assert other_side.effects() == [*held, telling.story.named(told)], f"with request {after} spoiled"
        if failure is None:
            assert after > 0, "the first request was spoiled, and nobody noticed"
            return after
    raise AssertionError("the spoiled requests have no end")


def outcome_of(telling: Telling, told: Told) -> HubError | None:
    """The error that telling this raises, or None."""
    try:
        telling.tell(told)
    except HubError as error:
        return error
    return None


def _said(error: BaseException | None) -> list[str]:
    """The texts of an error and of all that it drags along."""
    said = []
    while error is not None:
        said += [str(error), repr(error)]
        error = error.__cause__ or error.__context__
    return said
