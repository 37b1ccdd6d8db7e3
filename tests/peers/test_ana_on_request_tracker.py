"""One customer, two channels, a photo and a real Request Tracker: the photo lies in its ticket, byte for byte."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.real_desk import RealDesk
from tests.peers.real_rt import RealRt
from tests.system.ana import DONE, HELP, NOTE, QUESTION, WORDS, Kills, There, check, tell
from tests.system.phones import ACCOUNT, LEASE_S
from tests.system.two_ways import MARK, SECRET, Done

pytestmark = pytest.mark.peers

CONFIG = """
brands:
- {{name: acme, languages: [es], default_country: EC, time_zone: America/Guayaquil}}
accounts:
- {{channel: whatsapp, id: "{account}", brand: acme, portfolio: default, secret: whatsapp}}
- {{channel: email, id: {mailbox}, brand: acme, trusts_local_mail: true}}
connectors:
- {{name: soporte, kind: request_tracker, url: "{url}", secret: soporte, queue: Soporte, allow_private: true}}
"""


class RtDesk:
    """Agents by RT's own REST interface; what it holds is read there, too."""

    def __init__(self, rt: RealRt, there: There) -> None:
        self._rt = rt
        self._agents = RealDesk(rt)
        self._there = there

    def answer(self, case: str, text: str) -> None:
        self._agents.do(self.ticket(case), Done("reply", text), "agente1")

    def note(self, case: str, text: str) -> None:
        self._agents.do(self.ticket(case), Done("note", text), "agente2")

    def said(self, case: str) -> list[str]:
        ticket = self.ticket(case)
        if not ticket:
            return []
        notes = self._agents.said(ticket)
        return [_words(note.text) for note in notes if note.public and MARK.match(note.subject)]

    def photo(self, case: str) -> list[bytes]:
        path = f"/ticket/{self.ticket(case)}/attachments?fields=Filename,ContentType&per_page=100"
        files = [one for one in self._rt.ask("GET", path)["items"] if one.get("Filename")]
        found = [self._rt.ask("GET", f"/attachment/{one['id']}") for one in files]
        assert all(one["ContentType"] == "image/jpeg" for one in found), found
        return [b64decode(one["Content"]) for one in found]

    def ticket(self, case: str) -> str:
        remote = self._there.hub.get(f"/v1/cases/{case}")["remote"]
        return str((remote.get("soporte") or {}).get("id") or "")

    def by_agents(self, case: str) -> list[tuple[bool, str]]:
        """Whether it is public, and the text."""
        notes = self._agents.said(self.ticket(case))
        return [(note.public, note.text) for note in notes if note.text and not MARK.match(note.subject)]


def _words(text: str) -> str:
    """Hers: without the subject above and what the hub says of files below."""
    lines = [line.strip() for line in text.splitlines()]
    return next((line for line in lines if line in WORDS), text)


@pytest.fixture
def there(tmp_path: Path, rt: RealRt) -> Iterator[There]:
    config, data = tmp_path / "hub.yaml", tmp_path / "hub"
    config.write_text(CONFIG.format(account=ACCOUNT, mailbox=HELP, url=rt.url), "utf-8")
    data.mkdir(mode=0o700)
    (data / "secrets.json").touch(mode=0o600)
    (data / "secrets.json").write_text(json.dumps({"soporte": {"token": rt.token(), "signing_secrets": [SECRET]}}))
    there = There(tmp_path, config, LEASE_S + 7)
    there.start()
    rt.redirect(f"{there.hub.url}/connectors/soporte/events", SECRET)
    yield there
    there.stop()


def test_ana_is_answered_where_she_is(there: There, rt: RealRt) -> None:
    desk = RtDesk(rt, there)
    case = tell(there, desk, Kills())
    check(there, desk, case)
    assert desk.by_agents(case) == [(True, QUESTION), (False, NOTE), (True, DONE)], "no echo of theirs"
    assert "ana@example.net" not in rt.mails(), "RT writes to nobody whom the hub answers"
