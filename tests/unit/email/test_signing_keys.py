"""The keys of the addresses: those that a person put there before the one that the deployment made."""

from __future__ import annotations

from typing import Any

import pytest

from local.metrics import CountedMetrics
from shared import bootstrap
from shared.domain.errors import Misconfigured


class Held:
    def __init__(self, secret: dict[str, Any] | None) -> None:
        self.secret = secret

    def get(self, name: str) -> dict[str, Any]:
        assert name == "addresses"
        if self.secret is None:
            raise Misconfigured("there is none")
        return self.secret


CASES = [
    ({"keys": [], "key": "made"}, (b"made",)),
    ({"keys": ["new", "old"], "key": "made"}, (b"new", b"old", b"made")),
    ({"keys": ["own"]}, (b"own",)),
    ({}, ()),
    (None, ()),
]


@pytest.mark.parametrize(("secret", "keys"), CASES)
def test_keys_in_force(secret: dict[str, Any] | None, keys: tuple[bytes, ...]) -> None:
    metrics = CountedMetrics()
    with bootstrap.installed(secrets=Held(secret), metrics=metrics):
        assert bootstrap.signing_keys() == keys
    assert (metrics.counted() != []) is (keys == ()), "without keys it is counted"
