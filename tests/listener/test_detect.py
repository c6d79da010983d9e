"""Judging: one incident for one crisis, found early or late, and nothing for what is no news."""

import sqlite3
from datetime import timedelta

import pytest

from listener.desk import act
from listener.detect import Judge
from listener.escalate import escalate
from listener.store import changes, counts, incidents, mentions, sources
from listener.store.times import minute
from tests.kit import (
    BRAND,
    DAY,
    FLASH,
    HOUR,
    MINUTE,
    NOON,
    PEOPLE,
    SLACK,
    SOURCE,
    an_intake,
    heard,
    imported,
    listened,
    notices,
    opened,
    quiet,
    row,
    saved,
    settings,
    storm,
    visited,
)

RULE = """
[[rule]]
name = "surge"
trigger = "spike"
"""
FORUM = SOURCE.replace("feed", "forum")


class World:
    """A store with two quiet weeks behind it, a feed heard since an hour, and a judge."""

    def __init__(self, tmp_path, *tables, past=True):
        tables = tables or (BRAND, SOURCE, SLACK, PEOPLE)
        ruled = any("[[rule]]" in table for table in tables)
        self.config = settings(tmp_path, *tables, *(() if ruled else (FLASH,)))
        self.store = opened(tmp_path)
        self.path = tmp_path / "history.ndjson"
        self.intake = an_intake(self.store, self.config)
        self.judge = Judge(self.config)
        with self.store.write() as db:
            sources.register(db, {s.name: s.kind for s in self.config.sources})
        if past:
            self.remember(quiet(NOON - 14 * DAY, 14), NOON)
            self.listen("feed", NOON - HOUR, NOON)
            self.tick(NOON)

    def remember(self, rows, now):
        return imported(self.store, self.intake, rows, now, self.path)

    def listen(self, source, since, until):
        listened(self.store, source, since, until)

    def hear(self, rows, now, source="feed"):
        """Store what a visit at `now` brought, and that nothing was missed before it."""
        with self.store.write() as db:
            state = sources.all_of(db, [source])[0]
            new = mentions.add(db, source, rows, now, history=state.last_ok_at is None)
            if state.last_ok_at is not None:
                counts.heard(db, source, minute(state.last_ok_at), minute(now))
            visited(db, source, now)
        return new

    def tick(self, now):
        return self.judge.detect(self.store, now)

    def restart(self):
        self.judge = Judge(self.config)

    def incidents(self):
        with self.store.read() as db:
            return incidents.listing(db)

    def findings(self, number=1):
        with self.store.read() as db:
            return [(f["rule"], f["verdict"]) for f in incidents.findings(db, number)]


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    yield made
    made.store.close()


def spoke(report):
    return len(report.spoke)


def test_a_storm_after_quiet_weeks_is_one_incident_with_its_numbers(world):
    world.hear(storm(60, NOON + MINUTE), NOON + 2 * MINUTE)
    report = world.tick(NOON + 2 * MINUTE)
    (found,) = world.incidents()
    assert report.spoke == (found.id,)
    assert (found.brand, found.incident.severity, found.opened_at) == ("Acme", "crisis", NOON + 2 * MINUTE)
    assert 60 <= found.facts["observed"] <= 62
    assert found.facts["expected"] < 2
    assert found.facts["z"] > 8
    assert found.facts["negative_share"] > 0.9
    assert (found.facts["learning"], found.facts["late"], found.facts["gate"]) == (False, False, "")
    assert len(found.facts["quotes"]) == 3
    assert [n.kind for n in notices(world.store)] == ["card"]


def test_a_storm_tells_nothing_more_within_the_hour_however_long_it_lasts(world):
    for n in range(1, 60):
        now = NOON + n * MINUTE
        world.hear(storm(60 if n == 1 else 20, now, name=f"storm {n}"), now)
        world.tick(now)
    assert len(world.incidents()) == 1
    assert [e.what for e in saved(world.store).events] == ["opened"]
    assert [n.kind for n in notices(world.store)] == ["card"]
    assert saved(world.store).course.last_finding_at > NOON + 50 * MINUTE


