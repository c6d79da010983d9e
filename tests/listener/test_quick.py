"""Judging without looking at most series: what it finds is what looking at everything finds."""

import random
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from listener import evidence, tracks
from listener.detect import Judge
from listener.intake import measure_of
from listener.store import changes, counts, facts, mentions, snapshots, sources
from listener.store.times import minute
from rules.triggers import load
from tests.kit import BRAND, DAY, HOUR, MINUTE, NOON, SOURCE, listened, opened, row, settings, visited

RULES = """
[[rule]]
name = "burst"
z = 3.0
[[rule]]
name = "angry"
on = "negative"
preset = "quiet"
[[rule]]
name = "stories"
on = "stories"
[[rule]]
name = "many"
trigger = "threshold"
count = 12
window = "3h"
[[rule]]
name = "few"
trigger = "threshold"
count = 6
window = "20m"
[[rule]]
name = "slow"
trigger = "swell"
z = 2.5
above = 1.1
[[rule]]
name = "mood"
trigger = "shift"
z = 2.0
fall = 0.1
least = 8
"""
SECOND = SOURCE.replace("feed", "forum")
BOLT, CORA = BRAND.replace("Acme", "Bolt"), BRAND.replace("Acme", "Cora")
BACK = 9


def rows(dice, number, first, last, name, *, brands=("Acme",)):
    """Return so many mentions at random moments, some of them cross."""
    width = (last - first).total_seconds()
    found = []
    for n in range(number):
        label = dice.choice(("negative", "neutral", "neutral"))
        found.append(
            row(f"{name} {n}", first + timedelta(seconds=dice.random() * width), label=label, brands=brands)
        )
    return found


class World:
    """A store with nine days behind it, a judge that is quick, and one that looks at everything."""

    def __init__(self, base, seed):
        self.dice = random.Random(seed)
        self.config = settings(base, BRAND, BOLT, CORA, SOURCE, SECOND, RULES)
        self.store = opened(base)
        self.judge = Judge(self.config)
        self.seq, self.minute, self.n = 0, None, 0
        with self.store.write() as db:
            mentions.add(
                db, "feed", rows(self.dice, 500, NOON - BACK * DAY, NOON, "past"), NOON, history=True
            )
            mentions.add(
                db,
                "forum",
                rows(self.dice, 150, NOON - BACK * DAY, NOON, "old", brands=("Bolt", "Acme")),
                NOON,
            )
        for source in ("feed", "forum"):
            listened(self.store, source, NOON - BACK * DAY, NOON)

    def hear(self, now, number, back, source="feed"):
        """Store what a visit brought: mentions dated up to so long ago, and that it was heard until now."""
        self.n += 1
        found = rows(
            self.dice,
            number,
            now - back,
            now,
            f"{source} {self.n}",
            brands=self.dice.choice((("Acme",), ("Bolt",))),
        )
        with self.store.write() as db:
            last = sources.all_of(db, [source])[0].last_ok_at
            mentions.add(db, source, found, now)
            if self.dice.random() < 0.8:
                counts.heard(db, source, minute(last), minute(now))
            visited(db, source, now)

    def everything(self, now):
        """Return how many findings there are in the windows to be judged, by whole histories."""
        with self.store.read() as db:
            noted = changes.since(db, self.seq)
            if not noted and minute(now) == self.minute:
                return 0
            found = sum(self._of(db, brand.name, noted, minute(now)) for brand in self.config.brands)
        self.seq, self.minute = noted[-1].seq if noted else self.seq, minute(now)
        return found

    def _of(self, db, brand, noted, at):
        found = 0
        names = [source.name for source in self.config.sources]
        for group in tracks.groups(db, brand, names, at):
            mine = [n for n in noted if n.subject == brand or n.subject in group.sources]
            last = max([at + 1, *(n.last for n in mine if n.what == "counts")])
            for rule in self.config.rules:
                trigger, reach = load(rule.trigger), load(rule.trigger).reach(rule.options)
                track = tracks.load(db, group, measure_of(rule), last, memory=None, mood=True)
                ends = {last}
                for note in mine:
                    if note.what != "history":
                        until = min(note.last + int(reach.total_seconds()) // 60, last)
                        ends.update(range(max(note.first + 1, last - 2880), until + 1))
                for one in trigger.judge(rule.options, track, np.array(sorted(ends)) * 60):
                    news = evidence.without_history(db, brand, measure_of(rule), group.sources, one)
                    found += news is one or trigger.again(rule.options, news) is not None
        return found

    def tick(self, now):
        """Return what the quick judge finds, until it owes nothing."""
        found = self.judge.detect(self.store, now).findings
        while self.judge.owes:
            found += self.judge.detect(self.store, now).findings
        return found


steps = st.lists(
    st.tuples(
        st.sampled_from([1, 1, 1, 2, 5, 61, 13 * 60]),  # minutes that go by
        st.sampled_from([0, 0, 1, 3, 8, 30]),  # mentions that come
        st.sampled_from([1, 1, 15, 60 * 3, 60 * 40, 60 * 24 * 7]),  # minutes they are late at most
        st.sampled_from(["", "", "", "stop", "keep"]),
    ),
    min_size=1,
    max_size=5,
)


@given(st.integers(0, 10**6), steps)
@examples(max_examples=6, deadline=None)
def test_what_is_found_without_looking_at_everything_is_all_there_is(tmp_path_factory, seed, course):
    world = World(tmp_path_factory.mktemp("quick"), seed)
    now = NOON
    expected = world.everything(now)
    assert world.tick(now) == expected
    for passed, number, late, then in course:
        now += passed * MINUTE
        if number:
            world.hear(now, number, late * MINUTE, world.dice.choice(("feed", "forum")))
        if then == "stop":
            world.judge = Judge(world.config)
        if then == "keep":
            world.judge.keep(world.store, now, 100)
        expected = world.everything(now)
        assert world.tick(now) == expected, (passed, number, late, then)
    world.store.close()


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path, 1)
    yield made
    made.store.close()


