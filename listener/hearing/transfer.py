"""One transfer: what is asked, what came of it, and the handle of libcurl that carries it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from zlib import crc32

import pycurl

from connectors import ConnectorError, SourceUnavailable
from listener.hearing import faults
from listener.hearing.address import is_withheld

AGENT = "crisis-listener/0.1"
PRIVATE_LINES = 24
MOST_AT_ONCE_BYTES = 48_000_000
CROWDED_BYTES = 500_000

_HTTP = pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS
_WANTED = frozenset((b"etag", b"last-modified", b"retry-after", b"link")) | {
    prefix + b"ratelimit-" + name for prefix in (b"", b"x-") for name in (b"limit", b"remaining", b"reset")
}
_INITIALS = b"eElLrRxX"
_H = ord("H")
_ABORT, _GO_ON = int(pycurl.PREREQFUNC_ABORT), int(pycurl.PREREQFUNC_OK)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one transfer may take, and how many run at once: all told, and to one host.

    `gap` is the least time between the beginnings of two requests to one host of the open
    internet. Of those that run at once a quarter may be such as did not answer last time.
    """

    total: timedelta = timedelta(seconds=30)
    connect: timedelta = timedelta(seconds=10)
    most_bytes: int = 5_000_000
    redirects: int = 5
    at_once: int = 384
    per_host: int = 2
    gap: timedelta = timedelta(milliseconds=250)

    def __str__(self) -> str:
        seconds, megabytes = self.total.total_seconds(), self.most_bytes / 1e6
        return f"at most {seconds:g} s, {megabytes:g} MB, {self.redirects} redirects"


@dataclass(slots=True)
class Request:
    """One address to be fetched, by POST where there is a `body`.

    `done` gets the reply, where whoever made the web wants its replies told. `slow` says
    that the last visit to it came to nothing in time. `line` is where it waits its turn: that
    of its host. A host inside the network has many lines, for it is the operator's own, and
    one feed of it that hangs must not hold up the others.
    """

    url: str
    headers: list[str]
    private: bool
    done: Callable[[Reply], None]
    body: bytes | None = None
    slow: bool = False
    host: str = field(init=False)
    line: Hashable = field(init=False)

    def __post_init__(self) -> None:
        self.line = self.host = self.url.split("/", 3)[2]
        if self.private:
            self.line = self.host, crc32(self.url.encode()) % PRIVATE_LINES


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a request: a status, or an error where there was none to be had.

    `headers` holds those of the last head that we go by; `moved_to` where permanent redirects led, if only
    such were met.
    """

    status: int = 0
    body: bytes = b""
    url: str = ""
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    moved_to: str = ""
    error: ConnectorError | None = None


@dataclass(slots=True)
class Load:
    """The bytes that were received and are not read yet; only the web's thread counts."""

    held: int = 0

    @property
    def full(self) -> bool:
        """Whether what is there should be read before more is asked for."""
        return self.held > MOST_AT_ONCE_BYTES // 2


