"""Pasts to replay that are not the database as it stands: a file of mentions, and counts nobody keeps yet.

Both live in a store of their own in a temporary folder, which is gone afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from listener.config import Settings
from listener.importing import Report, import_file
from listener.intake import AUTHOR_KEY, Intake, intake
from listener.reading import Reader
from listener.store import Store, facts, forgotten
from listener.store.counts import IMPORT

Say = Callable[[str], None]


@contextmanager
def from_file(
    settings: Settings, reader: Reader, path: Path, now: datetime, progress: Callable[[int], None]
) -> Iterator[tuple[Store, Report]]:
    """Yield a store that holds the mentions of a file as `import` would have stored them.

    Who was forgotten is kept out of it too. Raises ImportFileError.
    """
    with _folder() as folder:
        store = Store(folder / "past.db")
        try:
            _keep_out(settings.database, store, now)
            made = intake(store, settings, reader)
            made.recount(store)
            yield store, import_file(store, made, path, now, progress)
        finally:
            store.close()


@contextmanager
def counted(store: Store, settings: Settings, reader: Callable[[], Reader], say: Say) -> Iterator[Store]:
    """Yield a store with all the counts that rules ask for: this one, or a copy where some are missing."""
    if not any(rule.query is not None or rule.on == "authors" for rule in settings.rules):
        yield store
        return
    made = Intake(settings, reader(), b"")
    with store.read() as db:
        missing = made.uncounted(db)
    if not missing:
        yield store
        return
    say(f"{', '.join(missing)}: not counted yet, which is made up for in a copy of the database")
    with _folder() as folder:
        store.backup(folder / "past.db")
        copy = Store(folder / "past.db")
        try:
            made.recount(copy)
            yield copy
        finally:
            copy.close()


@contextmanager
def _folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="listener-") as folder:
        yield Path(folder)


def _keep_out(database: Path, scratch: Store, now: datetime) -> None:
    """Bring the key of the pseudonyms over, and who is kept out by it, where there is a database."""
    if not database.exists():
        return
    store = Store(database)
    try:
        with store.read() as db:
            key, out = facts.get(db, AUTHOR_KEY), forgotten.of(db, IMPORT)
    finally:
        store.close()
    with scratch.write() as db:
        if key:
            facts.put(db, AUTHOR_KEY, key)
        for author in out:
            forgotten.keep_out(db, author, IMPORT, now)
