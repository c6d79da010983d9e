"""An incident is what its events add up to, and what must happen follows from it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.incident import Event, after, due, fold, plan
from rules.playbook import PHASES, SEVERITIES, STANDARD, Playbook, Step, Task, to_json

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HEAVY = Playbook(
    "heavy",
    (Step(timedelta(0), "management"), Step(timedelta(minutes=5), "head")),
    answer_within=timedelta(minutes=30),
    tasks=(Task("identify", "Call the lawyers", "management", timedelta(minutes=10)),),
)


def at(minutes):
    return NOON + timedelta(minutes=minutes)


def event(what, minutes=0, by="listener", **data):
    return Event(what, at(minutes), by, data)


def opened(severity="alert", minutes=0, playbook=STANDARD):
    return event("opened", minutes, severity=severity, playbook=to_json(playbook))


def incident(*events):
    return fold((opened(), *events))


def told(*items, minutes=0):
    """Return the event that takes down that these things were told."""
    return event("told", minutes, keys=[item.key for item in items])


def steps(found, minutes):
    return [item.tell for item in due(found, at(minutes)) if item.what == "tell"]


def calls(found, minutes):
    return [
        (item.what, item.minutes_left) for item in due(found, at(minutes)) if item.what in ("warn", "breach")
    ]


# The ladder


def test_the_first_to_acknowledge_has_it():
    found = incident(event("acknowledged", 1, "anna"), event("acknowledged", 2, "piotr"))
    assert (found.acknowledged_by, found.acknowledged_at) == ("anna", at(1))


def test_an_acknowledged_incident_does_not_climb():
    assert steps(incident(event("acknowledged", 1, "anna")), 25) == []


@pytest.mark.parametrize(
    ("minutes", "who"),
    [
        (0, 1),
        (9.9, 1),
        (10, 2),
        (20, 3),
        (35, 4),
        (44.9, 4),
        (45, 5),
        (90, 9),
        (124.9, 11),
        (125, 12),
        (9999, 12),
    ],
)
def test_the_ladder_climbs_at_its_times_and_repeats_twice(minutes, who):
    ladder = ["spokesperson", "deputy", "head", "management"] * 3
    assert steps(incident(), minutes) == ladder[:who]


def test_steps_missed_while_the_daemon_was_down_are_due_together():
    assert steps(incident(), 12) == ["spokesperson", "deputy"]


def test_a_step_once_told_is_not_due_again():
    found = incident()
    first = due(found, at(0))
    assert steps(after(found, told(*first)), 12) == ["deputy"]


def test_watch_starts_no_ladder_and_no_clock():
    found = fold([opened("watch")])
    assert plan(found) == ()
    assert (found.started_at, found.duties) == (None, ())


def test_ladder_and_clocks_start_where_alert_is_first_reached():
    found = fold([opened("watch"), event("worsened", 40, severity="alert", playbook=to_json(STANDARD))])
    assert found.started_at == at(40)
    assert steps(found, 39) == []
    assert steps(found, 40) == ["spokesperson"]
    assert calls(found, 70) == [("warn", 30)]


def test_worsening_does_not_start_the_ladder_anew():
    found = incident(event("worsened", 30, severity="crisis", playbook=to_json(STANDARD)))
    assert (found.severity, found.started_at) == ("crisis", NOON)
    assert steps(found, 30) == ["spokesperson", "deputy", "head"]


def test_severity_never_falls_by_worsening():
    found = incident(event("worsened", 1, severity="crisis"), event("worsened", 2, severity="alert"))
    assert found.severity == "crisis"


def test_a_second_playbook_adds_its_steps_and_tasks():
    found = incident(event("worsened", 30, severity="crisis", playbook=to_json(HEAVY)))
    assert {step.tell for step in found.playbook.ladder} >= {"spokesperson", "deputy", "head", "management"}
    assert [d.title for d in found.duties][-1] == "Call the lawyers"
    assert found.duties[-1].due_at == at(40)
    assert found.playbook.answer_within == timedelta(minutes=30)


def test_a_second_playbook_neither_hides_its_own_steps_nor_repeats_what_was_told():
    found = incident()
    found = after(found, told(*due(found, at(12)), minutes=12))
    worse = after(found, event("worsened", 13, severity="crisis", playbook=to_json(HEAVY)))
    assert steps(worse, 13) == ["management", "head"]


def test_a_breach_that_was_called_is_not_called_again_for_a_shorter_clock():
    found = incident()
    found = after(found, event("called", 60, keys=[item.key for item in due(found, at(60))]))
    worse = after(found, event("worsened", 61, severity="crisis", playbook=to_json(HEAVY)))
    assert calls(worse, 61) == []


# Acknowledgement and its end


def test_an_acknowledgement_without_an_entry_for_30_minutes_expires():
    found = incident(event("acknowledged", 5, "anna"))
    assert [i.what for i in due(found, at(34.9))] == ["warn"]
    assert "expire" in [i.what for i in due(found, at(35))]


@pytest.mark.parametrize(
    "entry",
    [
        event("note", 20, "anna", text="calling the plant"),
        event("advanced", 20, "anna", phase="assemble"),
        event("role", 20, "anna", role="scribe", person="Ola"),
        event("task added", 20, "anna", title="call"),
        event("task taken", 20, "anna", task=0),
        event("task done", 20, "anna", task=0),
    ],
    ids=lambda entry: entry.what,
)
def test_an_entry_moves_the_end_of_an_acknowledgement(entry):
    found = incident(event("acknowledged", 5, "anna"), entry)
    assert "expire" not in [i.what for i in due(found, at(49.9))]
    assert "expire" in [i.what for i in due(found, at(50))]


def test_after_an_expiry_the_ladder_runs_again_from_its_first_step():
    found = incident(told(*due(incident(), at(30))), event("acknowledged", 31, "anna"), event("expired", 61))
    assert found.acknowledged_by is None
    assert steps(found, 61) == ["spokesperson"]
    assert steps(found, 71) == ["spokesperson", "deputy"]


@pytest.mark.parametrize(
    "entry", [event("answered", 20, url="https://acme.test"), event("advanced", 20, phase="monitor")]
)
def test_an_acknowledgement_does_not_expire_once_answered_or_under_watch(entry):
    found = incident(event("acknowledged", 5, "anna"), entry)
    assert "expire" not in [i.what for i in due(found, at(9999))]


def test_a_second_person_can_take_what_expired():
    found = incident(
        event("acknowledged", 5, "anna"), event("expired", 35), event("acknowledged", 36, "piotr")
    )
    assert found.acknowledged_by == "piotr"


# The public clock


def test_the_public_clock_warns_at_30_45_and_55_minutes_and_breaks_at_60():
    assert calls(incident(), 29.9) == []
    assert calls(incident(), 30) == [("warn", 30)]
    assert calls(incident(), 55) == [("warn", 30), ("warn", 15), ("warn", 5)]
    assert calls(incident(), 60)[-1] == ("breach", 0)


def test_an_acknowledgement_does_not_stop_the_public_clock():
    assert calls(incident(event("acknowledged", 1, "anna"), event("note", 55, "anna", text="soon")), 60)[
        -1
    ] == (*("breach", 0),)


def test_a_public_answer_stops_the_public_clock_but_not_the_ladder():
    found = incident(event("answered", 5, "anna", url="https://acme.test/1"))
    assert calls(found, 999) == []
    assert steps(found, 12) == ["spokesperson", "deputy"]


def test_the_first_public_answer_counts():
    found = incident(
        event("answered", 5, url="https://acme.test/1"), event("answered", 9, url="https://acme.test/2")
    )
    assert (found.answered_at, found.answered_url) == (at(5), "https://acme.test/1")


def test_a_breach_is_taken_down():
    found = incident()
    items = [item for item in due(found, at(61)) if item.what != "tell"]
    called = after(found, event("called", 61, keys=[item.key for item in items]))
    assert called.breached_at == at(61)
    assert calls(called, 999) == []


# Closing, opening again, relapse


@pytest.mark.parametrize("before", [(), (event("acknowledged", 1, "anna"),)])
def test_closing_stops_everything(before):
    found = incident(*before, event("closed", 2, "anna", verdict="no crisis"))
    assert plan(found) == ()
    assert (found.phase, found.verdict, found.closed_at) == ("closed", "no crisis", at(2))


@pytest.mark.parametrize(
    "late",
    [
        event("acknowledged", 3, "anna"),
        event("advanced", 3, phase="remediate"),
        event("worsened", 3, severity="crisis"),
    ],
    ids=lambda entry: entry.what,
)
def test_what_comes_after_closing_changes_nothing(late):
    found = incident(event("closed", 2))
    assert after(found, late) == found


def test_the_first_closing_counts():
    found = incident(event("closed", 2, verdict="over"), event("closed", 3, verdict="no crisis"))
    assert (found.closed_at, found.verdict) == (at(2), "over")


def test_a_relapse_restarts_ladder_and_both_clocks():
    items = due(incident(), at(70))
    found = incident(
        told(*[i for i in items if i.what == "tell"]),
        event("called", 70, keys=[i.key for i in items if i.what != "tell"]),
        event("acknowledged", 71, "anna"),
        event("answered", 72, "anna", url="https://acme.test"),
        event("closed", 73, "anna"),
        event("relapsed", 3000, severity="alert", playbook=to_json(STANDARD)),
    )
    assert (found.acknowledged_by, found.answered_at, found.closed_at) == (None, None, None)
    assert (found.breached_at, found.relapses, found.phase, found.verdict) == (None, 1, "identify", "")
    assert steps(found, 3000) == ["spokesperson"]
    assert calls(found, 3030) == [("warn", 30)]


def test_a_relapse_at_watch_starts_nothing_until_it_worsens():
    found = incident(event("relapsed", 3000, severity="watch"))
    assert plan(found) == ()
    worse = after(found, event("worsened", 3010, severity="alert", playbook=to_json(STANDARD)))
    assert steps(worse, 3010) == ["spokesperson"]


def test_opening_again_takes_a_closing_back():
    found = incident(event("acknowledged", 1, "anna"), event("closed", 2), event("reopened", 3, "anna"))
    assert (found.closed_at, found.phase, found.acknowledged_by) == (None, "identify", "anna")


def test_opening_again_what_nobody_had_starts_the_ladder_from_its_first_step():
    found = incident(told(*due(incident(), at(0))), event("closed", 2), event("reopened", 3000, "anna"))
    assert steps(found, 3000) == ["spokesperson"]
    assert steps(found, 3010) == ["spokesperson", "deputy"]


def test_opening_again_what_was_only_watched_starts_nothing():
    found = fold([opened("watch"), event("closed", 2), event("reopened", 3)])
    assert plan(found) == ()
    worse = after(found, event("worsened", 500, severity="alert", playbook=to_json(STANDARD)))
    assert steps(worse, 500) == ["spokesperson"]


def test_opening_again_what_is_open_changes_nothing():
    assert incident(event("reopened", 3)) == incident()


# Phases, tasks, roles


def test_phases_only_go_forward():
    found = incident(event("advanced", 1, phase="communicate"), event("advanced", 2, phase="assemble"))
    assert found.phase == "communicate"


def test_tasks_come_with_the_playbook_due_by_the_start():
    first = incident().duties[0]
    assert (first.phase, first.role, first.due_at) == ("identify", "head", at(15))


def test_a_task_is_taken_and_done():
    found = incident(event("task taken", 3, "anna", task=1), event("task done", 9, "anna", task=1))
    assert (found.duties[1].owner, found.duties[1].done_at) == ("anna", at(9))


def test_a_task_that_is_not_there_changes_no_task():
    assert incident(event("task done", 3, "anna", task=99)).duties == incident().duties


def test_an_event_of_another_kind_changes_nothing():
    assert incident(event("praised")) == incident()


# Whatever happens, in any order

PLAYBOOKS = [STANDARD, HEAVY, Playbook("bare")]
KEYS = [item.key for item in plan(incident())]
judged = st.fixed_dictionaries(
    {"severity": st.sampled_from(SEVERITIES), "playbook": st.sampled_from(PLAYBOOKS).map(to_json)}
)
keyed = st.fixed_dictionaries({"keys": st.lists(st.sampled_from(KEYS), max_size=4)})
numbered = st.fixed_dictionaries({"task": st.integers(-2, 9)})
data = {
    "opened": judged,
    "worsened": judged,
    "relapsed": judged,
    "told": keyed,
    "called": keyed,
    "advanced": st.fixed_dictionaries({"phase": st.sampled_from(PHASES)}),
    "answered": st.just({"url": "https://acme.test"}),
    "role": st.just({"role": "scribe", "person": "Ola"}),
    "task added": st.just({"title": "call"}),
    "task taken": numbered,
    "task done": numbered,
}
bare = ["acknowledged", "expired", "closed", "reopened", "note"]
kinds = st.sampled_from([*data, *bare]).flatmap(
    lambda what: st.tuples(st.just(what), data.get(what, st.just({})))
)
courses = st.lists(st.tuples(st.integers(0, 300), kinds), max_size=25).map(
    lambda found: [
        event(what, minutes, "anna", **given) for minutes, (what, given) in sorted(found, key=lambda f: f[0])
    ]
)


@given(courses, st.integers(0, 5000))
def test_what_is_due_is_what_was_planned_by_now(events, minutes):
    found = fold([opened(), *events])
    ahead, now = plan(found), due(found, at(minutes))
    assert [item.at for item in ahead] == sorted(item.at for item in ahead)
    by_now = [item for item in ahead if item.at <= at(minutes)]
    if "expire" in [item.what for item in now]:
        by_now = [item for item in by_now if item.what != "tell"]
    assert list(now) == by_now
    assert now[:1] == tuple(ahead[:1] if by_now else ())


def test_the_plan_of_an_acknowledged_incident_tells_what_comes_when_nothing_is_noted():
    found = incident(event("acknowledged", 5, "anna"))
    ahead = [(item.what, item.tell, item.at) for item in plan(found)]
    assert ahead[1:4] == [
        ("expire", "", at(35)),
        ("tell", "spokesperson", at(35)),
        ("tell", "deputy", at(45)),
    ]
    assert len([what for what, _, _ in ahead if what == "tell"]) == 12


@given(courses)
def test_nothing_that_was_done_is_planned_again(events):
    found = fold([opened(), *events])
    keys = [item.key for item in plan(found)]
    assert not found.done & set(keys)
    assert len(set(keys)) == len(keys)


@given(courses)
def test_a_closed_incident_has_no_plan(events):
    assert plan(fold([opened(), *events, event("closed", 9999)])) == ()


@given(st.lists(st.integers(1, 40), min_size=1, max_size=12))
@settings(max_examples=60)
def test_what_was_planned_is_what_comes_due_however_often_one_looks(waits):
    found, clock, came = incident(), 0, []
    promised = [item.key for item in plan(found)]
    for wait in [*waits, 9999]:
        clock += wait
        items = due(found, at(clock))
        came += [item.key for item in items]
        found = after(found, told(*items, minutes=clock))
    assert came == promised
