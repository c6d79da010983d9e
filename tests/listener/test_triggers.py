"""Every trigger on every measure, from the configuration through the store to an incident and its card."""

import shutil
from dataclasses import replace

import pytest

from connectors import Mention
from listener.briefing import brief
from listener.config import ConfigError
from listener.detect import Judge
from listener.store import Store, incidents, mentions, sources
from listener.words import card
from tests.kit import (
    BRAND,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    SOURCE,
    an_intake,
    heard,
    listened,
    opened,
    row,
    settings,
)

ON = ("all", "negative", "stories", "authors")
PER_HOUR = 6
KINDS = ("spike", "threshold", "shift")


def said(key, at, text, score):
    label = "negative" if score < -0.1 else "neutral"
    return replace(row(key, at, label=label, author=f"author {key}", text=f"Acme {text} {key}"), score=score)


def hour_of(number, at, text, scores):
    return [
        said(f"{text} {number} {n}", at + n * 10 * MINUTE, text, score)
        for n, score in enumerate(scores[:PER_HOUR])
    ]


@pytest.fixture(scope="module")
def past(tmp_path_factory):
    """A database with 20 days in which six people write each hour, two of whom complain a little."""
    folder = tmp_path_factory.mktemp("past")
    store = opened(folder)
    scores = (0.0, -0.5, 0.1, 0.0, -0.5, 0.0)
    rows = [m for n in range(20 * 24) for m in hour_of(n, NOON - (n + 1) * HOUR, "opens", scores)]
    with store.write() as db:
        sources.register(db, {"feed": "rss"})
    listened(store, "feed", NOON - 20 * DAY, NOON)
    with store.write() as db:
        mentions.add(db, "feed", rows, NOON, history=True)
        db.execute("DELETE FROM changes")
    store.close()
    return folder


def event(kind):
    """Return what is written after noon, and when it has been."""
    if kind == "shift":
        rows = [m for n in range(6) for m in hour_of(n, NOON + n * HOUR, "fails", (-0.95,) * PER_HOUR)]
        return rows, NOON + 6 * HOUR
    number = 60 if kind == "spike" else 5
    text = "burns" if kind == "spike" else "recall"
    return [said(f"{text} {n}", NOON + MINUTE, text, -0.9) for n in range(number)], NOON + 2 * MINUTE


class House:
    def __init__(self, past, base, rule):
        shutil.copy(past / "listener.db", base / "listener.db")
        self.config = settings(base, BRAND, SOURCE, rule)
        self.store = Store(base / "listener.db")
        self.made = an_intake(self.store, self.config)
        self.made.recount(self.store)
        self.judge = Judge(self.config)

    def hears(self, rows, now):
        listened(self.store, "feed", NOON, now)
        read = [self.made.row(_mention(m), now) for m in rows]
        rows = [replace(m, measures=r.measures, firsts=r.firsts) for m, r in zip(rows, read, strict=True)]
        heard(self.store, "feed", rows, now)

    def tick(self, now):
        self.judge.detect(self.store, now)
        with self.store.read() as db:
            return incidents.latest_of(db, "Acme")


def _mention(m):
    return Mention(m.key, "", m.author, m.text, m.published_at, label=m.label)


def rule(kind, on, more=""):
    query = 'query = "recall OR wycofanie"\n' if kind == "threshold" else ""
    return f'[[rule]]\nname = "it"\ntrigger = "{kind}"\non = "{on}"\n{query}{more}'


@pytest.mark.parametrize("on", ON)
@pytest.mark.parametrize("kind", KINDS)
def test_a_crisis_is_found_and_told_by_what_it_was_judged_on(past, tmp_path, kind, on):
    house = House(past, tmp_path, rule(kind, on))
    assert house.tick(NOON) is None
    rows, now = event(kind)
    house.hears(rows, now)
    saved = house.tick(now)
    assert saved is not None
    assert (saved.rule, saved.facts["on"], saved.facts["figures"]["code"]) == ("it", on, kind)
    assert (5 if kind == "threshold" else 20) <= saved.facts["observed"] <= len(rows) + 6
    told = card(brief(saved), "en", "UTC").lines
    says = {"spike": "usually", "threshold": "the threshold is 3", "shift": "Mean sentiment −0."}
    assert says[kind] in told[1]
    house.store.close()


@pytest.mark.parametrize("on", ON)
@pytest.mark.parametrize("kind", KINDS)
def test_one_person_who_writes_it_all_is_one_author(past, tmp_path, kind, on):
    house = House(past, tmp_path, rule(kind, on))
    rows, now = event(kind)
    house.hears([replace(m, author="one") for m in rows], now)
    saved = house.tick(now)
    assert (saved is None) == (on == "authors")
    house.store.close()


@pytest.mark.parametrize("kind", ["spike", "shift"])
def test_a_query_narrows_what_is_judged(past, tmp_path, kind):
    house = House(past, tmp_path, rule(kind, "all", 'query = "tractor"\n'))
    rows, now = event(kind)
    house.hears(rows, now)
    assert house.tick(now) is None
    house.store.close()


@pytest.mark.parametrize(
    ("lines", "right"),
    [
        ('trigger = "threshold"\nwindow = "5d"\n', "window must be 1m to 2d"),
        ('trigger = "threshold"\ncount = 0\n', "count must be 1 to 1000000"),
        ('trigger = "shift"\nwindow = "90m"\n', "window must be 1h to 48h in whole hours"),
        ('trigger = "shift"\nfall = 3.0\n', "fall must be above 0 and at most 2"),
        ('trigger = "quiet"\npatience = 0.5\n', "patience must be 1 to 1000"),
        ('trigger = "quiet"\nsources = ["fed"]\n', "feed"),
        ('trigger = "threshold"\ncuont = 4\n', "count"),
        ('trigger = "shift"\npreset = "loud"\n', "sensitive"),
    ],
)
def test_options_that_make_no_sense_are_named_with_what_would(tmp_path, lines, right):
    with pytest.raises(ConfigError) as caught:
        settings(tmp_path, BRAND, SOURCE, f'[[rule]]\nname = "it"\n{lines}')
    assert right in str(caught.value)


@pytest.mark.parametrize("preset", ["sensitive", "balanced", "quiet"])
@pytest.mark.parametrize("kind", ["spike", "swell", "shift", "threshold", "quiet"])
@pytest.mark.parametrize("on", ON)
def test_every_trigger_takes_every_measure_and_preset(tmp_path, kind, preset, on):
    lines = f'[[rule]]\nname = "it"\ntrigger = "{kind}"\npreset = "{preset}"\non = "{on}"\n'
    assert settings(tmp_path, BRAND, SOURCE, lines).rules[0].options is not None
