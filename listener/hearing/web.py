"""The one polite GET: every transfer of every source, on one thread, by libcurl's multi interface.

What hostile servers do is bounded here: the time of the whole transfer, the size of the body
after decompression, redirects and where they lead. Between name resolution and connect each
address is judged; transfers that may go inside the network have a multi handle, and with it
connections, of their own, for a pooled connection is not judged again.

A host of the open internet is asked by few at once, with a pause between two requests, and
not at all while it asks to be left alone (Retry-After).
"""

from __future__ import annotations

import logging
import resource
import select
import socket
import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

import pycurl

from connectors import SourceGarbled, SourceUnavailable
from listener.hearing.address import is_public
from listener.hearing.backoff import retry_after
from listener.hearing.transfer import AGENT, Limits, Load, Reply, Request, Transfer
from listener.hearing.turns import NEVER, Turns

__all__ = ["Limits", "Reply", "Request", "Told", "Web"]

log = logging.getLogger("listener.hearing")

Told = Sequence[tuple[Request, Reply]]
# How long a request waits for a host that rests; if it takes longer it is told so.
PATIENCE = timedelta(seconds=20)
LONGEST_HOLD = timedelta(minutes=15)
MOST_FILES = 16_384
SPARE_FILES = 200
# Between visits that lie minutes apart only hosts that are asked for many feeds keep theirs.
MOST_KEPT, MOST_KEPT_PRIVATE = 256, 4_096
_RESTING = frozenset((429, 503))
_MASKS = {
    pycurl.POLL_IN: select.EPOLLIN,
    pycurl.POLL_OUT: select.EPOLLOUT,
    pycurl.POLL_INOUT: select.EPOLLIN | select.EPOLLOUT,
}


