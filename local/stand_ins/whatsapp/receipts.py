"""Receipts: signed deliveries to the hub's webhook, from a thread of their own."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from local.deliveries import Person, status_delivery
from local.stand_ins.teller import Post, Teller, mixed
from local.stand_ins.whatsapp.behaviour import Behaviour

Reported: TypeAlias = Callable[[str, str], object]
"""Told of each receipt that the hub took: the message's id, and the state."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that the provider took. `fails`: the error of one that will not arrive. `mark`: what comes back."""

    account: str
    to: Person
    id: str
    at: float
    mark: str | None = None
    fails: Mapping[str, Any] | None = None


class Receipts(Teller[tuple[str, bytes, Callable[[], object]]]):
    """Reports what becomes of messages. `app_secret` is asked for at each one. Nothing is reported before `start`."""

    def __init__(self, post: Post, app_secret: Callable[[str], str], chance: random.Random | None = None) -> None:
        super().__init__("receipts")
        self._post = post
        self._app_secret = app_secret
        self._chance = chance or random.Random()  # noqa: S311  an order, no secret

    def report(self, taken: Taken, behaviour: Behaviour, reported: Reported = lambda _id, _state: None) -> None:
        """Queue the receipts of one message, in the order and as often as the behaviour says."""
        states = ("failed",) if taken.fails else behaviour.receipts
        for state in mixed(states, behaviour, self._chance):
            body = status_delivery(taken.account, taken.to, _status(taken, state))
            self._put((taken.account, body, partial(reported, taken.id, state)))

    def _tell(self, one: tuple[str, bytes, Callable[[], object]]) -> None:
        account, body, reported = one
        if self._delivered(self._post, body, lambda: self._app_secret(account)):
            reported()


def _status(taken: Taken, state: str) -> dict[str, Any]:
    status: dict[str, Any] = {"id": taken.id, "status": state, "timestamp": str(int(taken.at))}
    if taken.mark is not None:
        status["biz_opaque_callback_data"] = taken.mark
    if state == "failed" and taken.fails:
        status["errors"] = [taken.fails]
    return status
