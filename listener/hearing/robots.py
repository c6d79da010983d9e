"""robots.txt: what a site asks machines to leave alone, obeyed for pages made for people.

Feeds and interfaces are made for machines and are not asked about. Rules: RFC 9309. What a
site's file says is kept for a day at most; a site without one (4xx) allows everything, one
that cannot tell just now (5xx, no connection) is not read until it can.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from time import monotonic
from urllib.parse import urlsplit

from protego import Protego

from connectors import ConnectorError, SourceRefused, SourceUnavailable
from listener.hearing.web import Reply, Request, Web

AGENT = "crisis-listener"
KEPT = timedelta(hours=24)
KEPT_UNREADABLE = timedelta(minutes=10)
MOST_BYTES = 500_000
MOST_KEPT_BYTES = 2_000_000
MOST_SITES = 500
LONGEST_DELAY = timedelta(seconds=10)

_USER_AGENT = re.compile(r"\s*user(?:-|\s*)agent(?:\s*:|\s)\s*", re.I)

_Site = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class Rules:
    """What a site asks of us: `file` None allows everything, `error` is why nothing is known."""

    file: Protego | None = None
    error: ConnectorError | None = None
    size: int = 0

    @property
    def delay(self) -> timedelta:
        """How long to wait between two pages: as the site asks, up to a bound."""
        asked = self.file.crawl_delay(AGENT) if self.file is not None else None
        return min(timedelta(seconds=min(asked or 0.0, 3600)), LONGEST_DELAY)

    def refusal(self, url: str) -> ConnectorError | None:
        """Return why an address may not be read now, None where it may."""
        if self.error is not None:
            return self.error
        if self.file is None or self.file.can_fetch(url, AGENT):
            return None
        parts = urlsplit(url)
        return SourceRefused(f"{parts.netloc}'s robots.txt does not let us read {parts.path[:200] or '/'}")


class Robots:
    """Hands requests on to the web when their site allows it; `get` may be called from any thread."""

    def __init__(self, web: Web, clock: Callable[[], float] = monotonic) -> None:
        self._web, self._clock = web, clock
        self._known: OrderedDict[_Site, tuple[Rules, float]] = OrderedDict()
        self._waiting: dict[_Site, list[Request]] = {}
        self._next_at: dict[_Site, float] = {}
        self._size = 0
        self._lock = threading.Lock()

    def get(self, request: Request) -> None:
        """Begin the transfer, or answer with the refusal, as soon as the site's rules are known."""
        site = _site(request)
        with self._lock:
            known = self._known.get(site)
            if known is not None and known[1] > self._clock():
                rules = known[0]
                self._known.move_to_end(site)
            elif site in self._waiting:
                self._waiting[site].append(request)
                return
            else:
                rules = None
                self._waiting[site] = [request]
        if rules is not None:
            self._go_on(site, request, rules)
        else:
            self._web.get(
                replace(request, url=f"{site[0]}/robots.txt", headers=[], done=lambda r: self._told(site, r))
            )

    def _told(self, site: _Site, reply: Reply) -> None:
        # Not on the web's own thread: a long file takes a moment.
        threading.Thread(target=self._learn, args=(site, reply), name="robots", daemon=True).start()

    def _learn(self, site: _Site, reply: Reply) -> None:
        try:
            rules = understood(reply, urlsplit(site[0]).netloc)
        except Exception as error:
            rules = Rules(
                error=SourceUnavailable(f"{site[0]}/robots.txt cannot be read: {type(error).__name__}")
            )
        with self._lock:
            self._keep(site, rules)
            waiting = self._waiting.pop(site)
        for request in waiting:
            self._go_on(site, request, rules)

    def _keep(self, site: _Site, rules: Rules) -> None:
        if old := self._known.pop(site, None):
            self._size -= old[0].size
        lasts = KEPT if rules.error is None else KEPT_UNREADABLE
        self._known[site] = rules, self._clock() + lasts.total_seconds()
        self._size += rules.size
        while len(self._known) > 1 and (len(self._known) > MOST_SITES or self._size > MOST_KEPT_BYTES):
            gone, (dropped, _) = self._known.popitem(last=False)
            self._size -= dropped.size
            self._next_at.pop(gone, None)

    def _go_on(self, site: _Site, request: Request, rules: Rules) -> None:
        if (refusal := rules.refusal(request.url)) is not None:
            request.done(Reply(error=refusal))
        elif (wait := self._turn(site, rules.delay)) > 0:
            timer = threading.Timer(wait, self._web.get, (request,))
            timer.daemon = True
            timer.start()
        else:
            self._web.get(request)

    def _turn(self, site: _Site, delay: timedelta) -> float:
        """Return how many seconds the next page of a site has to wait."""
        if not delay:
            return 0.0
        with self._lock:
            now = self._clock()
            at = max(self._next_at.get(site, now), now)
            self._next_at[site] = at + delay.total_seconds()
            return at - now


def understood(reply: Reply, host: str) -> Rules:
    """Return what the answer to a question for a robots.txt means (RFC 9309, 2.3.1)."""
    if isinstance(reply.error, SourceRefused):
        return Rules(error=reply.error)  # where it leads, the page must not be read either
    if reply.error is not None:
        return Rules(error=SourceUnavailable(f"its robots.txt cannot be read now: {reply.error}"))
    if 200 <= reply.status < 300:
        text = ours(reply.body[:MOST_BYTES].decode("utf-8-sig", "replace"))
        return Rules(Protego.parse(text), size=len(text) + 1000)
    if 400 <= reply.status < 500 and reply.status != 429:
        return Rules()
    return Rules(error=SourceUnavailable(f"{host} answered {reply.status} when asked for its robots.txt"))


def ours(text: str) -> str:
    """Return a robots.txt in which every group that is not about us is one of `others`.

    Protego takes as long as there are names times rules: a file may hold 10,000 of each.
    """
    return "\n".join(map(_ours, text.splitlines()))


def _ours(line: str) -> str:
    found = _USER_AGENT.match(line)
    if found is None:
        return line
    name = line[found.end() :].partition("#")[0].strip().lower()
    return f"User-agent: {'*' if name == '*' else AGENT if name.startswith(AGENT) else 'others'}"


def _site(request: Request) -> _Site:
    parts = urlsplit(request.url)
    return f"{parts.scheme}://{parts.netloc}", request.private
