"""The one polite GET: every transfer of every source, on one thread, by libcurl's multi interface.

What hostile servers do is bounded here: the time of the whole transfer, the size of the body
after decompression, redirects and where they lead. Between name resolution and connect each
address is judged; transfers that may go inside the network have a multi handle, and with it
connections, of their own, for a pooled connection is not judged again.
"""

from __future__ import annotations

import logging
import select
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Any
from urllib.parse import urlsplit
from zlib import crc32

import pycurl

from connectors import ConnectorError, SourceGarbled, SourceUnavailable
from listener.hearing import faults
from listener.hearing.address import is_public, is_withheld
from listener.hearing.turns import Turns

log = logging.getLogger("listener.hearing")

AGENT = "crisis-listener/0.1"
_HTTP = pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS
_WANTED = frozenset((b"etag", b"last-modified", b"retry-after", b"link")) | {
    prefix + b"ratelimit-" + name for prefix in (b"", b"x-") for name in (b"limit", b"remaining", b"reset")
}
_INITIALS = b"eElLrRxX"
_H = ord("H")
_MASKS = {
    pycurl.POLL_IN: select.POLLIN,
    pycurl.POLL_OUT: select.POLLOUT,
    pycurl.POLL_INOUT: select.POLLIN | select.POLLOUT,
}


PRIVATE_LINES = 24


@dataclass(frozen=True, slots=True)
class Limits:
    """What one transfer may take, and how many run at once: all told, and to one host."""

    total: timedelta = timedelta(seconds=30)
    connect: timedelta = timedelta(seconds=10)
    most_bytes: int = 5_000_000
    redirects: int = 5
    at_once: int = 64
    per_host: int = 2

    def __str__(self) -> str:
        seconds, megabytes = self.total.total_seconds(), self.most_bytes / 1e6
        return f"at most {seconds:g} s, {megabytes:g} MB, {self.redirects} redirects"


@dataclass(slots=True)
class Request:
    """One address to be fetched, by POST where there is a `body`.

    `done` is called on the web's thread and must be quick.
    """

    url: str
    headers: list[str]
    private: bool
    done: Callable[[Reply], None]
    body: bytes | None = None

    @property
    def host(self) -> str:
        return self.url.split("/", 3)[2]

    @property
    def line(self) -> Hashable:
        """Where it waits its turn: that of its host. A host inside the network has many lines.

        It is the operator's own, and one feed of it that hangs must not hold up the others.
        """
        return (self.host, crc32(self.url.encode()) % PRIVATE_LINES if self.private else -1)


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


