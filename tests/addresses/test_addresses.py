"""Where this process may be sent to, and that it goes where was checked."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from dataclasses import replace

import pytest

from pybase_extraction.addresses import connected, is_public, matches, resolve
from pybase_extraction.errors import ForbiddenAddressError

PRIVATE = [
    "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "64:ff9b::7f00:1", "2002:7f00:1::", "fe80::1%eth0", "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b:1::7f00:1",
    "192.0.0.1", "2001:0:7f00:1::", "fec0::1", "3fff::1", "5f00::1", "100::1", "2001:db8::1", "192.88.99.1",
    "198.18.0.1",
]  # fmt: skip


@pytest.mark.parametrize("ip", PRIVATE)
def test_addresses_that_are_not_of_the_public_internet(ip: str) -> None:
    assert not is_public(ip)


@pytest.mark.parametrize(
    "ip", ["93.184.216.34", "8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"]
)
def test_public_addresses(ip: str) -> None:
    assert is_public(ip)


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/", "https://2130706433/", "https://0x7f.1/", "https://0177.0.0.1/", "https://127.1/", "https://[::1]/",
     "https://[::ffff:127.0.0.1]/", "https://localhost/", "https://0x7f000001/", "https://017700000001/", "https://0/",
     "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://[fec0::1]/", "https://[::]/", "HTTPS://LOCALHOST/",
     "https://①②⑦.⓪.⓪.①/", "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", " https://127.0.0.1/", "https://local\thost/", "https://169.254.169.254/latest/meta-data"],
)  # fmt: skip
def test_no_spelling_of_a_private_address_is_resolved(url: str) -> None:
    with pytest.raises(ForbiddenAddressError):
        resolve(url, allow=["*"])


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "https://",
        "https://user@example.com/",
        "//example.com",
        "https://example.com:99999/",
        "https://[",
        "https://@127.0.0.1/",
        "https://example.com\\@127.0.0.1/",
        "https:127.0.0.1",
        "https:///127.0.0.1/",
        "https://example.com:-1/",
        "https://example.com:٤٤٣/",
    ],
)
def test_what_is_no_plain_https_address_is_refused(url: str) -> None:
    with pytest.raises(ForbiddenAddressError, match="no plain https address"):
        resolve(url, allow=["*"])


def test_plain_http_and_other_hosts_are_refused() -> None:
    with pytest.raises(ForbiddenAddressError, match="not https"):
        resolve("http://example.com/", allow=["*"])
    with pytest.raises(ForbiddenAddressError, match="not in the list"):
        resolve("https://example.com/", allow=["hooks.example.com"])


def test_a_name_with_one_private_address_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(0, 0, 0, "", (ip, port)) for ip in ("93.184.216.34", "127.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    with pytest.raises(ForbiddenAddressError, match="not public"):
        resolve("https://rebind.example/", allow=["*"])


def test_a_name_that_changes_after_the_check_is_not_resolved_again(monkeypatch: pytest.MonkeyPatch) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    endpoint = resolve(f"http://localhost:{port}/", allow=(), private=["localhost"])

    def rebound(*_: object, **__: object) -> list[tuple[object, ...]]:
        raise AssertionError("the name was resolved again")

    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *a, **k: real(host, *a, **k) if host == endpoint.ip else rebound()
    )
    with listener, connected(endpoint, 5.0) as made:
        accepted, _ = listener.accept()
        assert made.sock.getpeername()[:2] == (endpoint.ip, port)
        accepted.close()


def test_a_handshake_that_drips_is_cut_when_the_time_is_up() -> None:
    def answer(listener: socket.socket) -> None:
        accepted, _ = listener.accept()
        with accepted, contextlib.suppress(OSError):
            # a TLS record of 16 KiB that holds the beginning of a handshake (RFC 8446, section 5.1), byte by byte
            for byte in b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc" + bytes(200):
                accepted.sendall(bytes([byte]))
                time.sleep(0.05)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=answer, args=(listener,), daemon=True).start()
        endpoint = resolve(f"https://localhost:{listener.getsockname()[1]}/", allow=(), private=["localhost"])
        begun = time.monotonic()
        with pytest.raises(OSError), connected(replace(endpoint, ip="127.0.0.1"), 0.5):  # noqa: PT011 -- by platform
            raise AssertionError("nobody has shown a certificate")
        assert time.monotonic() - begun < 4


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/é?ü=ß", "/%C3%A9?%C3%BC=%C3%9F"),
        ("/a b", "/a%20b"),
        ("/a%20b", "/a%20b"),
        ("/\r\nX: y", "/X:%20y"),
        ("", "/"),
    ],
)
def test_a_path_is_written_as_the_protocol_wants_it(path: str, target: str) -> None:
    assert resolve(f"http://127.0.0.1:1{path}", allow=(), private=["127.0.0.1"]).target == target


def test_patterns_stand_for_all_names_below() -> None:
    assert matches("a.example.com", ["*.example.com"])
    assert matches("EXAMPLE.com.", ["example.com"])
    assert not matches("example.com", ["*.example.com"])
    assert not matches("badexample.com", ["*.example.com"])
