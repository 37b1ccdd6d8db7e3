"""Fetching: bring the files of an entry into Files, each once, or say for good why one will not come.

A trigger says only that an entry has files. Each is claimed before it is fetched, under a key that is the same every
time: whoever comes after a sudden death overwrites what was half done. What may pass is tried again by the clock, for
some hours. When a file has settled, tools that wait for it are told to look, and those that were told of the message
without it get one more entry. Only `fetch_media` writes `FILE#`.

Cost of one file: 2 RCU (entry, files), 2 WRU (claimed, settled) with the index's, one object, 1 RCU for the cursors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from shared.application.media_news import MediaNews
from shared.application.media_original import original_of
from shared.application.media_spool import Spool
from shared.application.media_trigger import QUEUE, MediaTrigger, read_media_trigger
from shared.application.retry import due_text, now_text
from shared.domain.errors import Conflict, HubError, Permanent, Transient
from shared.domain.media import Ended, Limits, digest_of, file_key, wanted
from shared.domain.media_names import plain_type, safe_name
from shared.ports.media import Wanted
from shared.store import keys
from shared.store import media as stored
from shared.store.media import File
from shared.store.views import event_of

if TYPE_CHECKING:
    from shared.domain.event import Attachment, Event
    from shared.ports.files import Files
    from shared.ports.media import Examines, Fetcher
    from shared.ports.queues import Queues
    from shared.ports.surroundings import Clock, Metrics
    from shared.ports.table import Item, Table

ORIGIN: Final = "fetch_media"

WAITS_S: Final = (5, 30, 120, 600, 3_600, 10_800, 21_600)
"""Between two attempts. A link of WhatsApp's is asked for anew at each; its id is good for seven days."""
LONGEST_ASKED_S: Final = 21_600
FILE_S: Final = 90.0
"""One file may take so long, from the first request to its last byte."""
MARGIN_S: Final = 20.0
"""With less time left, beside the file's own, nothing more is begun: it must still be stored and written down."""
LEAST_S: Final = 10.0
LEASE_MARGIN_S: Final = 5

Outcome = Literal["settled", "waiting", "continued", "nothing"]


@dataclass(frozen=True, slots=True)
class Fetching:
    """What fetching needs of the world. `draw` gives random numbers in [0, 1). `fetcher_of`: by channel, None for one
    whose files cannot be had."""

    table: Table
    queues: Queues
    files: Files
    metrics: Metrics
    clock: Clock
    draw: Callable[[], float]
    limits: Limits
    fetcher_of: Callable[[str], Fetcher | None]
    examine: Examines
    remaining_s: Callable[[], float]


def fetch_media(body: str, means: Fetching) -> Outcome:
    """Follow one trigger of the queue `media`, to its end.

    Raises `Malformed` (park it), `Permanent` for an entry that is not there, `Transient` when table, queue or Files
    stood in the way. What a provider says is an outcome and leaves no error.
    """
    trigger = read_media_trigger(body)
    entry = means.table.get(keys.entry(trigger.case, trigger.sequence)).item
    if entry is None:
        raise Permanent("a media trigger for an entry that is not there")
    try:
        return _Fetch(trigger, entry, event_of(entry), means).run()
    except Conflict as lost:
        raise Transient("a file that another worker took over") from lost


