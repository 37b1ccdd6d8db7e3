from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from cli.faults import BadInput
from cli.main import hilo as group

ROOT = Path(__file__).parents[3]
COMMANDS = [
    ("run",), ("normalize",), ("identity",), ("post",), ("dlq", "list"), ("dlq", "show"), ("dlq", "redrive"),
    ("customer", "show"), ("customer", "timeline"), ("customer", "candidates"), ("customer", "merge"),
    ("customer", "unmerge"), ("customer", "explain"), ("customer", "accept"), ("customer", "refuse"),
    ("config", "check"), ("simulate",), ("calendar", "show"), ("kpi",), ("kpi", "compute"),
    ("kpi", "journeys"), ("kpi", "recompute"), ("review",), ("demo",), ("replay",), ("import",), ("connect",),
    ("doctor",),
    ("customer", "identify"), ("customer", "find"), ("customer", "national-id"), ("customer", "shared"),
]  # fmt: skip

CUSTOMER = {
    "id": "c-1",
    "display_name": "Ana Ejemplo",
    "identities": [
        {"kind": "phone", "value": "+593991234567", "level": "channel", "source": "whatsapp", "since": "2026-11-22"}
    ],
    "fields": {"city": {"value": "Quito", "source": "demo", "at": "2026-11-22"}},
    "active_cases": ["k-1"],
}
ENTRY = {"sequence": 1, "kind": "message", "author": {"type": "customer"}, "received_at": "2026-11-22T10:00:00Z"}
CASE = {
    "id": "k-1",
    "reference": "K7QF-3M2X-R",
    "state": "open",
    "channels": ["whatsapp"],
    "opened_at": "2026-11-22T10:00:00Z",
    "remote": {"demo": {"id": None, "url": None, "pushed": 1, "error": None}},
    "interactions": [
        {**ENTRY, "text": "¿Y mi pedido?\n\x1b[31mrojo", "attachments": [{"kind": "image"}]},
        {**ENTRY, "sequence": 2, "deleted": True},
        {**ENTRY, "sequence": 3, "author": {"type": "agent", "name": "Luis"}, "text": "Ya sale", "edited": True},
    ],
}
LETTER = {
    "id": "2026-11-22~intake~abc", "origin": "intake", "queue": "inbound", "error": "Malformed", "reason": "no text",
    "trace_id": "t", "first_at": "2026-11-22T10:00:00Z", "last_at": "2026-11-22T10:00:00Z", "attempts": 1,
}  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself_with_an_example(command: tuple[str, ...]) -> None:
    result = CliRunner().invoke(group, [*command, "--help"])
    assert result.exit_code == 0
    assert f"hilo {' '.join(command)}" in result.output
    assert "Example" in result.output


PRINT_NO_DATA = {("run",)}
"""It stays up, and tells programs what it is in `run.json`."""


