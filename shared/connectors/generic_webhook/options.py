"""The settings of a generic webhook in `hub.yaml`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from shared.connectors.urls import fault_of_url


class Options(BaseModel):
    """Where the receiver is. `allow_private`: it may be this machine or a private network, and plain http."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    allow_private: bool = False  # stands before `url`, which is judged by it
    timeout_s: float = Field(default=15, gt=0, le=15)
    url: str

    @field_validator("url")
    @classmethod
    def _can_be_told(cls, url: str, others: ValidationInfo) -> str:
        allow_private = bool(others.data.get("allow_private"))
        if fault := fault_of_url(url, "https://receiver.example.com/hook", allow_private=allow_private):
            raise ValueError(fault)
        return url
