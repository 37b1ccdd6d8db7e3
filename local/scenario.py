"""Plays a story to the running hub: through its webhooks, signed as the provider signs, and its mail port, one at a
time; what agents do goes through the demo tool, which tells the hub by its own door.

`POST /local/scenario` with `{"speed"?, "real_tools"?}` starts it and answers `{"title", "seconds", "steps"}` with 202,
or says with 409 why not now. The hub knows nothing of it: it gets deliveries.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, Protocol

from local.definitions import Route
from local.demo_tool import Answer, body_of
from local.functions import report
from local.stage import Place
from local.story import NAMED_BY, Step, Story, names_of
from local.story_deliveries import SendFile, delivery
from shared.domain.errors import Misconfigured, Transient
from shared.ports.surroundings import Clock

PATH: Final = "/local/scenario"
SLOWEST: Final = 0.1
FASTEST: Final = 1000.0
ATTEMPTS: Final = 5
AGAIN_S: Final = 0.5
"""A delivery that the hub could not make durable comes again, as from the provider."""
TOLD_WITHIN: Final = 100
LOOK_S: Final = 0.1
"""How often, and after what pause, an agent looks for a case in the tool."""


class Tool(Protocol):
    """Where the story's agents work."""

    def case_of(self, values: Collection[str]) -> str | None: ...

    def tell(self, case: str, action: str, text: str | None = None, **more: str) -> Answer: ...


class Scenario:
    """One story, played at most once at a time, on a thread that ends with the hub.

    `places`: by channel, where it happens; what it has on other channels is left out. `real_tools`: the connectors that
    are not the demonstration's, which would hold invented people. `send_file`: a person's phone hands a file to
    WhatsApp. `tool`: where agents work, None where nothing is connected to it.
    """

    def __init__(
        self,
        read: Callable[[], Story],
        places: Mapping[str, Place],
        *,
        real_tools: Sequence[str],
        send_file: SendFile,
        tool: Tool | None,
        clock: Clock,
        new_id: Callable[[], str],
        stop: threading.Event,
    ) -> None:
        self._read = read
        self._places = places
        self._real_tools = real_tools
        self._send_file = send_file
        self._tool = tool
        self._clock = clock
        self._new_id = new_id
        self._stop = stop
        self._playing = threading.Lock()

    def route(self) -> Route:
        return Route("POST", PATH, "embedded run")

    def start(self, request: dict[str, Any]) -> Answer:
        """Start playing and answer at once."""
        try:
            speed, also_real = _wish(body_of(request))
        except ValueError as error:
            return _refusal(400, "bad_request", str(error))
        refused = self._why_not(also_real=also_real)
        if refused is not None:
            return refused
        if not self._playing.acquire(blocking=False):
            return _refusal(409, "playing", "the story is being told: please let it come to its end first")
        try:
            story = self._read().on(self._places)
            threading.Thread(target=self._play, args=(story, speed), name="scenario", daemon=True).start()
        except BaseException:
            self._playing.release()
            raise
        begun = {"title": story.title, "seconds": round(story.seconds / speed, 1), "steps": len(story.steps)}
        return _json(202, begun)

    def _why_not(self, *, also_real: bool) -> Answer | None:
        if not self._places:
            why = f"the configuration has no account for the story to happen on: {', '.join(NAMED_BY)}"
            return _refusal(409, "no_account", why)
        if self._real_tools and not also_real:
            tools = ", ".join(self._real_tools)
            why = f"{tools} would be told of invented people: hilo demo --real-tools does it all the same"
            return _refusal(409, "real_tools", why)
        real = [channel for channel, place in self._places.items() if place.sends_really()]
        if real:
            why = f"the account on {', '.join(real)} has an access_token: answers to invented people would go to Meta"
            return _refusal(409, "real_account", why)
        return None

    def _play(self, story: Story, speed: float) -> None:
        try:
            self._tell(story, speed)
        except (Transient, Misconfigured) as error:
            report("the story ended early", error)
        finally:
            self._playing.release()

    def _tell(self, story: Story, speed: float) -> None:
        run, begun = self._new_id(), self._clock()
        sent: dict[str, bytes] = {}
        for step in story.steps:
            if self._stop.wait(max(0.0, begun + step.at / speed - self._clock())):
                return
            if step.deed is not None:
                self._act(names_of(story.people[step.person], step.channel), step.deed)
                continue
            body = sent[step.repeat] if step.repeat else self._said(story, step, run)
            sent[step.id] = body
            self._deliver(step.channel, body)

    def _said(self, story: Story, step: Step, run: str) -> bytes:
        return delivery(story, step, self._places[step.channel].account, run, self._clock(), self._send_file)

    def _act(self, names: Sequence[str], deed: Mapping[str, str]) -> None:
        """An agent does it in the tool, once the tool knows the case. Raises `Misconfigured` for a refusal."""
        if self._tool is None:
            return
        for _ in range(TOLD_WITHIN):
            case = self._tool.case_of(names)
            if case is not None:
                status = self._tool.tell(case, **deed)["statusCode"]
                if status not in (200, 202):
                    raise Misconfigured(f"the hub's door answered {status} to the demo tool")
                return
            if self._stop.wait(LOOK_S):
                return
        raise Transient("the demo tool was not told of a case in time")

    def _deliver(self, channel: str, body: bytes) -> None:
        """Raises `Misconfigured` for a refusal, `Transient` for a hub that cannot take it, time and again."""
        for _ in range(ATTEMPTS):
            if self._places[channel].deliver(body) or self._stop.wait(AGAIN_S):
                return
        raise Transient(f"the hub did not take a delivery on {channel} {ATTEMPTS} times")


def _wish(body: bytes) -> tuple[float, bool]:
    """Speed, and whether real tools may be told. Raises ValueError, in words, for what is no wish."""
    wish = json.loads(body) if body else {}
    if not isinstance(wish, dict):
        raise ValueError("the body is a JSON object")  # noqa: TRY004 - the caller answers 400 to a ValueError
    speed, also_real = wish.get("speed", 1), wish.get("real_tools", False)
    if isinstance(speed, bool) or not isinstance(speed, int | float) or not SLOWEST <= speed <= FASTEST:
        raise ValueError(f"speed is a number from {SLOWEST:g} to {FASTEST:g}")
    if not isinstance(also_real, bool):
        raise ValueError("real_tools is true or false")  # noqa: TRY004
    return float(speed), also_real


def _refusal(status: int, code: str, message: str) -> Answer:
    """As the API says it, so that the page and the command line can show it."""
    return _json(status, {"error": {"code": code, "message": message, "trace_id": "-"}})


def _json(status: int, body: Any) -> Answer:
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}