class Web:
    """Fetches; `get` may be called from any thread.

    `judge` says of an IP address whether transfers that are not private may go there.
    """

    def __init__(
        self, contact: str = "", limits: Limits | None = None, judge: Callable[[str], bool] = is_public
    ) -> None:
        self.limits = limits or Limits()
        self._judge = judge
        self._agent = f"{AGENT} (+{contact})" if contact else AGENT
        self._asked: deque[Request] = deque()
        self._turns: Turns[Request] = Turns(self.limits.at_once, self.limits.per_host)
        self._poll = select.poll()
        self._wake, self._bell = socket.socketpair()
        self._bell.setblocking(False)
        self._poll.register(self._wake.fileno(), select.POLLIN)
        self._rung = False
        self._closing = False
        self._public = _Multi(self._poll)
        self._private = _Multi(self._poll)
        self._spare: list[_Transfer] = []
        self._running: dict[pycurl.Curl, _Transfer] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def get(self, request: Request) -> None:
        """Begin a transfer as soon as it is its host's turn."""
        with self._lock:
            if self._closing:
                gone = True
            else:
                gone = False
                self._asked.append(request)
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="web", daemon=True)
                    self._thread.start()
                self._ring()
        if gone:
            request.done(Reply(error=SourceUnavailable("we are stopping")))

    def close(self, wait: timedelta = timedelta(seconds=5)) -> None:
        """Break off what runs, with an error to each, and end the thread."""
        with self._lock:
            if self._closing:
                return
            self._closing = True
            self._ring()
        if self._thread is None:
            self._break_off()
        else:
            self._thread.join(wait.total_seconds())

    def _ring(self) -> None:
        if not self._rung:
            self._rung = True
            self._bell.send(b"\0")

    def _run(self) -> None:
        while not self._closing:
            try:
                self._begin()
                self._turn()
                self._finish()
            except Exception:
                log.exception("web: a turn failed")
        self._break_off()

    def _begin(self) -> None:
        """Start the transfers whose turn it is."""
        while self._asked:
            request = self._asked.popleft()
            self._turns.add(request.line, request)
        while (turn := self._turns.next()) is not None:
            self._load(turn)

    def _load(self, request: Request) -> None:
        transfer = self._spare.pop() if self._spare else _Transfer(self._agent, self.limits, self._judge)
        try:
            transfer.load(request)
            self._running[transfer.curl] = transfer
            (self._private if request.private else self._public).add(transfer.curl)
        except (pycurl.error, ValueError, TypeError) as error:
            log.error("web: a request could not be made host=%s error=%s", request.host, error)
            self._running.pop(transfer.curl, None)
            self._turns.over(request.line)
            request.done(
                Reply(error=SourceGarbled(f"{request.host}: the request could not be made: {error}"))
            )

    def _turn(self) -> None:
        """Wait until something happens, and let libcurl do what there is to do."""
        due = min(self._public.due_at, self._private.due_at)
        wait = max(0.0, min(due - monotonic(), 60.0)) if not self._asked else 0.0
        for fd, events in self._poll.poll(wait * 1000 + 0.999 if wait else 0):
            if fd == self._wake.fileno():
                self._wake.recv(64)
                self._rung = False
            else:
                multi = self._private if fd in self._private.sockets else self._public
                multi.happened(fd, events)
        now = monotonic()
        for multi in (self._public, self._private):
            if multi.due_at <= now:
                multi.timed()

    def _finish(self) -> None:
        for multi in (self._public, self._private):
            for curl, code, message in multi.ended():
                transfer = self._running.pop(curl)
                request = transfer.request
                self._turns.over(request.line)
                reply = transfer.reply(code, message)
                transfer.unload()
                self._spare.append(transfer)
                request.done(reply)

    def _break_off(self) -> None:
        for curl, transfer in self._running.items():
            (self._private if transfer.request.private else self._public).multi.remove_handle(curl)
            transfer.request.done(Reply(error=SourceUnavailable("we are stopping")))
        while self._asked:
            self._asked.popleft().done(Reply(error=SourceUnavailable("we are stopping")))
        for request in self._turns.rest():
            request.done(Reply(error=SourceUnavailable("we are stopping")))
        for transfer in (*self._spare, *self._running.values()):
            transfer.curl.close()
        self._public.multi.close()
        self._private.multi.close()
        with self._lock:  # whoever closes may be about to ring
            self._wake.close()
            self._bell.close()


class _Multi:
    """One multi handle, with connections and names of its own, and what it waits for."""

    def __init__(self, poll: select.poll) -> None:
        self.sockets: set[int] = set()
        self.due_at = float("inf")
        self._poll = poll
        self._idle = True
        self.multi = pycurl.CurlMulti()
        self.multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self.multi.setopt(pycurl.M_TIMERFUNCTION, self._alarm)
        self.multi.setopt(pycurl.M_MAXCONNECTS, 128)

    def add(self, curl: pycurl.Curl) -> None:
        self._idle = False
        self.multi.add_handle(curl)

    def happened(self, fd: int, events: int) -> None:
        mask = pycurl.CSELECT_IN if events & (select.POLLIN | select.POLLHUP) else 0
        if events & select.POLLOUT:
            mask |= pycurl.CSELECT_OUT
        if events & (select.POLLERR | select.POLLNVAL):
            mask |= pycurl.CSELECT_ERR
        self.multi.socket_action(fd, mask)

    def timed(self) -> None:
        self.due_at = float("inf")
        self.multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)

    def ended(self) -> list[tuple[pycurl.Curl, int, str]]:
        if self._idle:
            return []
        found: list[tuple[pycurl.Curl, int, str]] = []
        while True:
            left, good, bad = self.multi.info_read()
            found += [(curl, 0, "") for curl in good] + list(bad)
            if not left:
                break
        for curl, _, _ in found:
            self.multi.remove_handle(curl)
        return found

    def _watch(self, what: int, fd: int, multi: Any, data: Any) -> None:
        if what == pycurl.POLL_REMOVE:
            self.sockets.discard(fd)
            self._poll.unregister(fd)
        elif what != pycurl.POLL_NONE:
            self.sockets.add(fd)
            self._poll.register(fd, _MASKS[what])

    def _alarm(self, milliseconds: int) -> None:
        self.due_at = monotonic() + milliseconds / 1000 if milliseconds >= 0 else float("inf")


