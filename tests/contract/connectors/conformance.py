"""What every connector must do. Inherit `ConnectorConformance` in a `Test…` class and give it two fixtures:

- `other_side`: the tool, scripted (`OtherSide`);
- `connector`: yours, connected to it, with a timeout of `TIMEOUT_S` and the values of `PRIVATE` as its secrets.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar, Protocol

import pytest

from shared.domain.case import Case
from shared.domain.customer import Customer, HeldIdentity
from shared.domain.errors import HubError, Misconfigured, Transient
from shared.domain.event import Author, Entry, Kind
from shared.ports import Connector, Remote

TIMEOUT_S = 0.6
AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)

ANA = Customer(
    id="c-1",
    display_name="Ana Ejemplo",
    language="es",
    identities=[
        HeldIdentity(kind="phone", value="+12025550123", level="channel", source="whatsapp", since=AT),
        HeldIdentity(kind="email", value="ana@example.com", level="claimed", source="whatsapp", since=AT),
    ],
)
CASE = Case(
    id="k-1",
    reference="K7QF-3M2X-R",
    state="open",
    brand="acme",
    customer="c-1",
    channels=["whatsapp"],
    opened_at=AT,
    version=3,
)
PERSONAL = ("Ana", "Ejemplo", "2025550123", "ana@example.com", "no enciende")


def entry(sequence: int, kind: Kind = "message", **fields: Any) -> Entry:
    """An entry of CASE that Ana wrote, or what `fields` make of it."""
    said: dict[str, Any] = {
        "channel": "whatsapp",
        "account": "200000000000001",
        "message_id": f"wamid.{sequence}",
        "author": Author(type="customer", name="Ana Ejemplo"),
        "text": f"La lavadora no enciende {sequence}",
        "provider_type": "text",
    }
    return Entry(kind=kind, case_id=CASE.id, sequence=sequence, received_at=AT, **{**said, **fields})


class OtherSide(Protocol):
    """The tool as a test scripts it. Each `…_next` speaks of the next request alone, whatever it is."""

    def effects(self) -> list[str]:
        """What the tool holds, in order of arrival: `contact c-1`, `case k-1`, `entry 1`, …"""

    def requests(self) -> int: ...

    def answer_next(self, status: int, headers: dict[str, str]) -> None: ...

    def lose_next_answer(self) -> None:
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


Call = Callable[[Connector, bool], object]
CALLS: dict[str, Call] = {
    "contact c-1": lambda connector, retry: connector.put_contact(ANA, 1, None, retry=retry),
    "case k-1": lambda connector, retry: connector.open_case(CASE, ANA, Remote("c-1"), retry=retry),
    "entry 1": lambda connector, retry: connector.append(CASE, Remote("k-1"), entry(1), ANA, retry=retry),
}
each_call = pytest.mark.parametrize("told", CALLS)


class ConnectorConformance:
    PRIVATE: ClassVar[tuple[str, ...]]
    """The secrets of the connector under test: none of them may show anywhere."""

    def test_everything_arrives_once_and_in_order(self, connector: Connector, other_side: OtherSide) -> None:
        contact = connector.put_contact(ANA, 1, None, retry=False)
        ticket = connector.open_case(CASE, ANA, contact, retry=False)
        for sequence in (1, 2, 3):
            connector.append(CASE, ticket, entry(sequence), ANA, retry=False)
        assert other_side.effects() == ["contact c-1", "case k-1", "entry 1", "entry 2", "entry 3"]

    @each_call
    def test_telling_again_changes_nothing(self, connector: Connector, other_side: OtherSide, told: str) -> None:
        first = CALLS[told](connector, False)
        assert CALLS[told](connector, True) == first
        assert other_side.effects() == [told]

    @each_call
    def test_a_lost_answer_and_a_retry_have_one_effect(
        self, connector: Connector, other_side: OtherSide, told: str
    ) -> None:
        other_side.lose_next_answer()
        with pytest.raises(Transient):
            CALLS[told](connector, False)
        CALLS[told](connector, True)
        assert other_side.effects() == [told]

    @each_call
    def test_429_waits_as_long_as_asked(self, connector: Connector, other_side: OtherSide, told: str) -> None:
        other_side.answer_next(429, {"Retry-After": "77"})
        with pytest.raises(Transient) as error:
            CALLS[told](connector, False)
        assert error.value.retry_after_s == 77
        assert other_side.effects() == []

    @each_call
    @pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
    def test_a_stumble_is_looked_at_again(
        self, connector: Connector, other_side: OtherSide, told: str, status: int
    ) -> None:
        other_side.answer_next(status, {})
        with pytest.raises(Transient):
            CALLS[told](connector, False)

    @each_call
    def test_refused_credentials_stop_the_connector(
        self, connector: Connector, other_side: OtherSide, told: str
    ) -> None:
        other_side.answer_next(401, {})
        with pytest.raises(Misconfigured) as error:
            CALLS[told](connector, False)
        assert connector.name in error.value.reason

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_a_redirect_is_not_followed(self, connector: Connector, other_side: OtherSide, status: int) -> None:
        other_side.answer_next(status, {"Location": "/elsewhere"})
        with pytest.raises(Transient):
            CALLS["contact c-1"](connector, False)
        assert other_side.requests() == 1

    @pytest.mark.parametrize("slowness", ["stall_next", "drip_next"])
    def test_a_slow_answer_is_not_waited_for(self, connector: Connector, other_side: OtherSide, slowness: str) -> None:
        getattr(other_side, slowness)()
        began = time.monotonic()
        with pytest.raises(Transient):
            CALLS["contact c-1"](connector, False)
        assert time.monotonic() - began < TIMEOUT_S + 1

    def test_a_slow_answer_on_a_kept_connection_is_not_waited_for(
        self, connector: Connector, other_side: OtherSide
    ) -> None:
        CALLS["contact c-1"](connector, False)
        other_side.drip_next()
        began = time.monotonic()
        with pytest.raises(Transient):
            CALLS["case k-1"](connector, False)
        assert time.monotonic() - began < TIMEOUT_S + 1

    @pytest.mark.parametrize("status", [200, 302, 500])
    def test_an_endless_answer_is_cut(self, connector: Connector, other_side: OtherSide, status: int) -> None:
        other_side.flood_next(status)
        _outcome(connector, "contact c-1")
        assert other_side.flooded() < 16 << 20  # what the machine's socket buffers take

    @pytest.mark.parametrize("status", [200, 302, 500])
    def test_a_packed_answer_is_not_unpacked(
        self, connector: Connector, other_side: OtherSide, status: int, peak_memory: Callable[[], int]
    ) -> None:
        other_side.bomb_next(status)
        _outcome(connector, "contact c-1")
        assert peak_memory() < 8 << 20

    @each_call
    def test_nothing_secret_or_personal_shows(
        self, connector: Connector, other_side: OtherSide, told: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        for name in ("urllib3", "urllib3.connectionpool", "urllib3.util.retry", "requests"):
            caplog.set_level(logging.DEBUG, logger=name)
        shown = []
        for spoil in (
            lambda: other_side.answer_next(401, {}),
            lambda: other_side.answer_next(404, {}),
            lambda: other_side.answer_next(429, {"Retry-After": "1"}),
            lambda: other_side.answer_next(302, {"Location": "/" + self.PRIVATE[0]}),
            lambda: other_side.answer_next(503, {}),
            other_side.lose_next_answer,
            other_side.stall_next,
        ):
            spoil()
            shown.extend(_said(_outcome(connector, told)))
        CALLS[told](connector, True)
        assert len(shown) >= 6
        everything = "\n".join([*shown, caplog.text, *(str(record.__dict__) for record in caplog.records)])
        assert [private for private in (*PERSONAL, *self.PRIVATE) if private in everything] == []


def _outcome(connector: Connector, told: str) -> BaseException | None:
    try:
        CALLS[told](connector, False)
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
