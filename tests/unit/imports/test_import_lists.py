"""What each function may import for its first message: it pays for that at every cold start."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from bench.cold_start import CLIENT, MAKERS, cold_start

BRINGS = {
    "boto3": {"botocore", "certifi", "dateutil", "jmespath", "s3transfer", "six", "urllib3"},
    "pydantic": {"annotated_types", "pydantic_core", "typing_extensions", "typing_inspection"},
    "requests": {"certifi", "charset_normalizer", "idna", "urllib3"},
    "yaml": set(),
}
"""What each dependency brings along."""

MAY_IMPORT = {
    "whatsapp_webhook": set(),
    "social_ingest": set(),
    "helpdesk_webhook": set(),
    "helpdesk_pull": {"boto3", "pydantic", "yaml"},  # and what its tools are asked with
    "email_ingest": {"boto3", "pydantic"},
    "intake": {"boto3", "pydantic", "yaml"},
    "relay": {"yaml"},
    "kpi_aggregator": {"boto3", "pydantic", "yaml"},
    "crm_sync": {"boto3", "pydantic", "requests", "yaml"},
    "fetch_media": {"boto3", "pydantic", "requests", "yaml"},
    "outbound_dispatch": {"boto3", "pydantic", "requests", "yaml"},
    "clock": {"boto3", "pydantic", "yaml"},
    "park": {"boto3"},
    "api": {"boto3", "pydantic", "yaml"},
}
WEBHOOK_OF_CLIENT = 90 / 192
"""90 CPU-ms where boto3 and one client take 192 (`docs/performance.md`), so that a slow machine may be slow."""
ATTEMPTS = 10

started = cache(cold_start)


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_a_function_imports_these_and_no_others(folder: str) -> None:
    allowed = MAY_IMPORT[folder]
    brought = set().union(*(BRINGS[name] for name in allowed))
    found = started(folder).packages - {"functions", "shared"}
    assert found - allowed - brought == set(), "at every cold start somebody waits for this"
    assert found >= allowed, "what is no longer imported leaves the list"


def test_every_function_has_its_list() -> None:
    folders = {app.parent.name for app in Path(__file__).parents[3].glob("functions/*/app.py")}
    assert set(MAY_IMPORT) == set(MAKERS) == folders


WEBHOOKS = ["whatsapp_webhook", "social_ingest", "helpdesk_webhook"]


@pytest.mark.parametrize("webhook", WEBHOOKS)
@pytest.mark.parametrize("unwanted", [*BRINGS, "urllib3", "botocore"])
def test_a_webhook_imports_none_of_the_heavy_ones(unwanted: str, webhook: str) -> None:
    assert unwanted not in started(webhook).packages


MAIL = ["nh3", "selectolax", "charset_normalizer", "tnefparse", "puremagic", "aiosmtpd"]
"""What mails and their files are read with."""


@pytest.mark.parametrize("webhook", WEBHOOKS)
def test_a_webhook_imports_nothing_of_mails(webhook: str) -> None:
    assert started(webhook).packages.isdisjoint(MAIL)


def test_reading_mails_imports_what_reads_html_and_guesses_charsets_when_a_mail_needs_it() -> None:
    program = (
        "import sys; from shared.channels.email.parse import parse; "
        "heavy = ('nh3', 'selectolax', 'charset_normalizer'); "
        "loaded = lambda: [name for name in heavy if name in sys.modules]; "
        "head = b'From: ana@example.net\\r\\nContent-Type: text/'; "
        "parse({'mail': head + b'plain\\r\\n\\r\\nHola'}); print(loaded()); "
        "parse({'mail': head + b'html\\r\\n\\r\\n<p>Hola</p>'}); print(loaded())"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.splitlines() == ["[]", "['nh3', 'selectolax']"]


def test_only_what_opens_or_closes_a_national_id_imports_the_encryption() -> None:
    """Finding one, or merging its holders, does not."""
    program = (
        "import sys; from functions.api import identity, merging; loaded = lambda: 'cryptography' in sys.modules; "
        "print(loaded()); from shared.domain.identity.sealing import seal; seal(b'k' * 32, 'x', b'', b'n' * 12); "
        "print(loaded())"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.split() == ["False", "True"]


def imported(program: str) -> set[str]:
    """What of the package `shared` is loaded once a program has run."""
    root = Path(__file__).parents[3]
    told = f"{program}; import sys; print(*(name for name in sys.modules if name.startswith('shared.')))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True, cwd=root)
    return set(done.stdout.split())


def test_what_no_webhook_imports_of_the_domain_is_in_the_other_layer() -> None:
    handlers = ", ".join(f"functions.{webhook}.app" for webhook in WEBHOOKS)
    loaded = imported(f"import {handlers}")
    shared = Path(__file__).parents[3] / "shared"
    folders = {package.parent.name for package in shared.glob("domain/*/__init__.py")}
    unused = {f"domain/{name}" for name in folders if f"shared.domain.{name}" not in loaded}
    assert unused, "else nothing is compared here"
    assert unused <= set((shared / "Makefile").read_text("utf-8").split())


def test_who_reads_the_configuration_does_not_pay_for_the_definitions_of_figures() -> None:
    """Every function that reads it does so at its cold start: the recorder's among them."""
    loaded = imported("from shared.configuration import load; load('config/hub.yaml', {})")
    assert "shared.configuration.reading" in loaded
    assert loaded.isdisjoint({"shared.domain.figures.definitions", "shared.domain.figures.totals"})


def test_the_measure_sees_what_is_imported() -> None:
    assert started(CLIENT).packages >= {"boto3", "botocore"}


@pytest.mark.parametrize("webhook", WEBHOOKS)
def test_a_webhook_is_ready_in_half_the_time_that_boto3_and_one_client_take(webhook: str) -> None:
    """Import, clients and all. What else the machine does can only add, so the best of a few measures counts."""
    ours, client = [cold_start(webhook).ready_ms], [started(CLIENT).ready_ms]
    while len(ours) < ATTEMPTS and min(ours) >= WEBHOOK_OF_CLIENT * min(client):
        ours.append(cold_start(webhook).ready_ms)
        client.append(cold_start(CLIENT).ready_ms)
    assert min(ours) < WEBHOOK_OF_CLIENT * min(client), (ours, client)
