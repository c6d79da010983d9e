"""Finding the feeds of a page: where they may be is looked at, and each is tried for real.

The page and mere guesses are read as a person's browser would be led there, so the site's
robots.txt is obeyed; a feed that the site names, or is known to have, is made for machines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import unescape
from itertools import pairwise
from queue import SimpleQueue
from statistics import median
from types import TracebackType
from typing import Self

from connectors import (
    Answer,
    Ask,
    Call,
    ConnectorError,
    Conversation,
    Get,
    Page,
    SourceGarbled,
    SourceRefused,
    link,
    plain,
    rss,
)
from listener.hearing import Limits
from listener.hearing.address import is_public
from listener.hearing.faults import refused_status
from listener.hearing.robots import Robots
from listener.hearing.sandbox import Sandbox
from listener.hearing.web import Reply, Request, Web
from listener.signposts import GUESSED, NAMED, Sign, guesses, known, signs, text_of

MOST_TRIED = 24
LIMITS = Limits(total=timedelta(seconds=15), connect=timedelta(seconds=8), at_once=8)
ACCEPT = "text/html, application/xhtml+xml, application/rss+xml, application/atom+xml, */*;q=0.5"

_DECLARED = re.compile(rb"""encoding\s*=\s*["']([\w.-]{1,40})""")
_TITLE = re.compile(r"<(?:\w+:)?title\b[^<>]*>\s*(?:<!\[CDATA\[)?([^<]{0,2000})", re.I)
_JSON_TITLE = re.compile(r'"title"\s*:\s*"([^"\\]{1,300})"')
_ENTRY = re.compile(rb"<(?:\w+:)?(?:item|entry)\b", re.I)

Step = Callable[[int, int], None]


def _silent(done: int, all_of_them: int) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Found:
    """A feed that was read just now. `every` is the usual time between two of its entries."""

    url: str
    kind: str
    title: str
    why: str
    entries: int
    newest: datetime | None
    every: timedelta | None


@dataclass(frozen=True, slots=True)
class Discovery:
    """What came of looking at a page: its feeds, whether it is one itself, and why nothing was found."""

    url: str
    feeds: tuple[Found, ...] = ()
    itself: bool = False
    tried: int = 0
    error: str = ""