def test_posts_that_come_six_minutes_late_are_found_and_found_once(world):
    for n in range(1, 12):
        world.hear(storm(60, NOON + 2 * MINUTE) if n >= 8 else [], NOON + n * MINUTE)
        world.tick(NOON + n * MINUTE)
        assert len(world.incidents()) == (n >= 8)
    found = saved(world.store)
    assert found.facts["late"] is False
    assert found.course.opened_at <= NOON + 18 * MINUTE


def test_posts_that_come_hours_late_are_found_and_told_as_late(world):
    at = NOON + 2 * MINUTE
    for n in range(0, 300, 10):
        world.hear([], NOON + n * MINUTE)
        world.tick(NOON + n * MINUTE)
    world.hear(storm(60, at), NOON + 5 * HOUR)
    world.tick(NOON + 5 * HOUR)
    assert saved(world.store).facts["late"] is True
    assert saved(world.store).opened_at == NOON + 5 * HOUR
    assert saved(world.store).course.last_finding_at < NOON + HOUR


def test_late_posts_are_judged_with_what_came_right_after_them(world):
    at = NOON + 5 * MINUTE
    world.hear(storm(4, at + 4 * MINUTE, name="second"), at + 5 * MINUTE)
    for n in range(0, 120, 5):
        world.hear([], at + (5 + n) * MINUTE)
        world.tick(at + (5 + n) * MINUTE)
    assert world.incidents() == []
    world.hear(storm(6, at, name="first"), at + 2 * HOUR)
    world.tick(at + 2 * HOUR)
    assert saved(world.store).facts["observed"] >= 10


def test_what_is_older_than_two_days_is_not_judged(world):
    world.hear(storm(60, NOON - 3 * DAY), NOON + MINUTE)
    world.tick(NOON + MINUTE)
    assert world.incidents() == []


def test_a_first_visit_raises_nothing_even_where_it_brings_a_storm(tmp_path):
    world = World(tmp_path, BRAND, SOURCE, past=False)
    world.remember(quiet(NOON - 14 * DAY, 14), NOON)
    world.tick(NOON)
    world.hear(storm(60, NOON + MINUTE) + storm(60, NOON - 2 * HOUR, name="old"), NOON + 2 * MINUTE)
    for n in range(2, 30):
        world.hear([], NOON + n * MINUTE)
        world.tick(NOON + n * MINUTE)
    assert world.incidents() == []


def test_a_storm_right_after_a_first_visit_is_found(tmp_path):
    world = World(tmp_path, BRAND, SOURCE, past=False)
    world.remember(quiet(NOON - 14 * DAY, 14), NOON)
    world.hear([row(n, NOON - n * HOUR) for n in range(30)], NOON + MINUTE)
    world.tick(NOON + MINUTE)
    world.hear(storm(60, NOON + 2 * MINUTE), NOON + 2 * MINUTE)
    world.tick(NOON + 2 * MINUTE)
    assert len(world.incidents()) == 1


def test_without_any_past_a_first_visit_raises_nothing(tmp_path):
    world = World(tmp_path, BRAND, SOURCE, past=False)
    world.hear(storm(500, NOON), NOON)
    for n in range(90):
        world.hear([], NOON + n * MINUTE)
        assert spoke(world.tick(NOON + n * MINUTE)) == 0


def test_a_restart_judges_nothing_told_already(world):
    world.hear(storm(60, NOON + MINUTE), NOON + 2 * MINUTE)
    world.tick(NOON + 2 * MINUTE)
    before = saved(world.store)
    for n in range(2, 40):
        world.restart()
        assert spoke(world.tick(NOON + n * MINUTE)) == 0
    assert saved(world.store).events == before.events
    assert len(notices(world.store)) == 1


