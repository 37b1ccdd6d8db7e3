"""What `shared.ports.surroundings.Secrets` promises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from shared.domain.errors import Misconfigured
from shared.ports.surroundings import Secrets

Making = Callable[[dict[str, dict[str, Any]]], Secrets]

NAMED = {
    "whatsapp": {"app_secrets": ["s-new", "s-old"], "verify_token": "v"},
    "demo": {"signing_secrets": ["whsec_MfKQ"], "note": "ñ👩🏽‍🚀"},
}


@pytest.mark.parametrize("name", NAMED)
def test_a_secret_comes_back_as_it_was_stored(secrets_of: Making, name: str) -> None:
    assert secrets_of(NAMED).get(name) == NAMED[name]


def test_each_answer_is_a_fresh_copy(secrets_of: Making) -> None:
    secrets = secrets_of(NAMED)
    secrets.get("whatsapp")["app_secrets"].clear()
    assert secrets.get("whatsapp") == NAMED["whatsapp"]


def test_an_absent_secret_is_misconfigured_and_named(secrets_of: Making) -> None:
    with pytest.raises(Misconfigured, match="soporte"):
        secrets_of(NAMED).get("soporte")
