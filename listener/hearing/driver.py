"""Holding the conversations: what a connector asks is asked, what comes back is told to it.

A conversation runs on a reader thread, never on the web's: reading a page takes time that
the other transfers would miss. Between its asks it takes no thread at all.
"""

from __future__ import annotations

import json
import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from hashlib import blake2b
from queue import SimpleQueue
from time import monotonic
from typing import Any
from urllib.parse import urlencode

import connectors
from connectors import (
    Answer,
    Ask,
    Call,
    ConnectorError,
    Conversation,
    Get,
    Page,
    Post,
    SourceGarbled,
    SourceRefused,
    SourceUnavailable,
)
from connectors._text import link
from listener.hearing.address import is_public
from listener.hearing.backoff import retry_after
from listener.hearing.calls import OVERDUE, Calls
from listener.hearing.faults import refused_status
from listener.hearing.robots import Robots
from listener.hearing.sandbox import Sandbox
from listener.hearing.visit import Again, Outcome, Validators, Visit
from listener.hearing.web import Limits, Reply, Request, Told, Web

log = logging.getLogger("listener.hearing")

MOST_ASKS = 100
TEDIOUS_SECONDS = 1.5
LONGEST_VALIDATOR = 1_000
# What a reader takes at once: waking one for each answer costs more than reading the answer.
MOST_TOLD, MOST_TOLD_BYTES = 64, 100_000

# Kinds whose whole conversation, where nothing has changed, follows from its options and cursor.
STEADY = frozenset({"rss"})

Done = Callable[[Outcome], None]
Work = tuple[Callable[[Any], None], Any]