class Transfer:
    """An easy handle, used again and again, and what the transfer at hand has brought so far.

    A handle carries either what may go inside the network or what may not, its whole life long.
    """

    request: Request

    def __init__(
        self, agent: str, limits: Limits, judge: Callable[[str], bool], load: Load, *, private: bool
    ) -> None:
        self._limits, self._judge, self._load = limits, judge, load
        self._head: list[bytes] = []
        self._body: list[bytes] = []
        self.size = 0
        self._inner = ""
        self._crowded = False
        self.curl = curl = pycurl.Curl()
        for option, value in (
            (pycurl.USERAGENT, agent),
            (pycurl.NOSIGNAL, 1),
            (pycurl.PROXY, ""),
            (pycurl.PROTOCOLS, _HTTP),
            (pycurl.REDIR_PROTOCOLS, _HTTP),
            (pycurl.FOLLOWLOCATION, 1),
            (pycurl.MAXREDIRS, limits.redirects),
            (pycurl.TIMEOUT_MS, round(limits.total.total_seconds() * 1000)),
            (pycurl.CONNECTTIMEOUT_MS, round(limits.connect.total_seconds() * 1000)),
            (pycurl.MAXFILESIZE, limits.most_bytes),
            (pycurl.ACCEPT_ENCODING, ""),
            (pycurl.WRITEFUNCTION, self._write),
            (pycurl.PREREQFUNCTION, self._connected),
            (pycurl.HEADERFUNCTION, self._head.append),
        ):
            curl.setopt(option, value)
        if private:
            # libcurl goes through all names it remembers at each transfer: half of a quick one's time.
            curl.setopt(pycurl.DNS_CACHE_TIMEOUT, 0)
        else:
            curl.setopt(pycurl.OPENSOCKETFUNCTION, self._open)
        if authorities := _authorities():
            curl.setopt(pycurl.CAINFO, authorities)

    def take(self, request: Request) -> None:
        """Make ready for a request."""
        self.request = request
        curl = self.curl
        curl.setopt(pycurl.URL, request.url)
        curl.setopt(pycurl.HTTPHEADER, request.headers)
        if request.body is not None:
            curl.setopt(pycurl.POST, 1)
            curl.setopt(pycurl.POSTFIELDS, request.body)
            curl.setopt(pycurl.FOLLOWLOCATION, 0)  # what it carries may be meant for this host alone

    def leave(self) -> None:
        """Forget the request, and what came of it."""
        if self.request.body is not None:
            self.curl.setopt(pycurl.HTTPGET, 1)
            self.curl.setopt(pycurl.FOLLOWLOCATION, 1)
        self._head.clear()
        if self._body:
            self._body.clear()
            self.size = 0
        self._inner = ""
        self._crowded = False

    def reply(self, code: int, message: str) -> Reply:
        """Return what came of it; `code` is libcurl's, 0 where all went well."""
        curl, request = self.curl, self.request
        redirects = curl.getinfo(pycurl.REDIRECT_COUNT)
        url = curl.getinfo(pycurl.EFFECTIVE_URL) if redirects or code else request.url
        if code:
            return Reply(error=self._fault(code, message, redirects, url))
        status = curl.getinfo(pycurl.RESPONSE_CODE)
        if status == 304 and not redirects and not self._body:
            return Reply(status, b"", url, "", _headers(self._head))
        return Reply(
            status,
            self._body[0] if len(self._body) == 1 else b"".join(self._body),
            url,
            curl.getinfo(pycurl.CONTENT_TYPE) or "",
            _headers(self._head),
            url if redirects and _for_good(self._head) else "",
        )

    def _fault(self, code: int, message: str, redirects: int, url: str) -> ConnectorError:
        host = self.request.host
        if redirects and (there := urlsplit(url).netloc) and there != host:
            host = f"{host} (sent on to {there.rpartition('@')[2][:100]})"
        inner = self._inner or (name if is_withheld(name := urlsplit(url).hostname or "") else "")
        if inner:
            return faults.inner_address(host, inner)
        if self.size > self._limits.most_bytes:
            return faults.too_large(host, str(self._limits))
        if self._crowded:
            return SourceUnavailable(f"{host}: too much is coming in at once to read so long an answer now")
        return faults.failed_transfer(code, message, host, redirects, str(self._limits))

    def _write(self, data: bytes) -> int | None:
        self.size += len(data)
        self._load.held += len(data)
        self._crowded = self.size > CROWDED_BYTES and self._load.held > MOST_AT_ONCE_BYTES
        self._body.append(data)
        if self._crowded or self.size > self._limits.most_bytes:
            return 0  # anything but the length stops the transfer
        return None

    def _open(self, purpose: int, there: Any) -> Any:
        host = str(there.addr[0])
        if not self._judge(host):
            self._inner = host
            return pycurl.SOCKET_BAD
        self._inner = ""
        return socket.socket(there.family, there.socktype, there.protocol)

    def _connected(self, there: str, *_: Any) -> int:
        """Refuse, before anything is asked, what is withheld from private sources too.

        Their connects are not judged one by one: that costs a third of a poll.
        """
        if (":" in there or there.startswith(("169.254.", "100.100."))) and is_withheld(there):
            self._inner = there
            return _ABORT
        return _GO_ON


def _headers(lines: list[bytes]) -> dict[str, str]:
    """Return what we go by of the last head: redirects and early hints have theirs before it."""
    found: dict[str, str] = {}
    for line in lines:
        initial = line[0]
        if initial == _H and line.startswith(b"HTTP/"):
            found.clear()
        elif initial in _INITIALS:
            name, _, value = line.partition(b":")
            if (name := name.lower()) in _WANTED:
                found[name.decode()] = value.strip().decode("latin-1")
    return found


def _for_good(lines: list[bytes]) -> bool:
    """Whether every redirect on the way was a permanent one."""
    statuses = [line.split(None, 2)[1] for line in lines if line.startswith(b"HTTP/")]
    moved = (status for status in statuses if status.startswith(b"3") and status != b"304")
    return all(status in (b"301", b"308") for status in moved)


def _authorities() -> str:
    """Return the file of certificates this machine trusts: libcurl's wheel looks where ours may not be."""
    return ssl.get_default_verify_paths().cafile or ""
