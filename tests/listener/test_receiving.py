"""What is pushed is stored once, whole or not at all, and coverage is claimed only where it can be."""

import json
import sqlite3
import threading

import pytest

from connectors import SourceGarbled
from listener.receiving import Receiver
from listener.store import counts, forgotten, mentions, sources
from listener.store.times import minute
from listener.upkeep import Pulse, health
from tests.kit import BRAND, DAY, HOUR, MINUTE, NOON, an_intake, opened, settings

PUSH = """
[[source]]
name = "{name}"
kind = "push"
secret = "sixteen letters or more"
"""


class House:
    """A receiver on a store, and the time it is told."""

    def __init__(self, folder, *tables):
        self.config = settings(folder, BRAND, *(tables or (PUSH.format(name="hooks"),)))
        self.store, self.now, self.woken = opened(folder), NOON, 0
        with self.store.write() as db:
            sources.register(db, {source.name: source.kind for source in self.config.sources})
        self.start()

    def start(self):
        self.receiver = Receiver(
            self.store, lambda: self.config, lambda s: an_intake(self.store, s), lambda: self.now, self.wake
        )

    def wake(self):
        self.woken += 1

    def push(self, *items, name=None):
        source = self.receiver.source(name)
        return self.receiver.take(source, json.dumps(items).encode(), "application/json").to_json()

    def covered(self):
        with self.store.read() as db:
            return counts.coverage(db, "hooks", 0, minute(self.now) + 9)

    def stored(self):
        with self.store.read() as db:
            return [m.text for m in mentions.search(db, 0)][::-1]

    def state(self):
        with self.store.read() as db:
            return sources.all_of(db, ["hooks"])[0]


@pytest.fixture
def house(tmp_path):
    made = House(tmp_path)
    yield made
    made.store.close()


def item(number, text="Acme leaks", at=NOON - MINUTE, **more):
    return {"id": str(number), "published_at": at.isoformat(), "text": f"{text} {number}", **more}


def test_a_push_is_stored_counted_and_told_of(house):
    received = house.push(item(1), item(2), item(3, "nobody we know"), {"text": "undated"})
    assert received == {"heard": 3, "new": 2, "matched": 2, "spoiled": 1}
    assert house.stored() == ["Acme leaks 1", "Acme leaks 2"]
    state = house.state()
    assert (state.status, state.heard, state.stored, state.spoiled) == ("ok", 3, 2, 1)
    assert house.woken == 1


def test_the_first_push_is_news_and_no_history(house):
    house.push(item(1), item(2))
    with house.store.read() as db:
        assert counts.history(db, "Acme", "all", 0, minute(NOON) + 1, ["hooks"]) == 0
        assert counts.total(db, "Acme", "all", 0, minute(NOON) + 1) == 2


def test_the_same_push_again_changes_nothing(house):
    house.push(item(1), item(2))
    assert house.push(item(2), item(1))["new"] == 0
    assert len(house.stored()) == 2
    assert house.woken == 1


def test_many_senders_at_once_double_nothing(house):
    threads = [threading.Thread(target=lambda: house.push(*(item(n) for n in range(20)))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(house.stored()) == sorted(f"Acme leaks {n}" for n in range(20))


def test_what_cannot_be_stored_is_not_taken_and_comes_whole_the_next_time(house):
    with house.store.write() as db:
        db.execute(
            "CREATE TRIGGER full BEFORE INSERT ON mentions WHEN new.key = '2'"
            " BEGIN SELECT raise(abort, 'disk full'); END"
        )
    with pytest.raises(sqlite3.Error, match="disk full"):
        house.push(item(1), item(2))
    assert (house.stored(), house.woken, house.state().heard) == ([], 0, 0)
    with house.store.write() as db:
        db.execute("DROP TRIGGER full")
    assert house.push(item(1), item(2))["new"] == 2


def test_the_time_between_two_pushes_was_heard(house):
    house.push(item(1))
    assert house.covered() == []
    house.now += 3 * HOUR
    house.push()
    assert house.covered() == [(minute(NOON), minute(NOON + 3 * HOUR))]


def test_the_time_since_the_last_push_is_not_called_calm(house):
    house.push(item(1))
    house.now += HOUR
    house.push()
    house.now += 5 * HOUR
    assert house.covered() == [(minute(NOON), minute(NOON + HOUR))]


@pytest.mark.parametrize("after", [DAY + MINUTE, -HOUR])
def test_a_long_silence_or_a_clock_set_back_is_no_coverage(house, after):
    house.push(item(1))
    house.now += after
    house.push(item(2))
    assert house.covered() == []


def test_a_restart_between_two_pushes_is_a_gap(house):
    house.push(item(1))
    house.now += HOUR
    house.start()
    house.push(item(2))
    assert house.covered() == []
    house.now += HOUR
    house.push(item(3))
    assert house.covered() == [(minute(NOON + HOUR), minute(NOON + 2 * HOUR))]


def test_a_push_that_was_turned_away_is_a_gap(house):
    house.push(item(1))
    house.now += HOUR
    with pytest.raises(SourceGarbled):
        house.receiver.take(house.receiver.source("hooks"), b"<html>", "application/json")
    house.push(item(2))
    assert house.covered() == []


def test_what_is_older_than_anything_we_keep_is_left(house):
    assert house.push(item(1, at=NOON - 200 * DAY), item(2))["new"] == 1


def test_people_who_were_forgotten_stay_out(house):
    house.config = house.config.model_copy(
        update={"privacy": house.config.privacy.model_copy(update={"authors": "pseudonym"})}
    )
    house.push(item(1, author="ada"))
    with house.store.write() as db:
        (author,) = [row[0] for row in db.execute("SELECT author FROM mentions")]
        forgotten.keep_out(db, author, "hooks", NOON)
    assert house.push(item(2, author="Ada"), item(3, author="ben"))["new"] == 1


def test_what_the_sender_says_outright_is_taken(house):
    house.push(item(1, "they did it", brand="Acme", label="negative"), item(2, "they did", brand="Nobody"))
    with house.store.read() as db:
        assert [(m.text, m.human) for m in mentions.search(db, 0)] == [("they did it 1", "negative")]


def test_a_source_is_found_by_its_name_or_by_being_the_only_one(tmp_path):
    house = House(
        tmp_path,
        PUSH.format(name="r/hooks"),
        PUSH.format(name="crm"),
        PUSH.format(name="off") + "pause = true",
    )
    assert house.receiver.source("r/hooks").name == "r/hooks"
    assert [house.receiver.source(name) for name in (None, "off", "nobody")] == [None] * 3
    house.config = house.config.model_copy(update={"sources": house.config.sources[1:]})
    assert house.receiver.source(None).name == "crm"
    house.store.close()


def test_a_new_configuration_is_heeded_at_the_next_push(house):
    assert house.push(item(1, "Bolt breaks"))["new"] == 0
    brands = settings(house.config.path.parent, BRAND.replace("Acme", "Bolt")).brands
    house.config = house.config.model_copy(update={"brands": brands})
    assert house.push(item(2, "Bolt breaks"))["new"] == 1


def test_silence_against_the_senders_own_rhythm_can_be_noticed(house):
    assert house.state().standing.quiet_at is None
    for number in range(40):
        house.now += 3 * HOUR
        house.push(item(number, at=house.now - MINUTE))
    assert house.now < house.state().standing.quiet_at < house.now + 7 * DAY


def test_a_source_that_is_never_visited_is_never_overdue(house):
    house.push(item(1))
    found = health(house.store, house.config, Pulse(), house.now + 2 * DAY, None)
    assert not any("overdue" in trouble for trouble in found.troubles)
