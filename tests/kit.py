"""What many tests begin with: settings from a few lines of TOML, a store, and a past to compare with."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors import Mention
from listener.announce import announce
from listener.config import parse
from listener.importing import import_file
from listener.intake import intake
from listener.reading import Reader
from listener.store import Store, counts, incidents, mentions, outbox, sources
from listener.store.mentions import Row
from listener.store.times import minute, text
from rules.incident import Event
from rules.life import Course
from rules.playbook import to_json

NOON = datetime(2026, 3, 16, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

BRAND = """
[[brand]]
name = "Acme"
"""
SOURCE = """
[[source]]
name = "feed"
kind = "rss"
url = "https://feed.test/rss"
"""
PEOPLE = """
[[person]]
name = "Anna"
email = "anna@example.org"
slack = "U0ANNA"
roles = ["spokesperson"]
[[person]]
name = "Piotr"
email = "piotr@example.org"
slack = "U0PIOTR"
roles = ["deputy"]
[[person]]
name = "Ewa"
email = "ewa@example.org"
slack = "U0EWA"
roles = ["head"]
[[person]]
name = "Jan"
email = "jan@example.org"
slack = "U0JAN"
roles = ["management"]
"""
# Without a slow burn beside them: each finding of theirs is told by itself.
FLASH = """
[[rule]]
name = "surge"
crisis_when = { z = 12.0, negative_share = 0.6 }
[[rule]]
name = "angry burst"
on = "negative"
crisis_when = { z = 12.0, negative_share = 0.6 }
"""
SLACK = """
[slack]
bot_token = "xoxb-test"
channel = "#pr-alerts"
"""
EMAIL = """
[email]
host = "smtp.test"
from = "listener@example.org"
"""


def settings(base, *tables):
    """Return the settings of the tables, one brand and one feed where none are given."""
    return parse('[listener]\ndatabase = "listener.db"\n' + "\n".join(tables or (BRAND, SOURCE)), base, {})


def opened(base):
    """Return an empty store in a folder."""
    return Store(Path(base) / "listener.db")


def mention(key, text="Acme is here", at=NOON, *, author=None, url="", title="", reach=None):
    return Mention(key, url, f"author {key}" if author is None else author, text, at, title, reach)


def row(
    key,
    at=NOON,
    *,
    brands=("Acme",),
    label="neutral",
    author=None,
    url="",
    counted=True,
    text="Acme",
    reach=None,
):
    """Return a mention as the store takes it, without reading any text."""
    measures = ["all", "negative"] if label == "negative" else ["all"]
    return Row(
        key=str(key),
        url=url,
        author=f"author {key}" if author is None else author,
        title="",
        text=text,
        published_at=at,
        minute=minute(at),
        counted=counted,
        reach=reach,
        language="en",
        label=label,
        score=-0.7 if label == "negative" else 0.0,
        worst=-0.7 if label == "negative" else 0.0,
        confidence=0.9,
        reading="1",
        brands={brand: ["acme"] for brand in brands},
        measures=dict.fromkeys(brands, measures),
    )


def storm(number, at, *, label="negative", name="storm", **more):
    """Return that many mentions of different authors within the minute of `at`."""
    return [
        row(f"{name} {n}", at + timedelta(seconds=n % 60), label=label, text=f"Acme leaks oil {n}", **more)
        for n in range(number)
    ]


def heard(store, source, rows, now):
    """Store what a visit that is not the first brought home."""
    with store.write() as db:
        return mentions.add(db, source, rows, now)


def listened(store, source, since, until):
    """Take down that a source was heard, as the visits from `since` to `until` would have."""
    with store.write() as db:
        sources.register(db, {source: "rss"})
        state = sources.all_of(db, [source])[0]
        if state.first_ok_at is None:
            visited(db, source, since)
        counts.heard(db, source, minute(since), minute(until))
        visited(db, source, until)


def visited(db, source, now):
    sources.succeeded(
        db, source, cursor="c", validators={}, now=now, due_at=now, status="ok", detail="", rung="",
        heard=0, stored=0, spoiled=0, moved_to="",
    )  # fmt: skip


def quiet(first, days, every=timedelta(minutes=37), *, brand="Acme", name="quiet"):
    """Return calm days as rows for an import: one mention now and then."""
    steps = int(days * DAY / every)
    return [
        {"published_at": (first + n * every).isoformat(), "text": f"{brand} opens a shop {n}", "brand": brand,
         "id": f"{name} {n}", "author": f"shopper {n}", "label": "neutral"}
        for n in range(steps)
    ]  # fmt: skip


def imported(store, made, rows, now, path):
    """Import rows through a file, as `listener import` does."""
    path.write_text("".join(json.dumps(value) + "\n" for value in rows), encoding="utf-8")
    return import_file(store, made, path, now)


READER = Reader(("en", "pl"))


def an_intake(store, config):
    return intake(store, config, READER)


def notices(store, *kinds):
    """Return the notices of those kinds, in the order in which they were written."""
    with store.read() as db:
        rows = db.execute("SELECT * FROM notices ORDER BY id").fetchall()
    return [outbox._notice(one) for one in rows if not kinds or one["kind"] in kinds]


def incident(store, config, at=NOON, severity="alert", brand="Acme"):
    """Open an incident as a finding would, with its card in the outbox."""
    data = {"severity": severity}
    if severity != "watch":
        data["playbook"] = to_json(config.playbooks["standard"])
    numbers = {"z": 6.0, "observed": 30, "expected": 2.0, "on": "all", "span_seconds": 300.0, "at": text(at)}
    event = Event("opened", at, data=data)
    course = Course(at, at, 6.0, incidents.RANK[severity])
    with store.write() as db:
        saved = incidents.create(db, brand, "surge", [event], numbers, course)
        announce(db, config, saved, [event], at)
    return saved


def saved(store, number=1):
    with store.read() as db:
        return incidents.get(db, number)
