"""A person's wish to be forgotten: what they wrote goes, wherever it stands, and does not come back."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from listener.announce import main_way
from listener.config import Settings
from listener.intake import author_key, folded, pseudonym
from listener.store import DaemonLock, Store, forgotten, incidents, outbox
from listener.store.counts import IMPORT


class ForgetError(Exception):
    """Nobody can be forgotten as asked; the text says what would be right."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was erased. `settled` tells whether log and backup are clean already.

    Where a daemon runs, only it may clean them, and does so within the hour.
    """

    mentions: int
    quotes: int
    cards: int
    settled: bool


def forget(store: Store, settings: Settings, author: str, source: str, now: datetime) -> Forgotten:
    """Erase what an author wrote, in one source or (where that is empty) everywhere, and keep them out.

    `author` is the name, in capitals or not, or the pseudonym that stands in its place.
    Raises ForgetError.
    """
    name = folded(author)
    if not name:
        raise ForgetError("an author needs a name")
    hidden = pseudonym(author_key(store), author)

    def theirs(writer: str, place: str) -> bool:
        here = source in ("", place) or place == forgotten.WHEREVER
        return here and (writer == hidden or folded(writer) == name)

    with store.write() as db:
        _check(db, settings, source)
        forgotten.keep_out(db, hidden, source or forgotten.ANYWHERE, now)
        erased = forgotten.erase(db, theirs)
        cards = sum(_redraw(db, settings, number, now) for number in erased.incidents)
    return Forgotten(erased.mentions, erased.quotes, cards, _settled(store))


def _check(db: sqlite3.Connection, settings: Settings, source: str) -> None:
    known = [*(s.name for s in settings.sources), IMPORT]
    if source and source not in known and not forgotten.is_source(db, source):
        raise ForgetError(f"no source {source!r}; there are: {', '.join(known)}")


def _redraw(db: sqlite3.Connection, settings: Settings, number: int, now: datetime) -> bool:
    """Have the card of an incident drawn again without the quote, where it stands on Slack."""
    saved = incidents.get(db, number)
    if saved is None or settings.slack is None or not saved.card_ts:
        return False
    way = main_way(settings)
    key = f"{saved.id}:update:{saved.version}:{way}"
    target = settings.slack.channel
    return outbox.put(db, key=key, way=way, kind="update", target=target, now=now, incident=saved.id)


def _settled(store: Store) -> bool:
    """Clean backup and log at once where no daemon runs: only one process may empty the log."""
    lock = DaemonLock(store.path)
    if not lock.take():
        return False
    try:
        if store.backup_path.exists():
            store.backup(store.backup_path)
        return store.empty_log()
    finally:
        lock.release()
