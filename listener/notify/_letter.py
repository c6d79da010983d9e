"""What is handed to a way out, and what comes back.

Every way out is one file in this folder with one class that keeps `WayOut`:

    send    tell it now; returns where it landed, or raises DeliveryError
    find    after an unknown outcome: is it there already? None: surely not, send again
    check   does it work, tried live: one line each for `listener check`
    close   let go of connections

A DeliveryError says what the caller must do: give up on this way (`permanent`), look before
sending again (`unknown`), or wait (`retry_after`, or a back-off of the caller's own).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from listener.words import Card


@dataclass(frozen=True, slots=True)
class Letter:
    """One notice, already in words; `key` is the same however often it is tried.

    `kind` is card, thread, update, dm, mail or digest; `target` a channel, a person's id or a
    mail address. `channel` and `thread` are where the incident's card stands, `ts` the message
    that an update replaces; `broadcast` shows a thread entry in the channel too. `images` are
    (content id, PNG bytes).
    """

    key: str
    kind: str
    target: str
    card: Card | None = None
    text: str = ""
    subject: str = ""
    html: str = ""
    images: tuple[tuple[str, bytes], ...] = ()
    incident: int = 0
    version: int = 0
    thread: str = ""
    channel: str = ""
    ts: str = ""
    broadcast: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a letter landed, and what the other side said."""

    channel: str = ""
    ts: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of `listener check`: what was tried, whether it works, and what to do if not."""

    name: str
    ok: bool
    detail: str = ""
    do: str = ""


class DeliveryError(Exception):
    """A letter was not delivered, or nobody knows whether it was; `code` is the other side's word."""

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        retry_after: timedelta | None = None,
        unknown: bool = False,
        code: str = "",
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.retry_after = retry_after
        self.unknown = unknown
        self.code = code


class WayOut(Protocol):
    """The face of every way out."""

    name: str

    def send(self, letter: Letter) -> Receipt: ...

    def find(self, letter: Letter, since: datetime) -> Receipt | None: ...

    def check(self) -> list[Check]: ...

    def close(self) -> None: ...
