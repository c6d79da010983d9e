"""What a finding froze is enough to come to the same verdict; what is stored since is told apart."""

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener import evidence, proof
from listener.config import Rule
from listener.detect import Judge
from listener.forget import forget
from listener.proof.freezing import steps
from listener.store import counts, incidents
from listener.store.times import minute
from listener.words import evidence as words
from rules import life, triggers
from rules.surge import Track
from rules.triggers import Finding
from tests import kit
from tests.kit import DAY, HOUR, MINUTE, NOON, an_intake, heard, imported, listened, opened, quiet, row, storm

# A finding as the version before kept it.
OLD = {
    "rule": "angry burst", "at": "2026-03-16T11:59:00.000Z", "found_at": "2026-03-16T12:00:00.000Z",
    "verdict": "open",
    "data": {
        "finding": {
            "code": "spike", "at": "2026-03-16T11:59:00Z", "span_seconds": 300.0, "observed": 30,
            "expected": 1.4432899320127035e-15, "z": 9.79795897113271,
            "evidence": {
                "n5": 30, "m5": 1.2247448713915914, "s5": 1.0, "seconds5": 300, "known5": 1.0,
                "weight5": 2270.063498774987, "history5_days": 9.993055555555555,
                "n15": 30, "m15": 1.2247448713915863, "s15": 1.0, "seconds15": 900, "known15": 1.0,
                "weight15": 755.7447281877007, "history15_days": 9.979166666666666,
                "peaks": [9.79795897113271, *[0.0] * 17],
                "z5": 9.79795897113271, "z15": 9.797958971132715, "threshold": 4.0, "rank": 1,
                "learning": False, "history_days": 9.979166666666666,
            },
        },
        "severity": "alert", "gate": "", "negative_share": 1.0, "trigger": "spike",
    },
}  # fmt: skip
STEP = 300
DAYS = 14


class World:
    """A store with ten quiet days behind it, in which a storm was judged."""

    def __init__(self, folder, *tables, storms=1):
        ruled = any("[[rule]]" in table for table in tables)
        rules = tables if ruled else (kit.FLASH, *tables)
        self.config = kit.settings(folder, kit.BRAND, kit.SOURCE, *rules)
        self.store = opened(folder)
        made = an_intake(self.store, self.config)
        imported(self.store, made, quiet(NOON - 10 * DAY, 10), NOON, folder / "past.ndjson")
        listened(self.store, "feed", NOON - 5 * DAY, NOON)
        for number in range(storms):
            at = NOON + number * 10 * MINUTE
            mentions = storm(30 * 7**number, at - 2 * MINUTE, name=f"storm {number}", url="https://a.test/x")
            self.judge(mentions, at)

    def judge(self, rows, now):
        heard(self.store, "feed", rows, now)
        with self.store.write() as db:
            counts.heard(db, "feed", minute(NOON), minute(now))
        return Judge(self.config).detect(self.store, now)

    def kept(self, number=1):
        with self.store.read() as db:
            return incidents.findings(db, number)

    def recomputed(self, kept=None, *rules):
        known = {rule.name: rule for rule in rules or self.config.rules}
        rows = [kept] if kept else self.kept()
        return [proof.recomputed(one, known.get(one["rule"]), self.config.severity) for one in rows]

    def today(self, kept=None):
        with self.store.read() as db:
            return proof.today(db, "Acme", kept or self.kept()[0])


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """One that is only looked at."""
    made = World(tmp_path_factory.mktemp("world"))
    yield made
    made.store.close()


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    folder = tmp_path_factory.mktemp("empty")
    store = opened(folder)
    yield store, kit.settings(folder)
    store.close()


EVENTS = {"spike": "burst", "swell": "day", "shift": "mood", "threshold": "burst", "quiet": "silence"}


def series(event, seed, level, size):
    """Return two weeks of a brand with days and nights, at the end of which something happens."""
    dice = np.random.default_rng(seed)
    number = DAYS * 86400 // STEP
    hours = np.arange(number) * STEP / 3600 % 24
    told = dice.poisson(level * (1 - np.sin(hours / 24 * 2 * np.pi)) + 0.05)
    mood = -told * dice.integers(-100, 120, number)
    if event == "burst":
        told[-3:] += size
    elif event == "day":
        told[-288:] += dice.poisson(level * size / 4, 288) + 1
    elif event == "mood":
        mood[-72:] = -800 * told[-72:]
    else:
        told[-900:] = mood[-900:] = 0
    known = dice.random(number) > 0.01
    start = int((NOON - DAYS * DAY).timestamp())
    return Track(start, STEP, told, known, mood)


