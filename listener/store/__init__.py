"""The only room with SQL: one file, one writing connection, one room for each kind of thing.

with store.write() as db:      all of this is kept, or none of it
    mentions.add(db, ...)
    sources.succeeded(db, ...)
"""

from __future__ import annotations

from listener.store.database import DaemonLock, Store, StoreError

__all__ = ["DaemonLock", "Store", "StoreError"]