class _Transfer:
    """An easy handle, used again and again, and what the transfer at hand has brought so far."""

    request: Request

    def __init__(self, agent: str, limits: Limits, judge: Callable[[str], bool]) -> None:
        self._limits, self._judge = limits, judge
        self._head: list[bytes] = []
        self._body: list[bytes] = []
        self._size = 0
        self._inner = ""
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
        if authorities := _authorities():
            curl.setopt(pycurl.CAINFO, authorities)

    def load(self, request: Request) -> None:
        self.request = request
        self._inner = ""
        curl = self.curl
        curl.setopt(pycurl.URL, request.url)
        curl.setopt(pycurl.HTTPHEADER, request.headers)
        if request.body is not None:
            curl.setopt(pycurl.POST, 1)
            curl.setopt(pycurl.POSTFIELDS, request.body)
            curl.setopt(pycurl.FOLLOWLOCATION, 0)  # what it carries may be meant for this host alone
        if request.private:
            curl.unsetopt(pycurl.OPENSOCKETFUNCTION)
        else:
            curl.setopt(pycurl.OPENSOCKETFUNCTION, self._open)

    def unload(self) -> None:
        if self.request.body is not None:
            self.curl.setopt(pycurl.HTTPGET, 1)
            self.curl.setopt(pycurl.FOLLOWLOCATION, 1)
        self._head.clear()
        self._body.clear()
        self._size = 0

    def reply(self, code: int, message: str) -> Reply:
        curl, request = self.curl, self.request
        redirects = curl.getinfo(pycurl.REDIRECT_COUNT)
        url = curl.getinfo(pycurl.EFFECTIVE_URL) if redirects or code else request.url
        if code:
            return Reply(error=self._fault(code, message, redirects, url))
        return Reply(
            status=curl.getinfo(pycurl.RESPONSE_CODE),
            body=self._body[0] if len(self._body) == 1 else b"".join(self._body),
            url=url,
            content_type=curl.getinfo(pycurl.CONTENT_TYPE) or "",
            headers=_headers(self._head),
            moved_to=url if redirects and _for_good(self._head) else "",
        )

    def _fault(self, code: int, message: str, redirects: int, url: str) -> ConnectorError:
        host = self.request.host
        if redirects and (there := urlsplit(url).netloc) and there != host:
            host = f"{host} (sent on to {there.rpartition('@')[2][:100]})"
        inner = self._inner or (name if is_withheld(name := urlsplit(url).hostname or "") else "")
        if inner:
            return faults.inner_address(host, inner)
        if self._size > self._limits.most_bytes:
            return faults.too_large(host, str(self._limits))
        return faults.failed_transfer(code, message, host, redirects, str(self._limits))

    def _write(self, data: bytes) -> int | None:
        self._size += len(data)
        if self._size > self._limits.most_bytes:
            return 0  # anything but the length stops the transfer
        self._body.append(data)
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
            return int(pycurl.PREREQFUNC_ABORT)
        return int(pycurl.PREREQFUNC_OK)


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
    return all(status in (b"301", b"308") for status in statuses if status.startswith(b"3"))


def _authorities() -> str:
    """Return the file of certificates this machine trusts: libcurl's wheel looks where ours may not be."""
    return ssl.get_default_verify_paths().cafile or ""
