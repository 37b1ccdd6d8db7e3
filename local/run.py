"""`hilo run`: the whole hub on loopback, with nothing but Python.

While it runs, `DIR/run.json` says where it is and how to get in:
`{"url", "token", "console", "secrets": {"<channel>": {"account", "app_secret", "verify_token"}}, "pid"}`, and in
`whatsapp_stand_in` the address of what answers for WhatsApp's sending API (see `local/stand_ins/whatsapp`).
`social_stand_in` that for Messenger's and Instagram's. `smtp` is where mail is taken: `{"host", "port", "mailbox"?}`,
the first mailbox of the configuration.
"""

from __future__ import annotations

import hmac
import json
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, Final
from uuid import uuid4

from local.activity import recent_cases
from local.definitions import Hub, Route
from local.demo_agent import DemoAgent
from local.demo_configuration import demo_connectors, point_demo_tool_at, real_tools
from local.demo_tool import DemoTool
from local.files import write_durably
from local.functions import Handler, load_handlers
from local.gateway import Answering
from local.phones import PATH as PHONES
from local.phones import on_phone
from local.runtime import Runtime
from local.scenario import Scenario
from local.smtp import MailPort, mail_port
from local.sqlite.demo_events import DemoEvents
from local.stage import stage_of
from local.stand_ins.messenger.embedded import WEBHOOKS as SOCIAL
from local.stand_ins.messenger.embedded import StandIn as SocialStandIn
from local.stand_ins.ses.embedded import StandIn as MailStandIn
from local.stand_ins.whatsapp.embedded import WEBHOOK, StandIn
from local.storage import Storage, lock_folder
from local.story import read_story
from local.template import read_template, shared_environment
from shared import bootstrap
from shared.configuration import Config, ConfigurationFault, load
from shared.domain.errors import Misconfigured

LOG: Final = logging.getLogger("hilo")

HOST: Final = "127.0.0.1"
TEMPLATE: Final = Path(__file__).parents[1] / "template.yaml"
CANNOT_START: Final = 2
SECRETS_OF: Final = {
    "whatsapp": "CHANNEL_SECRETS",
    "messenger": "MESSENGER_SECRETS",
    "instagram": "INSTAGRAM_SECRETS",
}
"""By channel, the variable that names the secrets in force at its webhook."""
SWITCH_S: Final = 0.0005
"""How long a thread may keep the interpreter: an answer to a provider does not wait for a busy worker."""


def ports_of(storage: Storage) -> dict[str, Any]:
    """What the functions work with: the embedded implementations, by the names that `bootstrap.install` knows."""
    return {"table": storage.table, "queues": storage.queues, "files": storage.files, "shards_end": False}


def run(
    port: int,
    data_dir: Path | str,
    config_path: Path | str,
    *,
    clock_every: float | None = None,
    template: Path = TEMPLATE,
    ports: Callable[[Storage], dict[str, Any]] = ports_of,
) -> int:
    """Run the hub until SIGINT or SIGTERM. Returns the exit code: 0, or 2 with one line that says why it cannot start.

    `port` 0 takes any free one. `clock_every`: the period of every schedule in seconds, instead of the template's.
    `ports`: what the functions are given, instead of the bare implementations.
    Nothing is lost by ending it in any way at any moment.
    """
    _log_to_stderr()
    stop = threading.Event()
    try:
        with _signals() as asked, _running(port, Path(data_dir), Path(config_path), clock_every, template, ports, stop):
            asked.recv(1)
    except (Misconfigured, ConfigurationFault) as error:
        sys.stderr.write(f"hilo: {error}\n")
        return CANNOT_START
    return 0


