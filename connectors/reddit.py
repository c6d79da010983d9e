"""Reddit: the posts and comments of subreddits, by the best way that is open.

The ladder: `api`, Reddit's own interface with an approved app's credentials; `feed`, the
account's private feeds (reddit.com/prefs/feeds shows token and user); `mail`, what a
keyword-alert service such as F5Bot sends to a mailbox. Fullnames (t3_ posts, t1_ comments) are
the ids on every rung, so a change of rung doubles nothing, and each rung keeps its place while
another is used: whoever comes back up reads back to where that was left.

A rung that refuses us is left at once and tried again after some minutes, in the end once an
hour, and at once with other credentials. One that merely does not answer is waited for as
long as it worked a quarter of an hour ago; after that the next one is used, and the better one
tried at every visit.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any

from pydantic import SecretStr

from connectors import Call, ConnectorError, Conversation, Page, SourceUnavailable
from connectors._imap import Box, refuse_box
from connectors._reddit import SITE
from connectors._reddit_api import by_api
from connectors._reddit_feed import by_feed
from connectors._reddit_mail import by_mail
from connectors._text import link

OUTAGE_SECONDS = 900
SOON_SECONDS, AGAIN_SECONDS = 300, 3_600

_SUBREDDITS = re.compile(r"[A-Za-z0-9_]{2,50}(?:\+[A-Za-z0-9_]{2,50})*")
_CALLED = {"api": "Reddit's interface", "feed": "the private feed", "mail": "the mailbox"}
_NONE = SecretStr("")


@dataclass(frozen=True, slots=True)
class Options:
    """`subreddit` may be several, joined by `+`; `search` narrows the posts, Reddit can't search comments."""

    subreddit: str
    search: str = ""
    comments: bool = True
    client_id: SecretStr = _NONE
    client_secret: SecretStr = _NONE
    feed_token: SecretStr = _NONE
    feed_user: str = ""
    mail_host: str = ""
    mail_user: str = ""
    mail_password: SecretStr = _NONE
    mail_folder: str = "INBOX"
    mail_port: int = 993
    mail_tls: str = "ssl"
    mail_sender: str = "f5bot.com"
    reddit_url: str = SITE
    oauth_url: str = "https://oauth.reddit.com"

    def __post_init__(self) -> None:
        if not _SUBREDDITS.fullmatch(self.subreddit):
            raise ValueError(f"subreddit must be names joined by +, without r/, not {self.subreddit[:200]!r}")
        if self.search and self.comments and {"all", "popular"} & set(self.subreddit.lower().split("+")):
            raise ValueError("comments must be false with a search in r/all: Reddit can't search comments")
        for name in ("reddit_url", "oauth_url"):
            if not link(getattr(self, name)):
                raise ValueError(f"{name} must be an http(s) address, not {getattr(self, name)[:200]!r}")
        if bool(self.client_id.get_secret_value()) != bool(self.client_secret.get_secret_value()):
            raise ValueError("client_id and client_secret go together")
        if bool(self.feed_token.get_secret_value()) != bool(self.feed_user):
            raise ValueError("feed_token and feed_user go together")
        self._look_at_mail()
        if not self.rungs:
            raise ValueError(
                "needs client_id and client_secret, or feed_token and feed_user,"
                " or mail_host, mail_user and mail_password"
            )

    def _look_at_mail(self) -> None:
        given = (self.mail_host, self.mail_user, self.mail_password.get_secret_value())
        if any(given) != all(given):
            raise ValueError("mail_host, mail_user and mail_password go together")
        if self.mail_host:
            try:
                refuse_box(self.mail_host, self.mail_port, self.mail_tls, self.mail_sender)
            except ValueError as error:
                raise ValueError(f"mail_{error}") from None
        if not "".join((*given, self.mail_folder)).isprintable() or not self.mail_folder:
            raise ValueError("mail_user, mail_password and mail_folder must be texts on one line")

    @property
    def rungs(self) -> tuple[str, ...]:
        """The ways that are configured, best first."""
        has = {"api": self.client_id.get_secret_value(), "feed": self.feed_user, "mail": self.mail_host}
        return tuple(rung for rung, given in has.items() if given)

    @property
    def box(self) -> Box:
        return Box(
            self.mail_host,
            self.mail_user,
            self.mail_password,
            self.mail_folder,
            self.mail_port,
            self.mail_tls,
            self.mail_sender,
        )