class _Fetch:
    """The files of one entry."""

    def __init__(self, trigger: MediaTrigger, entry: Item, event: Event, means: Fetching) -> None:
        self._trigger = trigger
        self._entry = entry
        self._event = event
        self._means = means
        self._case, self._sequence = stored.place_of(entry)

    def run(self) -> Outcome:
        listed = dict(wanted(self._event))
        if not listed:
            return "nothing"
        known = stored.of_entry(self._means.table, self._case, self._sequence)
        for number, attachment in listed.items():
            file = known.get(number) or File(self._case, self._sequence, number)
            if not self._is_to_be_tried(file):
                continue
            if self._time_s() < LEAST_S:
                return self._go_on_later(known)
            spent = sum(one.size for one in known.values())
            known[number] = self._try(file, attachment, spent)
        settled = {number: known[number] for number in listed if number in known and known[number].is_settled}
        MediaNews(self._means.table, self._means.queues, self._means.files, self._means.clock).tell(
            self._entry, self._event, settled, is_complete=len(settled) == len(listed)
        )
        return "settled" if len(settled) == len(listed) else "waiting"

    def _is_to_be_tried(self, file: File) -> bool:
        now = self._means.clock()
        if file.is_settled or (file.lease is not None and file.lease > now):
            return False
        is_announced = file.due_at == self._trigger.due or self._trigger.attempt is not None
        return file.lease is not None or file.due_at is None or file.due_at <= now_text(now) or is_announced

    def _time_s(self) -> float:
        return min(FILE_S, self._means.remaining_s() - MARGIN_S)

    def _go_on_later(self, known: Mapping[int, File]) -> Outcome:
        more = sum(one.attempts for one in known.values()) + 1
        trigger = MediaTrigger(self._trigger.case, self._trigger.sequence, more=more)
        if self._means.queues.send(QUEUE, [trigger.message]):
            raise Transient("the media queue refused a trigger")
        return "continued"

    def _try(self, file: File, attachment: Attachment, spent: int) -> File:
        """One attempt at one file; how it is afterwards."""
        means = self._means
        lease = int(means.clock() + means.remaining_s()) + 1 + LEASE_MARGIN_S
        try:
            file = stored.claim(means.table, file, lease, due_text(lease))
        except Conflict:
            return file  # another worker has it, and tells
        try:
            return self._settle(file, attachment, self._fetched(file, attachment, spent))
        except Ended as ended:
            return self._settle(file, attachment, {"state": ended.state, "reason": ended.reason})
        except Transient as error:
            return self._later(file, attachment, error)

    def _fetched(self, file: File, attachment: Attachment, spent: int) -> dict[str, Any]:
        """The file is in Files: what is to be written of it."""
        means = self._means
        if file.attempts > len(WAITS_S) + 1:
            raise Ended("failed", f"its worker ended suddenly, {file.attempts - 1} times in all")
        fetcher = means.fetcher_of(self._event.channel)
        if fetcher is None:
            raise Ended("failed", f"files of {self._event.channel} cannot be had")
        most = means.limits.of(attachment.kind, spent)
        if attachment.size is not None and attachment.size > most:
            raise Ended("too_large", f"{attachment.size} bytes, of {most} that are stored")
        with Spool(most) as spool:
            wish = Wanted(self._event.account, attachment, lambda: original_of(self._entry, means.files))
            try:
                fetcher.fetch(wish, spool, self._time_s())
            except (Ended, Transient):
                raise
            except HubError as error:
                raise Ended("failed", error.reason) from error
            return self._stored(file, attachment, spool)

    def _stored(self, file: File, attachment: Attachment, spool: Spool) -> dict[str, Any]:
        means, said = self._means, digest_of(attachment.sha256)
        if said is not None and said != spool.digest:
            # Whole by its length, so it is what they gave: kept, and counted, for what their hash covers is theirs.
            means.metrics.count("media_hash_differs", channel=self._event.channel)
        declared = plain_type(attachment.mime_type)
        name = safe_name(attachment.filename, attachment.kind, file.number, declared)
        found = means.examine(spool.content, name, declared)
        if not attachment.filename:
            name = safe_name(None, attachment.kind, file.number, found.mime_type or declared)
        key = file_key(file.case, file.sequence, file.number)
        means.files.put_stream(key, spool.content, found.mime_type or "application/octet-stream")
        return {
            "state": "fetched",
            "key": key,
            "size": spool.size,
            "sha256": spool.digest.hex(),
            "mime_type": found.mime_type or declared,
            "dangerous": found.danger,
            "filename": name,
        }

    def _settle(self, file: File, attachment: Attachment, said: dict[str, Any]) -> File:
        means, declared = self._means, plain_type(attachment.mime_type)
        name = safe_name(attachment.filename, attachment.kind, file.number, declared)
        about: dict[str, Any] = {"filename": name, "declared_type": declared}
        settled = stored.settle(means.table, file, about | said)
        means.metrics.count("media_settled", channel=self._event.channel, state=said["state"])
        if said["state"] == "fetched":
            means.metrics.count("media_bytes", said["size"], channel=self._event.channel)
        return settled

    def _later(self, file: File, attachment: Attachment, error: Transient) -> File:
        means = self._means
        if file.attempts > len(WAITS_S):
            return self._settle(file, attachment, {"state": "failed", "reason": error.reason})
        planned = WAITS_S[file.attempts - 1]
        asked = min(error.retry_after_s or 0.0, LONGEST_ASKED_S)
        due = due_text(means.clock() + max(planned, asked) * (1 + 0.2 * means.draw()))
        stored.wait(means.table, file, due, error.reason)
        means.metrics.count("media_put_off", channel=self._event.channel)
        return file
