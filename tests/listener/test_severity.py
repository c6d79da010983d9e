"""Severity from numbers, from the configuration to the incident and its card."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from listener import evidence
from listener.briefing import brief
from listener.config import ConfigError, Rule
from listener.detect import Judge
from listener.forget import forget
from listener.store import incidents, mentions, sources
from listener.words import card
from rules.severity import Table
from rules.triggers import Finding
from tests.kit import (
    BRAND,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    SOURCE,
    an_intake,
    heard,
    imported,
    listened,
    opened,
    quiet,
    row,
    saved,
    settings,
    storm,
    visited,
)
from tests.running import rows

RULE = '[[rule]]\nname = "surge"\ntrigger = "spike"\n'
SPAN = 15 * MINUTE


@pytest.fixture
def store(tmp_path):
    made = opened(tmp_path)
    yield made
    made.close()


def finding(at=NOON + SPAN, span=SPAN, observed=60, expected=0.5, z=12.3):
    return Finding("spike", at, span, observed, expected, z)


def case(store, *tables, asked=None, found=None):
    config = settings(store.path.parent, BRAND, SOURCE, *tables)
    with store.read() as db:
        return evidence.weigh(db, config, "Acme", asked or Rule(name="surge"), found or finding())


def told(found):
    return {(r.code, r.word): (r.value, r.points) for r in found.reasons}


def says(number, text, label="negative", **more):
    return [
        row(
            f"{text} {n}",
            NOON + MINUTE,
            label=label,
            text=f"{text} ({n})",
            url=f"https://s{n}.test/a",
            **more,
        )
        for n in range(number)
    ]


# What is weighed


def test_the_numbers_are_those_of_the_window(store):
    heard(store, "feed", says(12, "Acme: wyciek danych", reach=10_000), NOON)
    heard(
        store,
        "feed",
        [*storm(33, NOON + MINUTE), *storm(15, NOON + 2 * MINUTE, label="neutral", name="x")],
        NOON,
    )
    heard(store, "feed", [row("late", NOON + HOUR, reach=10**9)], NOON)
    found = case(store)
    assert found.severity == "crisis"
    assert found.negative_share == 0.75
    assert told(found) == {
        ("z", ""): (12.3, 1),
        ("negative_share", ""): (0.75, 2),
        ("authors", ""): (60, 1),
        ("reach", ""): (119_000, 1),
        ("domains", ""): (12, 2),
        ("danger", "wyciek"): (12, 3),
        ("danger", "leak"): (48, 0),
    }


def test_one_story_on_ten_domains_raises_it(store):
    heard(store, "feed", storm(40, NOON + MINUTE), NOON)
    before = case(store)
    heard(store, "news", says(10, "Acme spills oil", label="neutral"), NOON)
    after = case(store)
    assert (before.severity, after.severity) == ("alert", "crisis")
    assert told(after)["domains", ""] == (10, 2)


def test_sites_behind_a_collection_of_news_are_told_apart(store):
    url = "https://news.google.com/rss/articles/x"
    heard(store, "feed", [row(n, NOON, author=f"Gazette {n % 5}", url=url) for n in range(20)], NOON)
    assert told(case(store))["domains", ""] == (5, 1)


def test_a_negative_rule_asks_negative_mentions_only(store):
    heard(store, "feed", storm(20, NOON + MINUTE), NOON)
    heard(store, "feed", [row(n, NOON, text="Acme faces a lawsuit", reach=10**7) for n in range(40)], NOON)
    found = case(store, asked=Rule(name="angry", on="negative"), found=finding(observed=20))
    assert told(found)["authors", ""] == (20, 1)
    assert not {("reach", ""), ("danger", "lawsuit")} & set(told(found))


def test_a_rule_with_a_query_asks_what_it_finds(store):
    heard(store, "feed", storm(30, NOON + MINUTE), NOON)
    heard(store, "feed", says(6, "Acme recall"), NOON)
    found = case(store, asked=Rule(name="word", query="recall OR wycofanie"), found=finding(observed=6))
    assert (found.weighed["counted"], found.weighed["authors"], found.weighed["domains"]) == (6, 6, 6)
    assert told(found)["danger", "recall"] == (6, 3)


def test_the_negative_share_of_a_rule_with_a_query_is_that_of_what_it_finds(store):
    heard(store, "feed", [row(n, NOON, label="neutral") for n in range(30)], NOON)
    heard(store, "feed", says(6, "Acme recall"), NOON)
    heard(store, "feed", says(2, "Acme recall over", label="positive"), NOON)
    asked = Rule(name="word", query="recall")
    assert case(store, asked=asked, found=finding(observed=8)).negative_share == 0.75
    assert case(store, asked=asked.model_copy(update={"on": "negative"})).negative_share == 0.75
    assert case(store).negative_share == pytest.approx(6 / 38)


def test_what_a_person_says_of_a_mention_counts(store):
    rows = [replace(one, human="negative") for one in storm(20, NOON + MINUTE, label="neutral")]
    heard(store, "feed", rows, NOON)
    found = case(store, asked=Rule(name="angry", on="negative"), found=finding(observed=20))
    assert found.weighed["counted"] == 20


def test_a_word_that_one_account_repeats_says_nothing(store):
    heard(store, "feed", says(30, "Acme recall", author="ada"), NOON)
    heard(store, "feed", storm(30, NOON + MINUTE), NOON)
    assert ("danger", "recall") not in told(case(store))


def test_of_a_day_of_many_mentions_the_loudest_and_the_newest_are_read(store):
    rows = [row(n, NOON + n * MINUTE / 2, reach=1) for n in range(2500)]
    rows[3:13] = [replace(r, text="Acme recall", reach=10**6) for r in rows[3:13]]
    heard(store, "feed", rows, NOON)
    found = case(store, "[severity]\ndanger_share = 0.01\n", found=finding(NOON + DAY, DAY, observed=2500))
    assert (found.weighed["counted"], found.weighed["authors"], found.weighed["texts"]) == (2500, 2500, 1000)
    assert told(found)["danger", "recall"] == (10, 3)


def test_findings_weighed_together_are_weighed_as_if_alone(store):
    for n in range(30):
        heard(store, "feed", storm(5, NOON + n * MINUTE, name=f"s{n}", author=f"a{n % 7}"), NOON)
    config = settings(store.path.parent, BRAND, SOURCE)
    rules = [Rule(name="all"), Rule(name="angry", on="negative"), Rule(name="stories", on="stories")]
    asked = [
        (rule, finding(NOON + end * MINUTE, span * MINUTE, observed=span * 5, expected=span * 1.0))
        for rule in rules
        for end, span in ((15, 15), (16, 15), (10, 5), (40, 15), (30, 30), (300, 5))
    ]
    with store.read() as db:
        scales = evidence.Scales(db, config, "Acme")
        assert [scales.weigh(*one) for one in asked] == [
            evidence.weigh(db, config, "Acme", *one) for one in asked
        ]


def test_what_is_frozen_comes_to_the_same_verdict_and_tells_what_another_table_would_say(store):
    heard(store, "feed", says(12, "Acme recall"), NOON)
    found = case(store, asked=Rule(name="surge", crisis_when={"z": 50.0}))
    frozen = json.loads(json.dumps(found.weighed))
    assert evidence.weigh_again(frozen) == (found.severity, found.gate, found.reasons)
    assert evidence.weigh_again(frozen, table=Table(crisis=50))[0] == "alert"
    assert evidence.weigh_again(frozen, Rule(name="surge", severity="watch"), Table(crisis=50))[0] == "watch"
    with pytest.raises(ValueError, match="not what a case rests on"):
        evidence.weigh_again({**frozen, "z": None})


# The table in the configuration


def test_without_a_table_the_defaults_hold(tmp_path):
    assert settings(tmp_path).severity == Table()


def test_a_table_sets_steps_and_words(store):
    heard(store, "feed", says(12, "Acme sabotażu, mówi się też o pozwach"), NOON)
    table = '[severity]\ncrisis = 4\nz = [100]\ndomains = []\n[severity.danger]\n"sabotaż" = 2\npozew = 0\n'
    found = case(store, table)
    assert set(told(found)) == {("negative_share", ""), ("danger", "sabotaż")}
    assert found.severity == "crisis"


def test_the_built_in_words_can_be_left_out(store):
    heard(store, "feed", says(12, "Acme recall"), NOON)
    assert ("danger", "recall") not in told(case(store, "[severity.danger]\ndefaults = false\n"))


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("[severity]\nzz = [3]", "zz: found an unknown key; right would be z"),
        (
            "[severity]\nz = [9, 8]",
            "z: found a list of 2; right would be at most 5 steps, each above the one",
        ),
        ("[severity]\nz = 8", "z: found 8; right would be a list"),
        ("[severity]\nnegative_share = [0.5, 1.5]", "found 1.5; right would be a number at most 1"),
        ("[severity]\ncrisis = 0", "crisis: found 0; right would be a number at least 1"),
        ("[severity.danger]\nfire = 9", "danger fire: found 9; right would be a weight from 1 to 3, or 0"),
        ("[severity.danger]\nfire = true", "danger fire: found true; right would be a weight"),
        ('[severity.danger]\n"!!" = 2', 'words of 2 letters or more, such as "sabotage", "data leak"'),
        ("[severity.danger]\ndefaults = 3", "danger defaults: found 3; right would be true or false"),
        ("[[severity]]\nz = [8]", "[severity]: found a list of 1; right would be written as [severity]"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path, table, problem):
    with pytest.raises(ConfigError) as found:
        settings(tmp_path, BRAND, table)
    assert problem in str(found.value)
    assert "config.toml" in str(found.value)


# The incident


class World:
    """Two quiet weeks, a feed that is heard, and a judge."""

    def __init__(self, tmp_path, store, *tables):
        self.config = settings(tmp_path, BRAND, SOURCE, *tables)
        self.store = store
        past = quiet(NOON - 14 * DAY, 14)
        imported(store, an_intake(store, self.config), past, NOON, Path(tmp_path) / "past.ndjson")
        with store.write() as db:
            sources.register(db, {"feed": "rss"})
        listened(store, "feed", NOON - HOUR, NOON)
        self.judge = Judge(self.config)
        self.judge.detect(store, NOON)

    def hear(self, rows, at):
        heard(self.store, "feed", rows, at)
        listened(self.store, "feed", NOON - HOUR, at)
        return len(self.judge.detect(self.store, at).spoke)

    def incident(self):
        return saved(self.store)

    def lines(self, locale="en"):
        return "\n".join(card(brief(self.incident()), locale, "UTC").lines)


def test_an_incident_and_its_card_say_why(tmp_path, store):
    world = World(tmp_path, store, RULE)
    world.hear(says(30, "Acme: data breach"), NOON + 2 * MINUTE)
    found = world.incident()
    assert found.incident.severity == "crisis"
    told = {reason["code"]: reason["points"] for reason in found.facts["reasons"]}
    assert told == {"z": 1, "negative_share": 2, "authors": 1, "domains": 2, "danger": 3}
    assert "Severity crisis because: z = " in world.lines()
    assert "100% negative; beyond the usual: 30 authors, 30 sites; “breach” in 30 mentions." in world.lines()
    assert "Powaga: kryzys, ponieważ: z = " in world.lines("pl")


def test_a_later_finding_that_is_graver_makes_the_incident_speak_again(tmp_path, store):
    world = World(tmp_path, store, RULE)
    assert world.hear(storm(14, NOON + MINUTE, label="neutral"), NOON + 2 * MINUTE) == 1
    assert world.incident().incident.severity == "alert"
    assert world.hear(says(20, "Acme: data breach"), NOON + 4 * MINUTE) == 1
    assert world.incident().incident.severity == "crisis"
    with store.read() as db:
        assert [f["verdict"] for f in incidents.findings(db, 1)] == ["open", "worsen"]


def test_a_watch_rule_becomes_an_alert_and_no_more(tmp_path, store):
    world = World(tmp_path, store, RULE + 'severity = "watch"\n')
    world.hear(storm(14, NOON + MINUTE, label="neutral"), NOON + 2 * MINUTE)
    assert world.incident().incident.severity == "watch"
    world.hear(says(60, "Acme: data breach"), NOON + 4 * MINUTE)
    assert world.incident().incident.severity == "alert"


def test_one_author_is_named_and_capped_whatever_they_write(tmp_path, store):
    world = World(tmp_path, store, RULE)
    world.hear(says(60, "Acme: data breach", author="ada"), NOON + 2 * MINUTE)
    found = world.incident()
    assert (found.incident.severity, found.facts["gate"]) == ("watch", "author:ada")
    assert "Nearly all of it comes from one author (ada), so it stays a watch." in world.lines()


def test_the_same_text_from_many_accounts_is_not_capped(tmp_path, store):
    world = World(tmp_path, store, RULE)
    world.hear(
        [row(n, NOON + MINUTE, text="Acme is bad", author=f"u{n}") for n in range(60)], NOON + 2 * MINUTE
    )
    assert (world.incident().incident.severity, world.incident().facts["gate"]) == ("alert", "")


@pytest.mark.parametrize("source", ["", "feed"])
def test_who_was_forgotten_is_named_by_no_gate(tmp_path, store, source):
    world = World(tmp_path, store, RULE)
    world.hear(says(60, "Acme: data breach", author="Zoë Żak"), NOON + 2 * MINUTE)
    forget(store, world.config, "Zoë Żak", source, NOON + timedelta(hours=1))
    with store.read() as db:
        findings = [f["data"] for f in incidents.findings(db, 1)]
    facts = world.incident().facts
    assert "Zoë" not in str([facts["gate"], facts["reasons"], findings])
    assert world.incident().facts["gate"] == "author"
    assert "Nearly all of it comes from one author, so it stays a watch." in world.lines()


def test_what_a_first_visit_brought_makes_nothing_worse(tmp_path, store):
    forum = SOURCE.replace("feed", "forum")
    world = World(tmp_path, store, forum, RULE)
    with store.write() as db:
        sources.register(db, {"forum": "rss"})
        visited(db, "forum", NOON + 2 * MINUTE)
        past = says(60, "Acme: data breach", reach=10**6)
        mentions.add(db, "forum", past, NOON + 2 * MINUTE, history=True)
    world.hear(storm(20, NOON + MINUTE, label="neutral"), NOON + 2 * MINUTE)
    found = world.incident()
    assert (found.incident.severity, found.facts["negative_share"]) == ("alert", 0.0)
    assert [(r["code"], r.get("word")) for r in found.facts["reasons"]] == [
        ("authors", None),
        ("danger", "leak"),
    ]


def test_a_word_that_is_told_of_the_brand_anyway_says_nothing(store):
    usual = [
        row(f"old {n}", NOON - 3 * DAY + n * MINUTE, text=f"Acme stops ransomware {n}") for n in range(40)
    ]
    heard(store, "feed", says(20, "Acme stops ransomware", label="neutral"), NOON)
    assert told(case(store))["danger", "ransomware"] == (20, 3)
    heard(store, "feed", usual, NOON)
    assert ("danger", "ransomware") not in told(case(store))


def test_the_list_of_incidents_carries_the_reasons(tmp_path, store):
    world = World(tmp_path, store, RULE)
    world.hear(says(30, "Acme: data breach"), NOON + 2 * MINUTE)
    head = '[listener]\ndatabase = "listener.db"\n'
    (tmp_path / "config.toml").write_text(head + BRAND + SOURCE + RULE, encoding="utf-8")
    (found,) = rows(tmp_path, "incidents")
    assert {"code": "danger", "value": 30, "points": 3, "word": "breach"} in found["reasons"]
    assert found["reason"]["gate"] == ""
