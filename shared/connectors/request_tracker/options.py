"""The settings of a Request Tracker in `hub.yaml`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from shared.connectors.urls import fault_of_url
from shared.domain.case import State


class Options(BaseModel):
    """Where RT is, and how it is written to.

    `url`: its web address, without `/REST/2.0`. `queue`: where tickets are opened. `language`: of what the hub itself
    says in a ticket. `statuses`: instead of the usual ones, where the queue's lifecycle has others. `states`: what a
    case becomes whose ticket people bring to a status that is none of these. `timeout_s`: for one thing told, with all
    the requests it takes. `allow_private`: RT may be on a private network, by plain http.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    allow_private: bool = False  # stands before `url`, which is judged by it
    timeout_s: float = Field(default=15, gt=0, le=15)
    url: str
    queue: str = Field(min_length=1, max_length=200)
    language: Literal["es", "pt", "en"] = "es"
    statuses: dict[State, str] = Field(default_factory=dict)
    states: dict[str, State] = Field(default_factory=dict)

    @field_validator("url")
    @classmethod
    def _can_be_asked(cls, url: str, others: ValidationInfo) -> str:
        if fault := fault_of_url(url, "https://rt.example.com", allow_private=bool(others.data.get("allow_private"))):
            raise ValueError(fault)
        if "?" in url:
            raise ValueError("leave out what follows '?': https://rt.example.com is enough")
        return url.rstrip("/").removesuffix("/REST/2.0")

    @field_validator("queue")
    @classmethod
    def _is_a_name(cls, queue: str) -> str:
        if "/" in queue:
            raise ValueError("RT cannot be asked for a queue with '/' in its name; give its number")
        return queue
