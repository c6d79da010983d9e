"""One story from end to end: bytes of a feed in, a card on Slack out, and a press that takes it.

The stages are called one after the other, as the daemon's threads do it: a real feed over
real HTTP, a real SQLite file, a Slack on loopback. Read downward, this is the whole house.
"""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from listener.config import parse
from listener.deliver import deliver
from listener.desk import act
from listener.detect import Judge
from listener.escalate import escalate
from listener.hearing import Ears
from listener.importing import import_file
from listener.intake import intake
from listener.notify.slack import Slack
from listener.poll import Poller
from listener.reading import Reader
from listener.store import Store, counts, incidents, mentions
from listener.store.times import minute
from tests.servers.feed import FeedServer
from tests.servers.slack import SlackServer, words

NOW = datetime.now(UTC).replace(microsecond=0)
CONFIG = """
[listener]
database = "listener.db"
[[brand]]
name = "Kolejka"
query = 'kolejka~ OR kettle'
[[source]]
name = "forum"
kind = "rss"
url = "{feed}"
private = true
[[person]]
name = "Anna"
slack = "U0ANNA"
roles = ["spokesperson"]
[[person]]
name = "Piotr"
slack = "U0PIOTR"
roles = ["deputy"]
[slack]
bot_token = "xoxb-test"
channel = "#pr-alerts"
api = "{slack}"
"""
COMPLAINTS = (
    "The kettle burned my hand, this is awful",
    "Worst kettle ever, terrible service and a horrible smell",
    "Fatalna Kolejka, nigdy więcej, okropna obsługa",
    "Kolejka to dno, jestem wściekły i rozczarowany",
)


@pytest.fixture(scope="module")
def reader():
    return Reader()


class House:
    """The rooms of one daemon, without its threads."""

    def __init__(self, folder, feed, slack, reader):
        self.settings = parse(CONFIG.format(feed=feed.url, slack=slack.api), folder, {})
        self.store = Store(self.settings.database)
        self.intake = intake(self.store, self.settings, reader)
        self.ears = Ears(lambda: NOW)
        self.poller = Poller(self.store, self.ears, self.intake, self.settings, lambda: 0.5)
        self.judge = Judge(self.settings)
        self.slack = Slack("xoxb-test", slack.api, "#pr-alerts", wait=lambda _: None)

    def hear(self, now):
        self.poller.start(now, ["forum"])
        found = []
        while self.poller.out:
            found += self.poller.settle(lambda: now, 0.1)
        return found[0]

    def tell(self, now):
        while deliver(self.store, self.settings, self.slack, now, time.time()).busy:
            pass

    def close(self):
        self.ears.close()
        self.store.close()


@pytest.fixture
def world(tmp_path, reader):
    with FeedServer() as feed, SlackServer() as slack:
        house = House(tmp_path, feed, slack, reader)
        yield house, feed, slack
        house.close()