def test_what_was_stored_while_no_judge_ran_is_judged_by_the_next(world):
    world.hear(storm(60, NOON + MINUTE), NOON + 2 * MINUTE)
    world.restart()
    assert spoke(world.tick(NOON + 3 * HOUR)) == 1
    with world.store.read() as db:
        assert changes.since(db, 0) == []


@pytest.mark.parametrize("hours", [0.02, 1, 30])
def test_an_import_raises_nothing(world, hours):
    at = NOON + MINUTE - timedelta(hours=hours)
    rows = [
        {"published_at": at.isoformat(), "text": f"Acme leaks oil {n}", "brand": "Acme", "label": "negative"}
        for n in range(200)
    ]
    world.remember(rows, NOON + 2 * MINUTE)
    for n in range(2, 20):
        assert spoke(world.tick(NOON + n * MINUTE)) == 0
    assert world.incidents() == []


def test_a_storm_right_after_an_import_is_found(world):
    rows = [{"published_at": NOON.isoformat(), "text": f"Acme {n}", "brand": "Acme"} for n in range(200)]
    world.remember(rows, NOON + MINUTE)
    world.hear(storm(300, NOON + 3 * MINUTE), NOON + 3 * MINUTE)
    world.tick(NOON + 3 * MINUTE)
    assert len(world.incidents()) == 1


def test_one_post_beside_an_imported_storm_raises_nothing(world):
    at = NOON - HOUR
    rows = [{"published_at": at.isoformat(), "text": f"Acme {n}", "brand": "Acme"} for n in range(200)]
    world.remember(rows, NOON + MINUTE)
    world.hear([row("late", at + 2 * MINUTE)], NOON + 2 * MINUTE)
    world.tick(NOON + 2 * MINUTE)
    assert world.incidents() == []


def test_a_past_that_is_imported_while_the_judge_runs_is_compared_with(tmp_path):
    world = World(tmp_path, BRAND, SOURCE, past=False)
    world.listen("feed", NOON - HOUR, NOON)
    world.hear([row("first", NOON - MINUTE)], NOON)
    world.tick(NOON)
    world.remember(quiet(NOON - 14 * DAY, 14), NOON)
    world.tick(NOON + MINUTE)
    world.hear(storm(60, NOON + 2 * MINUTE), NOON + 2 * MINUTE)
    world.tick(NOON + 2 * MINUTE)
    found = saved(world.store)
    assert (found.facts["learning"], found.facts["days"]) == (False, 18)
    assert found.facts["history_days"] > 13


# The life of an incident


def stormed(world, at, number=60, name="storm"):
    """Let a storm break out at a moment, and judge it."""
    world.listen("feed", at - HOUR, at)
    world.hear(storm(number, at, name=name), at + MINUTE)
    return world.tick(at + MINUTE)


def test_a_day_of_calm_later_the_same_incident_relapses(world):
    stormed(world, NOON + MINUTE)
    act(world.store, world.config, "acknowledge", 1, "Anna", NOON + 5 * MINUTE)
    stormed(world, NOON + 26 * HOUR, name="again")
    found = saved(world.store)
    assert len(world.incidents()) == 1
    assert [e.what for e in found.events] == ["opened", "acknowledged", "relapsed"]
    assert (found.incident.relapses, found.incident.acknowledged_by) == (1, None)
    assert [n.kind for n in notices(world.store)].count("card") == 1
    assert [n.data["broadcast"] for n in notices(world.store, "thread")] == [False, True]


@pytest.mark.parametrize("how", ["close", "dismiss"])
def test_closing_while_it_is_hot_silences(world, how):
    stormed(world, NOON + MINUTE)
    act(world.store, world.config, how, 1, "Anna", NOON + 5 * MINUTE)
    for n in (10, 60, 300):
        assert spoke(stormed(world, NOON + n * MINUTE, 80, name=f"more {n}")) == 0
    assert [s.incident.phase for s in world.incidents()] == ["closed"]


