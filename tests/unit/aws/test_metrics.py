"""Embedded metrics: one line that the log service understands."""

from __future__ import annotations

import io
import json

import pytest

from shared.aws.metrics import EmbeddedMetrics


def test_a_count_is_one_line_of_the_format() -> None:
    stream = io.StringIO()
    EmbeddedMetrics(stream, clock=lambda: 1_795_000_000.25).count("ignored", 3, channel="whatsapp", reason="status")
    assert stream.getvalue().count("\n") == 1
    assert json.loads(stream.getvalue()) == {
        "_aws": {
            "Timestamp": 1_795_000_000_250,
            "CloudWatchMetrics": [
                {
                    "Namespace": "Hilo",
                    "Dimensions": [["channel", "reason"]],
                    "Metrics": [{"Name": "ignored", "Unit": "Count"}],
                }
            ],
        },
        "channel": "whatsapp",
        "reason": "status",
        "ignored": 3,
    }


def test_without_dimensions_the_set_is_empty() -> None:
    stream = io.StringIO()
    EmbeddedMetrics(stream, clock=lambda: 0).count("received")
    assert json.loads(stream.getvalue())["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [[]]


@pytest.mark.parametrize("dimensions", [{"received": "x"}, {"channel": ""}, {f"d{n}": "x" for n in range(31)}])
def test_dimensions_that_would_lose_the_metric_are_refused(dimensions: dict[str, str]) -> None:
    stream = io.StringIO()
    with pytest.raises(ValueError, match="received"):
        EmbeddedMetrics(stream).count("received", 1, **dimensions)
    assert stream.getvalue() == ""