@pytest.mark.parametrize("kind", triggers.kinds())
@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32), st.floats(0.2, 6), st.integers(20, 300))
def test_every_trigger_says_the_same_once_more_from_what_was_frozen(empty, kind, seed, level, size):
    store, config = empty
    trigger = triggers.load(kind)
    track = series(EVENTS[kind], seed, level, size)
    options = trigger.Options(**triggers.presets(kind)["sensitive"])
    rule = Rule(name="any", trigger=kind, options=options)
    for finding in trigger.judge(options, track, track.ends()[-40:])[-3:]:
        with store.read() as db:
            case = evidence.weigh(db, config, "Acme", rule, finding)
            kept = json.loads(json.dumps(proof.frozen(db, "Acme", case, "acme", "open")))
        again = proof.recomputed({"rule": "any", "verdict": "open", "data": kept}, None)
        assert again["same"], again
        assert again["recomputed"]["same"] == {"finding": True, "severity": True, "verdict": True}
        assert len(json.dumps(kept)) < 12_000


@pytest.mark.parametrize("kind", triggers.kinds())
def test_the_series_of_that_test_make_every_trigger_fire(kind):
    trigger = triggers.load(kind)
    track = series(EVENTS[kind], 7, 3.0, 120)
    options = trigger.Options(**triggers.presets(kind)["sensitive"])
    assert trigger.judge(options, track, track.ends()[-40:])


def test_an_alarm_is_kept_with_all_that_it_rests_on(world):
    (kept,) = world.kept()
    data = kept["data"]
    assert data["rule"]["name"] == kept["rule"] == "angry burst"
    assert data["rule"]["options"]["learning_for"] == {"seconds": 259200.0}
    assert data["query"]["text"] == '"Acme"' and data["reading"] == "1"
    assert data["heard"]["sources"]["feed"] == {"count": 30, "known": 1.0, "share": 1.0}
    assert data["life"] == {"verdict": "open", "before": None}
    picture = data["picture"]
    assert (picture["step_seconds"], len(picture["counts"]), picture["counts"][-1]) == (900, 48, 30)
    assert len(json.dumps(data)) < 5000
    (row,) = world.recomputed()
    assert row["same"] and row["recomputed"]["same"] == dict.fromkeys(
        ("finding", "severity", "verdict"), True
    )


def test_what_made_an_incident_worse_comes_out_as_that_again(tmp_path):
    world = World(tmp_path, storms=2)
    rows = world.recomputed()
    assert [row["verdict"] for row in rows] == ["open", "worsen"]
    assert all(row["same"] for row in rows)
    assert rows[1]["recomputed"]["verdict"] == "worsen"
    world.store.close()


@pytest.mark.parametrize(
    ("where", "value", "what"),
    [
        (("finding", "evidence", "n5"), 3, "finding"),
        (("finding", "z"), 99.0, "finding"),
        (("severity",), "watch", "severity"),
        (("gate",), "author:ada", "severity"),
        (("weighed", "negative_share"), 0.0, "severity"),
        (("life", "before"), {"opened_at": {"at": "2026-03-16T11:00:00Z"}, "told_z": 9.0, "severity": 2,
                              "last_finding_at": {"at": "2026-03-16T11:00:00Z"}}, "verdict"),
        (("rule", "options", "z"), 50.0, "finding"),
        (("finding", "at"), "2026-03-16T11:00:00Z", None),
        (("rule", "name"), "surge", None),
        (("negative_share",), 0.1, None),
        (("life", "verdict"), "join", None),
        (("finding", "evidence", "peaks"), [float("nan")] * 18, None),
    ],
)  # fmt: skip
def test_whatever_is_changed_by_hand_does_not_come_out_the_same(world, where, value, what):
    (kept,) = world.kept()
    place = kept["data"]
    for name in where[:-1]:
        place = place[name]
    place[where[-1]] = value
    (row,) = world.recomputed(kept)
    assert not row["same"]
    if what is None:
        assert row["troubles"]
    else:
        assert row["recomputed"]["same"][what] is False


