"""Files from hosts that mean ill: what they may make the hub do is refuse them."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from shared.domain.errors import Transient
from shared.domain.media import Ended
from shared.http.download import MOST_HOPS, Downloader, NotYet, Source, host_is_of
from shared.http.transport import Dialer

HOST, OTHER, TRAP = "media.example.com", "cdn.example.com", "trap.example.com"
ADDRESSES = {HOST: "93.184.216.34", OTHER: "93.184.216.35"}
PHOTO = bytes(range(256)) * 40


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now().astimezone()
    names = [x509.DNSName(HOST), x509.DNSName(OTHER), x509.DNSName(TRAP)]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "host.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return file


class Hostile:
    """A server on loopback behind public addresses. `says`: by path, what is done with the connection."""

    def __init__(self, certificate: Path) -> None:
        self.certificate = certificate
        self.says: dict[str, Callable[[socket.socket], object]] = {}
        self.asked: list[str] = []
        self.dialled: list[str] = []
        self.resolved: dict[str, list[str]] = {}
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, plain: socket.socket) -> None:
        with suppress(OSError), self._context.wrap_socket(plain, server_side=True) as connection:
            asked = connection.recv(65536).decode()
            self.asked.append(asked)
            self.says[asked.split()[1]](connection)

    def resolve(self, host: str, _port: int) -> Sequence[str]:
        if self.resolved.get(host):
            return [self.resolved[host].pop(0)]
        return [ADDRESSES.get(host, host)]

    def connect(self, address: tuple[str, int], timeout: float) -> socket.socket:
        self.dialled.append(address[0])
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def downloader(self) -> Downloader:
        dialer = Dialer(resolve=self.resolve, connect=self.connect, keeps=False)
        return Downloader("channel test", clock=time.time, dialer=dialer, ca_file=str(self.certificate))


@pytest.fixture
def hostile(certificate: Path) -> Iterator[Hostile]:
    with closing(Hostile(certificate)) as server:
        yield server


class Bucket:
    def __init__(self, room: int = 1_000_000) -> None:
        self.content = b""
        self._most = room

    @property
    def room(self) -> int:
        return self._most - len(self.content)

    def write(self, piece: bytes) -> None:
        if len(piece) > self.room:
            raise Ended("too_large", "more than there is room for")
        self.content += piece


def says(head: str, body: bytes = b"") -> Callable[[socket.socket], object]:
    return lambda connection: connection.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)


def leads_to(url: str, status: int = 302) -> Callable[[socket.socket], object]:
    return says(f"HTTP/1.1 {status} Found\nlocation: {url}\ncontent-length: 0")


def fetched(hostile: Hostile, url: str = f"https://{HOST}/a", room: int = 1_000_000, timeout_s: float = 3.0) -> bytes:
    bucket = Bucket(room)
    allowed = {HOST, OTHER, "169.254.169.254", "::1", "127.0.0.1", "10.0.0.8", TRAP}
    source = Source(url, allowed.__contains__, {"authorization": "Bearer hidden"})
    hostile.downloader().fetch(source, bucket, timeout_s)
    return bucket.content


def ended(hostile: Hostile, url: str = f"https://{HOST}/a", room: int = 1_000_000) -> Ended:
    with pytest.raises(Ended) as caught:
        fetched(hostile, url, room)
    assert "hidden" not in caught.value.reason
    assert "/a" not in caught.value.reason
    return caught.value


def test_a_file_comes_byte_for_byte(hostile: Hostile) -> None:
    hostile.says["/a"] = says(f"HTTP/1.1 200 OK\ncontent-length: {len(PHOTO)}", PHOTO)
    assert fetched(hostile) == PHOTO
    assert "Bearer hidden" in hostile.asked[0]


def test_a_file_without_a_length_and_one_in_chunks_come_too(hostile: Hostile) -> None:
    hostile.says["/a"] = says("HTTP/1.1 200 OK", PHOTO)
    assert fetched(hostile) == PHOTO
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(PHOTO), PHOTO) for _ in range(2)) + b"0\r\n\r\n"
    hostile.says["/a"] = says("HTTP/1.1 200 OK\ntransfer-encoding: chunked", chunks)
    assert fetched(hostile) == PHOTO * 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_token_goes_with_a_redirect_to_its_own_host_alone(hostile: Hostile, status: int) -> None:
    hostile.says["/a"] = leads_to("/b", status)
    hostile.says["/b"] = leads_to(f"https://{OTHER}/c", status)
    hostile.says["/c"] = says("HTTP/1.1 200 OK", PHOTO)
    assert fetched(hostile) == PHOTO
    assert ["Bearer hidden" in asked for asked in hostile.asked] == [True, True, False]


@pytest.mark.parametrize(
    "url",
    [
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://127.0.0.1/",
        "https://10.0.0.8/",
        f"https://{TRAP}/",
    ],
)
def test_no_redirect_leads_to_an_address_that_is_not_public(hostile: Hostile, url: str) -> None:
    hostile.resolved[TRAP] = ["192.168.1.1"]
    hostile.says["/a"] = leads_to(url)
    assert ended(hostile).state == "refused"
    assert hostile.dialled == [ADDRESSES[HOST]]


def test_a_name_is_resolved_once_for_a_connection_so_it_cannot_change_in_between(hostile: Hostile) -> None:
    hostile.resolved[HOST] = [ADDRESSES[HOST], "127.0.0.1"]
    hostile.says["/a"] = says("HTTP/1.1 200 OK", PHOTO)
    assert fetched(hostile) == PHOTO
    assert hostile.dialled == [ADDRESSES[HOST]]
    assert ended(hostile).state == "refused"
    assert len(hostile.dialled) == 1


@pytest.mark.parametrize(
    "url",
    [
        f"http://{HOST}/a",
        f"ftp://{HOST}/a",
        "file:///etc/passwd",
        f"https://user:word@{HOST}/a",
        "https://:443/a",
        "https://elsewhere.example.net/a",
        f"https://{HOST}.elsewhere.example.net/a",
        f"https://{HOST}:notaport/a",
        f"https://{HOST}/a\x00",
        f"https://{HOST}/" + "a" * 9000,
        "data:text/html,<script>",
    ],
)
@pytest.mark.parametrize("led", [False, True])
def test_an_address_that_may_not_be_asked_is_refused_first_and_when_led_to(
    hostile: Hostile, url: str, led: bool
) -> None:
    if led:
        hostile.says["/start"] = leads_to(url.replace("\x00", "\x01"))
        assert ended(hostile, f"https://{HOST}/start").state == "refused"
    else:
        assert ended(hostile, url).state == "refused"
    assert len(hostile.dialled) == int(led)


def test_a_circle_of_redirects_ends(hostile: Hostile) -> None:
    hostile.says["/a"] = leads_to("/a")
    assert ended(hostile).state == "refused"
    assert len(hostile.asked) == MOST_HOPS


def test_a_redirect_to_nowhere_is_refused(hostile: Hostile) -> None:
    hostile.says["/a"] = says("HTTP/1.1 302 Found\ncontent-length: 0")
    assert ended(hostile).state == "refused"


def test_what_is_said_to_be_too_large_is_not_read(hostile: Hostile) -> None:
    hostile.says["/a"] = says("HTTP/1.1 200 OK\ncontent-length: 1001", b"x")
    assert ended(hostile, room=1000).state == "too_large"


def test_an_endless_file_is_cut(hostile: Hostile) -> None:
    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    hostile.says["/a"] = endless
    assert ended(hostile, room=500_000).state == "too_large"


def test_a_file_that_is_shorter_than_it_said_did_not_come(hostile: Hostile) -> None:
    hostile.says["/a"] = says("HTTP/1.1 200 OK\ncontent-length: 100000", b"half")
    with pytest.raises(Transient):
        fetched(hostile)


def test_a_file_that_is_longer_than_it_said_ends_where_it_said(hostile: Hostile) -> None:
    hostile.says["/a"] = says("HTTP/1.1 200 OK\ncontent-length: 4", b"half and more")
    assert fetched(hostile) == b"half"


@pytest.mark.parametrize("dripped", [b"HTTP/1.1 200 OK\r\nx: " + b"y" * 9000, b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 9000])
def test_a_server_that_drips_is_cut_in_time(hostile: Hostile, dripped: bytes) -> None:
    def drip(connection: socket.socket) -> None:
        for byte in dripped:
            connection.sendall(bytes([byte]))
            time.sleep(0.01)

    hostile.says["/a"] = drip
    began = time.monotonic()
    with pytest.raises(Transient, match=r"within 0\.4 s"):
        fetched(hostile, timeout_s=0.4)
    assert time.monotonic() - began < 3


def test_the_time_is_for_all_hops_together(hostile: Hostile) -> None:
    def late(connection: socket.socket) -> None:
        time.sleep(0.3)
        leads_to("/a")(connection)

    hostile.says["/a"] = late
    with pytest.raises(Transient, match=r"within 0\.4 s"):
        fetched(hostile, timeout_s=0.4)


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "gzip, gzip"])
def test_an_encoding_is_never_undone(hostile: Hostile, encoding: str) -> None:
    hostile.says["/a"] = says(f"HTTP/1.1 200 OK\ncontent-encoding: {encoding}", b"\x1f\x8b" + b"x" * 100)
    assert ended(hostile).state == "refused"


@pytest.mark.parametrize(
    ("status", "state"),
    [(404, "gone"), (410, "gone"), (400, "failed"), (451, "failed"), (204, "failed"), (206, "failed")],
)
def test_an_answer_that_is_final(hostile: Hostile, status: int, state: str) -> None:
    hostile.says["/a"] = says(f"HTTP/1.1 {status} X\ncontent-length: 0")
    assert ended(hostile).state == state


@pytest.mark.parametrize(("status", "kind"), [(401, NotYet), (403, NotYet), (429, Transient), (500, Transient)])
def test_an_answer_that_may_change(hostile: Hostile, status: int, kind: type[Transient]) -> None:
    hostile.says["/a"] = says(f"HTTP/1.1 {status} X\nretry-after: 7\ncontent-length: 0")
    with pytest.raises(kind) as caught:
        fetched(hostile)
    assert caught.value.retry_after_s == (None if kind is NotYet else 7)


@pytest.mark.parametrize(
    "noise", [b"\x00" * 200, b"HTTP/9.9 x\r\n\r\n", b"", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 500]
)
def test_what_is_no_http_is_tried_again(hostile: Hostile, noise: bytes) -> None:
    hostile.says["/a"] = lambda connection: connection.sendall(noise)
    with pytest.raises(Transient):
        fetched(hostile)


@pytest.mark.parametrize(
    ("host", "holds"),
    [
        ("fbsbx.com", True),
        ("lookaside.fbsbx.com", True),
        ("LOOKASIDE.fbsbx.com.", True),
        ("evilfbsbx.com", False),
        ("fbsbx.com.example.net", False),
        ("", False),
    ],
)
def test_a_host_is_of_a_domain_by_whole_labels(host: str, holds: bool) -> None:
    assert host_is_of(host, ("fbsbx.com", "fbcdn.net")) is holds
