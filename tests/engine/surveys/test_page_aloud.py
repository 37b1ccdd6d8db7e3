"""The page of a survey for whoever does not see it, or has no mouse."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from tests.engine.surveys.bench import AskingHub, asked_case, asking
from tests.engine.surveys.test_answers import TAPPED
from tests.engine.surveys.test_page import ask, token_of


class Seen(HTMLParser):
    """What an assistive program finds: fields without a name, ids that nothing has, headings, languages."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.nameless: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.tags.append((tag, named))
        if tag in ("input", "textarea") and named.get("type") != "hidden" and "label" not in self.open:
            self.nameless.append(tag)
        if tag not in ("input", "meta"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass


def seen(html: str) -> Seen:
    found = Seen()
    found.feed(html)
    return found


@pytest.mark.parametrize("settings", ["kind: csat", "kind: csat, scale: thumbs", "kind: nps", "kind: ces"])
def test_each_field_has_a_name_and_the_page_one_heading(hub: AskingHub, settings: str) -> None:
    hub.config = asking(f"{settings}, channels: [whatsapp]")
    case = asked_case(hub)
    found = seen(ask(hub, "GET", f"/s/{token_of(hub, case)}", at=TAPPED)["body"])
    tags = [tag for tag, _ in found.tags]
    assert found.nameless == []
    assert [tags.count(one) for one in ("h1", "main", "fieldset", "legend", "form")] == [1, 1, 1, 1, 1]
    assert not [one for _, one in found.tags if {"style", "onclick", "autofocus", "tabindex"} & set(one)]


@pytest.mark.parametrize(
    ("method", "body", "role"), [("GET", "", None), ("POST", "answer=", "alert"), ("POST", "answer=5", "status")]
)
def test_what_came_of_it_is_said_aloud(hub: AskingHub, method: str, body: str, role: str | None) -> None:
    case = asked_case(hub)
    found = seen(ask(hub, method, f"/s/{token_of(hub, case)}", body, at=TAPPED)["body"])
    assert [one["role"] for _, one in found.tags if "role" in one] == ([role] if role else [])


def test_a_sign_is_named_in_words(hub: AskingHub) -> None:
    """A picture alone says nothing to whoever does not see it, or whose device lacks it."""
    hub.config = asking("kind: csat, scale: faces, channels: [whatsapp]")
    case = asked_case(hub)
    html = ask(hub, "GET", f"/s/{token_of(hub, case)}", at=TAPPED)["body"]
    for sign, words in (("😀", "Bien"), ("😐", "Regular"), ("🙁", "Mal")):
        assert f"{sign} {words}" in html
