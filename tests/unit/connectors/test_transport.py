"""Requests reach the address that was checked, and no other."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from shared.connectors.http import POLICY, Http, Rule
from shared.domain.errors import Misconfigured, Permanent, Transient
from shared.http.transport import Dialer, system_resolver
from tests.contract.connectors.receiver import Receiver, answer

HOST = "receiver.example.com"
PUBLIC, OTHER_PUBLIC, METADATA = "93.184.216.34", "93.184.216.35", "169.254.169.254"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of HOST, signed by itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now().astimezone()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "receiver.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return file


class Wire:
    """A network in which public addresses lead to the receiver. Remembers what was asked and dialled."""

    def __init__(self, receiver: Receiver, *answers: Sequence[str]) -> None:
        self.receiver = receiver
        self.answers = list(answers)
        self.asked: list[str] = []
        self.dialled: list[str] = []
        self.dead: set[str] = set()

    def resolve(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.answers.pop(0)

    def connect(self, address: tuple[str, int], timeout: float) -> socket.socket:
        self.dialled.append(address[0])
        if address[0] in self.dead:
            raise ConnectionRefusedError
        return socket.create_connection(("127.0.0.1", self.receiver.port), timeout)


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def names_asked() -> list[str | None]:
    """Server names that clients asked for in the TLS handshake."""
    return []


@pytest.fixture
def served(receiver: Receiver, certificate: Path, names_asked: list[str | None]) -> Iterator[Receiver]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _socket, name, _context: names_asked.append(name)
    server = receiver.start(context)
    yield receiver
    receiver.stop(server)


Open = Callable[[Wire], Http]


@pytest.fixture
def http(certificate: Path) -> Open:
    def make(wire: Wire) -> Http:
        dialer = Dialer(resolve=wire.resolve, connect=wire.connect)
        return Http("demo", clock=lambda: 0.0, timeout_s=2, dialer=dialer, ca_file=str(certificate))

    return make


def post(http: Http, host: str = HOST) -> int:
    return http.send("POST", f"https://{host}/hook?token=hidden", headers={}, body=b"{}").status


def test_the_checked_address_is_dialled_and_the_name_is_verified(
    served: Receiver, http: Open, names_asked: list[str | None]
) -> None:
    wire = Wire(served, [PUBLIC])
    assert post(http(wire)) == 204
    assert wire.dialled == [PUBLIC]
    assert names_asked == [HOST]
    assert served.received[0].headers["host"] == HOST


def test_a_kept_connection_is_not_resolved_again(served: Receiver, http: Open) -> None:
    wire = Wire(served, [PUBLIC])
    kept = http(wire)
    assert [post(kept), post(kept)] == [204, 204]
    assert wire.asked == [HOST]


def test_a_name_that_turns_private_is_refused_at_the_next_connection(served: Receiver, http: Open) -> None:
    wire = Wire(served, [PUBLIC], [METADATA])
    rebound = http(wire)
    served.script.append(answer(200, {"Connection": "close"}))
    assert post(rebound) == 200
    with pytest.raises(Misconfigured) as error:
        post(rebound)
    assert error.value.reason == (
        "connector demo: receiver.example.com has a link-local address: the hub does not connect to it"
    )
    assert wire.dialled == [PUBLIC]


@pytest.mark.parametrize("private", ["127.0.0.1", "10.0.0.1", METADATA, "::1", "::ffff:127.0.0.1", "fd00:ec2::254"])
@pytest.mark.parametrize("place", [0, 1])
def test_one_private_address_among_public_ones_is_enough_to_refuse(
    served: Receiver, http: Open, private: str, place: int
) -> None:
    addresses = [PUBLIC, OTHER_PUBLIC]
    addresses.insert(place, private)
    wire = Wire(served, addresses)
    with pytest.raises(Misconfigured):
        post(http(wire))
    assert wire.dialled == []


def test_the_next_address_is_tried_when_one_is_dead(served: Receiver, http: Open) -> None:
    wire = Wire(served, [OTHER_PUBLIC, PUBLIC])
    wire.dead.add(OTHER_PUBLIC)
    assert post(http(wire)) == 204
    assert wire.dialled == [OTHER_PUBLIC, PUBLIC]


def test_a_certificate_for_another_name_is_a_failure(served: Receiver, http: Open) -> None:
    with pytest.raises(Transient) as error:
        post(http(Wire(served, [PUBLIC])), host="other.example.com")
    assert error.value.reason == "connector demo: other.example.com could not be reached (SSLError)"
    assert served.received == []


def test_an_unknown_authority_is_a_failure(served: Receiver) -> None:
    wire = Wire(served, [PUBLIC])
    http = Http("demo", clock=lambda: 0.0, dialer=Dialer(resolve=wire.resolve, connect=wire.connect))
    with pytest.raises(Transient, match="SSLError"):
        post(http)
    assert served.received == []


@pytest.mark.parametrize("addresses", [[], [OTHER_PUBLIC]])
def test_a_host_that_cannot_be_reached_may_recover(served: Receiver, http: Open, addresses: list[str]) -> None:
    wire = Wire(served, addresses)
    wire.dead.add(OTHER_PUBLIC)
    with pytest.raises(Transient, match=r"^connector demo: receiver\.example\.com could not be reached"):
        post(http(wire))


def test_plain_http_is_refused_before_anything_is_resolved(served: Receiver, http: Open) -> None:
    wire = Wire(served, [PUBLIC])
    with pytest.raises(Misconfigured, match="https only"):
        http(wire).send("POST", f"http://{HOST}/hook", headers={}, body=b"{}")
    assert wire.asked == []


def test_the_environment_s_proxy_is_ignored(served: Receiver, http: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    wire = Wire(served, [PUBLIC])
    assert post(http(wire)) == 204


def test_the_table_can_be_replaced_for_one_request(served: Receiver, http: Open) -> None:
    client = http(Wire(served, [PUBLIC]))
    served.script += [answer(404), answer(404)]
    with pytest.raises(Permanent, match="answered 404"):
        post(client)
    absent = {**POLICY, 404: Rule("ok", "not there")}
    assert client.send("POST", f"https://{HOST}/", headers={}, body=b"", policy=absent).status == 404


def test_an_answer_holds_at_most_its_limit(served: Receiver, http: Open) -> None:
    client = http(Wire(served, [PUBLIC], [PUBLIC], [PUBLIC]))
    served.script += [answer(200, body=b"x" * 65536), answer(200, body=b"x" * 65537)]
    fits, does_not = (client.send("POST", f"https://{HOST}/", headers={}, body=b"") for _ in range(2))
    assert (len(fits.body), fits.is_whole) == (65536, True)
    assert (len(does_not.body), does_not.is_whole) == (65536, False)


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        (f"https://{HOST}:99999/", {}),
        ("https://*.example.com/", {}),
        (f"https://{HOST}/", {"x-key": "two\r\nlines"}),
        (f"https://{HOST}/", {" x": "y"}),
    ],
)
def test_what_cannot_be_sent_is_a_fault_of_ours(
    served: Receiver, http: Open, url: str, headers: dict[str, str]
) -> None:
    with pytest.raises(Misconfigured, match="cannot be asked"):
        http(Wire(served)).send("POST", url, headers=headers, body=b"")


def test_the_system_s_resolver_knows_its_own_machine() -> None:
    assert system_resolver("127.0.0.1", 443) == ["127.0.0.1"]


@pytest.mark.parametrize("host", ["a..b", "x" * 64 + ".example.com"])
def test_a_name_that_cannot_be_resolved_is_an_oserror(host: str) -> None:
    with pytest.raises(OSError, match=r"^not a host name$"):
        system_resolver(host, 443)
