"""What is put in place of our own choices, and how long what was made is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, ParamSpec, TypeVar, cast

Asked = ParamSpec("Asked")

Made = TypeVar("Made")

_installed: dict[str, Any] = {}

_made: list[Any] = []
"""What `once` keeps: forgotten when something is installed."""


def install(**implementations: Any) -> None:
    """Use these (`table`, `queues`, `files`, `secrets`, `metrics`, `logs`, `clock`, `config`, `connectors`, `backs`,
    `mailer`) instead of AWS's; `channels` (parsers by name), `ways_out`, `fetchers`, `stocks` and `setups` before our
    own; `new_id`, `pause`, `draw` instead of chance and sleep; the number of `workers` in this process; and the
    `public_url` at which the hub is reached."""
    _installed.update(implementations)
    for made in _made:
        made.cache_clear()


@contextmanager
def installed(**implementations: Any) -> Iterator[None]:
    """As `install`, until the end of the block; then whatever was installed before is in place again."""
    before = dict(_installed)
    install(**implementations)
    try:
        yield
    finally:
        _installed.clear()
        install(**before)


def once(make: Callable[Asked, Made]) -> Callable[Asked, Made]:
    """Make it when first asked for and keep it for the life of the process, or until something else is installed."""
    made = cache(make)
    _made.append(made)
    return cast("Callable[Asked, Made]", made)


def _chosen(name: str, otherwise: Callable[[], Made]) -> Made:
    return cast("Made", _installed[name]) if name in _installed else otherwise()
