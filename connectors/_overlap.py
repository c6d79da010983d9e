"""Whether a page of a feed follows on the last one, or something may be missing between them.

The cursor remembers what the last page began with: digests of the ids of its newer half
(the older half may hold pinned posts, which prove nothing) and the date of its newest
mention. A page that still holds one of them has lost nothing in between, so `since` is
that date: the last moment of which the feed itself has told us. It stays None on a first
visit, after a gap, and for feeds without dates.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b

from connectors._contract import Mention, Page
from connectors._dates import moment

MOST_REMEMBERED = 500


@dataclass(frozen=True, slots=True)
class _Memory:
    """What the cursor holds."""

    seen: tuple[str, ...] = ()
    newest_at: datetime | None = None


def page(found: tuple[Mention, ...], spoiled: int, cursor: str | None) -> Page:
    """Return the page of these mentions, oldest first, after a visit that left `cursor`."""
    memory = _memory(cursor)
    if not found:
        return Page((), cursor, spoiled)
    overlaps = not {_digest(mention.id) for mention in found}.isdisjoint(memory.seen)
    newer = found[len(found) // 2 :][-MOST_REMEMBERED:]
    newest = max((mention.published_at for mention in found if mention.published_at), default=None)
    after = _Memory(tuple(_digest(mention.id) for mention in newer), newest)
    return Page(found, _written(after), spoiled, memory.newest_at if overlaps else None)


def newest_at(cursor: str | None) -> datetime | None:
    """Return the date of the newest mention of the visit that left `cursor`."""
    return _memory(cursor).newest_at


def _digest(identity: str) -> str:
    return blake2b(identity.encode("utf-8", "replace"), digest_size=6).hexdigest()


def _written(memory: _Memory) -> str:
    at = memory.newest_at.isoformat() if memory.newest_at else None
    return json.dumps({"seen": memory.seen, "newest_at": at}, separators=(",", ":"))


def _memory(cursor: str | None) -> _Memory:
    """Read a cursor; one that makes no sense is as good as none."""
    try:
        held = json.loads(cursor or "{}")
        at = moment(held.get("newest_at") or "")
        return _Memory(tuple(map(str, held.get("seen", ()))), at.astimezone(UTC) if at else None)
    except (ValueError, TypeError, AttributeError):
        return _Memory()
