"""A week of two brands in a real store: quiet, then a storm, one gap, three sources."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from listener import config
from listener.store import Store, counts, incidents, mentions, sources
from listener.store.times import minute
from rules.incident import Event
from rules.life import Course
from rules.playbook import Playbook, Step, to_json

CONFIG = """
[listener]
database = "listener.db"
timezone = "Europe/Warsaw"
locale = "{locale}"
dashboard = "127.0.0.1:0"
[[brand]]
name = "Żabka"
[[brand]]
name = "Kettle & Co <b>"
[[source]]
name = "news"
kind = "rss"
url = "https://example.org/feed.xml"
[[source]]
name = "r/poland"
kind = "rss"
url = "https://example.org/reddit.xml"
every = "10m"
[[source]]
name = "forum"
kind = "rss"
url = "https://example.org/forum.xml"
[[person]]
name = "Anna Nowak"
email = "anna@example.org"
roles = ["spokesperson"]
[email]
host = "127.0.0.1"
port = 2525
from = "Listener <listener@example.org>"
[digest]
to = ["board@example.org", "Head of PR <head@example.org>"]
at = "mon 08:00"
"""

MONDAY = datetime(2026, 11, 15, 23, tzinfo=UTC)  # 2026-W47 begins, in Warsaw
SAID = {
    "negative": [
        "Zgniłe pomidory na półce, nie do przyjęcia",
        "Kolejka do kasy na pół sklepu",
        "znowu kolejka i jedna kasa otwarta",
        "Kasa samoobsługowa nie działa od tygodnia",
        "zwrot pieniędzy? kasa samoobsługowa nie działa, zwrotu brak",
        "No refund for the rotten tomatoes",
        "Zgniłe pomidory po raz drugi",
        "the app crashed and charged me twice, no refund",
    ],
    "positive": [
        "Świeże pieczywo o szóstej rano",
        "pieczywo świeże i miła obsługa",
        "Obsługa bardzo pomocna, dziękuję",
        "hot dogs and friendly staff",
        "Friendly staff at the corner shop",
    ],
    "neutral": [
        "Nowy sklep przy dworcu",
        "Otwarte w niedzielę handlową",
        "Shop opens near the station",
        "Plakat na rogu",
    ],
}


@pytest.fixture
def settings(tmp_path):
    return lambda locale="en", **change: config.parse(CONFIG.format(locale=locale), tmp_path, {}).model_copy(
        update=change
    )


@pytest.fixture
def store(tmp_path):
    made = Store(Path(tmp_path) / "listener.db")
    yield made
    made.close()


def row(number, at, label, text=None, brand="Żabka", **more):
    text = text or f"{SAID[label][number % len(SAID[label])]} {'!' * (number % 7)}"
    score = {"negative": -0.6, "positive": 0.6}.get(label, 0.0)
    made = mentions.Row(
        key=f"{brand}{number}",
        url=f"https://example.org/{number}",
        author=f"author{number}",
        title="",
        text=text,
        published_at=at,
        minute=minute(at),
        counted=True,
        reach=None,
        language="pl",
        label=label,
        score=score,
        worst=score,
        confidence=0.8,
        reading="test",
        brands={brand: [brand]},
        measures={brand: ["all", "negative"] if label == "negative" else ["all"]},
    )
    return replace(made, **more)


@pytest.fixture
def a_week(store, settings):
    """W46 quiet, W47 with a storm on Thursday; `news` deaf for 14 h on Sunday, `forum` never heard."""
    with store.write() as db:
        sources.register(db, {source.name: source.kind for source in settings().sources})
        _mentions(db)
        first, last = minute(MONDAY - timedelta(days=7)), minute(MONDAY + timedelta(days=7))
        now = MONDAY + timedelta(days=7)
        for name, until in (("news", last - 14 * 60), ("r/poland", last)):
            counts.heard(db, name, first, until)
        visit = {"cursor": None, "validators": {}, "now": now, "due_at": now, "detail": "", "rung": ""}
        visit |= {"heard": 5, "stored": 5, "spoiled": 0, "moved_to": ""}
        sources.succeeded(db, "news", status="ok", **visit)
        sources.succeeded(db, "r/poland", status="ok", **visit | {"rung": "private feed"})
        sources.failed(db, "forum", status="refused", detail="403 Forbidden", now=now, due_at=now)
        _incident(db)
    return store


def _mentions(db):
    found = []
    for number in range(400):
        at = MONDAY - timedelta(days=7) + timedelta(minutes=number * 50)
        label = ("neutral", "positive", "neutral", "negative", "neutral")[number % 5]
        found.append(row(number, at, label))
    for number in range(400, 600):
        found.append(
            row(number, MONDAY + timedelta(days=3, hours=12, minutes=(number - 400) // 3), "negative")
        )
    nasty = "<script>alert(1)</script> Rotten tomatoes & a broken till: https://evil.example/x"
    at = MONDAY + timedelta(days=3, hours=13)
    more = {"reach": 125_000, "url": "javascript:alert(1)", "author": "Daily\u202e News\x07"}
    found.append(row(900, at, "negative", nasty, **more))
    mentions.add(db, "news", found, MONDAY)
    for number in range(1000, 1004):
        at = MONDAY + timedelta(days=number - 1000)
        mentions.add(db, "r/poland", [row(number, at, "neutral", "The kettle boils", "Kettle & Co <b>")], at)


def _incident(db):
    at = MONDAY + timedelta(days=3, hours=12, minutes=10)
    playbook = Playbook(
        "standard", (Step(timedelta(0), "spokesperson"),), answer_within=timedelta(minutes=60)
    )
    facts = {"z": 9.4, "observed": 34, "expected": 0.3, "span_seconds": 900.0, "on": "negative"}
    facts |= {"at": at.isoformat(), "negative_share": 0.9, "terms": [["kasa", 0.5]], "quotes": []}
    opened = Event("opened", at, data={"severity": "crisis", "playbook": to_json(playbook)})
    saved = incidents.create(db, "Żabka", "angry burst", [opened], facts, Course(at, at, 9.4, 2))
    incidents.append(
        db,
        saved,
        [
            Event("acknowledged", at + timedelta(minutes=12), "Anna Nowak"),
            Event(
                "answered", at + timedelta(minutes=75), "Anna Nowak", {"url": "https://example.org/statement"}
            ),
        ],
    )


@pytest.fixture(name="row")
def a_row():
    return row
