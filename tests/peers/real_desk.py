"""A real RT as a desk: its agents work by its own REST interface."""

from __future__ import annotations

from collections.abc import Mapping

from tests.peers.real_rt import RealRt
from tests.system.two_ways import Done, Note


class RealDesk:
    def __init__(self, rt: RealRt) -> None:
        self.rt = rt
        for _ in range(6):  # each of RT's processes reads its code when first asked
            rt.search("tickets", "id > 0", "Subject")

    def token(self) -> str:
        return self.rt.token()

    def send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        return self.rt.send(method, path, headers, body)

    def tell(self, door: str, secret: str) -> None:
        self.rt.redirect(door, secret)

    def do(self, ticket: str, done: Done, agent: str) -> None:
        path, content = f"/ticket/{ticket}", {"Content": done.text, "ContentType": "text/plain"}
        if done.kind in ("reply", "note"):
            action = "correspond" if done.kind == "reply" else "comment"
            self.rt.ask("POST", f"{path}/{action}", content, user=agent)
        elif done.text:
            self.rt.ask("POST", f"{path}/correspond", {**content, "Status": done.kind}, user=agent)
        else:
            self.rt.ask("PUT", path, {"Status": done.kind}, user=agent)

    def said(self, ticket: str) -> list[Note]:
        return [Note(one["Type"] == "Correspond", one["Data"], one["Text"]) for one in self.rt.notes_of(ticket)]

    def status(self, ticket: str) -> str:
        return str(self.rt.ask("GET", f"/ticket/{ticket}")["Status"])
