"""One visit to a source: what it starts from, and what it came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors import ConnectorError, Page


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave to ask with: "has it changed since?"."""

    etag: str = ""
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """A conversation to be held: connector `kind` with its `options`, from `cursor` on.

    `validators` are those of the last Outcome that was stored. `private` allows addresses
    inside the network, and keeps the visit's connections apart from all others. `slow` says
    that nothing came in time at the last visit: this one must not take the others' time.
    `again` is what the Outcome of the very same visit left.
    """

    source: str
    kind: str
    options: Any
    cursor: str | None = None
    validators: Mapping[str, Validators] = field(default_factory=dict)
    private: bool = False
    slow: bool = False
    again: Again | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """What makes the same visit cheaper the next time: its one question, and the page of "not changed"."""

    url: str
    headers: list[str]
    key: str
    statuses: tuple[int, ...]
    page: Page


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a visit came to: a page or an error, never both.

    `validators` replace those of the visit once the page is stored; after an error there
    are none. `unchanged` says that the source had nothing new by its own word (304).
    `moved_to` is the address that it says it has moved to for good. `again` is for the next
    visit, where that asks from the same cursor by the same validators.
    """

    source: str
    page: Page | None
    error: ConnectorError | None
    validators: Mapping[str, Validators]
    unchanged: bool
    moved_to: str
    started_at: datetime
    ended_at: datetime
    again: Again | None = None
