"""What a login gave, kept in memory between visits: never in a cursor, never on disk.

    key = sessions.key("bluesky", url, user, password)
    tokens = sessions.get(key)        None: log in
    sessions.put(key, tokens, lasts)  drop(key) when it is refused

The key holds the secret only as a digest, so that a new password begins a new session. Times
are those of the monotonic clock, which no change of the date moves.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from hashlib import blake2b
from time import monotonic
from typing import Any

MOST = 1_000

_lock = threading.Lock()
_kept: dict[str, tuple[float, Any]] = {}


def key(*parts: str) -> str:
    """Return what stands for a login: its kind, address, user and secret."""
    return blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=16).hexdigest()


def get(key: str, now: float | None = None) -> Any:
    """Return what was kept under the key, None where there is nothing or its time is over."""
    now = monotonic() if now is None else now
    with _lock:
        until, value = _kept.get(key, (0.0, None))
        if value is not None and until <= now:
            del _kept[key]
            return None
        return value


def put(key: str, value: Any, lasts: timedelta, now: float | None = None) -> None:
    """Keep a value for so long; the oldest make way where there are too many."""
    now = monotonic() if now is None else now
    with _lock:
        _kept.pop(key, None)
        _kept[key] = (now + lasts.total_seconds(), value)
        while len(_kept) > MOST:
            del _kept[next(iter(_kept))]


def drop(key: str, value: Any = None) -> None:
    """Forget what is kept; with a `value` only that one, not what another visit has put since."""
    with _lock:
        if key in _kept and (value is None or _kept[key][1] == value):
            del _kept[key]
