"""Addresses that this process may be sent to: resolved once, checked, and connected to as they were checked.

A name is resolved before the check and the connection goes to the very address that was checked, so a name that
resolves to another address a moment later (DNS rebinding) gains nothing.  Redirects are never followed.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from pybase_extraction.errors import ForbiddenAddressError

_PORTS = {"https": 443, "http": 80}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""Well-known prefix that carries an IPv4 address in its last 32 bits (RFC 6052)."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to connect to.

    Attributes:
        scheme: ``https`` or ``http``.
        host: The name in the URL: for the Host header and the certificate.
        port: Port.
        ip: The address that was checked.
        target: Path and query.
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
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
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


def connection(endpoint: Endpoint, timeout_s: float) -> http.client.HTTPConnection:
    """Make a connection to the address that was checked, with the certificate checked against the name."""
    if endpoint.scheme == "https":
        return _PinnedHttps(endpoint, timeout_s)
    return _PinnedHttp(endpoint, timeout_s)


class _PinnedHttp(http.client.HTTPConnection):
    def __init__(self, endpoint: Endpoint, timeout_s: float) -> None:
        super().__init__(endpoint.host, endpoint.port, timeout=timeout_s)
        self._endpoint = endpoint

    def connect(self) -> None:
        self.sock = socket.create_connection((self._endpoint.ip, self._endpoint.port), self.timeout)


class _PinnedHttps(http.client.HTTPSConnection):
    def __init__(self, endpoint: Endpoint, timeout_s: float) -> None:
        self._tls = ssl.create_default_context()
        super().__init__(endpoint.host, endpoint.port, timeout=timeout_s, context=self._tls)
        self._endpoint = endpoint

    def connect(self) -> None:
        plain = socket.create_connection((self._endpoint.ip, self._endpoint.port), self.timeout)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self._endpoint.host)