class Finder:
    """Looks for feeds; `private` allows addresses inside the network. Close it when done."""

    def __init__(
        self, contact: str = "", *, private: bool = False, judge: Callable[[str], bool] = is_public
    ) -> None:
        self._private = private
        self._web = Web(contact, LIMITS, judge)
        self._robots = Robots(self._web)
        self._sandbox = Sandbox()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, e: BaseException | None, t: TracebackType | None
    ) -> None:
        self._web.close()
        self._sandbox.close()

    def discover(self, url: str, step: Step = _silent) -> Discovery:
        """Return the feeds of the page at an http(s) address; `step` is told how far we are."""
        reply = self._ask(self._request(url, {"Accept": ACCEPT}), polite=True)
        if error := _wrong(reply):
            return self._without_page(url, error, step)
        here = reply.url or url
        if (itself := self._read(Sign(here, NAMED), reply)) is not None:
            return Discovery(here, (itself,), itself=True, tried=1)
        found = signs(here, text_of(reply.body, reply.content_type))[:MOST_TRIED]
        feeds = self._try(found, step)
        more = [] if feeds else [sign for sign in guesses(here) if sign.url not in {s.url for s in found}]
        feeds = feeds or self._try(more, step)
        return Discovery(here, feeds, tried=len(found) + len(more))

    def _without_page(self, url: str, error: ConnectorError, step: Step) -> Discovery:
        """Try what can be known without the page: a site that keeps it from us may still have feeds."""
        if not isinstance(error, SourceRefused) or "private = true" in str(error):
            return Discovery(url, error=str(error))
        found = [*known(url), *guesses(url)]
        return Discovery(url, self._try(found, step), tried=len(found), error=str(error))

    def _try(self, found: Sequence[Sign], step: Step) -> tuple[Found, ...]:
        """Ask for all of them, a few at once, and return those that are feeds, each feed once."""
        home: SimpleQueue[tuple[int, Reply]] = SimpleQueue()
        for place, sign in enumerate(found):
            asked = self._robots if sign.why == GUESSED else self._web
            asked.get(self._request(sign.url, {"Accept": rss.ACCEPT}, _into(home, place)))
        feeds: dict[int, Found] = {}
        for done in range(len(found)):
            place, reply = home.get()
            step(done + 1, len(found))
            if _wrong(reply) is None and (feed := self._read(found[place], reply)) is not None:
                feeds[place] = feed
        return _different([feeds[place] for place in sorted(feeds)])

    def _read(self, sign: Sign, reply: Reply) -> Found | None:
        """Return the feed that a reply is, None where it is none: by the kind's own conversation."""
        try:
            page = self._converse(rss.fetch(rss.Options(sign.url), None), reply)
        except (ConnectorError, ValueError):
            return None
        dates = sorted(m.published_at for m in page.mentions if m.published_at is not None)
        return Found(
            url=reply.moved_to or sign.url,
            kind="rss",
            title=_title(reply.body) or sign.title,
            why=sign.why,
            entries=len(page.mentions),
            newest=dates[-1] if dates else None,
            every=_every(dates),
        )

    def _converse(self, conversation: Conversation, reply: Reply) -> Page:
        """Hold a conversation that asks for what we have, and for what a child may make of it."""
        ask: Ask = next(conversation)
        try:
            while True:
                ask = conversation.send(self._answer(ask, reply))
        except StopIteration as end:
            page: Page = end.value
            return page

    def _answer(self, ask: Ask, reply: Reply) -> Answer:
        match ask:
            case Get():
                return Answer(reply.body, url=reply.url, content_type=reply.content_type, status=reply.status)
            case Call(guarded=True):
                return Answer(value=self._sandbox.run(ask.function, *ask.args))
        raise SourceGarbled("a feed asks for nothing else")

    def _request(
        self, url: str, headers: dict[str, str], done: Callable[[Reply], None] = lambda reply: None
    ) -> Request:
        return Request(url, [f"{name}: {value}" for name, value in headers.items()], self._private, done)

    def _ask(self, request: Request, *, polite: bool) -> Reply:
        home: SimpleQueue[Reply] = SimpleQueue()
        (self._robots if polite else self._web).get(replace(request, done=home.put))
        return home.get()


def address(typed: str) -> str:
    """Return what a person typed as an http(s) address, nothing where it is none."""
    typed = typed.strip()
    for feed, real in (("feed://", "https://"), ("feed:", "")):
        if typed.startswith(feed):
            typed = real + typed.removeprefix(feed)
    return link(typed if "://" in typed else f"https://{typed}")


def _into(home: SimpleQueue[tuple[int, Reply]], place: int) -> Callable[[Reply], None]:
    return lambda reply: home.put((place, reply))


def _wrong(reply: Reply) -> ConnectorError | None:
    return reply.error or refused_status(reply.status, reply.url.split("/", 3)[2], None)


def _title(body: bytes) -> str:
    """Return the title of a feed as a person reads it."""
    first = _ENTRY.search(body)
    head = body[: min(first.start() if first else 65536, 65536)]
    declared = _DECLARED.search(head[:200])
    try:
        text = head.decode(declared[1].decode() if declared else "utf-8-sig", "replace")
    except (LookupError, ValueError):
        text = head.decode("utf-8", "replace")
    found = (_JSON_TITLE if text.lstrip()[:1] == "{" else _TITLE).search(text)
    return plain(unescape(found[1]), 200) if found else ""


def _every(dates: list[datetime]) -> timedelta | None:
    gaps = [(later - sooner).total_seconds() for sooner, later in pairwise(dates) if later > sooner]
    return timedelta(seconds=round(median(gaps))) if gaps else None


def _different(feeds: list[Found]) -> tuple[Found, ...]:
    """Return each feed once: the same one often answers at several addresses."""
    seen: dict[object, Found] = {}
    for feed in feeds:
        same = (feed.title, feed.entries, feed.newest, feed.every) if feed.newest else feed.url
        seen.setdefault(same, feed)
    return tuple({feed.url: feed for feed in seen.values()}.values())