@contextmanager
def _running(
    port: int,
    folder: Path,
    config_path: Path,
    clock_every: float | None,
    template: Path,
    ports: Callable[[Storage], dict[str, Any]],
    stop: threading.Event,
) -> Iterator[None]:
    """The hub, from the first file opened to the last one closed."""
    with ExitStack() as stack:
        bound = stack.enter_context(_bind(port))
        url = f"http://{HOST}:{bound.getsockname()[1]}"
        stack.enter_context(lock_folder(folder))
        run_file = folder / "run.json"
        run_file.unlink(missing_ok=True)  # left behind by one that was killed
        hub = _with_period(read_template(template), clock_every)
        config = point_demo_tool_at(load(str(config_path), bootstrap.connector_options()), url)
        storage = Storage.open(folder, hub.queues, time.time)
        stack.callback(storage.database.close)
        tools = [connector.secret for connector in config.connectors]
        people = [config.identity.secret] if config.identity.secret else []
        storage.secrets.ensure(_channel_secrets(config), tools, people)
        is_token = partial(_is_token, storage)
        stand_in = StandIn(config, storage.secrets, url, is_token, time.time, folder, storage.files.piece)
        stack.callback(stand_in.stop)
        ses = MailStandIn(config, storage.queues, is_token, time.time)
        stack.callback(ses.stop)
        link = bootstrap.link_for_provider
        social = SocialStandIn(config, storage.secrets, url, is_token, time.time, folder, link)
        stack.callback(social.stop)
        played = {
            "ways_out": {"whatsapp": stand_in.way, **social.ways},
            "fetchers": {"whatsapp": stand_in.media},
            "public_url": url,
        }
        played |= {"mailer": ses.mailer}
        mail = mail_port(config, storage)
        stack.callback(mail.stop)
        _wire(hub, storage, {**played, **ports(storage)}, config, config_path)
        runtime = Runtime(
            hub,
            _watched(hub, stand_in, social),
            storage,
            bound,
            own_routes=_own_routes(storage, config, url, stop, stand_in, ses, social, mail),
            stop=stop,
        )
        sys.setswitchinterval(SWITCH_S)
        stack.callback(runtime.shut_down)
        runtime.start()
        mail.start()
        stand_in.start()
        ses.start()
        social.start()
        stack.callback(run_file.unlink, missing_ok=True)
        access = _access(url, storage, config) | {"whatsapp_stand_in": stand_in.url, "smtp": mail.place}
        access |= {"ses_stand_in": ses.url, "social_stand_in": social.url}
        write_durably(run_file, (json.dumps(access, indent=2) + "\n").encode(), 0o600)
        _tell(access, folder)
        yield


def _with_period(hub: Hub, clock_every: float | None) -> Hub:
    if clock_every is None:
        return hub
    return replace(hub, schedules=tuple(replace(each, every_s=clock_every) for each in hub.schedules))