def what_can_be_run(one: click.Command = group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that does something by itself."""
    if not isinstance(one, click.Group) or one.invoke_without_command:
        yield path, one
    for name, part in one.commands.items() if isinstance(one, click.Group) else ():
        yield from what_can_be_run(part, (*path, name))


def test_what_prints_data_prints_it_as_json_too() -> None:
    without = {
        path for path, one in what_can_be_run() if not any("--json" in parameter.opts for parameter in one.params)
    }
    assert without == PRINT_NO_DATA


def test_every_command_is_among_those_tested_here() -> None:
    assert {path for path, _ in what_can_be_run()} == set(COMMANDS)


def said_before_a_subcommand() -> list[tuple[str, ...]]:
    """Every option of every group, said before each of its subcommands: `hilo kpi --from x journeys`."""
    groups = [(("hilo",), group), *((("hilo", name), one) for name, one in group.commands.items())]
    return [
        (*path[1:], option.opts[0], *(() if option.is_flag else ("2026-11-01",)), name)
        for path, one in groups
        if isinstance(one, click.Group)
        for option in one.params
        if isinstance(option, click.Option) and not isinstance(option.type, click.Choice)
        for name in one.commands
    ]


@pytest.mark.parametrize("words", said_before_a_subcommand(), ids=" ".join)
def test_an_option_before_a_subcommand_is_refused_and_never_dropped(words: tuple[str, ...]) -> None:
    option = next(word for word in words if word.startswith("--"))
    result = CliRunner().invoke(group, words)
    assert isinstance(result.exception, BadInput)
    told = f"hilo {words[0]} {words[-1]} --help lists those it takes"
    assert str(result.exception) == f"{option}: options go after {words[-1]}: {told}"


@pytest.mark.parametrize("given", [(), ("dlq",), ("customer",), ("config",), ("calendar",)], ids=" ".join)
def test_a_command_without_its_part_shows_the_help_as_it_is(hilo: Any, given: tuple[str, ...]) -> None:
    done = hilo(*given)
    assert done.code == 2
    assert done.out == ""
    assert "\nCommands:\n" in done.err


def test_help_lists_every_command_and_comes_quickly(hilo: Any) -> None:
    started = time.monotonic()
    ended = hilo("--help")
    took = time.monotonic() - started
    assert all(f"  {command[0]} " in ended.out for command in COMMANDS)
    assert took < 3


def test_help_loads_nothing_heavy() -> None:
    heavy = ("pydantic", "phonenumbers", "yaml", "rich", "requests", "boto3", "local")
    program = f"import sys, cli.main; print([m for m in sys.modules if m.split('.')[0] in {heavy}])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "arguments",
    [("nonsense",), ("normalize",), ("dlq", "nonsense"), ("dlq", "list", "--limit", "0"), ("run", "--port", "x"),
     ("dlq", "redrive"), ("dlq", "redrive", "--all", "x"), ("customer", "show"), ("post",), ("post", "fax", "x")],
    ids=" ".join,
)  # fmt: skip
def test_wrong_usage_ends_with_two_and_one_line(hilo: Any, running: Any, arguments: tuple[str, ...]) -> None:
    ended = hilo(*arguments)
    assert ended.code == 2
    assert ended.said("")
    assert running.asked == []


ASKING = [
    ("dlq", "list"), ("dlq", "show", "x"), ("dlq", "redrive", "--all"), ("customer", "show", "c-1"),
    ("customer", "timeline", "phone:+593991234567"), ("post", "whatsapp"),
]  # fmt: skip


@pytest.mark.parametrize("arguments", ASKING, ids=" ".join)
def test_without_a_hub_every_command_says_how_to_start_one(hilo: Any, arguments: tuple[str, ...]) -> None:
    ended = hilo(*arguments)
    assert ended.code == 1
    assert ended.said("no hub is running here: start one with make run")


@pytest.mark.parametrize("arguments", ASKING, ids=" ".join)
def test_a_hub_that_was_killed_is_as_good_as_none(hilo: Any, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / ".hilo").mkdir()
    found = {"url": "http://127.0.0.1:1", "token": "t", "secrets": {"whatsapp": {"app_secret": "s"}}}
    (tmp_path / ".hilo" / "run.json").write_text(json.dumps(found))
    ended = hilo(*arguments)
    assert ended.code == 1
    assert ended.said("no hub is running here: start one with make run")


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"url": 1}', "\udcff"])
def test_a_run_file_that_says_nothing_is_one_line(hilo: Any, tmp_path: Path, content: str) -> None:
    (tmp_path / ".hilo").mkdir()
    (tmp_path / ".hilo" / "run.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    ended = hilo("dlq", "list")
    assert ended.code == 1
    assert ended.said("run.json")


def test_a_running_hub_is_found_by_its_folder_and_told_its_own_token(hilo: Any, running: Any, tmp_path: Path) -> None:
    running.answer("GET /v1/dead-letters?limit=200", {"dead_letters": [], "next": None})
    assert hilo("dlq", "list").out == "no dead letters\n"
    assert hilo("dlq", "list", "--data", str(tmp_path / ".hilo"), cwd=ROOT).code == 0
    assert {headers["authorization"] for _, _, headers, _ in running.asked} == {"Bearer token-of-this-run"}


def test_a_hub_elsewhere_is_told_the_token_of_the_environment_alone(hilo: Any, served: Any, tmp_path: Path) -> None:
    (tmp_path / ".hilo").mkdir()
    (tmp_path / ".hilo" / "run.json").write_text(json.dumps({"url": "http://127.0.0.1:1", "token": "of-the-other"}))
    served.answer("GET /v1/dead-letters?limit=200", {"dead_letters": [], "next": None})
    hilo("dlq", "list", "--url", served.url)
    hilo("dlq", "list", "--url", served.url + "/", HILO_TOKEN="mine")
    assert [headers.get("authorization") for _, _, headers, _ in served.asked] == [None, "Bearer mine"]


@pytest.mark.parametrize(
    "url", ["http://hub.example.com", "ftp://127.0.0.1", "hub", "http://[", "http://127.0.0.1:x", ""]
)
def test_an_address_that_is_none_or_not_safe_ends_with_two(hilo: Any, url: str) -> None:
    ended = hilo("dlq", "list", "--url", url)
    assert ended.code == 2
    assert ended.said("--url")


def test_a_redirect_is_not_followed_with_the_token(hilo: Any, running: Any) -> None:
    running.answer("GET /v1/customers/c-1", b"{}", status=307)
    ended = hilo("customer", "show", "c-1")
    assert ended.code == 1
    assert ended.said("the hub answered 307")
    assert len(running.asked) == 1


@pytest.mark.parametrize(
    ("status", "body", "code", "text"),
    [
        (404, {"error": {"code": "not_found", "message": "there is no such customer", "trace_id": "t"}}, 1, "no such"),
        (
            400,
            {"error": {"code": "bad_request", "message": "identity: say kind:value", "trace_id": "t"}},
            2,
            "identity",
        ),
        (401, {"error": {"code": "unauthorized", "message": "x", "trace_id": "t"}}, 1, "HILO_TOKEN"),
        (500, {"error": {"code": "defect", "message": "x", "trace_id": "t-9"}}, 1, "(trace t-9)"),
        (502, b"<html>", 1, "answered 502 without JSON"),
        (200, b"", 1, "answered 200 without JSON"),
        (404, {"message": "Not Found"}, 1, "answered 404"),
    ],
)
def test_what_the_hub_refuses_is_one_line(
    hilo: Any, running: Any, status: int, body: Any, code: int, text: str
) -> None:
    running.answer("GET /v1/customers/c-1", body, status=status)
    ended = hilo("customer", "show", "c-1")
    assert ended.code == code
    assert ended.said(text)


def test_an_identity_is_asked_for_with_its_plus(hilo: Any, running: Any) -> None:
    running.answer("GET /v1/customers?identity=phone%3A%2B593991234567", {"customers": [CUSTOMER]})
    ended = hilo("customer", "show", "phone:+593991234567")
    assert "Ana Ejemplo  c-1" in ended.out
    assert "phone:+593991234567" in ended.out
    assert hilo("customer", "show", "phone:+593991234567", "--json").json == {"customers": [CUSTOMER]}


def test_an_identity_that_nobody_has_fails(hilo: Any, running: Any) -> None:
    running.answer("GET /v1/customers?identity=phone%3A1", {"customers": []})
    ended = hilo("customer", "show", "phone:1")
    assert ended.code == 1
    assert ended.said("no customer has this identity")


def test_a_timeline_of_an_identity_with_two_holders_names_both(hilo: Any, running: Any) -> None:
    running.answer("GET /v1/customers?identity=phone%3A1", {"customers": [CUSTOMER, {**CUSTOMER, "id": "c-2"}]})
    ended = hilo("customer", "timeline", "phone:1")
    assert ended.code == 1
    assert ended.said("c-1, c-2")


def test_a_timeline_joins_its_pages(hilo: Any, running: Any) -> None:
    running.answer("GET /v1/customers/c-1/timeline", {"customer": CUSTOMER, "cases": [CASE], "next": "more"})
    older = {**CASE, "id": "k-0", "interactions": []}
    running.answer("GET /v1/customers/c-1/timeline?cursor=more", {"customer": CUSTOMER, "cases": [older], "next": None})
    whole = hilo("customer", "timeline", "c-1", "--json").json
    assert [case["id"] for case in whole["cases"]] == ["k-1", "k-0"]
    assert whole["next"] is None


def test_a_timeline_holds_all_of_a_case_too_large_for_a_page(hilo: Any, running: Any) -> None:
    large = {**CASE, "more": "1"}
    running.answer("GET /v1/customers/c-1/timeline", {"customer": CUSTOMER, "cases": [large], "next": None})
    for cursor, sequence, following in (("1", 4, "2"), ("2", 5, None)):
        part = {**CASE, "interactions": [{**ENTRY, "sequence": sequence}], "next": following}
        running.answer(f"GET /v1/cases/k-1?cursor={cursor}", part)
    [case] = hilo("customer", "timeline", "c-1", "--json").json["cases"]
    assert [entry["sequence"] for entry in case["interactions"]] == [1, 2, 3, 4, 5]
    assert "more" not in case


def test_what_a_customer_wrote_cannot_steer_the_terminal(hilo: Any, running: Any) -> None:
    running.answer("GET /v1/customers/c-1/timeline", {"customer": CUSTOMER, "cases": [CASE], "next": None})
    out = hilo("customer", "timeline", "c-1").out
    assert "¿Y mi pedido?  [31mrojo [image]" in out
    assert "\x1b" not in out
    assert "customer: (deleted)" in out
    assert "Luis: Ya sale (edited)" in out


def test_dead_letters_of_all_pages_are_listed(hilo: Any, running: Any) -> None:
    second = {**LETTER, "id": "2026-11-21~intake~def"}
    running.answer("GET /v1/dead-letters?limit=200", {"dead_letters": [LETTER], "next": "p2"})
    running.answer("GET /v1/dead-letters?limit=200&cursor=p2", {"dead_letters": [second], "next": None})
    assert hilo("dlq", "list", "--json").json == {"dead_letters": [LETTER, second]}
    rows = [line.split("\t") for line in hilo("dlq", "list").out.splitlines()]
    assert [row[0] for row in rows] == ["id", LETTER["id"], second["id"]]
    assert len(hilo("dlq", "list", "--limit", "1", "--json").json["dead_letters"]) == 1


def test_a_dead_letter_is_shown_with_its_reason(hilo: Any, running: Any) -> None:
    running.answer("GET /v1/dead-letters/2026-11-22~intake~abc", {**LETTER, "body": '{"index": 1}'})
    assert "reason: no text\n" in hilo("dlq", "show", LETTER["id"]).out
    assert hilo("dlq", "show", LETTER["id"], "--json").json["body"] == '{"index": 1}'


@pytest.mark.parametrize(
    ("arguments", "wish"),
    [
        (("--all",), {"all": True}),
        (("--reason", "no text"), {"reason": "no text"}),
        (("a", "b", "a"), {"ids": ["a", "b"]}),
    ],
)
def test_redriving_says_which(hilo: Any, running: Any, arguments: tuple[str, ...], wish: dict[str, Any]) -> None:
    running.answer("POST /v1/dead-letters/redrive", {"redriven": 2, "refused": [], "more": False})
    assert hilo("dlq", "redrive", *arguments).out == "2 redriven\n"
    assert [json.loads(body) for _, _, _, body in running.asked] == [wish]


def test_redriving_goes_on_while_there_is_more(hilo: Any, running: Any) -> None:
    began = "2026-11-22T10:00:00Z"
    running.answer("POST /v1/dead-letters/redrive", {"redriven": 10, "refused": [], "more": True, "began": began})
    running.answer("POST /v1/dead-letters/redrive", {"redriven": 3, "refused": [], "more": False})
    assert hilo("dlq", "redrive", "--all", "--json").json == {"redriven": 13, "refused": []}
    wishes = [json.loads(body) for _, _, _, body in running.asked]
    assert wishes == [{"all": True}, {"all": True, "began": began}]


def test_a_replay_goes_on_by_its_cursor_and_adds_up(hilo: Any, running: Any) -> None:
    page = {"read": 5, "same": 4, "revised": 1, "conflicts": 0, "requeued": 0, "no_parser": 0, "unreadable": []}
    first = {"case": "k-1", "sequence": 2, "fields": ["text"]}
    second = {"case": "k-2", "sequence": 1, "fields": ["kind", "text"]}
    running.answer("POST /v1/replay", {**page, "differences": [first], "next": "c-1"})
    running.answer("POST /v1/replay", {**page, "differences": [second], "next": None})
    ended = hilo("replay", "--from", "2026-11-01", "--to", "2026-12-01", "--channel", "whatsapp", "--dry-run")
    summary = "10 read: 8 as before, 2 would be revised, 0 would be sent back to the queue, 0 for a person to judge"
    assert ended.code == 0
    assert ended.out == f"k-1 2  text\nk-2 1  kind, text\n{summary}, 0 that cannot be read\n"
    wish = {"from": "2026-11-01", "to": "2026-12-01", "dry_run": True, "channel": "whatsapp"}
    assert [json.loads(body) for _, _, _, body in running.asked] == [wish, wish | {"cursor": "c-1"}]


def test_what_cannot_be_read_again_makes_a_replay_fail_after_it_said_what_it_did(hilo: Any, running: Any) -> None:
    lost = [{"case": "k-1", "sequence": 2, "reason": "its original is no longer in Files"}]
    page = {"read": 1, "same": 0, "revised": 0, "conflicts": 0, "requeued": 0, "no_parser": 0, "differences": []}
    running.answer("POST /v1/replay", {**page, "unreadable": lost, "next": None})
    ended = hilo("replay", "--from", "2026-11-01", "--to", "2026-12-01")
    assert (ended.code, ended.out.startswith("1 read:")) == (1, True)
    assert ended.said("k-1 2: its original is no longer in Files")


@pytest.mark.parametrize("given", [(), ("--from", "2026-11-01"), ("--to", "2026-11-01")])
def test_a_replay_without_both_dates_is_wrong_usage(hilo: Any, running: Any, given: tuple[str, ...]) -> None:
    assert hilo("replay", *given).code == 2
    assert running.asked == []


def test_letters_that_stay_make_the_command_fail(hilo: Any, running: Any) -> None:
    refused = [{"id": "x", "reason": "its queue is not known"}]
    running.answer("POST /v1/dead-letters/redrive", {"redriven": 1, "refused": refused, "more": False})
    ended = hilo("dlq", "redrive", "--all")
    assert (ended.code, ended.out) == (1, "1 redriven\n")
    assert ended.said("its queue is not known")


@pytest.mark.parametrize("body", [b'{"object": "x"}', b"\xff not json", b""])
def test_a_payload_is_signed_over_its_bytes(hilo: Any, running: Any, tmp_path: Path, body: bytes) -> None:
    running.answer("POST /webhooks/whatsapp", b"")
    (tmp_path / "payload.json").write_bytes(body)
    assert hilo("post", "whatsapp", "payload.json").code == 0
    assert hilo("post", "whatsapp", given=body).out == f"200 {running.url}/webhooks/whatsapp\n"
    signature = "sha256=" + hmac.new(b"example-app-secret", body, hashlib.sha256).hexdigest()
    assert [(headers["x-hub-signature-256"], sent) for _, _, headers, sent in running.asked] == [(signature, body)] * 2


@pytest.mark.parametrize("status", [201, 400, 401, 404, 413, 429, 500, 503])
def test_posting_fails_unless_the_answer_is_200(hilo: Any, running: Any, status: int) -> None:
    running.answer("POST /webhooks/whatsapp", b"", status=status)
    ended = hilo("post", "whatsapp", "--json", given=b"{}")
    assert ended.code == 1
    assert ended.json["status"] == status
    assert ended.said("the hub")


def test_posting_elsewhere_takes_the_secret_of_the_environment(hilo: Any, served: Any) -> None:
    served.answer("POST /webhooks/whatsapp", b"")
    ended = hilo("post", "whatsapp", "--url", served.url, given=b"{}")
    assert ended.code == 2
    assert ended.said("HILO_APP_SECRET")
    assert hilo("post", "whatsapp", "--url", served.url, given=b"{}", HILO_APP_SECRET="mine").code == 0
    signature = "sha256=" + hmac.new(b"mine", b"{}", hashlib.sha256).hexdigest()
    assert [headers["x-hub-signature-256"] for _, _, headers, _ in served.asked] == [signature]


def test_a_right_configuration_is_one_line(hilo: Any) -> None:
    ended = hilo("config", "check", cwd=ROOT)
    assert (ended.code, len(ended.out.splitlines())) == (0, 1)
    assert hilo("config", "check", "--json", cwd=ROOT).json == {"faults": [], "warnings": []}


def test_every_fault_of_a_configuration_is_named_with_file_line_and_key(hilo: Any, tmp_path: Path) -> None:
    (tmp_path / "hub.yaml").write_text("brands:\n- {name: acme, languages: [es], default_country: ZZ}\nnonsense: 1\n")
    ended = hilo("config", "check", "hub.yaml")
    assert ended.code == 2
    assert ended.said("hub.yaml: ")
    assert len(ended.out.splitlines()) >= 2
    assert all(line.startswith("hub.yaml:") for line in ended.out.splitlines())
    faults = hilo("config", "check", "hub.yaml", "--json").json["faults"]
    assert [f"{one['file']}:{one['line']}: {one['key']}: {one['message']}" for one in faults] == ended.out.splitlines()


def test_a_reader_who_goes_away_is_no_reason_for_a_traceback(tmp_path: Path) -> None:
    lines = "phone\t0991234567\tEC\n" * 20_000
    command = f"{sys.executable} -c 'from cli.main import main; main()' identity --batch | head -1"
    done = subprocess.run(
        ["sh", "-c", command], input=lines.encode(), capture_output=True, cwd=ROOT, timeout=60, check=False
    )
    assert json.loads(done.stdout)["value"] == "+593991234567"
    assert done.stderr == b""
