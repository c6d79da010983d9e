"""When a digest is due: once for every week, also after a night without power."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from listener.config import Settings
from listener.digest import isoweek
from listener.store import Store, outbox, weeks
from listener.store.times import minute

CATCH_UP = timedelta(days=5)


def due(settings: Settings, now: datetime, sent_weeks: Collection[str]) -> str | None:
    """Return the week whose digest is to go out now, None where none is.

    It is the last week that was over at the configured moment. A moment missed is caught up
    with for five days; what comes later than that is no news to anybody.
    """
    if not settings.digest.to:
        return None
    local = now.astimezone(settings.timezone)
    moment = settings.digest.at.at_or_before(local)
    week = isoweek.ended_before(moment, settings.timezone)
    # On the local clock, as the moment itself: an hour that is skipped or doubled changes nothing.
    return week if local - moment < CATCH_UP and week not in sent_weeks else None


def enqueue(store: Store, settings: Settings, week: str, now: datetime) -> int:
    """Put the week's digest into the outbox, a notice for each recipient; return how many are new."""
    isoweek.monday(week)
    with store.write() as db:
        return sum(
            outbox.put(
                db,
                key=f"digest:{week}:{recipient}",
                way="email",
                kind="digest",
                target=recipient,
                now=now,
                data={"week": week},
                priority=outbox.DIGEST,
            )
            for recipient in settings.digest.to
        )


def tick(store: Store, settings: Settings, now: datetime) -> str | None:
    """Put the digest that is due into the outbox and return its week, None where none is due.

    A week that was over before anything at all was heard has nothing to tell and is passed over.
    """
    if settings.email is None:
        return None
    with store.read() as db:
        week, began = due(settings, now, weeks.told(db)), weeks.began(db)
    if week is None or began is None or minute(isoweek.midnights(week, settings.timezone)[-1]) <= began:
        return None
    enqueue(store, settings, week, now)
    return week
