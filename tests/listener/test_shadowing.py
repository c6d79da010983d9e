"""A shadow rule judges and records: nobody hears of it, and it moves nothing."""

from dataclasses import replace

import pytest

from listener import evidence
from listener.settle import settle
from listener.store import incidents, shadows, sources
from rules.triggers import Finding
from tests.kit import BRAND, DAY, HOUR, MINUTE, NOON, SLACK, SOURCE, notices, opened, settings


class Stage:
    """A store in which a loud rule and one in the shadow find what they are told to."""

    def __init__(self, tmp_path):
        config = settings(tmp_path, BRAND, SOURCE, SLACK)
        loud = config.rules[0].model_copy(update={"name": "loud"})
        dark = loud.model_copy(update={"name": "dark", "shadow": True})
        self.config = config.model_copy(update={"rules": (loud, dark)})
        self.rules = {"loud": loud, "dark": dark}
        self.store = opened(tmp_path)
        with self.store.write() as db:
            sources.register(db, {"feed": "rss"})

    def find(self, now, *found):
        """Settle findings, each (rule, severity, z), in one run of the judge."""
        with self.store.write() as db:
            cases = []
            for rule, severity, z in found:
                finding = Finding("spike", now, 5 * MINUTE, 30, 2.0, z, {"n5": 30, "seconds5": 300.0})
                case = evidence.weigh(db, self.config, "Acme", self.rules[rule], finding)
                cases.append(replace(case, severity=severity))
            return settle(db, self.config, "Acme", cases, now)

    def shadows(self):
        with self.store.read() as db:
            return shadows.listing(db)

    def incidents(self):
        with self.store.read() as db:
            return incidents.listing(db)


@pytest.fixture
def stage(tmp_path):
    made = Stage(tmp_path)
    yield made
    made.store.close()


def test_what_a_shadow_finds_is_kept_and_told_to_nobody(stage):
    assert stage.find(NOON, ("dark", "crisis", 20.0)) == []
    (kept,) = stage.shadows()
    assert (kept.brand, kept.rule, kept.severity, kept.z, kept.at) == ("Acme", "dark", "crisis", 20.0, NOON)
    assert kept.data["finding"]["z"] == 20.0
    assert (stage.incidents(), notices(stage.store)) == ([], [])


def test_eighty_findings_are_one_would_be_incident(stage):
    for n in range(80):
        stage.find(NOON + n * 10 * MINUTE, ("dark", "alert", 6.0))
    (kept,) = stage.shadows()
    assert (kept.findings, kept.last_at) == (80, NOON + 790 * MINUTE)


def test_what_would_have_got_worse_is_kept_in_its_place(stage):
    stage.find(NOON, ("dark", "alert", 6.0))
    stage.find(NOON + HOUR, ("dark", "crisis", 9.0))
    (kept,) = stage.shadows()
    assert (kept.severity, kept.z, kept.verdict, kept.at) == ("crisis", 9.0, "open", NOON)


def test_after_a_calm_it_would_have_been_told_anew(stage):
    stage.find(NOON, ("dark", "alert", 6.0))
    stage.find(NOON + 2 * DAY, ("dark", "alert", 6.0))
    assert [kept.verdict for kept in stage.shadows()] == ["open", "relapse"]


def test_a_shadow_neither_opens_nor_feeds_what_a_loud_rule_finds(stage):
    assert stage.find(NOON, ("dark", "crisis", 60.0), ("loud", "alert", 6.0)) == [1]
    stage.find(NOON + 20 * HOUR, ("dark", "crisis", 60.0))
    (found,) = stage.incidents()
    assert (found.rule, found.incident.severity, found.course.last_finding_at) == ("loud", "alert", NOON)


def test_shadows_are_listed_by_when_they_were_found(stage):
    stage.find(NOON, ("dark", "alert", 6.0))
    stage.find(NOON + 3 * DAY, ("dark", "alert", 6.0))
    with stage.store.read() as db:
        assert [s.at for s in shadows.listing(db, NOON + DAY)] == [NOON + 3 * DAY]
        assert [s.at for s in shadows.listing(db, None, NOON + 3 * DAY)] == [NOON]