class Ears:
    """Visits sources. `readers` threads read what `most_visits` transfers at once bring home.

    `judge` says which IP addresses a source that is not private may lead to.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        contact: str = "",
        readers: int = 4,
        most_visits: int | None = None,
        *,
        limits: Limits | None = None,
        overdue: timedelta = OVERDUE,
        judge: Callable[[str], bool] = is_public,
    ) -> None:
        self._clock = clock
        limits = limits or (Limits(at_once=most_visits) if most_visits else Limits())
        self._web = Web(contact, limits, judge, self._take, clock)
        self._robots = Robots(self._web)
        self._sandbox = Sandbox()
        self._calls = Calls("call", 4, overdue)
        self._guarded = Calls("guard", 2, overdue)
        self._tedious = Calls("guard-apart", 1, overdue)
        self._slow_to_read: set[str] = set()
        self._told: SimpleQueue[Sequence[Work] | None] = SimpleQueue()
        self._readers = [
            threading.Thread(target=self._read, name="reader", daemon=True) for _ in range(readers)
        ]
        self._talks: dict[_Talk, bool] = {}
        self._lock = threading.Lock()
        self._coming: deque[_Talk] = deque()
        self._closed = self._started = self._called = False

    def visit(self, visit: Visit, done: Done) -> None:
        """Begin a visit; `done` gets its outcome, once, on another thread."""
        talk = _Talk(visit, done, self._clock())
        with self._lock:
            closed = self._closed
            if not closed:
                self._talks[talk] = True
                if not self._started:
                    self._started = True
                    for reader in self._readers:
                        reader.start()
        if closed:
            talk.over(None, SourceUnavailable("we are stopping"), self._clock())
            return
        if (again := visit.again) is not None:
            done_once = _AskedAgain(self, talk)
            self._web.get(Request(again.url, again.headers, visit.private, done_once, None, visit.slow))
            return
        self._coming.append(talk)
        if not self._called:
            self._called = True
            self._told.put([(self._begin, None)])

    def _begin(self, _: None) -> None:
        """Begin the visits that have come in since; where there are many, other readers help."""
        self._called = False
        for _turn in range(MOST_TOLD):
            try:
                talk = self._coming.popleft()
            except IndexError:
                return
            self._tell(talk, None, None)
        self._called = True
        self._told.put([(self._begin, None)])

    def close(self, wait: timedelta = timedelta(seconds=5)) -> None:
        """Break off what is under way, each with an error, and stop threads and children."""
        with self._lock:
            self._closed = True
        self._web.close(wait)
        self._sandbox.close()
        self._calls.close()
        self._guarded.close()
        self._tedious.close()
        if self._started:
            for _ in self._readers:
                self._told.put(None)
            for reader in self._readers:
                reader.join(wait.total_seconds() / len(self._readers))
        for talk in list(self._talks):
            self._end(talk, None, SourceUnavailable("we are stopping"))

    def _take(self, told: Told) -> None:
        """Hand replies to the readers, many at once; a long one holds up few others."""
        batch: list[Work] = []
        size = 0
        for request, reply in told:
            done = request.done
            batch.append((done.take if isinstance(done, _Asked) else done, reply))
            size += len(reply.body)
            if size > MOST_TOLD_BYTES or len(batch) >= MOST_TOLD:
                self._told.put([*batch, (self._web.read, size)])
                batch, size = [], 0
        if batch:
            self._told.put([*batch, (self._web.read, size)])

    def _read(self) -> None:
        while (batch := self._told.get()) is not None:
            for do, thing in batch:
                try:
                    do(thing)
                except Exception:
                    log.exception("hearing: a reader failed")
            del batch

    def _later(self, talk: _Talk, answer: Answer | None, error: ConnectorError | None) -> None:
        """Let a reader tell the conversation what came back."""
        self._told.put([(lambda _: self._tell(talk, answer, error), None)])

    def _tell(self, talk: _Talk, answer: Answer | None, error: ConnectorError | None) -> None:
        try:
            self._go_on(talk, answer, error)
        except Exception:
            log.exception("hearing: a visit could not go on source=%s", talk.visit.source)
            self._end(talk, None, SourceGarbled("the visit failed on our side"))

    def _go_on(self, talk: _Talk, answer: Answer | None, error: ConnectorError | None) -> None:
        """Tell the conversation what came back, and do what it asks next."""
        try:
            ask = talk.next(answer, error)
        except StopIteration as end:
            page = end.value
            if isinstance(page, Page):
                self._end(talk, page, None)
            else:
                self._end(talk, None, SourceGarbled(f"the connector brought home a {type(page).__name__}"))
        except ConnectorError as failure:
            self._end(talk, None, failure)
        except Exception as bug:
            log.exception("connector failed source=%s kind=%s", talk.visit.source, talk.visit.kind)
            self._end(
                talk, None, SourceGarbled(f"the connector failed: {type(bug).__name__}: {str(bug)[:200]}")
            )
        else:
            self._ask(talk, ask)

    def _ask(self, talk: _Talk, ask: Ask) -> None:
        talk.asks += 1
        if talk.asks > MOST_ASKS:
            self._later(talk, None, SourceGarbled(f"more than {MOST_ASKS} questions in one visit"))
        elif isinstance(ask, Get):
            self._get(talk, ask)
        elif isinstance(ask, Post):
            self._post(talk, ask)
        elif isinstance(ask, Call):
            self._call(talk, ask)
        else:
            self._later(talk, None, SourceGarbled(f"the connector asked for a {type(ask).__name__}"))

    def _get(self, talk: _Talk, ask: Get) -> None:
        url = link(_address(ask))
        if not url:
            self._later(talk, None, SourceRefused("this is no http or https address"))
            return
        headers = _lines(ask.headers)
        key = _key(url) if ask.conditional else ""
        if key and talk.visit.cursor is not None:
            headers += _conditions(talk.visit.validators.get(key))
        asked = self._robots if ask.robots else self._web
        if key and asked is self._web and talk.visit.kind in STEADY and talk.asks == 1:
            talk.first = url, headers, key, ask.statuses
        done = _Asked(self, talk, key, ask.statuses)
        asked.get(Request(url, headers, talk.visit.private, done, None, talk.visit.slow))

    def _post(self, talk: _Talk, ask: Post) -> None:
        url = link(ask.url)
        if not url:
            self._later(talk, None, SourceRefused("this is no http or https address"))
            return
        headers, body = _lines(ask.headers), b""
        if ask.body is not None:
            headers, body = ["Content-Type: application/json", *headers], json.dumps(ask.body).encode()
        done = _Asked(self, talk, "", ask.statuses)
        self._web.get(Request(url, headers, talk.visit.private, done, body, talk.visit.slow))

    def _understood(
        self, talk: _Talk, reply: Reply, key: str, statuses: tuple[int, ...]
    ) -> tuple[Answer | None, ConnectorError | None]:
        if reply.error is not None:
            return None, reply.error
        if reply.status not in (200, 304) and reply.status not in statuses:
            wait = retry_after(reply.headers.get("retry-after", ""), self._clock())
            if (error := refused_status(reply.status, reply.url.split("/", 3)[2], wait)) is not None:
                return None, error
        unchanged = reply.status == 304
        if key:
            talk.validators[key] = _validators(reply, talk.visit.validators.get(key) if unchanged else None)
        talk.changed = talk.changed or not unchanged
        talk.moved_to = reply.moved_to or talk.moved_to
        answer = Answer(
            reply.body, None, unchanged, reply.url, reply.content_type, reply.status, reply.headers
        )
        return answer, None

    def _call(self, talk: _Talk, ask: Call) -> None:
        def back(value: Any, error: BaseException | None) -> None:
            talk.changed = True
            if error is None:
                self._later(talk, Answer(value=value), None)
            elif isinstance(error, ConnectorError):
                self._later(talk, None, error)
            else:
                log.error("call failed source=%s", talk.visit.source, exc_info=error)
                failed = SourceGarbled(f"the call failed: {type(error).__name__}: {str(error)[:200]}")
                self._later(talk, None, failed)

        if ask.guarded:
            source = talk.visit.source
            calls = self._tedious if source in self._slow_to_read else self._guarded
            calls.run(self._with_care, (source, ask.function, *ask.args), back)
        else:
            self._calls.run(ask.function, ask.args, back)

    def _with_care(self, source: str, function: Callable[..., Any], *args: Any) -> Any:
        """Call in a child; a source that keeps one busy for long waits apart from the others next time."""
        begun_at = monotonic()
        try:
            return self._sandbox.run(function, *args)
        finally:
            took = monotonic() - begun_at
            (self._slow_to_read.add if took > TEDIOUS_SECONDS else self._slow_to_read.discard)(source)

    def _end(self, talk: _Talk, page: Page | None, error: ConnectorError | None) -> None:
        if not self._talks.pop(talk, False):
            return  # its outcome was told already
        try:
            talk.over(page, error, self._clock())
        except Exception:
            log.exception("hearing: the outcome of a visit was not taken source=%s", talk.visit.source)

    def _end_same(self, talk: _Talk, again: Again, moved_to: str) -> None:
        if self._talks.pop(talk, False):
            try:
                talk.same(again, moved_to, self._clock())
            except Exception:
                log.exception("hearing: the outcome of a visit was not taken source=%s", talk.visit.source)


class _Talk:
    """One visit under way."""

    __slots__ = (
        "asks", "changed", "conversation", "done", "first", "moved_to", "started_at", "validators", "visit"
    )  # fmt: skip

    def __init__(self, visit: Visit, done: Done, started_at: datetime) -> None:
        self.visit, self.done, self.started_at = visit, done, started_at
        self.conversation: Conversation | None = None
        self.validators: dict[str, Validators] = {}
        self.asks = 0
        self.changed = False
        self.moved_to = ""
        self.first: tuple[str, list[str], str, tuple[int, ...]] | None = None

    def next(self, answer: Answer | None, error: ConnectorError | None) -> Ask:
        """Go on to the next ask; the Page comes in a StopIteration, as generators do it."""
        if self.conversation is None:
            if error is not None:
                raise error
            self.conversation = _connector(self.visit.kind).fetch(self.visit.options, self.visit.cursor)
            return next(self.conversation)
        if error is not None:
            return self.conversation.throw(error)
        assert answer is not None
        return self.conversation.send(answer)

    def over(self, page: Page | None, error: ConnectorError | None, now: datetime) -> None:
        if self.conversation is not None:
            self.conversation.close()
        unchanged = page is not None and self.asks > 0 and not self.changed
        validators = self.validators if page is not None else {}
        moved_to = self.moved_to if page is not None else ""
        again = Again(*self.first, page) if page and unchanged and self.asks == 1 and self.first else None
        source, began = self.visit.source, self.started_at
        self.done(Outcome(source, page, error, validators, unchanged, moved_to, began, now, again))

    def same(self, again: Again, moved_to: str, now: datetime) -> None:
        """Tell that nothing has changed since the visit that left `again`."""
        visit = self.visit
        self.done(
            Outcome(
                visit.source, again.page, None, visit.validators, True, moved_to, self.started_at, now, again
            )
        )


class _Asked:
    """Takes the reply to what a visit asked: `take` on a reader's thread, a call on any."""

    __slots__ = ("_ears", "_key", "_statuses", "_talk")

    def __init__(self, ears: Ears, talk: _Talk, key: str, statuses: tuple[int, ...]) -> None:
        self._ears, self._talk, self._key, self._statuses = ears, talk, key, statuses

    def __call__(self, reply: Reply) -> None:
        self._ears._told.put([(self.take, reply)])

    def take(self, reply: Reply) -> None:
        """Go on with the conversation."""
        talk, ears = self._talk, self._ears
        try:
            answer, error = ears._understood(talk, reply, self._key, self._statuses)
            ears._go_on(talk, answer, error)
        except Exception:
            log.exception("hearing: a visit could not go on source=%s", talk.visit.source)
            ears._end(talk, None, SourceGarbled("the visit failed on our side"))


