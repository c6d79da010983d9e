"""What the ways to Reddit have in common."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from connectors._contract import Mention

if TYPE_CHECKING:
    from connectors.reddit import Options

SITE = "https://www.reddit.com"
AT_A_TIME = 100

_NEVER = datetime.min.replace(tzinfo=UTC)


def names(options: Options) -> tuple[str, ...]:
    """Return the listings that are read."""
    return ("new", "comments") if options.comments else ("new",)


def age(mention: Mention) -> tuple[datetime, str]:
    return mention.published_at or _NEVER, mention.id


def earliest(since: list[datetime | None]) -> datetime | None:
    """Return the time back to which none of the listings can miss anything."""
    known = [at for at in since if at is not None]
    return min(known) if len(known) == len(since) else None
