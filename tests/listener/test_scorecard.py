"""How rules fare: in a replay beside what people made of what did open, and in the daemon."""

from dataclasses import replace
from datetime import timedelta

import pytest

from listener.backtest import scorecard
from listener.backtest.comparing import compare, differences
from listener.backtest.replay import Asked, replay
from listener.config import parse
from listener.desk import act
from listener.evidence import Case
from listener.store import incidents, shadows
from rules.incident import Event
from rules.life import Course
from rules.triggers import Finding
from tests.kit import BRAND, DAY, HOUR, MINUTE, NOON, SOURCE, an_intake, imported, opened, quiet, settings

FIRST = NOON - 20 * DAY
SURGE = '[[rule]]\nname = "surge"\n'
TIMES = (NOON - 9 * DAY, NOON - 6 * DAY, NOON - 3 * DAY)


def spike(at, number=40, brand="Acme"):
    return [
        {"published_at": (at + timedelta(seconds=n)).isoformat(), "text": f"{brand} leaks oil {n}",
         "brand": brand, "label": "negative", "id": f"{at} {brand} {n}", "author": f"a{n}"}
        for n in range(number)
    ]  # fmt: skip


def really(store, config, at, act_of=None, *, rule="surge", brand="Acme", drill=False):
    """Let an incident have opened at a time, and a person have closed it."""
    numbers = {"z": 6.0, "observed": 30, "expected": 2.0, "on": "all", "span_seconds": 300.0, "drill": drill}
    with store.write() as db:
        event = Event("opened", at + 5 * MINUTE, data={"severity": "watch"})
        made = incidents.create(db, brand, rule, [event], numbers, Course(at, at + HOUR, 6.0, 0))
    if act_of:
        act(store, config, act_of, made.id, "Anna", at + 2 * HOUR)


@pytest.fixture
def store(tmp_path):
    made = opened(tmp_path)
    config = settings(tmp_path, BRAND, SOURCE)
    rows = [*quiet(FIRST, 20), *(row for at in TIMES for row in spike(at))]
    imported(made, an_intake(made, config), rows, NOON, tmp_path / "rows")
    yield made
    made.close()


def cards(store, config, **asked):
    with store.read() as db:
        known = scorecard.reals(db)
    found = scorecard.cards(replay(store, config, Asked(**asked)), known)
    return {(card.rule, card.brand): card for card in found}


def test_what_people_made_of_incidents_is_set_beside_what_a_rule_would_open(store, tmp_path):
    config = settings(tmp_path, BRAND, SOURCE, SURGE)
    for at, what in zip((NOON - 12 * DAY, *TIMES), ("close", "dismiss", "close", None), strict=True):
        really(store, config, at, what)
    card = cards(store, config)["surge", "Acme"]
    assert (card.opened, card.found, card.missed) == (3, 3, 1)
    assert (card.false_alarms, card.confirmed, card.precision) == (1, 1, 0.5)
    assert card.minutes_later == 1.0
    assert 2.8 < card.weeks < 2.9 and card.per_week == pytest.approx(3 / card.weeks)


def test_without_a_verdict_there_is_no_precision(store, tmp_path):
    config = settings(tmp_path, BRAND, SOURCE, SURGE)
    really(store, config, TIMES[0])
    card = cards(store, config)["surge", "Acme"]
    assert card.found == 1 and card.precision is None


def test_each_relapse_has_a_verdict_of_its_own(store, tmp_path):
    config = settings(tmp_path, BRAND, SOURCE, SURGE)
    really(store, config, TIMES[0], "dismiss")
    with store.write() as db:
        saved = incidents.get(db, 1)
        course = replace(saved.course, last_finding_at=TIMES[1] + HOUR, closed_at=None)
        incidents.find(db, 1, "surge", TIMES[0], TIMES[0] + 5 * MINUTE, "open", {})
        incidents.find(db, 1, "surge", TIMES[1], TIMES[1] + 5 * MINUTE, "relapse", {})
        relapsed = Event("relapsed", TIMES[1] + 5 * MINUTE, data={"severity": "watch"})
        incidents.append(db, saved, [relapsed], course=course)
    act(store, config, "close", 1, "Anna", TIMES[1] + 3 * HOUR)
    card = cards(store, config)["surge", "Acme"]
    assert (card.found, card.false_alarms, card.confirmed) == (2, 1, 1)
    with store.read() as db:
        one, _ = scorecard.record(db, config.rules, ["Acme"], NOON)
    assert (one.opened, one.relapses, one.no_crisis, one.over) == (1, 1, 1, 1)


def test_drills_prove_nothing(store, tmp_path):
    config = settings(tmp_path, BRAND, SOURCE, SURGE)
    really(store, config, TIMES[0], "dismiss", drill=True)
    assert cards(store, config)["surge", "Acme"].found == 0


def test_a_rule_in_the_shadow_has_a_card_of_its_own_and_opens_nothing(store, tmp_path):
    dark = SURGE + '[[rule]]\nname = "dark"\non = "negative"\nshadow = true\n'
    config = settings(tmp_path, BRAND, SOURCE, dark)
    found = replay(store, config)
    assert [o.kind for o in found.opened].count("shadow") == 3
    every = cards(store, config)
    assert every["dark", "Acme"].shadow and every["dark", "Acme"].opened == 3
    assert every[None, None].opened == 3


