"""Incidents in the store: their events are the truth, and nobody saves over somebody else."""

import sqlite3
from datetime import timedelta

import pytest

from listener.store import incidents
from rules import life
from rules.incident import Event
from rules.life import Course
from rules.playbook import STANDARD, to_json
from tests.kit import MINUTE, NOON, opened

FACTS = {"z": 5.0, "observed": 30, "expected": 2.5, "at": "2026-03-16T12:00:00.000Z"}


@pytest.fixture
def store(tmp_path):
    made = opened(tmp_path)
    yield made
    made.close()


def opening(severity="alert", at=NOON):
    return Event("opened", at, data={"severity": severity, "playbook": to_json(STANDARD)})


def created(store, brand="Acme", **more):
    with store.write() as db:
        return incidents.create(db, brand, "surge", [opening(**more)], FACTS, Course(NOON, NOON, 5.0, 1))


def appended(store, saved, *events, **more):
    with store.write() as db:
        return incidents.append(db, saved, events, **more)


def got(store, number):
    with store.read() as db:
        return incidents.get(db, number)


def test_what_is_saved_comes_back(store):
    saved = created(store)
    note = Event("note", NOON + MINUTE, "Żaneta", {"text": "zażółć 🐢"})
    changed = appended(store, saved, note)
    assert got(store, saved.id) == changed
    assert changed.version == saved.version + 1


def test_a_stale_save_raises_and_leaves_nothing(store):
    saved = created(store)
    changed = appended(store, saved, Event("acknowledged", NOON, "anna"))
    with pytest.raises(incidents.Stale):
        appended(store, saved, Event("acknowledged", NOON, "piotr"))
    assert got(store, saved.id) == changed


def test_a_brand_has_one_open_incident(store):
    created(store)
    with pytest.raises(sqlite3.IntegrityError):
        created(store)
    created(store, brand="Bolt")
    with store.read() as db:
        assert [(s.id, s.brand) for s in incidents.listing(db)] == [(2, "Bolt"), (1, "Acme")]


def test_once_it_is_closed_another_may_open(store):
    saved = created(store)
    appended(store, saved, Event("closed", NOON + MINUTE, "anna", {"verdict": "over"}))
    assert created(store).id == saved.id + 1


def test_the_open_incident_of_a_brand_is_its_latest(store):
    first = created(store)
    closed = appended(store, first, Event("closed", NOON))
    second = created(store)
    appended(store, second, Event("closed", NOON))
    appended(store, closed, Event("reopened", NOON, "anna"))
    with store.read() as db:
        assert incidents.latest_of(db, "Acme").id == first.id
        assert incidents.latest_of(db, "Bolt") is None


def test_an_incident_is_due_when_its_plan_says_so(store):
    saved = created(store)
    with store.read() as db:
        assert incidents.next_at(db) == NOON
        assert incidents.due(db, NOON - MINUTE) == []
        assert incidents.due(db, NOON) == [saved.id]
    keys = ["tell:0:0:0:spokesperson:slack"]
    appended(store, saved, Event("told", NOON, data={"keys": keys}))
    with store.read() as db:
        assert incidents.next_at(db) == NOON + 10 * MINUTE


def test_a_closed_or_watched_incident_is_never_due(store):
    appended(store, created(store), Event("closed", NOON))
    created(store, brand="Bolt", severity="watch")
    with store.read() as db:
        assert (incidents.due(db, NOON + timedelta(days=99)), incidents.next_at(db)) == ([], None)


def test_a_finding_that_joins_in_silence_leaves_the_version_as_it_is(store):
    saved = created(store)
    course, _ = life.after(saved.course, NOON + MINUTE, 6.0, 1)
    with store.write() as db:
        incidents.feed(db, saved, course)
    assert (got(store, saved.id).course, got(store, saved.id).version) == (course, saved.version)


def test_the_columns_say_what_the_events_say(store):
    saved = appended(
        store,
        created(store),
        Event("acknowledged", NOON + MINUTE, "anna"),
        Event("answered", NOON + 2 * MINUTE, "anna", {"url": "https://acme.test"}),
        Event("closed", NOON + 3 * MINUTE, "anna", {"verdict": "over"}),
    )
    with store.read() as db:
        row = dict(db.execute("SELECT * FROM incidents WHERE id = ?", (saved.id,)).fetchone())
    assert (row["acknowledged_by"], row["answered_url"], row["verdict"], row["phase"]) == (
        *("anna", "https://acme.test", "over", "closed"),
    )
    assert (row["opened_at"], row["closed_at"]) == ("2026-03-16T12:00:00.000Z", "2026-03-16T12:03:00.000Z")


def test_listing_can_leave_out_what_is_long_over(store):
    appended(store, created(store), Event("closed", NOON))
    created(store, brand="Bolt")
    with store.read() as db:
        assert [s.brand for s in incidents.listing(db, open_only=True)] == ["Bolt"]
        assert [s.brand for s in incidents.listing(db, since=NOON + MINUTE)] == ["Bolt"]
        assert [s.brand for s in incidents.listing(db, since=NOON)] == ["Bolt", "Acme"]


def test_findings_are_kept_with_what_they_rest_on(store):
    saved = created(store)
    with store.write() as db:
        incidents.find(db, saved.id, "surge", NOON, NOON + MINUTE, "open", {"finding": {"z": 5.0}})
        assert [(f["rule"], f["verdict"], f["data"]) for f in incidents.findings(db, saved.id)] == [
            ("surge", "open", {"finding": {"z": 5.0}})
        ]
