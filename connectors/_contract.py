"""What a connector takes, asks and brings home.

A connector is one file of this folder with two public names:

    Options   a frozen dataclass: the keys of its [[source]] table
    fetch     (options, cursor) -> Conversation

The conversation is a generator that never touches the network: it yields a `Get`, a `Post`
or a `Call`, is sent an `Answer`, and returns a `Page`. Whoever drives it does the asking.
The name of the file is the source's `kind` in config.toml.

What may go wrong, by what has to be done about it:

    ConnectorError
      SourceUnavailable   wait and try again (time-out, 429, 5xx)
      SourceRefused       a person has to act (401, 403, 404, 410, a wrong address)
      SourceGarbled       it answered, but in no shape that we know
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Get:
    """Ask for one http(s) address. `conditional` sends the validators of the last visit.

    `statuses` names HTTP statuses from 400 on that come back as an Answer, for an interface
    that explains itself in them; every other one is raised in the conversation. `robots`
    says that the address is a page made for people: its site's robots.txt is obeyed.
    """

    url: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    conditional: bool = False
    statuses: tuple[int, ...] = ()
    robots: bool = False


@dataclass(frozen=True, slots=True)
class Post:
    """Send a small JSON `body` to one http(s) address: to log in, or to ask what a GET cannot.

    A body of None is an empty one.
    """

    url: str
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    statuses: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """Ask for a function that does its own waiting; it runs on a reader thread.

    `guarded` runs it in a child process with bounded memory and time instead: then the
    function must be importable by its name, and arguments and value must pickle.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...] = ()
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a body for a Get or a Post, a value for a Call.

    `unchanged` is a 304: the body is empty and nothing is new. `url` is the address that
    answered in the end, `content_type` what it said the body is, `status` its HTTP status.
    `headers` are those that interfaces speak of limits and pages in, names in small letters:
    link, retry-after, x-ratelimit-limit, -remaining, -reset and the same without `x-`.
    """

    body: bytes = b""
    value: Any = None
    unchanged: bool = False
    url: str = ""
    content_type: str = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """Return the body as JSON; raise SourceGarbled where it isn't."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise SourceGarbled(f"the answer is not JSON: {str(error)[:120]}") from error


@dataclass(frozen=True, slots=True, init=False)
class Mention:
    """One public post, as its source published it.

    `id` is stable and unique within the source: it makes a second delivery harmless.
    `published_at` is in UTC, None where the source gave no date that can be believed.
    `reach` counts the people who may have seen it; None where the source won't say.
    `title`, `text` and `author` are plain text; `url` is http(s) or empty. `brand`, `label`
    (negative, neutral, positive) and `language` are what the source says outright; where
    they are given nobody else is asked.
    """

    id: str
    url: str
    author: str
    text: str
    published_at: datetime | None
    title: str = ""
    reach: int | None = None
    brand: str = ""
    label: str = ""
    language: str = ""

    def __init__(
        self,
        id: str,
        url: str,
        author: str,
        text: str,
        published_at: datetime | None,
        title: str = "",
        reach: int | None = None,
        brand: str = "",
        label: str = "",
        language: str = "",
    ) -> None:
        # What a frozen dataclass would do by itself, in a third of the time: there are many mentions.
        _set_id(self, id)
        _set_url(self, url)
        _set_author(self, author)
        _set_text(self, text)
        _set_published_at(self, published_at)
        _set_title(self, title)
        _set_reach(self, reach)
        _set_brand(self, brand)
        _set_label(self, label)
        _set_language(self, language)
        if published_at is not None and published_at.tzinfo is not UTC:
            self.__post_init__()

    def __post_init__(self) -> None:
        if self.published_at is not None and self.published_at.utcoffset() != timedelta(0):
            raise ValueError(f"published_at must be in UTC: {self.published_at!r}")


(_set_id, _set_url, _set_author, _set_text, _set_published_at, _set_title, _set_reach, _set_brand, _set_label,
 _set_language) = (getattr(Mention, each.name).__set__ for each in fields(Mention))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Page:
    """What one conversation brought home, oldest mention first.

    `cursor` belongs to the connector that wrote it; it is handed back at the next visit,
    once the mentions are safely stored. `spoiled` counts items that could not be read.
    `since` is the time (UTC) back to which nothing can be missing, None where that is not
    known. `rung` names the way that was used, where a kind has several, and `why` says in
    one sentence why not a better one.

    `gap` says that something may be missing since the last visit: the page was full and
    held nothing seen before. `more` says that the source holds more that was left for the
    next visit, which then comes at once. `wait` is how long the source asks to be left
    alone, or its budget lasts, whatever `every` says. `follows` says, of a page without dates,
    that nothing can be missing since the last visit.
    """

    mentions: tuple[Mention, ...]
    cursor: str | None = None
    spoiled: int = 0
    since: datetime | None = None
    rung: str = ""
    why: str = ""
    gap: bool = False
    more: bool = False
    wait: timedelta | None = None
    follows: bool = False


Ask = Get | Post | Call
Conversation = Generator[Ask, Answer, Page]


class Connector(Protocol):
    """The shape of a connector's file: modules satisfy it as they stand."""

    Options: type[Any]

    def fetch(self, options: Any, cursor: str | None) -> Conversation: ...


class ConnectorError(Exception):
    """A source could not be read."""


class SourceUnavailable(ConnectorError):
    """It may work later; not before `retry_after`, where the source named that."""

    def __init__(self, message: str, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class SourceRefused(ConnectorError):
    """Trying again won't help: a credential or an address is wrong."""


class SourceGarbled(ConnectorError):
    """The answer does not have the documented shape."""
