"""Quiet hours and budgets: nothing is lost or hidden, only a crisis is told at once, and the rest once."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from listener import evidence
from listener.config.settings import Budget
from listener.deliver import deliver
from listener.desk import act
from listener.escalate import escalate
from listener.notify import Receipt
from listener.settle import settle
from listener.store import incidents, sources
from listener.store.times import text
from rules.incident import plan
from rules.restraint import Hours
from rules.triggers import Finding
from tests.kit import BRAND, DAY, HOUR, MINUTE, NOON, PEOPLE, SLACK, SOURCE, notices, opened, settings

NIGHT = (Hours(22 * 60, 7 * 60),)
MIDNIGHT = NOON + 12 * HOUR
SEVEN = NOON + 19 * HOUR
OTHER = '[[brand]]\nname = "Bolt"\n'


class Night:
    """A store in which findings are settled as the judge would, by rules that are held back."""

    def __init__(self, tmp_path, quiet=NIGHT, budget=None, zone="UTC"):
        config = settings(tmp_path, BRAND, OTHER, SOURCE, SLACK, PEOPLE)
        base = config.rules[0]
        bound = base.model_copy(update={"name": "bound", "quiet_hours": quiet, "budget": budget})
        free = base.model_copy(update={"name": "free", "playbook": "standard"})
        self.config = config.model_copy(update={"rules": (bound, free), "timezone": ZoneInfo(zone)})
        self.rules = {"bound": bound, "free": free}
        self.store = opened(tmp_path)
        with self.store.write() as db:
            sources.register(db, {"feed": "rss"})

    def find(self, now, severity="alert", z=6.0, *, rule="bound", brand="Acme", at=None):
        """Settle one finding as the judge does, and do what is due."""
        finding = Finding("spike", at or now, 5 * MINUTE, 30, 2.0, z, {"n5": 30, "seconds5": 300.0})
        with self.store.write() as db:
            case = evidence.weigh(db, self.config, brand, self.rules[rule], finding)
            spoke = settle(db, self.config, brand, [replace(case, severity=severity)], now)
        escalate(self.store, self.config, now)
        return spoke

    def wait(self, now):
        escalate(self.store, self.config, now)

    def saved(self, number=1):
        with self.store.read() as db:
            return incidents.get(db, number)

    def story(self, number=1):
        return [event.what for event in self.saved(number).events]

    def kinds(self):
        return [notice.kind for notice in notices(self.store)]


class Posted:
    """Slack, as far as a deliverer knows it: it keeps what it is sent."""

    name = "slack"

    def __init__(self):
        self.letters = []

    def send(self, letter):
        self.letters.append(letter)
        return Receipt("C1", "1.0", "ok")


@pytest.fixture
def night(tmp_path):
    made = Night(tmp_path)
    yield made
    made.store.close()


def test_what_comes_in_quiet_hours_stands_in_the_store_and_nobody_is_told(night):
    assert night.find(MIDNIGHT) == []
    found = night.saved()
    assert (found.incident.severity, found.incident.opened_at, found.incident.started_at) == (
        *("alert", MIDNIGHT),
        None,
    )
    assert (found.incident.held.why, found.incident.held.until) == ("quiet hours", SEVEN)
    with night.store.read() as db:
        (kept,) = incidents.findings(db, 1)
    assert kept["data"]["held"] == {"why": "quiet hours", "until": text(SEVEN)}
    assert night.kinds() == []


def test_what_waits_is_in_the_plan(night):
    night.find(MIDNIGHT)
    assert [(due.what, due.at) for due in plan(night.saved().incident)] == [("release", SEVEN)]


def test_what_is_still_hot_is_told_once_when_quiet_hours_end_and_its_clocks_start_then(night):
    night.find(MIDNIGHT)
    night.find(MIDNIGHT + HOUR)
    for minutes in range(0, 10, 2):
        night.wait(SEVEN - MINUTE + minutes * MINUTE)
    found = night.saved()
    assert night.story() == ["opened", "released", "told"]
    assert found.incident.started_at == SEVEN + MINUTE
    assert found.incident.held is None
    assert night.kinds() == ["card", "dm", "thread", "update"]
    assert found.facts["held"]["since"] == text(MIDNIGHT)


def without(night, **changed):
    """Take quiet hours or the budget from the rule that is bound, as a new configuration does."""
    bound = night.rules["bound"].model_copy(update=changed)
    night.config = night.config.model_copy(update={"rules": (bound, night.rules["free"])})


def test_what_is_held_back_is_told_at_once_when_its_rule_no_longer_keeps_it(night):
    night.find(MIDNIGHT)
    without(night, quiet_hours=(Hours(22 * 60, 6 * 60),))
    night.wait(MIDNIGHT + HOUR)
    assert night.story() == ["opened"]
    without(night, quiet_hours=())
    night.wait(MIDNIGHT + 2 * HOUR)
    assert night.story() == ["opened", "released", "told"]
    night.wait(SEVEN)
    assert night.story().count("released") == 1
    assert night.saved().incident.started_at == MIDNIGHT + 2 * HOUR
    assert night.kinds().count("card") == 1


def test_what_a_rule_held_back_that_is_no_more_is_told_too(night):
    night.find(MIDNIGHT)
    night.config = night.config.model_copy(update={"rules": (night.rules["free"],)})
    night.wait(MIDNIGHT + MINUTE)
    assert night.story()[:2] == ["opened", "released"]


def test_a_budget_that_is_raised_lets_what_it_held_back_be_told(tmp_path):
    made = Night(tmp_path, (), Budget(most=1, within=DAY))
    made.find(NOON)
    made.find(NOON + HOUR, brand="Bolt")
    assert made.story(2) == ["opened"]
    without(made, budget=Budget(most=2, within=DAY))
    made.wait(NOON + 2 * HOUR)
    assert made.story(2)[:2] == ["opened", "released"]
    made.store.close()


def test_a_rise_to_crisis_breaks_through_at_once(night):
    night.find(MIDNIGHT)
    assert night.find(MIDNIGHT + HOUR, "crisis") == [1]
    assert night.story() == ["opened", "released", "told"]
    assert (night.saved().incident.severity, night.saved().incident.started_at) == (
        *("crisis", MIDNIGHT + HOUR),
    )
    night.wait(SEVEN)
    assert [kind for kind in night.kinds() if kind == "card"] == ["card"]


def test_a_crisis_that_opens_in_quiet_hours_is_told_at_once(night):
    assert night.find(MIDNIGHT, "crisis") == [1]
    assert night.kinds()[:2] == ["card", "dm"]


def test_another_rule_that_may_speak_tells_what_this_one_holds_back(night):
    night.find(MIDNIGHT)
    assert night.find(MIDNIGHT + HOUR, rule="free") == [1]
    assert night.story() == ["opened", "released", "told"]


def test_a_watch_that_may_be_told_starts_nothing_of_an_alert_that_is_held_back(night):
    night.find(MIDNIGHT)
    assert night.find(MIDNIGHT + HOUR, "watch", rule="free") == [1]
    assert night.story() == ["opened", "worsened"]
    assert night.kinds() == ["card"]
    assert night.saved().incident.started_at is None
    night.wait(SEVEN)
    assert night.story() == ["opened", "worsened", "released", "told"]


def test_what_got_worse_in_quiet_hours_is_told_in_the_thread_when_they_end(night):
    night.find(MIDNIGHT - 3 * HOUR)
    night.find(MIDNIGHT, z=30.0)
    night.find(MIDNIGHT + HOUR, z=31.0)
    assert night.story().count("worsened") == 1
    before = night.kinds()
    night.wait(SEVEN)
    assert [e.what for e in night.saved().events].count("released") == 1
    assert night.kinds().count("thread") > before.count("thread")
    assert night.saved().incident.started_at == MIDNIGHT - 3 * HOUR


def test_what_was_over_before_it_could_be_told_is_closed_and_named_in_one_note(tmp_path):
    weekend = (Hours(0, 24 * 60, frozenset({5, 6})),)
    night = Night(tmp_path, quiet=weekend)
    saturday, monday = NOON + 5 * DAY, datetime.fromisoformat("2026-03-23T00:00:00+00:00")
    night.find(saturday)
    night.find(saturday + HOUR, brand="Bolt")
    night.wait(monday)
    night.wait(monday + MINUTE)
    assert [night.story(n) for n in (1, 2)] == [["opened", "calmed"]] * 2
    assert [night.saved(n).incident.verdict for n in (1, 2)] == ["held back"] * 2
    (note,) = notices(night.store)
    assert (note.kind, note.data) == ("held", {"rule": "bound", "incidents": [1, 2]})
    posted = Posted()
    deliver(night.store, night.config, posted, monday, 0.0)
    (letter,) = posted.letters
    assert (letter.kind, letter.target, letter.card.buttons) == ("card", "#pr-alerts", ())
    assert letter.card.title == "Held back by the rule “bound”"
    assert [line.partition(" · Mar")[0] for line in letter.card.lines[1:]] == ["Alert · Acme", "Alert · Bolt"]
    night.store.close()


def test_a_budget_counts_what_was_told_over_all_brands(tmp_path):
    night = Night(tmp_path, quiet=(), budget=Budget(most=1))
    assert night.find(NOON) == [1]
    assert night.find(NOON + HOUR, brand="Bolt") == []
    assert (night.saved(2).incident.held.why, night.saved(2).incident.held.until) == ("budget", NOON + DAY)
    assert night.find(NOON + 2 * HOUR, z=40.0) == [1]
    night.wait(NOON + DAY)
    assert night.story(2) == ["opened", "released", "told"]
    night.store.close()


def test_what_the_budget_lets_through_next_spends_it_anew(tmp_path):
    night = Night(tmp_path, quiet=(), budget=Budget(most=1))
    bolt = NOON + HOUR
    night.find(NOON)
    night.find(bolt, brand="Bolt")
    night.wait(NOON + DAY)
    with night.store.read() as db:
        assert incidents.tellings(db, "bound", NOON) == [NOON + DAY]
    night.store.close()


def test_a_person_who_takes_what_is_held_back_lets_it_be_told(night):
    night.find(MIDNIGHT)
    act(night.store, night.config, "acknowledge", 1, "Anna", MIDNIGHT + HOUR)
    night.wait(MIDNIGHT + 70 * MINUTE)
    assert night.story() == ["opened", "released", "acknowledged"]
    assert night.kinds() == ["card"]
    assert night.saved().incident.acknowledged_by == "Anna"


def test_what_is_closed_while_it_is_held_back_stays_unknown_and_silent(night):
    night.find(MIDNIGHT)
    act(night.store, night.config, "dismiss", 1, "Anna", MIDNIGHT + HOUR)
    night.find(MIDNIGHT + 2 * HOUR)
    night.wait(SEVEN)
    assert night.story() == ["opened", "closed"]
    assert night.kinds() == []


def test_a_relapse_in_quiet_hours_waits_like_an_opening(night):
    night.find(MIDNIGHT - 3 * HOUR)
    act(night.store, night.config, "close", 1, "Anna", MIDNIGHT - 2 * HOUR)
    night.find(MIDNIGHT + 24 * HOUR)
    assert night.saved().incident.held.of == "relapsed"
    before = night.kinds()
    night.wait(SEVEN + DAY)
    assert night.story()[-2:] == ["released", "told"]
    told = notices(night.store)[len(before) :]
    assert next(n for n in told if n.kind == "thread").data["broadcast"]


def test_quiet_hours_go_by_the_zone_of_the_configuration(tmp_path):
    night = Night(tmp_path, zone="Europe/Warsaw")
    night.find(NOON + 9 * HOUR + 30 * MINUTE)
    assert night.saved().incident.held.until == NOON + 18 * HOUR
    night.store.close()
