"""Sending to addresses that are allowed: names are resolved, then checked, then connected to as checked.

So a name cannot lead inside by answering differently the second time. Redirects and proxies are not followed.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import httpx

from monitor.relay.channels.port import Answer, Post, SendError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_TIMEOUT_SECONDS = 10.0
"""For each of connecting, sending and the next part of an answer; a whole answer has three times that."""
_LONGEST_ANSWER = 64 * 1024
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


def resolved(host: str, port: int) -> list[str]:
    """The addresses of a name, as the system has them; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: Address) -> bool:
    """Whether an address is one of the world's; what an IPv6 address carries inside counts."""
    inner = _inner(address)
    return is_public(inner) if inner is not None else address.is_global and not address.is_multicast


def _inner(address: Address) -> Address | None:
    """The IPv4 address that an IPv6 address stands for (mapped, 6to4, Teredo, translated), if any."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)


class GuardedPoster:
    """Posts to public addresses, and to those in ``allowed`` networks. Used by one thread."""

    def __init__(
        self,
        allowed: Sequence[Network] = (),
        resolve: Callable[[str, int], Sequence[str]] = resolved,
        transport: httpx.BaseTransport | None = None,
        timeout_seconds: float = _TIMEOUT_SECONDS,
    ) -> None:
        self._allowed = tuple(allowed)
        self._resolve = resolve
        self._timeout_seconds = timeout_seconds
        self._client = httpx.Client(
            follow_redirects=False, trust_env=False, timeout=timeout_seconds, transport=transport
        )

    def send(self, post: Post) -> Answer:
        """Post and wait for the answer.

        Raises:
            SendError: the address is not allowed, or there is no answer.
        """
        parts = urlsplit(post.url)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = self._checked(host, port)
        literal = f"[{address}]" if address.version == 6 else str(address)
        url = parts._replace(netloc=f"{literal}:{port}", fragment="").geturl()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Host": parts.netloc.rpartition("@")[2],
            # A small answer that unpacks to a large one is read as it comes.
            "Accept-Encoding": "identity",
        }
        try:
            return self._answer(url, post.body, headers | post.headers, host)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise SendError(f"{host} cannot be reached ({type(error).__name__})") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SendError(f"{host} gave no answer ({type(error).__name__})", unsure=True) from error

    def _answer(self, url: str, body: bytes, headers: dict[str, str], host: str) -> Answer:
        request = self._client.build_request(
            "POST", url, content=body, headers=headers, extensions={"sni_hostname": host}
        )
        until = time.monotonic() + 3 * self._timeout_seconds
        response = self._client.send(request, stream=True)
        try:
            content = bytearray()
            for part in response.iter_raw():
                content += part
                if len(content) > _LONGEST_ANSWER:
                    break
                if time.monotonic() > until:
                    raise SendError(f"{host} does not come to the end of its answer", unsure=True)
            return Answer(response.status_code, bytes(content), dict(response.headers))
        finally:
            response.close()

    def _checked(self, host: str, port: int) -> Address:
        """One address of a host; raises ``SendError`` unless all of them are allowed."""
        try:
            addresses = [ipaddress.ip_address(one.partition("%")[0]) for one in self._resolve(host, port)]
        except (OSError, ValueError) as error:
            raise SendError(f"{host} cannot be resolved ({type(error).__name__})") from error
        if not addresses:
            raise SendError(f"{host} has no address")
        for address in addresses:
            if not is_public(address) and not any(address in network for network in self._allowed):
                raise SendError(
                    f"{host} is at {address}, which is not a public address; allow its network in "
                    "notifications.allowed_networks if that is meant"
                )
        return addresses[0]

    def close(self) -> None:
        """Close connections."""
        self._client.close()
