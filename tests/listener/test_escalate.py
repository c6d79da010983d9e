"""The playbook's steps: each told once, the late ones together, and none once somebody has it."""

import pytest

from listener.desk import act
from listener.escalate import escalate
from tests.kit import (
    BRAND,
    EMAIL,
    MINUTE,
    NOON,
    PEOPLE,
    SLACK,
    SOURCE,
    incident,
    notices,
    opened,
    saved,
    settings,
)

ANNA_IS_ALL = PEOPLE.replace('["deputy"]', "[]").replace('["spokesperson"]', '["spokesperson", "deputy"]')


@pytest.fixture
def store(tmp_path):
    made = opened(tmp_path)
    yield made
    made.close()


@pytest.fixture
def config(tmp_path):
    return settings(tmp_path, BRAND, SOURCE, SLACK, EMAIL, PEOPLE)


def people(store):
    return [(n.data["person"], n.way) for n in notices(store, "dm", "mail")]


def at(store, config, *minutes):
    for number in minutes:
        report = escalate(store, config, NOON + number * MINUTE)
    return report


def events(store, what):
    return [e for e in saved(store).events if e.what == what]


def test_each_step_is_told_once_at_its_time(store, config):
    incident(store, config)
    at(store, config, 0, 0, 5)
    assert people(store) == [("Anna", "slack")]
    at(store, config, 10, 11, 19)
    assert people(store) == [("Anna", "slack"), ("Piotr", "slack")]
    at(store, config, 20, 20, 35, 36)
    assert people(store)[2:] == [("Ewa", "slack"), ("Ewa", "email"), ("Jan", "slack")]


def test_looking_every_minute_tells_every_round_and_then_no_more(store, config):
    incident(store, config)
    at(store, config, *range(400))
    assert [n for n, _ in people(store)] == ["Anna", "Piotr", "Ewa", "Ewa", "Jan"] * 3
    assert len({n.key for n in notices(store)}) == len(notices(store))
    assert at(store, config, 9999).next_at is None


def test_a_report_says_when_the_next_thing_is_due(store, config):
    assert at(store, config, 0).next_at is None
    incident(store, config)
    report = at(store, config, 0)
    assert (report.moved, report.next_at) == (1, NOON + 10 * MINUTE)


def test_steps_missed_while_nobody_looked_are_told_once_and_together_as_late(store, config):
    incident(store, config)
    at(store, config, 25)
    told = events(store, "told")
    assert len(told) == 1
    assert [step["tell"] for step in told[0].data["steps"]] == ["spokesperson", "deputy", "head"]
    assert (told[0].data["late"], told[0].data["minutes_late"]) == (True, 25)


def test_after_a_whole_night_everybody_is_told_once_however_many_rounds_went_by(store, config):
    incident(store, config)
    at(store, config, 600)
    assert people(store) == [
        ("Anna", "slack"),
        ("Piotr", "slack"),
        ("Ewa", "slack"),
        ("Ewa", "email"),
        ("Jan", "slack"),
    ]
    at(store, config, 601, 700)
    assert len(people(store)) == 5


def test_in_time_is_not_late(store, config):
    incident(store, config)
    at(store, config, 0)
    assert events(store, "told")[0].data["late"] is False


def test_a_person_in_two_roles_is_told_once_when_both_are_due(store, tmp_path):
    config = settings(tmp_path, BRAND, SOURCE, SLACK, EMAIL, ANNA_IS_ALL)
    incident(store, config)
    at(store, config, 12)
    assert people(store) == [("Anna", "slack")]
    assert [s["people"] for s in events(store, "told")[0].data["steps"]] == [["Anna"], ["Anna"]]


def test_a_person_in_two_roles_is_told_again_when_the_second_comes_later(store, tmp_path):
    config = settings(tmp_path, BRAND, SOURCE, SLACK, EMAIL, ANNA_IS_ALL)
    incident(store, config)
    at(store, config, 0, 10)
    assert people(store) == [("Anna", "slack"), ("Anna", "slack")]


def test_a_role_on_two_late_steps_is_told_by_all_their_ways(store, tmp_path):
    ladder = (
        '[playbook.standard]\nladder = [{after="0m", tell="head"}, {after="5m", tell="head", by=["email"]}]'
    )
    config = settings(tmp_path, BRAND, SOURCE, SLACK, EMAIL, PEOPLE, ladder)
    incident(store, config)
    at(store, config, 6)
    assert people(store) == [("Ewa", "slack"), ("Ewa", "email")]


