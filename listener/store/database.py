"""The file: one writing connection under one lock, and reading ones that cannot write.

Source for the pragmas: https://sqlite.org/wal.html and https://sqlite.org/pragma.html.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from listener.store.schema import KNOWN_STEPS, migrations

BUSY_SECONDS = 15.0
LOG_WITHIN_MS = 2000


class StoreError(Exception):
    """The database cannot be used; the text says what a person must do."""


class Store:
    """One database. `daemon` makes its writer the one that checkpoints the log.

    SQLite before 3.51.3 can corrupt a log that two connections checkpoint, so all the
    others leave that alone.
    """

    def __init__(self, path: Path, *, daemon: bool = False) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._local = threading.local()
        self._readers: list[sqlite3.Connection] = []
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = self._connect(checkpoints=daemon)
            self._migrate()
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"the database {path} cannot be opened: {error}") from error

    def _connect(self, *, checkpoints: bool = False) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        # Not every build of SQLite overwrites by itself what is deleted.
        db.execute("PRAGMA secure_delete = ON")
        if not checkpoints:
            db.execute("PRAGMA wal_autocheckpoint = 0")
        return db

    def _migrate(self) -> None:
        with self._lock:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                db = Database(self._writer)
                migrations.apply(db)
                newer = {step.name for step in migrations.applied(db)} - KNOWN_STEPS
                if newer:
                    raise StoreError(
                        f"the database {self.path} was made by a newer version ({', '.join(sorted(newer))}):"
                        " use that one, or a backup from before it"
                    )
                if self._writer.in_transaction:
                    self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Hold the one transaction that writes: all of it is kept, or nothing."""
        with self._lock:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                # A full disk has rolled back by itself, and a second ROLLBACK would raise.
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Hold one consistent view of the store; this thread's connection cannot write."""
        db = getattr(self._local, "db", None)
        if db is None:
            db = self._connect()
            db.execute("PRAGMA query_only = ON")
            self._local.db = db
            with self._lock:
                self._readers.append(db)
        if db.in_transaction:
            yield db
            return
        db.execute("BEGIN")
        try:
            yield db
        finally:
            db.execute("COMMIT")

    def quick_check(self) -> str:
        """Return "ok", or what SQLite found broken."""
        with self._lock:
            try:
                return str(self._writer.execute("PRAGMA quick_check(5)").fetchone()[0])
            except sqlite3.DatabaseError as error:
                # Some damage is told, and some stops the check itself.
                return str(error)

    @property
    def backup_path(self) -> Path:
        """The hourly copy, beside the database."""
        return self.path.with_name(self.path.name + ".backup")

    def backup(self, to: Path) -> None:
        """Copy the database, as it is at one moment, to a file of that name."""
        part = to.with_name(to.name + ".part")
        part.unlink(missing_ok=True)
        source = self._connect()
        target = sqlite3.connect(part)
        try:
            source.backup(target, pages=2000)
        finally:
            target.close()
            source.close()
        os.replace(part, to)

    def empty_log(self) -> bool:
        """Bring the log into the file and cut it to nothing; False where a reader stood in the way.

        For the one process that checkpoints only: the daemon, or whoever holds its lock.
        """
        with self._lock:
            self._writer.execute(f"PRAGMA busy_timeout = {LOG_WITHIN_MS}")
            try:
                stuck = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            finally:
                self._writer.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
            return not stuck

    def close(self) -> None:
        with self._lock:
            for db in self._readers:
                db.close()
            self._readers.clear()
            self._writer.close()


class DaemonLock:
    """One daemon for each database: a lock that the kernel drops when the process ends."""

    def __init__(self, database: Path) -> None:
        self.path = database.with_name(database.name + ".lock")
        self._file: int | None = None

    def take(self) -> bool:
        """Take the lock; tell whether it was free."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StoreError(f"the lock {self.path} cannot be opened: {error}") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return False
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        self._file = handle
        return True

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