def test_what_quiet_hours_and_a_budget_would_have_kept_is_counted(store, tmp_path):
    night = SURGE + 'quiet_hours = "11:00-13:00"\n'
    assert cards(store, settings(tmp_path, BRAND, SOURCE, night))["surge", "Acme"].in_quiet_hours >= 3
    once = SURGE + 'budget = { most = 1, within = "5d" }\n'
    assert cards(store, settings(tmp_path, BRAND, SOURCE, once))["surge", "Acme"].over_budget == 1


def test_a_rule_and_a_brand_can_be_asked_for_alone(store, tmp_path):
    config = settings(tmp_path, BRAND, BRAND.replace("Acme", "Bolt"), SOURCE)
    assert set(cards(store, config, rules=frozenset({"surge"}))) == {("surge", "Acme")}
    assert all(card.opened == 0 for card in cards(store, config, brands=frozenset({"Bolt"})).values())


def test_the_record_tells_what_became_of_what_opened(store, tmp_path):
    config = settings(tmp_path, BRAND, SOURCE, SURGE)
    for at, what in zip(TIMES, ("dismiss", "close", "acknowledge"), strict=True):
        really(store, config, at, what)
    with store.read() as db:
        one, whole = scorecard.record(db, config.rules, ["Acme"], NOON)
    assert (one.rule, one.brand, one.opened) == ("surge", "Acme", 3)
    assert (one.no_crisis, one.over, one.acknowledged, one.still_open) == (1, 1, 1, 1)
    assert one.precision == 0.5 and one.per_week == pytest.approx(3 / one.weeks)
    assert whole.rule is None and whole.opened == 3


def test_a_rule_that_never_opened_anything_has_a_record_too(store, tmp_path):
    config = settings(tmp_path, BRAND, SOURCE, SURGE)
    with store.read() as db:
        found = scorecard.record(db, config.rules, ["Acme"], NOON)
    assert [(r.rule, r.opened, r.precision) for r in found] == [("surge", 0, None), (None, 0, None)]


def compared(store, tmp_path, *tables):
    present = settings(tmp_path, BRAND, SOURCE, SURGE)
    other = settings(tmp_path, BRAND, SOURCE, *tables)
    with store.read() as db:
        known = scorecard.reals(db)
    return compare(replay(store, present), replay(store, other), known)


def test_a_change_of_rules_has_gains_and_costs(store, tmp_path):
    config = settings(tmp_path, BRAND, SOURCE, SURGE)
    really(store, config, TIMES[0], "dismiss")
    really(store, config, TIMES[1], "close")
    deaf = SURGE + "z = 900\n"
    pairs, (balance,) = compared(store, tmp_path, deaf)
    assert [(p.opened_in, p.verdict) for p in pairs] == [
        ("present", "no crisis"), ("present", "over"), ("present", ""),
    ]  # fmt: skip
    assert (balance.both, balance.gained, balance.lost) == (0, 0, 3)
    assert (balance.false_alarms_avoided, balance.confirmed_lost) == (1, 1)
    assert balance.other_incidents_per_week == 0 < balance.incidents_per_week


def test_what_opens_under_both_tells_how_much_later(store, tmp_path):
    late = SURGE + 'trigger = "threshold"\ncount = 20\n'
    pairs, (balance,) = compared(store, tmp_path, late)
    assert {p.opened_in for p in pairs} == {"both"} and balance.both == 3
    assert balance.minutes_later == 0.0


def test_only_what_is_new_is_a_gain(store, tmp_path):
    more = SURGE + '[[rule]]\nname = "any"\ntrigger = "threshold"\ncount = 1\n'
    pairs, (balance,) = compared(store, tmp_path, more)
    assert balance.lost == 0 and balance.both >= 1
    assert all(p.present or p.other.rule == "any" for p in pairs)


def test_what_the_past_cannot_tell_is_said(tmp_path):
    present = settings(tmp_path, BRAND, SOURCE)
    other = parse('[listener]\ndatabase = "x"\n[[brand]]\nname = "Acme"\nquery = "acme OR acmee"\n'
                  '[[brand]]\nname = "Bolt"\n', tmp_path, {})  # fmt: skip
    query, new = differences(present, other, ["Acme"])
    assert "'Acme'" in query and "never stored" in query
    assert "'Bolt'" in new and "nothing was heard" in new
    assert differences(present, present, []) == []


def test_the_record_of_a_shadow_is_what_it_would_have_opened(store, tmp_path):
    config = settings(tmp_path, BRAND, SOURCE, SURGE + '[[rule]]\nname = "dark"\nshadow = true\n')
    really(store, config, TIMES[0], "dismiss")
    finding = Finding("spike", TIMES[0] + HOUR, 5 * MINUTE, 40, 1.0, 9.0)
    case = Case(finding, config.rules[1], "alert", None, "")
    with store.write() as db:
        shadows.create(db, "Acme", case, NOON, "open", {}, Course(finding.at, finding.at, 9.0, 1))
    with store.read() as db:
        found = {r.rule: r for r in scorecard.record(db, config.rules, ["Acme"], NOON)}
    assert found["dark"].shadow and found["dark"].opened == 1
    assert (found["dark"].no_crisis, found["dark"].precision) == (1, 0.0)
    assert found[None].opened == 1