@dataclass(slots=True)
class _Ladder:
    """What the cursor holds: each rung's place, when it worked, and which were left, why and until when.

    `given` marks the credentials with which a rung was left: with others it is tried at once.
    """

    places: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    worked: dict[str, float] = field(default_factory=dict)
    left: dict[str, tuple[str, float]] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)

    def rests(self, rung: str, options: Options, now: float) -> bool:
        """Whether a rung was left not long ago, and nothing was done about it since."""
        same = self.given.get(rung) == _mark(rung, options)
        return same and self.left.get(rung, ("", 0.0))[1] > now

    def written(self) -> str:
        held = {rung: dict(place) for rung, place in self.places.items()}
        return json.dumps(
            held | {"worked": self.worked, "left": self.left, "given": self.given}, separators=(",", ":")
        )


def fetch(options: Options, cursor: str | None) -> Conversation:
    """Read posts and comments back to what the last visit saw, by the best rung that is open."""
    ladder, rungs = _ladder(cursor), options.rungs
    now = (yield Call(time.time)).value if len(rungs) > 1 else 0.0
    errors: list[tuple[str, ConnectorError]] = []
    for rung in rungs:
        if rung != rungs[-1] and ladder.rests(rung, options, now):
            continue
        try:
            page = yield from _climbed(rung, options, ladder)
        except ConnectorError as error:
            errors.append((rung, error))
            silent = now - ladder.worked.get(rung, 0.0)
            if rung != rungs[-1] and not _is_short(error, silent):
                ladder.left[rung] = _why(rung, error), now + _rest(error, silent)
                ladder.given[rung] = _mark(rung, options)
                continue
            raise _together(errors) from error
        return _told(page, rung, rungs, ladder, now)
    raise AssertionError("the last rung is always tried")


def _climbed(rung: str, options: Options, ladder: _Ladder) -> Conversation:
    place = ladder.places.get(rung, {})
    if rung == "api":
        return (yield from by_api(options, place))
    if rung == "feed":
        return (yield from by_feed(options, place))
    return (yield from by_mail(options, place, max(ladder.worked.values(), default=0.0)))


def _told(page: Page, rung: str, rungs: Sequence[str], ladder: _Ladder, now: float) -> Page:
    """Return the page with the rung that brought it, and the reasons for leaving those above."""
    ladder.places[rung] = json.loads(page.cursor or "{}")
    ladder.left.pop(rung, None)
    if now:
        ladder.worked[rung] = now
    why = "; ".join(ladder.left[above][0] for above in rungs[: rungs.index(rung)] if above in ladder.left)
    return replace(page, cursor=ladder.written(), rung=rung, why=why)


def _is_short(error: ConnectorError, seconds_since: float) -> bool:
    """Whether it is better to wait than to use a rung that hears less."""
    return isinstance(error, SourceUnavailable) and seconds_since < OUTAGE_SECONDS


def _rest(error: ConnectorError, silent: float) -> float:
    """Return how many seconds to leave a rung alone that worked `silent` seconds ago."""
    if isinstance(error, SourceUnavailable):
        return error.retry_after.total_seconds() if error.retry_after else 0.0
    return min(max(silent, SOON_SECONDS), AGAIN_SECONDS)


def _mark(rung: str, options: Options) -> str:
    """Return a mark of a rung's credentials, too short to tell anything of them."""
    secrets = {
        "api": (options.client_id, options.client_secret),
        "feed": (SecretStr(options.feed_user), options.feed_token),
    }.get(rung, ())
    told = "\0".join(secret.get_secret_value() for secret in secrets)
    return blake2b(told.encode("utf-8", "replace"), digest_size=4).hexdigest()


def _why(rung: str, error: ConnectorError) -> str:
    return f"{_CALLED[rung]} is not used: {str(error)[:200]}"


def _together(errors: Sequence[tuple[str, ConnectorError]]) -> ConnectorError:
    """Return one error for all: that a rung may work later outweighs that others won't."""
    if len(errors) == 1:
        return errors[0][1]
    told = "; ".join(f"{_CALLED[rung]}: {str(error)[:200]}" for rung, error in errors)
    waits = [error for _, error in errors if isinstance(error, SourceUnavailable)]
    return SourceUnavailable(told, waits[0].retry_after) if waits else type(errors[-1][1])(told)


def _ladder(cursor: str | None) -> _Ladder:
    """Read a cursor; what makes no sense in it is as good as not there."""
    try:
        held = json.loads(cursor or "{}")
        held = held if isinstance(held, dict) else {}
    except ValueError:
        held = {}
    places = {rung: held[rung] for rung in _CALLED if isinstance(held.get(rung), dict)}
    try:
        worked = {rung: float(held["worked"][rung]) for rung in _CALLED if rung in held["worked"]}
        left = {rung: (str(why), float(until)) for rung, (why, until) in held["left"].items()}
        given = {rung: str(mark) for rung, mark in held.get("given", {}).items()}
    except (KeyError, TypeError, ValueError, AttributeError):
        worked, left, given = {}, {}, {}
    return _Ladder(places, worked, left, given)