def test_a_role_that_nobody_has_is_said(store, tmp_path):
    config = settings(tmp_path, BRAND, SOURCE, SLACK, PEOPLE.replace('["deputy"]', "[]"))
    incident(store, config)
    at(store, config, 0, 10)
    assert [e.data["unreachable"] for e in events(store, "told")] == [[], ["deputy"]]


@pytest.mark.parametrize(
    ("tables", "reached"),
    [
        ((SLACK,), [("Anna", "slack")]),
        ((SLACK, EMAIL), [("Anna", "slack")]),
        ((EMAIL,), [("Anna", "console"), ("Anna", "email")]),
        ((), [("Anna", "console")]),
    ],
)
def test_a_step_reaches_people_by_what_there_is(store, tmp_path, tables, reached):
    config = settings(tmp_path, BRAND, SOURCE, PEOPLE, *tables)
    incident(store, config)
    at(store, config, 0)
    assert people(store) == reached


def test_who_is_not_on_slack_gets_a_mail(store, tmp_path):
    config = settings(tmp_path, BRAND, SOURCE, SLACK, EMAIL, PEOPLE.replace('slack = "U0ANNA"\n', ""))
    incident(store, config)
    at(store, config, 0)
    assert people(store) == [("Anna", "email")]


def test_nothing_climbs_after_an_acknowledgement(store, config):
    incident(store, config)
    at(store, config, 0)
    act(store, config, "acknowledge", 1, "Anna", NOON + MINUTE)
    at(store, config, 10, 20, 29)
    assert people(store) == [("Anna", "slack")]


def test_an_acknowledgement_that_expires_starts_the_ladder_anew(store, config):
    incident(store, config)
    at(store, config, 0)
    act(store, config, "acknowledge", 1, "Anna", NOON + MINUTE)
    at(store, config, 31)
    assert people(store) == [("Anna", "slack")] * 2
    assert saved(store).incident.acknowledged_by is None
    assert [e.data["by"] for e in events(store, "expired")] == ["Anna"]
    at(store, config, 41)
    assert people(store)[-1] == ("Piotr", "slack")


def test_the_public_clock_is_called_out_whoever_has_it(store, config):
    incident(store, config)
    act(store, config, "acknowledge", 1, "Anna", NOON)
    act(store, config, "note", 1, "Anna", NOON + 29 * MINUTE, {"text": "asking the plant"})
    at(store, config, 30, 45, 55)
    assert [e.data["minutes_left"] for e in events(store, "called")] == [30, 15, 5]
    at(store, config, 60, 61)
    assert [e.data["breach"] for e in events(store, "called")] == [False, False, False, True]
    assert saved(store).incident.breached_at == NOON + 60 * MINUTE


def test_calls_missed_together_are_called_once(store, config):
    incident(store, config)
    at(store, config, 58)
    assert [(e.data["minutes_left"], len(e.data["keys"])) for e in events(store, "called")] == [(5, 3)]


def test_an_answer_stops_the_calls(store, config):
    incident(store, config)
    act(store, config, "answer", 1, "Anna", NOON + MINUTE, {"url": "https://acme.test/sorry"})
    at(store, config, 30, 60, 90)
    assert events(store, "called") == []


@pytest.mark.parametrize("severity", ["watch", "closed"])
def test_what_is_watched_or_closed_moves_nothing(store, config, severity):
    incident(store, config, severity="watch" if severity == "watch" else "crisis")
    if severity == "closed":
        act(store, config, "close", 1, "Anna", NOON)
    before = notices(store)
    assert at(store, config, 0, 60, 999).moved == 0
    assert notices(store) == before


def test_each_incident_moves_for_itself(store, tmp_path):
    config = settings(tmp_path, BRAND, BRAND.replace("Acme", "Bolt"), SOURCE, SLACK, PEOPLE)
    incident(store, config)
    incident(store, config, at=NOON + 5 * MINUTE, brand="Bolt")
    assert at(store, config, 5).moved == 2
    assert {n.incident for n in notices(store, "dm")} == {1, 2}
