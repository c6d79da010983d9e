"""What happened to an incident becomes notices: one card, entries in its thread, updates of it."""

import pytest

from listener.announce import announce, main_way
from listener.store import incidents
from rules.incident import Event
from tests.kit import BRAND, MINUTE, NOON, SLACK, SOURCE, incident, notices, opened, settings


@pytest.fixture
def store(tmp_path):
    made = opened(tmp_path)
    yield made
    made.close()


@pytest.fixture
def config(tmp_path):
    return settings(tmp_path, BRAND, SOURCE, SLACK)


def happened(store, config, saved, *events):
    with store.write() as db:
        changed = incidents.append(db, saved, events)
        announce(db, config, changed, events, NOON)
    return changed


def note(text, minutes=1, **data):
    return Event("note", NOON + minutes * MINUTE, "anna", {"text": text, **data})


def test_what_opens_an_incident_is_told_by_one_card(store, config):
    incident(store, config)
    assert [(n.kind, n.way, n.target) for n in notices(store)] == [("card", "slack", "#pr-alerts")]


def test_without_slack_the_terminal_is_told(store, tmp_path):
    config = settings(tmp_path)
    incident(store, config)
    assert main_way(config) == "console"
    assert [(n.kind, n.way) for n in notices(store)] == [("card", "console")]


def test_what_happens_later_is_an_entry_each_and_one_update(store, config):
    saved = incident(store, config)
    changed = happened(store, config, saved, note("one"), note("two", 2))
    told = notices(store, "thread", "update")
    assert [(n.kind, n.event) for n in told] == [("thread", 1), ("thread", 2), ("update", None)]
    assert [changed.events[n.event].data["text"] for n in told[:2]] == ["one", "two"]


def test_telling_the_same_again_writes_nothing(store, config):
    saved = incident(store, config)
    changed = happened(store, config, saved, note("one"))
    before = notices(store)
    with store.write() as db:
        announce(db, config, changed, changed.events[1:], NOON)
    assert notices(store) == before


@pytest.mark.parametrize(
    ("event", "broadcast"),
    [
        (Event("relapsed", NOON, data={"severity": "alert"}), True),
        (Event("called", NOON, data={"keys": [], "breach": True}), True),
        (Event("called", NOON, data={"keys": [], "breach": False}), False),
        (note("one"), False),
    ],
)
def test_a_relapse_and_a_breach_are_told_to_the_whole_channel(store, config, event, broadcast):
    happened(store, config, incident(store, config), event)
    assert notices(store, "thread")[0].data["broadcast"] is broadcast


def test_where_the_way_out_changed_the_incident_gets_a_card_there(store, config, tmp_path):
    saved = incident(store, settings(tmp_path))
    happened(store, config, saved, note("slack is set up"))
    assert [(n.kind, n.way) for n in notices(store)] == [("card", "console"), ("card", "slack")]
