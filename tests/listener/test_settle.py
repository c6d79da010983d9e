"""What findings do to an incident: what starts, what is added, what is said."""

from dataclasses import replace
from datetime import timedelta

import pytest

from listener import evidence
from listener.briefing import brief, entries
from listener.desk import act
from listener.settle import settle
from listener.store import incidents, sources
from listener.words import entry
from rules.triggers import Finding
from tests.kit import BRAND, DAY, HOUR, MINUTE, NOON, PEOPLE, SLACK, SOURCE, notices, opened, settings

SLOW = SOURCE.replace("feed", "archive") + 'every = "1d"\n'
BOOKS = """
[playbook.first]
ladder = [ { after = "0m", tell = "spokesperson" } ]
[playbook.second]
ladder = [ { after = "0m", tell = "management" } ]
[[rule]]
name = "one"
playbook = "first"
[[rule]]
name = "two"
playbook = "second"
"""


class Stage:
    """A store in which two rules with playbooks of their own find what they are told to."""

    def __init__(self, tmp_path):
        self.config = settings(tmp_path, BRAND, SOURCE, SLOW, SLACK, PEOPLE, BOOKS)
        self.store = opened(tmp_path)
        with self.store.write() as db:
            sources.register(db, {"feed": "rss", "archive": "rss"})

    def find(self, now, *found, shares=(("feed", 1.0),), at=None):
        """Settle findings, each (rule, severity, z), in one run of the judge."""
        with self.store.write() as db:
            cases = []
            for name, severity, z in found:
                rule = next(rule for rule in self.config.rules if rule.name == name)
                finding = Finding("spike", at or now, 5 * MINUTE, 30, 2.0, z, {"n5": 30, "seconds5": 300.0})
                case = evidence.weigh(db, self.config, "Acme", rule, finding)
                cases.append(replace(case, severity=severity, shares=dict(shares)))
            return settle(db, self.config, "Acme", cases, now)

    def saved(self, number=1):
        with self.store.read() as db:
            return incidents.get(db, number)

    def ladder(self):
        return [step.tell for step in self.saved().incident.playbook.ladder]

    def says(self, locale="en"):
        saved = self.saved()
        return entry(entries(saved)[-1], brief(saved), locale, "UTC")


@pytest.fixture
def stage(tmp_path):
    made = Stage(tmp_path)
    yield made
    made.store.close()


def test_a_watch_posts_a_card_and_starts_nothing(stage):
    assert stage.find(NOON, ("one", "watch", 6.0)) == [1]
    found = stage.saved().incident
    assert (found.severity, found.started_at, found.playbook.ladder) == ("watch", None, ())
    assert [notice.kind for notice in notices(stage.store)] == ["card"]


def test_the_finding_that_first_reaches_alert_starts_the_playbook_of_its_rule(stage):
    stage.find(NOON, ("one", "watch", 6.0))
    stage.find(NOON + HOUR, ("two", "alert", 6.0))
    assert stage.saved().incident.started_at == NOON + HOUR
    assert stage.ladder() == ["management"]


def test_a_higher_severity_with_another_playbook_adds_its_steps_and_removes_none(stage):
    stage.find(NOON, ("one", "alert", 6.0))
    stage.find(NOON + HOUR, ("two", "crisis", 6.0))
    assert sorted(stage.ladder()) == ["management", "spokesperson"]
    assert stage.saved().incident.started_at == NOON


def test_more_of_the_same_severity_brings_no_new_steps(stage):
    stage.find(NOON, ("one", "alert", 6.0))
    assert stage.find(NOON + HOUR, ("two", "alert", 30.0)) == [1]
    assert stage.ladder() == ["spokesperson"]


def test_of_several_findings_at_once_the_worst_is_told_and_all_are_kept(stage):
    stage.find(NOON, ("one", "watch", 40.0), ("two", "crisis", 6.0))
    found = stage.saved()
    assert (found.incident.severity, found.rule, len(found.events)) == ("crisis", "two", 1)
    with stage.store.read() as db:
        assert [(f["rule"], f["verdict"]) for f in incidents.findings(db, 1)] == [
            *(("one", "open"), ("two", "worsen")),
        ]


def test_a_relapse_starts_ladder_and_clocks_anew_with_the_playbook_of_its_rule(stage):
    stage.find(NOON, ("one", "alert", 6.0))
    stage.find(NOON + 2 * DAY, ("two", "alert", 6.0))
    found = stage.saved().incident
    assert (found.relapses, found.started_at, stage.ladder()) == (1, NOON + 2 * DAY, ["management"])
    assert "after a calm" in stage.says()


@pytest.mark.parametrize(
    ("locale", "worse"), [("en", "worse now than when it was closed"), ("pl", "Jest gorzej niż wtedy")]
)
def test_what_was_closed_while_hot_and_got_worse_did_not_flare_up_after_a_calm(stage, locale, worse):
    stage.find(NOON, ("one", "alert", 6.0))
    act(stage.store, stage.config, "dismiss", 1, "Anna", NOON + MINUTE)
    assert stage.find(NOON + HOUR, ("one", "crisis", 6.0)) == [1]
    assert worse in stage.says(locale)
    assert "calm" not in stage.says("en")


def test_late_is_what_polling_the_sources_in_question_does_not_explain(stage):
    past = timedelta(hours=3)
    stage.find(NOON, ("one", "alert", 6.0), at=NOON - past)
    assert stage.saved().facts["late"] is True


def test_what_a_slow_source_brought_is_not_late(stage):
    stage.find(NOON, ("one", "alert", 6.0), at=NOON - timedelta(hours=3), shares=(("archive", 1.0),))
    assert stage.saved().facts["late"] is False
