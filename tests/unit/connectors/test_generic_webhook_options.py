from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import ValidationError

from shared.connectors.generic_webhook.options import Options


@pytest.mark.parametrize(
    "url",
    [
        "https://receiver.example.com/hook",
        "HTTPS://receiver.example.com:8443/hook?key=1",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]/",
    ],
)
def test_a_public_https_address_is_taken(url: str) -> None:
    assert Options(url=url) == Options(url=url, allow_private=False, timeout_s=15)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/demo-tool/events", "http://localhost/", "https://10.0.0.1/"])
def test_allow_private_lifts_https_and_addresses(url: str) -> None:
    assert Options(url=url, allow_private=True).url == url


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("", "give a whole address"),
        ("receiver.example.com/hook", "give a whole address"),
        ("ftp://receiver.example.com/", "give a whole address"),
        ("https:///hook", "give a whole address"),
        ("https://receiver.example.com:0/", "give a whole address"),
        ("https://receiver.example.com:99999/", "give a whole address"),
        ("https://receiver.example.com:x/", "give a whole address"),
        ("https://[::1/", "give a whole address"),
        ("https://receiver.example.com/a b", "give a whole address"),
        ("https://receiver.example.com\\@10.0.0.1/", "give a whole address"),
        ("https://receiver.example.com/\n", "give a whole address"),
        ("https://ñandú.example.com/", "give a whole address"),
        ("https://ana:clave@receiver.example.com/", "leave the user name and password out"),
        ("https://receiver.example.com/#x", "leave out what follows '#'"),
        ("http://receiver.example.com/", "https only"),
        ("https://localhost/", "the hub does not connect to its own machine"),
        ("https://127.0.0.1/", "the host is a loopback address"),
        ("https://169.254.169.254/latest", "the host is a link-local address"),
        ("https://[::ffff:10.0.0.1]/", "the host is an IPv4-mapped address"),
        ("https://2130706433/", "the host is no IP address"),
        ("https://127.1/", "the host is no IP address"),
    ],
)
def test_a_fault_says_what_to_do_and_does_not_repeat_the_address(url: str, fault: str) -> None:
    with pytest.raises(ValidationError) as error:
        Options(url=url)
    (found,) = error.value.errors()
    assert found["loc"] == ("url",)
    assert found["msg"].startswith(f"Value error, {fault}")
    assert "clave" not in str(error.value)


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({}, "url"),
        ({"url": "https://receiver.example.com/", "urll": "x"}, "urll"),
        ({"url": "https://receiver.example.com/", "timeout_s": 0}, "timeout_s"),
        ({"url": "https://receiver.example.com/", "timeout_s": 16}, "timeout_s"),
        ({"url": "https://receiver.example.com/", "timeout_s": "nan"}, "timeout_s"),
    ],
)
def test_a_fault_names_its_key(settings: dict[str, object], key: str) -> None:
    with pytest.raises(ValidationError) as error:
        Options.model_validate(settings)
    assert [fault["loc"] for fault in error.value.errors()] == [(key,)]


def test_reading_the_configuration_imports_no_http_client() -> None:
    code = (
        "import sys, shared.connectors.generic_webhook.options;"
        "print(sorted({'requests', 'urllib3'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