class _AskedAgain(_Asked):
    """Takes the reply to the one question of a visit that was held just so before.

    Where nothing has changed there is no conversation to be held; else it is held from its beginning.
    """

    __slots__ = ()

    def __init__(self, ears: Ears, talk: _Talk) -> None:
        again = talk.visit.again
        assert again is not None
        super().__init__(ears, talk, again.key, again.statuses)

    def take(self, reply: Reply) -> None:
        talk, ears, again = self._talk, self._ears, self._talk.visit.again
        assert again is not None
        if reply.status == 304 and _says_the_same(reply, talk.visit.validators.get(again.key)):
            ears._end_same(talk, again, reply.moved_to)
            return
        try:
            talk.next(None, None)
            talk.asks, talk.first = 1, (again.url, again.headers, again.key, again.statuses)
        except Exception:
            log.exception("hearing: a visit could not go on source=%s", talk.visit.source)
            ears._end(talk, None, SourceGarbled("the visit failed on our side"))
        else:
            super().take(reply)


# Finding a kind reads the folder of connectors, which no visit should wait for twice.
_connector = cache(connectors.load)


def _address(ask: Get) -> str:
    if not ask.params:
        return ask.url
    return f"{ask.url}{'&' if '?' in ask.url else '?'}{urlencode(ask.params)}"