class Web:
    """Fetches; `get` may be called from any thread.

    `judge` says of an IP address whether transfers that are not private may go there. `tell`
    is handed all that has ended since the last time, on the web's thread, and must be quick;
    whoever takes it says so by `read`. Without it each request is told by its `done`.
    """

    def __init__(
        self,
        contact: str = "",
        limits: Limits | None = None,
        judge: Callable[[str], bool] = is_public,
        tell: Callable[[Told], None] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.limits = limits or Limits()
        self._judge, self._tell, self._clock = judge, tell or self._tell_each, clock
        self._agent = f"{AGENT} (+{contact})" if contact else AGENT
        files = (_more_files() - SPARE_FILES) // 2
        at_once = max(min(self.limits.at_once, files), 8)
        self._asked: deque[Request] = deque()
        self._turns: Turns[Request] = Turns(at_once, self.limits.per_host, max(at_once // 4, 1))
        self._gap = self.limits.gap.total_seconds()
        self._poll = select.epoll()
        self._wake, self._bell = socket.socketpair()
        self._bell.setblocking(False)
        self._poll.register(self._wake.fileno(), select.EPOLLIN)
        self._rung = False
        self._closing = False
        self._public = _Multi(self._poll, max(min(MOST_KEPT, files), 8))
        self._private = _Multi(self._poll, max(min(MOST_KEPT_PRIVATE, files), 8))
        self._spare: dict[bool, list[Transfer]] = {False: [], True: []}
        self._running: dict[pycurl.Curl, Transfer] = {}
        self._ended: list[tuple[Request, Reply]] = []
        self._load, self._read = Load(), deque[int]()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def get(self, request: Request) -> None:
        """Begin a transfer as soon as it is its host's turn."""
        with self._lock:
            gone = self._closing
            if not gone:
                self._asked.append(request)
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="web", daemon=True)
                    self._thread.start()
                self._ring()
        if gone:
            self._tell(((request, _stopping()),))

    def read(self, size: int) -> None:
        """Say that replies with so many bytes have been read: there is room for others."""
        if size:
            self._read.append(size)
            if self._load.full:
                with self._lock:
                    if not self._closing:
                        self._ring()

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

    def _tell_each(self, told: Told) -> None:
        for request, reply in told:
            request.done(reply)
            self.read(len(reply.body))

    def _run(self) -> None:
        while not self._closing:
            try:
                self._begin()
                self._turn()
                self._finish()
            except Exception:
                log.exception("web: a turn failed")
            if self._ended:
                ended, self._ended = self._ended, []
                try:
                    self._tell(ended)
                except Exception:
                    log.exception("web: replies were not taken")
        self._break_off()

    def _begin(self) -> None:
        """Start the transfers whose turn it is."""
        now = monotonic()
        while self._read:
            self._load.held -= self._read.popleft()
        while self._asked:
            self._line_up(self._asked.popleft(), now)
        while not self._load.full and (turn := self._turns.next(now)) is not None:
            self._start(turn)

    def _line_up(self, request: Request, now: float) -> None:
        if request.private:
            if not request.slow and not self._load.full and self._turns.begin(request.line):
                self._start(request)
            else:
                self._turns.add(request.line, request, slow=request.slow)
            return
        wait = self._turns.rests_until(request.host) - now
        if wait > PATIENCE.total_seconds():
            self._ended.append((request, _resting(request.host, timedelta(seconds=wait))))
        else:
            self._turns.add(request.host, request, gap=self._gap, slow=request.slow)

    def _start(self, request: Request) -> None:
        private = request.private
        spare = self._spare[private]
        transfer = (
            spare.pop()
            if spare
            else Transfer(self._agent, self.limits, self._judge, self._load, private=private)
        )
        try:
            transfer.take(request)
            self._running[transfer.curl] = transfer
            (self._private if private else self._public).add(transfer.curl)
        except (pycurl.error, ValueError, TypeError) as error:
            log.error("web: a request could not be made host=%s error=%s", request.host, error)
            self._running.pop(transfer.curl, None)
            self._turns.over(request.line, slow=request.slow)
            failed = SourceGarbled(f"{request.host}: the request could not be made: {error}")
            self._ended.append((request, Reply(error=failed)))

    def _turn(self) -> None:
        """Wait until something happens, and let libcurl do what there is to do."""
        private = self._private
        for fd, events in self._poll.poll(self._patience()):
            if fd in private.sockets:
                private.happened(fd, events)
            elif fd in self._public.sockets:
                self._public.happened(fd, events)
            elif fd == self._wake.fileno():
                self._wake.recv(64)
                self._rung = False
        now = monotonic()
        for multi in (self._public, private):
            if multi.due_at <= now:
                multi.timed()

    def _patience(self) -> float:
        """Return how many seconds nothing has to be done, if nothing happens."""
        if self._asked or self._ended:
            return 0.0
        due = min(self._public.due_at, self._private.due_at, self._turns.due_at)
        # A moment later than due: epoll counts whole milliseconds, and too early is once more.
        return min(max(due - monotonic(), 0.0) + 0.0005, 60.0) if due != NEVER else 60.0

    def _finish(self) -> None:
        for multi in (self._public, self._private):
            for curl, code, message in multi.ended():
                transfer = self._running.pop(curl)
                request = transfer.request
                reply = transfer.reply(code, message)
                if reply.status in _RESTING and not request.private:
                    self._hold(request.host, reply)
                self._turns.over(request.line, slow=request.slow)
                if transfer.size != len(reply.body):
                    self._load.held -= transfer.size
                transfer.leave()
                self._spare[request.private].append(transfer)
                self._ended.append((request, reply))

    def _hold(self, host: str, reply: Reply) -> None:
        """Leave a host alone for as long as it asks; what waits for it longer than a moment is told."""
        wait = retry_after(reply.headers.get("retry-after", ""), self._clock())
        if wait is None:
            return
        wait = min(wait, LONGEST_HOLD)
        waiting = self._turns.hold(host, monotonic() + wait.total_seconds())
        for request in waiting:
            self._line_up(request, monotonic())

    def _break_off(self) -> None:
        left = [transfer.request for transfer in self._running.values()]
        for curl, transfer in self._running.items():
            (self._private if transfer.request.private else self._public).multi.remove_handle(curl)
        self._ended += [(r, _stopping()) for r in (*left, *self._asked, *self._turns.rest())]
        self._asked.clear()
        self._tell(self._ended)
        for transfer in (*self._spare[False], *self._spare[True], *self._running.values()):
            transfer.curl.close()
        self._public.multi.close()
        self._private.multi.close()
        self._poll.close()
        with self._lock:  # whoever closes may be about to ring
            self._wake.close()
            self._bell.close()


class _Multi:
    """One multi handle, with connections and names of its own, and what it waits for."""

    def __init__(self, poll: select.epoll, most_kept: int) -> None:
        self.sockets: set[int] = set()
        self.due_at = NEVER
        self._poll = poll
        self._busy = 0
        self.multi = pycurl.CurlMulti()
        self.multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self.multi.setopt(pycurl.M_TIMERFUNCTION, self._alarm)
        self.multi.setopt(pycurl.M_MAXCONNECTS, most_kept)

    def add(self, curl: pycurl.Curl) -> None:
        self.multi.add_handle(curl)
        self._busy += 1

    def happened(self, fd: int, events: int) -> None:
        mask = pycurl.CSELECT_IN if events & (select.EPOLLIN | select.EPOLLHUP) else 0
        if events & select.EPOLLOUT:
            mask |= pycurl.CSELECT_OUT
        if events & select.EPOLLERR:
            mask |= pycurl.CSELECT_ERR
        self.multi.socket_action(fd, mask)

    def timed(self) -> None:
        self.due_at = NEVER
        self.multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)

    def ended(self) -> list[tuple[pycurl.Curl, int, str]]:
        if not self._busy:
            return []
        found: list[tuple[pycurl.Curl, int, str]] = []
        while True:
            left, good, bad = self.multi.info_read()
            found += [(curl, 0, "") for curl in good]
            found += bad
            if not left:
                break
        for curl, _, _ in found:
            self.multi.remove_handle(curl)
        self._busy -= len(found)
        return found

    def _watch(self, what: int, fd: int, multi: Any, data: Any) -> None:
        if what == pycurl.POLL_REMOVE:
            self.sockets.discard(fd)
            self._poll.unregister(fd)
        elif what != pycurl.POLL_NONE:
            if fd in self.sockets:
                self._poll.modify(fd, _MASKS[what])
            else:
                self.sockets.add(fd)
                self._poll.register(fd, _MASKS[what])

    def _alarm(self, milliseconds: int) -> None:
        self.due_at = monotonic() + milliseconds / 1000 if milliseconds >= 0 else NEVER


def _stopping() -> Reply:
    return Reply(error=SourceUnavailable("we are stopping"))


def _resting(host: str, wait: timedelta) -> Reply:
    sentence = f"{host} asked to be left alone for another {wait.total_seconds():.0f} s"
    return Reply(error=SourceUnavailable(sentence, wait))


def _more_files() -> int:
    """Let this process open as many files as it may, up to a bound; return how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return MOST_FILES if soft == resource.RLIM_INFINITY else soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):
        return soft
    return wanted
