"""`hilo normalize`: raw provider payloads in, events out. Asks no hub."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from cli.faults import BadInput
from cli.output import json_line, one_line
from cli.reading import file_bytes, input_lines, standard_input

if TYPE_CHECKING:
    from shared.domain.errors import HubError

EXAMPLES = """\b
Examples:
  hilo normalize whatsapp delivery.json
  cat delivery.json | hilo normalize whatsapp
  hilo normalize whatsapp --batch received/*.json
  hilo normalize email --batch mails/*.eml
"""


@click.command("normalize", epilog=EXAMPLES, short_help="Provider payloads in, events out.")
@click.argument("channel")
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option("--batch", is_flag=True, help="Many payloads, one line out for each: FILEs, or lines of standard input.")
@click.option("--json", "_json", is_flag=True, help="The output is JSON in any case.")
def normalize(channel: str, files: Sequence[str], batch: bool, _json: bool) -> None:
    """Read what a provider sent and print one event per line, as JSON.

    Without FILE one payload is read from standard input. A payload that cannot be read at all ends the command
    with exit code 2; with --batch it gets a line {"source", "error"} and the rest goes on.
    """
    reader = reader_of(channel)
    if batch:
        for source, payload in _payloads(reader, files):
            json_line({"source": one_line(source), **_outcome(reader, payload)})
        return
    for name in files or ("-",):
        for event in _events_of(reader, name):
            json_line(event)


class Reader:
    """A channel's `split` and `parse`, one after the other."""

    def __init__(self, channel: str, parser: str) -> None:
        webhook = import_module(f"{parser.rpartition('.')[0]}.webhook")
        self._split = webhook.split
        self._payload_of_line = getattr(webhook, "payload_of_line", bytes)
        self._parse = import_module(parser).parse
        self.channel = channel

    def line(self, line: bytes) -> bytes:
        """The payload in a line of a batch: the line itself, where the channel's payloads have no line ends.

        Raises `Malformed` for what holds none.
        """
        payload: bytes = self._payload_of_line(line)
        return payload

    def events(self, body: bytes) -> list[dict[str, Any]]:
        """One event for every element, in order. Raises `Malformed` for what is no delivery."""
        return [self._event(element) for element in self._split(body)]

    def _event(self, element: Any) -> dict[str, Any]:
        event = self._parse(element.raw)
        if element.unreadable:
            what = {"account": element.account, "message_id": element.deduplication, "reason": element.unreadable}
            event = event.model_copy(update=what)
        shown: dict[str, Any] = event.dump()
        return shown


def reader_of(channel: str) -> Reader:
    """Raises `BadInput` for a channel that the hub does not have."""
    from shared.bootstrap import CHANNELS

    if channel not in CHANNELS:
        raise BadInput(f"there is no channel {one_line(channel)}: {', '.join(sorted(CHANNELS))}")
    return Reader(channel, CHANNELS[channel])


def _events_of(reader: Reader, name: str) -> list[dict[str, Any]]:
    from shared.domain.errors import HubError

    where = "standard input" if name == "-" else one_line(name)
    try:
        return reader.events(file_bytes(name))
    except HubError as fault:
        raise BadInput(f"{where}: {fault.reason}") from fault


def _payloads(reader: Reader, files: Sequence[str]) -> Iterator[tuple[str, bytes | HubError | BadInput]]:
    if not files:
        yield from ((str(number), _of_line(reader, line)) for number, line in enumerate(input_lines(), 1))
    for name in files:
        try:
            yield name, standard_input() if name == "-" else file_bytes(name)
        except BadInput as fault:
            yield name, fault


def _of_line(reader: Reader, line: bytes) -> bytes | HubError:
    from shared.domain.errors import HubError

    try:
        return reader.line(line)
    except HubError as fault:
        return fault


def _outcome(reader: Reader, payload: bytes | HubError | BadInput) -> dict[str, Any]:
    from shared.domain.errors import HubError

    if isinstance(payload, BadInput | HubError):
        return {"error": f"Malformed: {payload}"}
    try:
        return {"events": reader.events(payload)}
    except HubError as fault:
        return {"error": f"{type(fault).__name__}: {fault.reason}"}
    except Exception as fault:  # noqa: BLE001 - one payload that trips us must not stop the others; it is named in its line
        return {"error": f"Defect: {type(fault).__name__}"}