def _bind(port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
        # Two that bound it at once find out here.
        bound.listen(1024)
    except OSError as error:
        bound.close()
        raise Misconfigured(f"cannot listen on {HOST}:{port}: {error.strerror}; another port: --port N") from error
    return bound


def _channel_secrets(config: Config) -> list[str]:
    return [account.secret for account in config.accounts if account.secret is not None]


def _wire(hub: Hub, storage: Storage, ports: dict[str, Any], config: Config, config_path: Path) -> None:
    """Put the embedded implementations where the functions find them."""
    for name, value in shared_environment(hub).items():
        os.environ.setdefault(name, value)
    for channel, variable in SECRETS_OF.items():  # the template names the one secret that it makes itself
        if named := dict.fromkeys(one.secret for one in config.accounts if one.channel == channel and one.secret):
            os.environ[variable] = ",".join(named)
    os.environ["CONNECTORS"] = ",".join(f"{one.name}:{one.kind}:{one.secret}" for one in config.connectors)
    os.environ["HUB_CONFIG"] = str(config_path)
    bootstrap.install(
        **ports,
        secrets=storage.secrets,
        metrics=storage.metrics,
        logs=logging.getLogger("hilo"),
        clock=time.time,
        config=config,
        workers=max(source.concurrency for source in hub.queue_sources),
    )


def _watched(hub: Hub, stand_in: StandIn, social: SocialStandIn) -> dict[str, Handler]:
    """The functions' handlers; who writes to a channel is seen by its stand-in too."""
    handlers = dict(load_handlers(hub.functions))
    for route in hub.routes:
        if (route.method, route.path) == ("POST", WEBHOOK):
            handlers[route.function] = stand_in.watching(handlers[route.function])
    ingest = {route.function for route in hub.routes if route.method == "POST" and route.path in SOCIAL.values()}
    handlers |= {name: social.watching(handlers[name]) for name in ingest}
    return handlers


def _is_token(storage: Storage, given: str) -> bool:
    tokens = [str(each["token"]) for each in storage.secrets.get("api")["tokens"]]
    return any(hmac.compare_digest(token.encode(), given.encode()) for token in tokens)


def _own_routes(
    storage: Storage,
    config: Config,
    url: str,
    stop: threading.Event,
    stand_in: StandIn,
    ses: MailStandIn,
    social: SocialStandIn,
    mail: MailPort,
) -> list[tuple[Route, Answering]]:
    """The demo tool and who works in it, the counters (`GET /local/metrics`), what happens (`GET /local/activity`, for
    the page), what customers' phones and mailboxes show (`GET /local/phones`), the story (`POST /local/scenario`)."""

    is_token = partial(_is_token, storage)

    def signing_secrets() -> list[str]:
        names = demo_connectors(config, url).values()
        return [str(each) for name in names for each in storage.secrets.get(name)["signing_secrets"]]

    def with_token(answer: Answering) -> Answering:
        def checked(request: dict[str, Any]) -> Any:
            scheme, _, token = request["headers"].get("authorization", "").partition(" ")
            if scheme.lower() != "bearer" or not is_token(token):
                return {"statusCode": 401, "body": {"message": "Unauthorized"}}
            return answer(request)

        return checked

    def metrics(_: dict[str, Any]) -> Any:
        return {"metrics": storage.metrics.counted()}

    def activity(request: dict[str, Any]) -> Any:
        after = (request.get("queryStringParameters") or {}).get("after", "")
        return recent_cases(storage.database, storage.table, after)

    tool = DemoTool(
        DemoEvents(storage.database), signing_secrets=signing_secrets, is_token=is_token, clock=time.time, stop=stop
    )
    connectors = [(name, partial(storage.secrets.get, of)) for name, of in demo_connectors(config, url).items()]
    agent = DemoAgent(url, connectors, tool.case_of, is_token=is_token, clock=time.time, new_id=lambda: uuid4().hex)
    scenario = _scenario(storage, config, url, stop, agent if connectors else None, stand_in, mail)
    return [
        *tool.routes(),
        (agent.route(), agent.act),
        (
            Route("GET", PHONES, "embedded run"),
            with_token(partial(on_phone, stand_in.provider, mailboxes=ses.provider, social=social.provider)),
        ),
        (Route("GET", "/local/metrics", "embedded run"), with_token(metrics)),
        (Route("GET", "/local/activity", "embedded run"), with_token(activity)),
        (scenario.route(), with_token(scenario.start)),
    ]


def _scenario(
    storage: Storage,
    config: Config,
    url: str,
    stop: threading.Event,
    agent: DemoAgent | None,
    stand_in: StandIn,
    mail: MailPort,
) -> Scenario:
    """The demonstration's story, on the first account of each channel that it has."""
    places = stage_of(config, storage.secrets, url, mail.place)
    told = [
        tool for brand in dict.fromkeys(one.brand for one in places.values()) for tool in real_tools(config, brand, url)
    ]
    return Scenario(
        partial(read_story, "pedido"),
        places,
        real_tools=list(dict.fromkeys(told)),
        send_file=stand_in.provider.shelf.put,
        tool=agent,
        clock=time.time,
        new_id=lambda: uuid4().hex,
        stop=stop,
    )


def _access(url: str, storage: Storage, config: Config) -> dict[str, Any]:
    """What `run.json` holds."""
    token = storage.secrets.get("api")["tokens"][0]["token"]
    secrets: dict[str, dict[str, Any]] = {}
    for account in config.accounts:
        if account.secret is not None and account.channel not in secrets:
            secret = storage.secrets.get(account.secret)
            secrets[account.channel] = {
                "account": account.id,
                "app_secret": next(iter(secret["app_secrets"]), None),
                "verify_token": secret["verify_token"],
            }
    return {
        "url": url,
        "token": token,
        "console": f"{url}/console/#token={token}",
        "secrets": secrets,
        "pid": os.getpid(),
    }


def _tell(access: dict[str, Any], folder: Path) -> None:
    lines = [
        f"Hilo is running on {access['url']} (Ctrl-C stops it)",
        f"  console  {access['console']}",
        *(f"  webhook  {access['url']}/webhooks/{channel}" for channel in access["secrets"]),
        f"  mail     smtp://{access['smtp']['host']}:{access['smtp']['port']}",
        f"  data     {folder}",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


@contextmanager
def _signals() -> Iterator[socket.socket]:
    """What can be read once SIGINT or SIGTERM came, whichever thread got it. What they did before is put back.

    No event is set by the handler: it may run while its own thread holds the event's lock.
    """
    asked, told = socket.socketpair()
    told.setblocking(False)
    before_told = signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
    before = {number: signal.signal(number, _taken) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, action in before.items():
            signal.signal(number, action)
        signal.set_wakeup_fd(before_told)
        asked.close()
        told.close()


def _taken(_number: int, _frame: FrameType | None) -> None:
    """Python has written the signal's byte by now."""


def _log_to_stderr() -> None:
    """Short lines. What the functions' libraries say at INFO is not shown."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("waitress").setLevel(logging.ERROR)  # it warns of every short queue of requests