@pytest.mark.parametrize("how", ["close", "dismiss"])
def test_three_times_as_bad_breaks_the_silence(world, how):
    stormed(world, NOON + MINUTE, 20)
    told = saved(world.store).facts["z"]
    act(world.store, world.config, how, 1, "Anna", NOON + 5 * MINUTE)
    stormed(world, NOON + 40 * MINUTE, 600, name="flood")
    found = saved(world.store)
    assert found.facts["z"] >= 3 * told
    assert found.incident.phase == "identify"
    assert [e.what for e in found.events][-1] == "relapsed"


def test_three_times_as_bad_is_told_while_it_is_open(world):
    stormed(world, NOON + MINUTE, 20)
    stormed(world, NOON + 40 * MINUTE, 600, name="flood")
    assert [e.what for e in saved(world.store).events] == ["opened", "worsened"]
    assert [n.kind for n in notices(world.store)] == ["card", "thread", "update"]


def test_a_week_after_closing_a_storm_opens_a_new_incident(world):
    stormed(world, NOON + MINUTE)
    act(world.store, world.config, "close", 1, "Anna", NOON + HOUR)
    stormed(world, NOON + 9 * DAY, name="again")
    assert [s.id for s in world.incidents()] == [2, 1]


# Rules and severities


def test_two_rules_at_once_make_one_incident_with_the_higher_severity(tmp_path):
    rules = RULE + RULE.replace("surge", "anger") + 'on = "negative"\nseverity = "crisis"\n'
    world = World(tmp_path, BRAND, SOURCE, SLACK, rules)
    stormed(world, NOON + MINUTE)
    (found,) = world.incidents()
    assert (found.rule, found.incident.severity) == ("anger", "crisis")
    assert {rule for rule, _ in world.findings()} >= {"anger"}
    assert len(notices(world.store, "card")) == 1


@pytest.mark.parametrize(
    ("when", "label", "severity"),
    [
        ("{ z = 5.0 }", "neutral", "crisis"),
        ("{ z = 500.0 }", "neutral", "alert"),
        ("{ negative_share = 0.6 }", "negative", "crisis"),
        ("{ negative_share = 0.6 }", "neutral", "alert"),
        ("{ z = 5.0, negative_share = 0.6 }", "neutral", "alert"),
        ("{ z = 500.0, negative_share = 0.6 }", "negative", "alert"),
        ("{ z = 5.0, negative_share = 0.6 }", "negative", "crisis"),
    ],
)
def test_a_crisis_is_what_the_rule_calls_one(tmp_path, when, label, severity):
    world = World(tmp_path, BRAND, SOURCE, RULE + f"crisis_when = {when}\n")
    world.hear(storm(60, NOON + MINUTE, label=label), NOON + 2 * MINUTE)
    world.tick(NOON + 2 * MINUTE)
    assert saved(world.store).incident.severity == severity


@pytest.mark.parametrize(
    ("more", "gate"),
    [
        ({"author": "one"}, "author:one"),
        ({"author": "", "url": "https://one.test/a"}, ""),
        ({"author": ""}, ""),
        ({"url": "https://one.test/a"}, ""),
    ],
)
def test_one_author_alone_is_only_watched(world, more, gate):
    world.hear(storm(60, NOON + MINUTE, **more), NOON + 2 * MINUTE)
    world.tick(NOON + 2 * MINUTE)
    found = saved(world.store)
    assert found.facts["gate"] == gate
    assert found.incident.severity == ("watch" if gate else "crisis")


def test_one_site_with_two_authors_is_only_watched(world):
    rows = [row(n, NOON + MINUTE, author=f"a{n % 2}", url=f"https://one.test/{n}") for n in range(60)]
    world.hear(rows, NOON + 2 * MINUTE)
    world.tick(NOON + 2 * MINUTE)
    found = saved(world.store)
    assert (found.facts["gate"], found.incident.severity) == ("domain:one.test", "watch")


