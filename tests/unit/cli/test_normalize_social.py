"""`hilo normalize messenger` and `instagram`: one line for each event, and none for another product's delivery."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.meta.tables import events, fixtures


@pytest.mark.parametrize("channel", ["messenger", "instagram"])
def test_each_event_is_a_line(hilo: Any, channel: str) -> None:
    body = fixtures(channel)["many_at_once"]
    assert hilo("normalize", channel, given=body).lines == events(channel, body)


@pytest.mark.parametrize("channel", ["messenger", "instagram"])
def test_another_products_delivery_has_no_events(hilo: Any, channel: str) -> None:
    other = {"messenger": "instagram", "instagram": "messenger"}[channel]
    ended = hilo("normalize", channel, given=fixtures(other)["text"])
    assert (ended.code, ended.out) == (0, "")
