"""The pages on a real store, served on a real port of the loopback."""

import http.client
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from listener import config, desk
from listener.store import Store, counts, incidents, mentions, outbox, sources
from listener.store.times import minute
from listener.web import Server, app
from rules.incident import Event
from rules.life import Course
from rules.playbook import Playbook, Step, Task, to_json

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CONFIG = """
[listener]
database = "listener.db"
timezone = "Europe/Warsaw"
locale = "{locale}"
dashboard = "{host}:0"
[[brand]]
name = "Żabka"
[[brand]]
name = "Kettle <b>"
[[source]]
name = "news"
kind = "rss"
url = "https://example.org/feed.xml"
[[source]]
name = "forum"
kind = "rss"
url = "https://example.org/forum.xml"
[[source]]
name = "sleeping"
kind = "rss"
url = "https://example.org/sleeping.xml"
pause = true
[[person]]
name = "Anna Nowak"
email = "anna@example.org"
roles = ["spokesperson"]
[[person]]
name = "Piotr <i>"
roles = ["deputy"]
"""


@dataclass
class Health:
    troubles: list = field(default_factory=list)

    def to_json(self):
        told = {"ok": not self.troubles, "troubles": self.troubles, "slack_connected": None}
        return told | {"judged_ago_seconds": 1.5, "visits": 7, "bugs": 0}


@dataclass
class Reply:
    code: int
    headers: dict
    text: str

    def json(self):
        return json.loads(self.text)


class Visitor:
    """A browser of few words: it sends what it is told and follows nothing."""

    def __init__(self, port):
        self.port = port

    def get(self, path, **headers):
        return self._ask("GET", path, None, headers)

    def post(self, path, fields, **headers):
        return self._ask("POST", path, urlencode(fields), headers)

    def _ask(self, method, path, body, headers):
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, given)
            answer = connection.getresponse()
            text = answer.read().decode()
            return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, text)
        finally:
            connection.close()


@dataclass
class House:
    """A store, its settings and the pages on them; `settings` may be replaced while they run."""

    store: Store
    settings: config.Settings
    health: Health
    visitor: Visitor = None
    acts: list = field(default_factory=list)

    def acknowledge(self, incident, by):
        self.acts.append((incident, by))
        return desk.act(self.store, self.settings, "acknowledge", incident, by, NOON).code


@pytest.fixture
def configured(tmp_path):
    return lambda locale="en", host="127.0.0.1": config.parse(
        CONFIG.format(locale=locale, host=host), tmp_path, {}
    )


@pytest.fixture
def house(tmp_path, configured):
    store = Store(Path(tmp_path) / "listener.db")
    made = House(store, configured(), Health())
    server = Server(
        app(store, lambda: made.settings, lambda: NOON, lambda: made.health, made.acknowledge), "127.0.0.1", 0
    )
    server.start()
    made.visitor = Visitor(server.port)
    yield made
    server.stop()
    store.close()


def mention(number, at, text="Kolejka do kasy", brand="Żabka"):
    return mentions.Row(
        key=f"{brand}{number}", url=f"https://example.org/{number}", author="a", title="", text=text,
        published_at=at, minute=minute(at), counted=True, reach=None, language="pl", label="negative",
        score=-0.5, worst=-0.5, confidence=0.9, reading="t", brands={brand: [brand]},
        measures={brand: ["all", "negative"]},
    )  # fmt: skip


@pytest.fixture
def row():
    return mention


@pytest.fixture
def noon():
    return NOON


@pytest.fixture
def full(house):
    """Two weeks heard with one mention an hour, then 30 in the last hour and an incident."""
    with house.store.write() as db:
        sources.register(db, {source.name: source.kind for source in house.settings.sources})
        counts.heard(db, "news", minute(NOON - timedelta(days=15)), minute(NOON) + 1)
        quiet = [mention(n, NOON - timedelta(days=15) + timedelta(hours=n, minutes=30)) for n in range(358)]
        storm = [mention(1000 + n, NOON - timedelta(minutes=n)) for n in range(30)]
        mentions.add(db, "news", quiet + storm, NOON)
        visit = {"cursor": None, "validators": {}, "detail": "", "moved_to": ""}
        visit |= {"now": NOON - timedelta(minutes=3), "due_at": NOON + timedelta(minutes=2)}
        visit |= {"heard": 388, "stored": 388, "spoiled": 2}
        sources.succeeded(db, "news", status="ok", rung="feed", **visit)
        sources.failed(
            db,
            "forum",
            status="refused",
            detail="403 <Forbidden>",
            now=NOON,
            due_at=NOON + timedelta(hours=1),
        )
        outbox.put(
            db, key="k1", way="slack", kind="card", target="#pr", now=NOON - timedelta(minutes=5), incident=1
        )
        opened_incident(db, house)
    return house


def opened_incident(db, house):
    at = NOON - timedelta(minutes=20)
    task = Task("identify", "Confirm the facts", "head", timedelta(minutes=15))
    playbook = Playbook("standard", (Step(timedelta(0), "spokesperson"),), tasks=(task,))
    quote = {"text": "<script>alert(1)</script> kolejka", "author": "ola", "url": "javascript:alert(1)"}
    quote |= {
        "source": "news",
        "published_at": at.isoformat(),
        "label": "negative",
        "score": -0.7,
        "reach": 1200,
    }
    facts = {"z": 9.4, "observed": 30, "expected": 0.3, "span_seconds": 900.0, "on": "negative"}
    facts |= {"at": at.isoformat(), "negative_share": 0.9, "rank": 1, "days": 18}
    facts |= {"terms": [["kolejka", 0.9]], "quotes": [quote]}
    numbers = {"observed": 30, "expected": 0.3}
    opened = Event("opened", at, data={"severity": "crisis", "playbook": to_json(playbook), **numbers})
    return incidents.create(db, "Żabka", "angry burst", [opened], facts, Course(at, at, 9.4, 2))
