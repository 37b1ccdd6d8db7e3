"""A hub that asks its customers, and what its clock does. A morning in Guayaquil: nobody is asked at night."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.application.dispatch_survey import SurveyLinks
from shared.application.record import Context, Outcome
from shared.application.record.timers import Passed, pass_time
from shared.configuration import Config, ConnectorSettings, parse
from shared.domain.event import HUB, Entry, Event
from shared.domain.surveys.token import Asked, make_token, payload
from tests.engine.outbound.conftest import Office
from tests.engine.record.bench import CONFIG, START, said

MORNING = timedelta(hours=6)
"""After START: 11 o'clock in Guayaquil."""
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
KEY = b"key of the surveys' tests"
URL = "https://hub.example.com"

ACCOUNTS = """
- {channel: messenger, id: "400000000000001", brand: acme, secret: messenger}
- {channel: instagram, id: "17840000000000001", brand: acme, secret: instagram}
- {channel: email, id: ayuda@acme.example.com, brand: acme}
connectors: []
"""


def asking(settings: str = "kind: csat, channels: [whatsapp, messenger, instagram, email]") -> Config:
    """The brand acme asks."""
    text = CONFIG.replace("connectors: []", ACCOUNTS.strip()) + f"surveys:\n- {{brand: acme, {settings}}}\n"
    tools = [ConnectorSettings(name="desk", kind="generic_webhook", secret="desk")]
    return parse(text, "test", {}).model_copy(update={"connectors": tools})


@dataclass
class AskingHub(Office):
    """`keys`: that sign its surveys, the newest first."""

    config: Config = field(default_factory=asking)
    keys: Sequence[bytes] = (KEY,)

    @property
    def context(self) -> Context:
        return replace(super().context, signing_keys=lambda: self.keys)

    @property
    def means(self) -> Any:
        made = super().means
        links = SurveyLinks(lambda: self.keys, URL)
        return replace(made, planner=replace(made.planner, surveys=links, way_of=lambda _: self.way))

    def at(self, moment: timedelta) -> None:
        """It is so long after START."""
        self.seconds = (START + moment).timestamp()

    def says(self, message: str, text: str | None, at: timedelta, **more: Any) -> Outcome:
        self.at(at)
        return self.record(said(message, text, at=at, **more))

    def sets(self, case: str, state: str, at: timedelta, **more: Any) -> None:
        """Luis sets its state."""
        self.at(at)
        parts = {"channel": HUB, "account": HUB, "thread": case, "kind": "state_change", "provider_type": "state"}
        parts |= {"message_id": f"{case}-{state}-{at}", "author": {"type": "agent", "id": "luis"}}
        parts |= {"occurred_at": START + at, "text": state, "direction": "outbound"}
        self.record(Event.model_validate(parts | more))

    def look(self, case: str, at: timedelta) -> Passed:
        """The clock looks at a case."""
        self.at(at)
        return pass_time(self.context, self.case(case))

    def surveys(self, case: str) -> list[Entry]:
        """What the case's log says of surveys."""
        return [entry for entry in self.log(case) if entry.survey]

    def asked(self, case: str) -> Entry:
        """The newest survey that it asked."""
        return [entry for entry in self.surveys(case) if entry.direction == "outbound"][-1]

    def tap(self, asked: Entry, answer: int, message: str, at: timedelta, **more: Any) -> Outcome:
        """Ana taps one of the answers."""
        token = make_token(Asked(asked.case_id, asked.sequence), self.keys[0])
        choice = {"id": payload(token, answer), "title": str(answer)}
        return self.says(message, str(answer), at, choice=choice, provider_type="interactive", **more)

    def moment(self, at: timedelta) -> datetime:
        return datetime.fromtimestamp((START + at).timestamp(), UTC)


def resolved(hub: AskingHub, message: str = "w1", at: timedelta = MORNING, **more: Any) -> str:
    """Ana wrote, and her case was resolved ten minutes later."""
    case = hub.says(message, "No me llega el pedido", at, **more).case
    assert case
    hub.sets(case, "resolved", at + 10 * MINUTE)
    return case


def asked_case(hub: AskingHub, **more: Any) -> str:
    """As `resolved`, and a quarter of an hour later she was asked."""
    case = resolved(hub, **more)
    assert hub.look(case, MORNING + 25 * MINUTE).steps == 1
    return case