def _lines(headers: Mapping[str, str]) -> list[str]:
    return [f"{name}: {_one_line(value)}" for name, value in headers.items()]


def _key(url: str) -> str:
    """Return what stands for an address where validators are kept: it may hold a private token."""
    return blake2b(url.encode(), digest_size=12).hexdigest()


def _conditions(validators: Validators | None) -> list[str]:
    if validators is None:
        return []
    pairs = (("If-None-Match", validators.etag), ("If-Modified-Since", validators.modified))
    return [f"{name}: {_one_line(value)}" for name, value in pairs if value]


def _validators(reply: Reply, known: Validators | None) -> Validators:
    """Return what the reply gives; a 304 that gives nothing new leaves what is known."""
    etag, modified = reply.headers.get("etag", ""), reply.headers.get("last-modified", "")
    known = known or Validators()
    return Validators(_kept(etag) or known.etag, _kept(modified) or known.modified)


def _says_the_same(reply: Reply, known: Validators | None) -> bool:
    """Whether a "not changed" leaves the validators as they are known."""
    if known is None:
        return False
    etag, modified = reply.headers.get("etag"), reply.headers.get("last-modified")
    return (not etag or etag == known.etag) and (not modified or modified == known.modified)


def _kept(value: str) -> str:
    return value if len(value) <= LONGEST_VALIDATOR and value.isascii() and value.isprintable() else ""


def _one_line(value: str) -> str:
    if value.isascii() and value.isprintable():
        return value
    return "".join(letter for letter in value if letter.isascii() and letter.isprintable())
