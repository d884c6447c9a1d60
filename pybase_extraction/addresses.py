"""Addresses that this process may be sent to: resolved once, checked, and connected to as they were checked.

A name is resolved before the check and the connection goes to the very address that was checked, so a name that
resolves to another address a moment later (DNS rebinding) gains nothing.  Redirects are never followed.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from pybase_extraction.errors import ForbiddenAddressError

_PORTS = {"https": 443, "http": 80}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""Well-known prefix that carries an IPv4 address in its last 32 bits (RFC 6052)."""
_NOBODYS = (
    ipaddress.ip_network("192.88.99.0/24"),  # relays of 6to4 (RFC 7526)
    ipaddress.ip_network("3fff::/20"),  # documentation (RFC 9637)
    ipaddress.ip_network("5f00::/16"),  # segment routing inside a network (RFC 9602)
    ipaddress.ip_network("fec0::/10"),  # a site's own, deprecated and still routed by some (RFC 3879)
)
"""Networks that ``ipaddress`` takes for global in some releases of Python, and that are none of the internet's."""
_RESERVED = "/%:?#[]@!$&'()*+,;=-._~"
"""What an address may hold as it is (RFC 3986, section 2)."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to connect to.

    Attributes:
        scheme: ``https`` or ``http``.
        host: The name in the URL: for the Host header and the certificate.
        port: Port.
        ip: The address that was checked.
        target: Path and query, with everything but ASCII written as percent signs (RFC 3987, section 3.1).
    """

    scheme: str
    host: str
    port: int
    ip: str
    target: str


def is_public(ip: str) -> bool:
    """Whether an address is one of the public internet, also behind the forms that carry an IPv4 address in IPv6."""
    address = ipaddress.ip_address(ip.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    if any(address in network for network in _NOBODYS):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def matches(host: str, patterns: Collection[str]) -> bool:
    """Whether a host is in a list of names; ``*.example.com`` stands for every name below ``example.com``."""
    name = host.rstrip(".").casefold()
    return any(
        name.endswith(pattern[1:].casefold()) if pattern.startswith("*.") else name == pattern.casefold()
        for pattern in patterns
    )


def resolve(url: str, *, allow: Collection[str], private: Collection[str] = ()) -> Endpoint:
    """Check a URL and resolve its host.

    Args:
        url: An absolute URL.
        allow: Hosts that may be called; ``*`` alone stands for every public one.
        private: Hosts of the operator's own network: they may have private addresses and plain http.

    Raises:
        ForbiddenAddressError: The URL may not be called.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError as exc:
        raise _forbidden("", "it is no plain https address") from exc
    if parts.scheme not in _PORTS or not host or not port or parts.username is not None:
        raise _forbidden(host, "it is no plain https address")
    is_own = matches(host, private)
    if parts.scheme == "http" and not is_own:
        raise _forbidden(host, "it is not https")
    if not is_own and "*" not in allow and not matches(host, allow):
        raise _forbidden(host, "it is not in the list of allowed hosts")
    found = _addresses(host, port)
    if not is_own and not all(is_public(ip) for ip in found):
        raise _forbidden(host, "it has an address that is not public")
    target = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=_RESERVED)
    return Endpoint(parts.scheme, host, port, found[0], target)


def _addresses(host: str, port: int) -> list[str]:
    try:
        # the system's resolver also reads 2130706433 and 0x7f.1, which are spellings of 127.0.0.1
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as exc:
        raise _forbidden(host, "it cannot be resolved") from exc
    return list(dict.fromkeys(str(address[4][0]) for address in found))


def _forbidden(host: str, reason: str) -> ForbiddenAddressError:
    shown = repr(host) if host else "The address"
    return ForbiddenAddressError(f"{shown} is not called: {reason}.", remedy="Use an allowed https address.")


@contextlib.contextmanager
def connected(endpoint: Endpoint, timeout_s: float) -> Iterator[http.client.HTTPConnection]:
    """Connect to the address that was checked, with the certificate checked against the name.

    A socket's own timeout begins anew with every byte, so a server that drips would never be left: when
    ``timeout_s`` is over the connection is cut, whatever it is doing.  Used by one thread.

    Raises:
        OSError: It cannot be reached in time, or its certificate is not that of the name.
    """
    made = _Pinned(endpoint, timeout_s)
    watch = threading.Timer(timeout_s, made.cut)
    watch.daemon = True
    watch.start()
    try:
        made.connect()
        yield made
    finally:
        watch.cancel()
        made.close()


class _Pinned(http.client.HTTPConnection):
    def __init__(self, endpoint: Endpoint, timeout_s: float) -> None:
        super().__init__(endpoint.host, endpoint.port, timeout=timeout_s)
        # what stands in the Host header: the port only where it is not the scheme's own
        self.default_port = _PORTS[endpoint.scheme]
        self._endpoint = endpoint
        self._wire: socket.socket | None = None

    def connect(self) -> None:
        self._wire = self.sock = socket.create_connection((self._endpoint.ip, self._endpoint.port), self.timeout)
        if self._endpoint.scheme == "https":
            tls = ssl.create_default_context()
            encrypted = tls.wrap_socket(self.sock, server_hostname=self._endpoint.host, do_handshake_on_connect=False)
            self._wire = self.sock = encrypted
            encrypted.do_handshake()

    def cut(self) -> None:
        # kept beside ``sock``, which is None as soon as an answer that ends with its connection has begun
        if self._wire is not None:
            with contextlib.suppress(OSError):
                # not that of SSLSocket, which forgets the session that the other thread is reading from
                socket.socket.shutdown(self._wire, socket.SHUT_RDWR)