def kept(world):
    with world.store.read() as db:
        return snapshots.since(db)


def test_snapshots_are_kept_once_a_day_a_few_at_a_time(world):
    world.tick(NOON)
    assert [world.judge.keep(world.store, NOON, 3) for _ in range(4)] == [3, 3, 3, 0]
    assert {(name.brand, name.measure) for name in kept(world)} == {
        (brand, measure) for brand in ("Acme", "Bolt", "Cora") for measure in ("all", "negative", "stories")
    }
    world.tick(NOON + DAY)
    assert world.judge.keep(world.store, NOON + DAY, 100) == 9
    (since,) = set(kept(world).values())
    assert since == minute(NOON.replace(hour=0) - 3 * DAY)


def test_a_start_from_snapshots_finds_what_one_without_finds(world):
    world.tick(NOON)
    world.judge.keep(world.store, NOON, 100)
    world.hear(NOON + MINUTE, 60, 5 * MINUTE)
    world.judge = Judge(world.config)
    expected = world.everything(NOON + MINUTE)
    assert world.tick(NOON + MINUTE) == expected > 0


@pytest.mark.parametrize("what", ["late", "unheard", "imported"])
def test_a_past_that_changed_drops_the_snapshots_that_rest_on_it(world, what):
    world.tick(NOON)
    world.judge.keep(world.store, NOON, 100)
    at = minute(NOON - 7 * DAY)
    with world.store.write() as db:
        if what == "late":
            mentions.add(db, "feed", [row("late", NOON - 7 * DAY)], NOON)
        elif what == "unheard":
            counts.unheard(db, "feed", at, at + 60)
        else:
            counts.known_whole(db, "Acme", at, at + 60)
    world.tick(NOON + MINUTE)
    assert {name.brand for name in kept(world)} == ({"Bolt", "Cora"} if what != "unheard" else set())


def test_what_is_late_by_less_drops_none(world):
    world.tick(NOON)
    world.judge.keep(world.store, NOON, 100)
    world.hear(NOON + MINUTE, 5, 2 * DAY)
    world.tick(NOON + MINUTE)
    assert len(kept(world)) == 9


def test_a_damaged_snapshot_is_passed_over(world):
    world.tick(NOON)
    world.judge.keep(world.store, NOON, 100)
    with world.store.write() as db:
        db.execute("UPDATE snapshots SET data = substr(data, 1, 90) || x'00ff' WHERE measure = 'all'")
        db.execute("UPDATE snapshots SET data = 'no bytes' WHERE measure = 'negative'")
        db.execute("UPDATE snapshots SET since = since + 1440 WHERE measure = 'stories'")
    world.hear(NOON + MINUTE, 60, 5 * MINUTE)
    world.judge = Judge(world.config)
    expected = world.everything(NOON + MINUTE)
    assert world.tick(NOON + MINUTE) == expected > 0


def test_what_a_stopped_judge_owed_the_next_one_judges(world):
    world.tick(NOON)
    world.everything(NOON)
    late = rows(world.dice, 60, NOON - 5 * HOUR, NOON - 3 * HOUR, "late", brands=("Cora",))
    with world.store.write() as db:
        mentions.add(db, "feed", late, NOON)
    expected = world.everything(NOON + MINUTE)
    world.judge = Judge(world.config)
    found = world.judge.detect(world.store, NOON + MINUTE).findings
    assert world.judge.owes
    with world.store.read() as db:
        assert int(facts.get(db, "judgements owed since")) < minute(NOON)
    world.judge = Judge(world.config)
    assert found + world.tick(NOON + 2 * MINUTE) >= expected > found
    assert not world.judge.owes


def test_a_run_that_could_not_be_written_finds_it_all_again(world, monkeypatch):
    world.tick(NOON)
    world.hear(NOON + MINUTE, 60, 5 * MINUTE)
    expected = world.everything(NOON + MINUTE)
    with world.store.write() as db:
        db.execute("CREATE TRIGGER full BEFORE UPDATE ON facts BEGIN SELECT raise(ABORT, 'disk full'); END")
    with pytest.raises(Exception, match="disk full"):
        world.tick(NOON + MINUTE)
    with world.store.write() as db:
        db.execute("DROP TRIGGER full")
    assert world.tick(NOON + MINUTE) >= expected > 0
