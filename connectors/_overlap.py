"""Whether a page of a feed follows on the last one, or something may be missing between them.

The cursor remembers what the last page began with: digests of the ids of its newer half
(the older half may hold pinned posts, which prove nothing) and the date of its newest
mention. A page that still holds one of them has lost nothing in between, so `since` is
that date: the last moment of which the feed itself has told us. It stays None on a first
visit, after a gap, and for feeds without dates: there a page `follows` where it holds more
of the last one than the few posts that may be pinned.

A page that holds none of them, and whose newer half is all later than what was newest, may
have lost something: a possible gap. Where dates reach back further the feed only gave new
ids to old items, and where there are none nobody can tell.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b

from connectors._contract import Mention, Page
from connectors._dates import moment

MOST_REMEMBERED = 500
MOST_PINNED = 3


@dataclass(frozen=True, slots=True)
class _Memory:
    """What the cursor holds; `below` is the date of the newest mention but one."""

    seen: tuple[str, ...] = ()
    newest_at: datetime | None = None
    below: datetime | None = None


def page(found: tuple[Mention, ...], spoiled: int, cursor: str | None) -> Page:
    """Return the page of these mentions, oldest first, after a visit that left `cursor`."""
    memory = _memory(cursor)
    if not found:
        return Page((), cursor, spoiled)
    digests = [_digest(mention.id) for mention in found]
    shared = set(digests).intersection(memory.seen)
    stuck = len(memory.seen) > 1 and shared == {memory.seen[-1]} == {digests[-1]}
    if stuck and _any_after(found[:-1], memory.below):
        # Dated ahead, it stays on top whatever comes: it proves no more than a pinned one.
        shared, memory = set(), replace(memory, newest_at=memory.below)
    written = _written(_after(found, digests))
    since = memory.newest_at if shared else None
    undated = memory.newest_at is None and not any(mention.published_at for mention in found)
    follows = undated and (len(shared) > MOST_PINNED or shared == set(memory.seen) != set())
    return Page(found, written, spoiled, since, gap=not shared and _all_after(found, memory), follows=follows)


def newest_at(cursor: str | None) -> datetime | None:
    """Return the date of the newest mention of the visit that left `cursor`."""
    return _memory(cursor).newest_at


def _any_after(found: tuple[Mention, ...], then: datetime | None) -> bool:
    return then is not None and any(m.published_at and m.published_at > then for m in found)


def _all_after(found: tuple[Mention, ...], memory: _Memory) -> bool:
    """Whether all of a page's newer half is later than anything that was remembered."""
    dates = [m.published_at for m in found[len(found) // 2 :] if m.published_at]
    known = memory.newest_at if memory.seen else None
    return known is not None and bool(dates) and min(dates) > known


def _after(found: tuple[Mention, ...], digests: list[str]) -> _Memory:
    dates = sorted(mention.published_at for mention in found if mention.published_at)
    seen = tuple(digests[len(found) // 2 :][-MOST_REMEMBERED:])
    return _Memory(seen, dates[-1] if dates else None, dates[-2] if len(dates) > 1 else None)


def _digest(identity: str) -> str:
    return blake2b(identity.encode("utf-8", "replace"), digest_size=6).hexdigest()


def _written(memory: _Memory) -> str:
    newest, below = (at.isoformat() if at else None for at in (memory.newest_at, memory.below))
    return json.dumps({"seen": memory.seen, "newest_at": newest, "below": below}, separators=(",", ":"))


def _memory(cursor: str | None) -> _Memory:
    """Read a cursor; one that makes no sense is as good as none."""
    try:
        held = json.loads(cursor or "{}")
        newest, below = (moment(held.get(key) or "") for key in ("newest_at", "below"))
        utc = (at.astimezone(UTC) if at else None for at in (newest, below))
        return _Memory(tuple(map(str, held.get("seen", ()))), *utc)
    except (ValueError, TypeError, AttributeError):
        return _Memory()
