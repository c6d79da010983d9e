"""What keeps the daemon well: backups, forgetting in time, and saying how it is."""

from __future__ import annotations

import logging
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Any

from listener.config import Settings
from listener.store import Store, mentions, outbox, sources, stories
from listener.store.times import minute

log = logging.getLogger("listener.upkeep")
JUDGED_WITHIN_SECONDS = 60.0
OVERDUE = timedelta(minutes=10)
TOLD_WITHIN = timedelta(minutes=10)
BEAT_SECONDS = 10


@dataclass(slots=True)
class Pulse:
    """What the threads say of themselves; times are of the monotonic clock."""

    bugs: int = 0
    visits: int = 0
    judged_at: float = field(default_factory=time.monotonic)

    def judged(self) -> None:
        self.judged_at = time.monotonic()


@dataclass(frozen=True, slots=True)
class Health:
    """How the daemon is: `troubles` are codes with what they are about, empty while all is well."""

    troubles: tuple[str, ...]
    judged_ago_seconds: float
    bugs: int
    visits: int
    sources: Mapping[str, int]
    waiting: Mapping[str, int]
    oldest_waiting_seconds: float
    slack_connected: bool | None

    @property
    def well(self) -> bool:
        return not self.troubles

    def to_json(self) -> dict[str, Any]:
        return {
            "ok": self.well,
            "troubles": list(self.troubles),
            "judged_ago_seconds": round(self.judged_ago_seconds, 1),
            "bugs": self.bugs,
            "visits": self.visits,
            "sources": dict(self.sources),
            "waiting": dict(self.waiting),
            "oldest_waiting_seconds": round(self.oldest_waiting_seconds, 1),
            "slack_connected": self.slack_connected,
        }


def health(
    store: Store, settings: Settings, pulse: Pulse, now: datetime, slack_connected: bool | None
) -> Health:
    """Return how the daemon is, by what the store and the threads say."""
    names = [s.name for s in settings.sources if not s.pause]
    with store.read() as db:
        states = sources.all_of(db, names)
        waiting = outbox.waiting(db)
    by_status: dict[str, int] = {}
    for state in states:
        by_status[state.status] = by_status.get(state.status, 0) + 1
    overdue = [s.name for s in states if s.due_at is not None and now - s.due_at > OVERDUE]
    oldest = max((now - since for _, since in waiting.values()), default=timedelta(0))
    judged_ago = time.monotonic() - pulse.judged_at
    troubles = [f"source overdue: {name}" for name in overdue[:5]]
    if states and all(s.status not in ("ok", "new") for s in states):
        troubles.append("no source answers")
    if judged_ago > JUDGED_WITHIN_SECONDS:
        troubles.append("judging stands still")
    if oldest > TOLD_WITHIN:
        troubles.append("notices wait: " + ", ".join(sorted(waiting)))
    if slack_connected is False:
        troubles.append("slack socket is down")
    return Health(
        tuple(troubles),
        judged_ago,
        pulse.bugs,
        pulse.visits,
        by_status,
        {way: number for way, (number, _) in waiting.items()},
        max(oldest.total_seconds(), 0.0),
        slack_connected,
    )


def backup(store: Store) -> None:
    """Copy the database to the file beside it that ends in `.backup`, and empty its log.

    What was erased is in neither of them after that.
    """
    try:
        store.backup(store.backup_path)
        store.empty_log()
    except Exception as error:
        log.error("no backup could be written error=%s", error)


def forget_old(store: Store, settings: Settings, now: datetime) -> None:
    """Drop texts older than `[privacy] keep`, and what stories are found by, a part at a time."""
    before = minute(now - settings.privacy.keep)
    while True:
        with store.write() as db:
            if not mentions.prune(db, before) + stories.prune(db, minute(now) // stories.MINUTES_A_DAY):
                return


def beat(settings: Settings, found: Health) -> None:
    """Call the heartbeat address, if there is one and all is well: its silence is the alarm."""
    if not settings.heartbeat or not found.well:
        return
    try:
        asked = urllib.request.Request(settings.heartbeat, headers={"User-Agent": "crisis-listener"})  # noqa: S310
        with urllib.request.urlopen(asked, timeout=BEAT_SECONDS) as answer:  # noqa: S310
            answer.read(1000)
    except (OSError, HTTPException) as error:
        log.warning("the heartbeat address does not answer error=%s", error)
