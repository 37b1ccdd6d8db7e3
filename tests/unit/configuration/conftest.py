"""A tool kind of the tests' own, and a way to see faults as rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.configuration import Config, ConfigurationFault, parse


class ToolOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    queue: str = "General"
    mode: Literal["fast", "safe"] = "safe"
    timeout_s: float = Field(default=15, gt=0, le=15)
    allow_private: bool = False
    labels: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _https_only(self) -> ToolOptions:
        if not self.allow_private and not self.url.startswith("https://"):
            raise ValueError("url: https only")
        return self


class OtherOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


KINDS: dict[str, type[BaseModel]] = {"tool": ToolOptions, "other": OtherOptions}


@pytest.fixture
def kinds() -> dict[str, type[BaseModel]]:
    return KINDS


@pytest.fixture
def parsed() -> Callable[[str], Config]:
    return lambda text: parse(text, "hub.yaml", KINDS)


@pytest.fixture
def faults() -> Callable[[str], list[tuple[str, int | None, str, str]]]:
    """Every fault of a text as (file, line, key, message)."""

    def of(text: str) -> list[tuple[str, int | None, str, str]]:
        with pytest.raises(ConfigurationFault) as refused:
            parse(text, "hub.yaml", KINDS)
        assert refused.value.reason == "\n".join(str(fault) for fault in refused.value.faults)
        return [(fault.file, fault.line, fault.key, fault.message) for fault in refused.value.faults]

    return of
