"""`hilo post`: a payload, signed as its provider would, sent to a hub; a mail, handed over as a mail server would."""

from __future__ import annotations

import os
from typing import Any, Final

import click

from cli.faults import BadInput, Failed
from cli.hub import Hub, hub_at, hub_options, send
from cli.output import json_line, line, one_line
from cli.reading import file_bytes

EXAMPLES = """\b
Examples:
  hilo post whatsapp delivery.json
  hilo post whatsapp < delivery.json
  HILO_APP_SECRET=… hilo post whatsapp delivery.json --url https://hub.example.com
  hilo post email mail.eml
  hilo post email mail.eml --to ayuda@acme.example.com
"""


MAIL: Final = "email"
SIGNED_BY_META: Final = ("instagram", "messenger", "whatsapp")


@click.command("post", epilog=EXAMPLES, short_help="Sign a payload and post it to a hub.")
@click.argument("channel")
@click.argument("file", default="-", metavar="[FILE]")
@click.option("--json", "as_json", is_flag=True, help='Print {"status", "url"}.')
@click.option("--to", multiple=True, metavar="ADDRESS", help="Of a mail: to whom, instead of those it names.")
@hub_options
def post(channel: str, file: str, to: tuple[str, ...], url: str | None, data: str, as_json: bool) -> None:
    """Sign a payload as the provider would, post it and print the status. Exit code 1 unless it is 200.

    The secret is the running hub's own; for a hub elsewhere it is in HILO_APP_SECRET. A mail goes to the SMTP port of
    the hub that runs here, and 250 means that the hub has it.
    """
    from local.deliveries import signature_headers

    if channel == MAIL:
        _post_mail(file, to, url, data, as_json=as_json)
        return
    if channel not in SIGNED_BY_META:
        raise BadInput(f"there is no channel {one_line(channel)}: {', '.join(sorted((MAIL, *SIGNED_BY_META)))}")
    hub = hub_at(url, data)
    body = file_bytes(file)
    headers = {"Content-Type": "application/json", **signature_headers(body, _secret(hub, channel))}
    address = f"{hub.url}/webhooks/{channel}"
    reply = send("POST", address, body, headers, hub.nobody_there)
    if as_json:
        json_line({"status": reply.status, "url": address})
    else:
        line(f"{reply.status} {address}")
    if reply.status != 200:
        raise Failed(_why(reply.status))


def _post_mail(file: str, to: tuple[str, ...], url: str | None, data: str, *, as_json: bool) -> None:
    from cli.mailing import TAKEN, deliver

    if url is not None:
        raise BadInput("a mail goes to the hub that runs here; to one elsewhere, send it as mail")
    hub = hub_at(None, data)
    place = hub.local.get("smtp")
    if not isinstance(place, dict):
        raise Failed("the running hub takes no mail")
    done = deliver(file_bytes(file), place, to, hub.nobody_there)
    if as_json:
        json_line({"status": done.status, "url": done.url})
    else:
        line(f"{done.status} {done.url} {', '.join(done.to)}".rstrip())
    if done.status != TAKEN:
        raise Failed(f"the hub did not take it: {one_line(done.said)}")


def _secret(hub: Hub, channel: str) -> str:
    given = os.environ.get("HILO_APP_SECRET")
    if given:
        return given
    if not hub.local:
        raise BadInput("HILO_APP_SECRET: set it to the app secret of that hub")
    secrets: Any = hub.local.get("secrets")
    known = secrets.get(channel) if isinstance(secrets, dict) else None
    if not isinstance(known, dict) or not isinstance(known.get("app_secret"), str):
        raise BadInput(f"the running hub has no account on {channel}: see its configuration")
    return str(known["app_secret"])


_REASONS: Final = {
    400: "the hub says that this is no JSON object",
    401: "the hub does not accept the signature: is this its secret?",
    404: "the hub has no such webhook",
    413: "the payload is too large for the hub",
    429: "the hub wants it later",
    503: "the hub could not make it durable: send it again",
}


def _why(status: int) -> str:
    return _REASONS.get(status, f"the hub answered {status}")