def test_a_finding_of_the_version_before_is_still_understood(world):
    (row,) = world.recomputed(OLD)
    assert row["same"], row
    assert row["recomputed"]["same"] == {"finding": True, "severity": None, "verdict": None}
    assert world.today(OLD)["count"] == {"then": 30, "now": 30}
    assert proof.chart(OLD, "Acme", "en", world.config.timezone) is None
    assert proof.recomputed(OLD, None)["same"]


BROKEN = [
    None, [], "x", 5, {}, {"finding": None}, {"finding": {}, "trigger": "spike"},
    *({**OLD["data"], "trigger": trigger} for trigger in ("nothing", ["spike"], {}, None)),
    {**OLD["data"], "finding": {**OLD["data"]["finding"], "span_seconds": 1e300}},
    {**OLD["data"], "finding": {**OLD["data"]["finding"], "at": "0001-01-01T00:00:00+14:00"}},
    {**OLD["data"], "finding": {**OLD["data"]["finding"], "z": float("nan")}},
    {**OLD["data"], "finding": {**OLD["data"]["finding"], "observed": 10**400}},
    {**OLD["data"], "finding": {**OLD["data"]["finding"], "evidence": {"seconds5": "\x1b[31m", "n5": []}}},
    {**OLD["data"], "finding": {**OLD["data"]["finding"], "evidence": []}},
    {**OLD["data"], "rule": 7}, {**OLD["data"], "rule": {"options": {"z": -1}}},
    {**OLD["data"], "rule": {"name": "\x1b]0;x\x07", "options": {}, "severity": "doom"}},
    {**OLD["data"], "weighed": []}, {**OLD["data"], "weighed": {"z": "much", "table": {}}},
    {**OLD["data"], "life": 1}, {**OLD["data"], "life": {"verdict": "open", "before": {"opened_at": "then"}}},
    {**OLD["data"], "heard": [1]}, {**OLD["data"], "heard": {"sources": {"feed": {}}}},
    {**OLD["data"], "picture": {"counts": [1, 2], "step_seconds": 1e99, "ends": "x"}},
    {**OLD["data"], "picture": {"counts": [-1, 2], "step_seconds": 900, "ends": "2026-03-16T12:00:00Z"}},
    {**OLD["data"], "picture": {"counts": ["\x1b", 2], "step_seconds": 900, "ends": "2026-03-16T12:00:00Z"}},
    {**OLD["data"], "picture": {"counts": [1, float("nan")], "step_seconds": 900, "ends": NOON.isoformat()}},
    {**OLD["data"], "reasons": "all"}, {**OLD["data"], "severity": None, "gate": 3},
]  # fmt: skip