def test_a_watch_card_starts_no_ladder_and_an_alert_after_it_does(world):
    world.hear(storm(60, NOON + MINUTE, author="one"), NOON + 2 * MINUTE)
    world.tick(NOON + 2 * MINUTE)
    escalate(world.store, world.config, NOON + HOUR)
    assert [n.kind for n in notices(world.store)] == ["card"]
    world.hear(storm(300, NOON + 3 * MINUTE, name="others"), NOON + 4 * MINUTE)
    world.tick(NOON + 4 * MINUTE)
    escalate(world.store, world.config, NOON + 4 * MINUTE)
    assert [n.kind for n in notices(world.store)] == ["card", "thread", "update", "dm", "thread", "update"]
    assert saved(world.store).incident.started_at == NOON + 4 * MINUTE


def test_a_rule_of_one_brand_is_not_asked_of_another(tmp_path):
    bolt = BRAND.replace("Acme", "Bolt")
    world = World(tmp_path, BRAND, bolt, SOURCE, RULE + 'brand = "Bolt"\n')
    world.remember(quiet(NOON - 14 * DAY, 14, brand="Bolt", name="bolt"), NOON)
    world.hear(storm(60, NOON + MINUTE, brands=("Acme", "Bolt")), NOON + 2 * MINUTE)
    world.tick(NOON + 2 * MINUTE)
    assert [s.brand for s in world.incidents()] == ["Bolt"]


def test_each_brand_has_an_incident_of_its_own(tmp_path):
    bolt = BRAND.replace("Acme", "Bolt")
    world = World(tmp_path, BRAND, bolt, SOURCE)
    world.remember(quiet(NOON - 14 * DAY, 14, brand="Bolt", name="bolt"), NOON)
    world.hear(storm(60, NOON + MINUTE, brands=("Acme", "Bolt")), NOON + 2 * MINUTE)
    assert spoke(world.tick(NOON + 2 * MINUTE)) == 2
    assert {s.brand for s in world.incidents()} == {"Acme", "Bolt"}


# What is known


def test_a_fresh_source_beside_an_old_one_is_judged_in_a_series_of_its_own(tmp_path):
    world = World(tmp_path, BRAND, SOURCE, FORUM, past=False)
    world.remember(quiet(NOON - 14 * DAY, 14), NOON)
    world.listen("feed", NOON - 14 * DAY, NOON)
    world.tick(NOON)
    # A forum that is ten times as loud as all that was heard before is no crisis.
    world.hear([], NOON, "forum")
    for n in range(1, 180):
        now = NOON + n * MINUTE
        world.hear([row(f"{n} {i}", now) for i in range(2)], now, "forum")
        world.hear([], now)
        world.tick(now)
    assert world.incidents() == []
    world.hear(storm(200, NOON + 3 * HOUR), NOON + 3 * HOUR, "forum")
    world.tick(NOON + 3 * HOUR)
    assert saved(world.store).facts["learning"] is True


def test_minutes_that_nobody_heard_are_not_zeros(tmp_path):
    world = World(tmp_path, BRAND, SOURCE, past=False)
    world.listen("feed", NOON - 4 * DAY, NOON - 3 * DAY)
    busy = [row(f"day {n}", NOON - 4 * DAY + n * MINUTE) for n in range(24 * 60)]
    heard(world.store, "feed", busy, NOON - 3 * DAY)
    # Deaf for three days, and then as loud as ever: 15 in 15 minutes are usual here.
    world.tick(NOON - 3 * DAY)
    for n in range(1, 40):
        world.hear([row(f"now {n}", NOON + n * MINUTE)], NOON + n * MINUTE)
        world.tick(NOON + n * MINUTE)
        with world.store.write() as db:
            db.execute("DELETE FROM coverage WHERE last > ?", (minute(NOON - 3 * DAY),))
    assert world.incidents() == []