def test_from_a_post_to_an_acknowledged_incident(world, tmp_path):
    house, feed, slack = world
    # Two quiet weeks are known from a file.
    past = [
        {"published_at": str(NOW - timedelta(hours=h)), "text": f"my kettle, day {h}"} for h in range(1, 336)
    ]
    (tmp_path / "past.ndjson").write_text("\n".join(map(json.dumps, past)))
    assert import_file(house.store, house.intake, tmp_path / "past.ndjson", NOW).stored == 335

    # The first visit brings history, which is no news to anybody.
    feed.add("old", "A kettle in the window", NOW - timedelta(hours=3))
    assert house.hear(NOW).status == "ok"
    assert house.judge.detect(house.store, NOW).findings == 0

    # Then sixty angry posts in a minute. They are stored, read and counted in one transaction.
    for number in range(60):
        feed.add(
            f"post-{number}", f"{COMPLAINTS[number % 4]} ({number})", NOW - timedelta(seconds=number % 50)
        )
    seen = house.hear(NOW)
    assert (seen.new, seen.matched) == (60, 60)
    with house.store.read() as db:
        said = mentions.between(db, "Kolejka", minute(NOW) - 1, minute(NOW) + 1)
        assert {m.language for m in said} == {"en", "pl"}
        assert counts.total(db, "Kolejka", "all", minute(NOW) - 1, minute(NOW) + 1) == 60
        negative = counts.total(db, "Kolejka", "negative", minute(NOW) - 1, minute(NOW) + 1)
        assert negative == sum(m.felt == "negative" for m in said) > 30

    # The judge opens one incident, and the ladder begins with the spokesperson.
    assert len(house.judge.detect(house.store, NOW).spoke) == 1
    assert escalate(house.store, house.settings, NOW).moved == 1
    house.tell(NOW)
    assert len(slack.cards) == 1
    told = words(slack.cards[0])
    assert "Kolejka" in told
    assert any(complaint in told for complaint in COMPLAINTS)
    assert [m["channel"] for m in slack.messages].count("D0ANNA") == 1

    # However long the storm, it is one incident and one card.
    for number in range(60, 90):
        feed.add(f"post-{number}", f"{COMPLAINTS[number % 4]} ({number})", NOW)
    house.hear(NOW)
    assert house.judge.detect(house.store, NOW).spoke == ()

    # A press takes it: the ladder stops, and the card says who has it.
    card = json.loads(
        next(e["value"] for b in slack.cards[0]["blocks"] for e in b.get("elements", ()) if "value" in e)
    )
    assert act(house.store, house.settings, "acknowledge", card["incident"], "Anna", NOW).code == "done"
    escalate(house.store, house.settings, NOW + timedelta(minutes=20))
    house.tell(NOW + timedelta(minutes=20))
    assert "D0PIOTR" not in [m["channel"] for m in slack.messages]
    assert len(slack.cards) == 1
    assert "Anna" in words(slack.cards[0])
    with house.store.read() as db:
        saved = incidents.get(db, card["incident"])
    assert [e.what for e in saved.events] == ["opened", "told", "acknowledged"]


def test_posts_that_come_six_minutes_late_are_found_all_the_same(world, tmp_path):
    house, feed, _ = world
    past = [
        {"published_at": str(NOW - timedelta(hours=h)), "text": f"my kettle, day {h}"} for h in range(1, 336)
    ]
    (tmp_path / "past.ndjson").write_text("\n".join(map(json.dumps, past)))
    import_file(house.store, house.intake, tmp_path / "past.ndjson", NOW)
    feed.add("old", "A kettle in the window", NOW - timedelta(hours=3))
    house.hear(NOW - timedelta(minutes=10))
    house.judge.detect(house.store, NOW - timedelta(minutes=10))
    for number in range(60):
        feed.add(
            f"p{number}", f"{COMPLAINTS[number % 4]} ({number})", NOW - timedelta(minutes=9, seconds=number)
        )
    house.hear(NOW)
    report = house.judge.detect(house.store, NOW)
    assert len(report.spoke) == 1
    with house.store.read() as db:
        saved = incidents.get(db, report.spoke[0])
    assert saved.facts["late"] is False
    assert datetime.fromisoformat(saved.facts["at"]) < NOW


def test_a_past_that_is_imported_while_it_listens_counts_at_once(world, tmp_path):
    house, feed, _ = world
    feed.add("old", "A kettle in the window", NOW - timedelta(hours=3))
    house.hear(NOW - timedelta(seconds=30))
    house.judge.detect(house.store, NOW - timedelta(seconds=30))
    past = [
        {"published_at": str(NOW - timedelta(hours=h)), "text": f"my kettle, day {h}"} for h in range(1, 336)
    ]
    (tmp_path / "past.ndjson").write_text("\n".join(map(json.dumps, past)))
    import_file(house.store, house.intake, tmp_path / "past.ndjson", NOW)
    house.judge.detect(house.store, NOW - timedelta(seconds=20))
    for number in range(60):
        feed.add(
            f"post-{number}", f"{COMPLAINTS[number % 4]} ({number})", NOW - timedelta(seconds=number % 50)
        )
    house.hear(NOW)
    report = house.judge.detect(house.store, NOW)
    with house.store.read() as db:
        saved = incidents.get(db, report.spoke[0])
    assert saved.facts["learning"] is False
    assert saved.facts["history_days"] > 12