@pytest.mark.parametrize("data", BROKEN, ids=range(len(BROKEN)))
def test_what_was_damaged_is_said_and_nothing_fails(world, data):
    kept = {**OLD, "data": data}
    (row,) = world.recomputed(kept)
    assert isinstance(row["same"], bool)
    assert all("cannot be read" in trouble or "kept twice" in trouble for trouble in row["troubles"])
    assert isinstance(world.today(kept), dict)
    chart = proof.chart(kept, "Acme", "en", world.config.timezone)
    assert chart is None or len(chart.counts) >= 2


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("\x1b[31m"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(value, path=()):
    """Return the paths to all that stands in a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for name, item in items for found in places(item, (*path, name)))]


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_whatever_stands_where_it_should_not_is_told_without_failing(world, data):
    (kept,) = world.kept()
    if data.draw(st.booleans()):
        kept["data"]["finding"]["evidence"] |= {"mean_mood": 0.5, "usual_mood": 1, "busy": 3, "count": 7}
    path = data.draw(st.sampled_from(places(kept["data"])[1:]))
    place = kept["data"]
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = data.draw(ANYTHING)
    (row,) = world.recomputed(kept)
    today, tz = world.today(kept), world.config.timezone
    proof.chart(kept, "Acme", "en", tz)
    json.dumps([row, today])
    if "code" in row:
        told = [words.headline(row, 1, 1, "en", tz)]
        for section in (words.counted(row, "pl"), words.judged(row, "en"), words.by_now(today, "pl")):
            told += [section.title, *section.lines]
        assert all(isinstance(line, str) for line in told)


def test_the_rule_of_today_is_asked_apart(world):
    (rule,) = (rule for rule in world.config.rules if rule.name == "angry burst")
    stricter = rule.model_copy(update={"options": replace(rule.options, z=30.0), "severity": "crisis"})
    other = rule.model_copy(update={"trigger": "threshold", "options": triggers.load("threshold").Options()})
    (kept,) = world.kept()
    same, changed, moved = (proof.recomputed(kept, each) for each in (rule, stricter, other))
    gone = proof.recomputed(kept, None)
    assert all(row["same"] for row in (same, changed, moved, gone))
    assert (same["by_todays_rule"]["stands"], same["by_todays_rule"]["fires"]) == ("as it was", True)
    assert changed["by_todays_rule"] == {
        "stands": "changed", "changed": {"z": [4.0, 30.0], "severity": ["alert", "crisis"]}, "fires": False,
    }  # fmt: skip
    assert (moved["by_todays_rule"]["stands"], moved["by_todays_rule"]["fires"]) == ("another trigger", None)
    assert gone["by_todays_rule"] == {"stands": "gone", "fires": None}


def test_the_store_says_by_today_what_came_what_was_corrected_and_what_is_gone(tmp_path):
    world = World(tmp_path)
    before = world.today()
    assert before["count"] == {"then": 30, "now": 30}
    assert (before["late"], before["corrected"], before["gone"], before["sources"]) == (0, 0, 0, {})
    late = [row(f"late {n}", NOON - 3 * MINUTE, label="negative", author="Ada") for n in range(5)]
    heard(world.store, "feed", late, NOON + HOUR)
    with world.store.write() as db:
        db.execute("UPDATE mentions SET human = 'neutral' WHERE key LIKE 'storm 0 1%'")
    forget(world.store, world.config, "author storm 0 2", "", NOON + HOUR)
    now = world.today()
    assert now["count"] == {"then": 30, "now": 35}
    assert (now["late"], now["corrected"], now["from_negative"]) == (5, 11, 11)
    assert (now["gone"], now["forgotten"]) == (1, 1)
    assert now["sources"]["feed"]["now"] == 35
    assert now["verdict"]["fires"] and now["verdict"]["observed"] == 35
    assert [row["same"] for row in world.recomputed()] == [True], "the verdict of then stands"
    world.store.close()


SLOW = """
[[rule]]
name = "slow burn"
trigger = "swell"
[[rule]]
name = "turn"
trigger = "shift"
preset = "sensitive"
[[rule]]
name = "many"
trigger = "threshold"
on = "negative"
count = 60
window = "6h"
"""


def test_slow_burns_and_turns_of_mood_are_kept_with_the_days_before_them(tmp_path):
    world = World(tmp_path, SLOW, storms=0)
    days = [row(f"day {n}", NOON - 12 * DAY + n * 10 * MINUTE, author=f"a{n}") for n in range(12 * 144)]
    angry = [row(f"angry {n}", NOON - 6 * HOUR + n * 2 * MINUTE, label="negative") for n in range(180)]
    burn = [row(f"burn {n}", NOON - DAY + n * 4 * MINUTE) for n in range(270)]
    listened(world.store, "feed", NOON - 12 * DAY, NOON)
    world.judge([*days, *burn, *angry], NOON)
    kept = {one["rule"]: one for one in world.kept()}
    assert {"slow burn", "turn", "many"} & set(kept), set(kept)
    for name, one in kept.items():
        (again,) = world.recomputed(one)
        assert again["same"], again
        finding, picture = Finding.from_json(one["data"]["finding"]), one["data"]["picture"]
        last = round(finding.span.total_seconds() / picture["step_seconds"])
        if name != "angry burst":
            assert sum(picture["counts"][-last:]) == finding.observed
        assert proof.chart(one, "Acme", "en", world.config.timezone).judged == 1
        assert world.today(one)["verdict"]["z"] == pytest.approx(finding.z)
    world.store.close()


def test_what_is_not_counted_any_more_is_not_told_as_nothing(tmp_path):
    rule = '[[rule]]\nname = "oil"\nquery = "oil"\n'
    world = World(tmp_path, rule, storms=0)
    intake = an_intake(world.store, world.config)
    intake.recount(world.store)
    world.judge(
        [replace(one, measures={"Acme": ["all", "rule:oil"]}) for one in storm(40, NOON - MINUTE)], NOON
    )
    (kept,) = world.kept()
    assert kept["rule"] == "oil"
    assert world.today(kept)["count"] == {"then": 40, "now": 40}
    other = kit.settings(tmp_path, kit.BRAND, kit.SOURCE, rule.replace('"oil"\n', '"petrol"\n'))
    an_intake(world.store, other).recount(world.store)
    now = world.today(kept)
    assert (now["count"], "verdict" in now) == ({"then": 40, "now": None}, False)
    assert world.recomputed(kept)[0]["same"]
    world.store.close()


def test_a_gap_that_was_filled_since_shows(tmp_path):
    world = World(tmp_path, storms=0)
    world.judge([], NOON)
    # Nothing was heard for the minutes of the storm itself: only part of it came through.
    heard(world.store, "feed", storm(40, NOON + 30 * MINUTE), NOON + 31 * MINUTE)
    Judge(world.config).detect(world.store, NOON + 31 * MINUTE)
    assert world.kept()[0]["data"]["heard"]["known"] < 0.5
    with world.store.write() as db:
        counts.heard(db, "feed", minute(NOON), minute(NOON + HOUR))
    assert world.today()["heard"] == {"then": world.kept()[0]["data"]["heard"]["known"], "now": 1.0}
    picture = proof.chart(world.kept()[0], "Acme", "en", world.config.timezone)
    assert not all(picture.heard), "what was deaf then stays a gap in the picture"
    world.store.close()


def test_who_is_forgotten_leaves_the_verdict_as_it_was(tmp_path):
    world = World(tmp_path, storms=0)
    world.judge([row(f"ada {n}", NOON - MINUTE, label="negative", author="Ada") for n in range(40)], NOON)
    (kept,) = world.kept()
    assert kept["data"]["gate"] == "author:Ada"
    forget(world.store, world.config, "Ada", "", NOON + HOUR)
    (row_now,) = world.recomputed()
    assert "Ada" not in json.dumps(world.kept())
    assert row_now["same"], row_now["recomputed"]
    world.store.close()


def test_a_hundred_sources_and_an_endless_query_keep_it_small(world):
    (rule,) = (rule for rule in world.config.rules if rule.name == "angry burst")
    finding = Finding.from_json(world.kept()[0]["data"]["finding"])
    with world.store.read() as db:
        case = evidence.weigh(db, world.config, "Acme", rule, finding)
        shares = {f"a source with quite a name {n}": 0.01 for n in range(100)}
        kept = proof.frozen(db, "Acme", replace(case, shares=shares), "acme OR " * 5000)
    assert (len(kept["heard"]["sources"]), kept["heard"]["others"]) == (12, 88)
    assert len(json.dumps(kept)) < 8000


def test_a_picture_has_as_many_steps_as_can_be_seen():
    assert [steps(width) for width in (1, 15, 60, 90, 6 * 60, 24 * 60, 48 * 60, 14 * 24 * 60)] == [
        (1, 48), (15, 48), (60, 48), (90, 48), (60, 288), (60, 336), (60, 336), (60, 672),
    ]  # fmt: skip


def test_what_was_held_back_comes_out_as_that(world):
    (kept,) = world.kept()
    finding = Finding.from_json(kept["data"]["finding"])
    kept["data"] |= {"held": {"why": "budget", "until": "2026-03-17T12:00:00Z"}}
    course, verdict = life.held(None, finding.at, finding.z, 1)
    assert (verdict.value, course.severity) == ("open", life.UNTOLD)
    assert world.recomputed(kept)[0]["same"]


def test_the_chart_of_a_mean_goes_below_nothing(empty):
    store, config = empty
    trigger = triggers.load("shift")
    track = series("mood", 3, 4.0, 50)
    finding = trigger.judge(trigger.Options(), track, track.ends()[-1:])[0]
    with store.read() as db:
        case = evidence.weigh(
            db, config, "Acme", Rule(name="turn", trigger="shift", options=trigger.Options()), finding
        )
        kept = proof.frozen(db, "Acme", case)
    assert len(kept["picture"]["mood"]) == len(kept["picture"]["counts"]) == 288
    kept["picture"] |= {"counts": [10] * 288, "mood": [500] * 282 + [-7000] * 6}
    chart = proof.chart({"data": kept}, "Acme", "pl", config.timezone)
    assert chart.base < 0 < chart.usual + 0.5 and chart.bar < chart.usual
    assert (chart.counts[0], chart.counts[-1], len(chart.counts)) == (0.05, -0.7, 48)
    assert "wydźwięk" in chart.title and timedelta(hours=6) == trigger.Options().window