def test_six_hours_of_outage_and_what_comes_after_it_raise_no_false_crisis(world):
    # Four mentions an hour is the usual; they all come at once after the outage.
    back = NOON + 6 * HOUR
    missed = [row(f"missed {n}", NOON + n * 15 * MINUTE) for n in range(24)]
    world.hear(missed, back)
    for n in range(20):
        assert spoke(world.tick(back + n * MINUTE)) == 0
    assert world.incidents() == []


def test_a_crisis_during_an_outage_is_found_once_after_it(world):
    back = NOON + 6 * HOUR
    world.hear(storm(60, NOON + 3 * HOUR), back)
    for n in range(20):
        world.tick(back + n * MINUTE)
    assert len(world.incidents()) == 1
    assert saved(world.store).facts["late"] is True


# A kill anywhere


@pytest.mark.parametrize("table", ["incidents", "events", "findings", "notices", "facts"])
def test_what_fails_between_the_writes_leaves_nothing_and_is_done_again(world, table):
    world.hear(storm(60, NOON + MINUTE), NOON + 2 * MINUTE)
    with world.store.write() as db:
        for when in ("INSERT", "UPDATE"):
            db.execute(
                f"CREATE TRIGGER no_{when} BEFORE {when} ON {table} BEGIN SELECT raise(abort, 'killed'); END"
            )
    with pytest.raises(sqlite3.IntegrityError, match="killed"):
        world.tick(NOON + 2 * MINUTE)
    assert (world.incidents(), notices(world.store)) == ([], [])
    with world.store.write() as db:
        for when in ("INSERT", "UPDATE"):
            db.execute(f"DROP TRIGGER no_{when}")
    assert spoke(world.tick(NOON + 2 * MINUTE)) == 1
    assert (len(world.incidents()), len(notices(world.store))) == (1, 1)


def test_a_clock_that_goes_back_harms_nothing(world):
    stormed(world, NOON + MINUTE)
    assert spoke(world.tick(NOON - 2 * HOUR)) == 0
    world.hear([row("later", NOON + 6 * MINUTE)], NOON + 6 * MINUTE)
    assert spoke(world.tick(NOON + 6 * MINUTE)) == 0


def test_news_ahead_of_a_clock_that_lags_are_judged(world):
    now = NOON + 5 * MINUTE
    world.hear(storm(60, now), now)
    world.tick(NOON + 2 * MINUTE)
    world.tick(NOON + 30 * MINUTE)
    assert len(world.incidents()) == 1


def test_what_breaks_the_judging_of_one_brand_does_not_silence_the_others(tmp_path):
    bolt = BRAND.replace("Acme", "Bolt")
    world = World(tmp_path, BRAND, bolt, SOURCE)
    world.remember(quiet(NOON - 14 * DAY, 14, brand="Bolt", name="bolt"), NOON)
    world.hear(storm(60, NOON + MINUTE, brands=("Acme", "Bolt")), NOON + 2 * MINUTE)
    with world.store.write() as db:
        db.execute(
            "UPDATE counts SET n = 'no number' WHERE brand = 'Acme' AND minute = ?", (minute(NOON + MINUTE),)
        )
    assert spoke(world.tick(NOON + 2 * MINUTE)) == 1
    assert {s.brand for s in world.incidents()} == {"Bolt"}


def test_a_gate_looks_at_the_mentions_that_were_counted(tmp_path):
    world = World(tmp_path, BRAND, SOURCE, RULE + 'on = "negative"\n')
    angry = storm(40, NOON + MINUTE, author="the same")
    calm = storm(60, NOON + MINUTE, label="neutral", name="calm")
    world.hear([*angry, *calm], NOON + 2 * MINUTE)
    world.tick(NOON + 2 * MINUTE)
    assert [s.facts["gate"] for s in world.incidents()] == ["author:the same"]
