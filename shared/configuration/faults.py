"""What is wrong with a configuration, all of it at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.errors import Misconfigured


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `line` counts from 1, None where the file cannot be read; `key` is a path such as
    `accounts[0].brand`, empty for the file as a whole; `message` says what to write instead."""

    file: str
    line: int | None
    key: str
    message: str

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{where}: {self.key}: {self.message}" if self.key else f"{where}: {self.message}"


class ConfigurationFault(Misconfigured):
    """The configuration cannot be used. `faults` lists every fault, in the order of the file."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = list(faults)
