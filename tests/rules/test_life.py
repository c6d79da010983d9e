"""The life of an incident: what is told, and what is not told again."""

from datetime import UTC, datetime, timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.life import UNTOLD, Course, Held, Verdict, after, closed, held, released, reopened

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WATCH, ALERT, CRISIS = 0, 1, 2


def hours(count):
    return NOON + timedelta(hours=count)


def verdicts(*findings, course=None):
    """Return what (hour, z, severity) after (hour, z, severity) does."""
    said = []
    for hour, z, severity in findings:
        course, verdict = after(course, hours(hour), z, severity)
        said.append(verdict.value)
    return said


def opened(z=5.0, severity=ALERT, **more):
    return Course(NOON, NOON, z, severity, **more)


def test_the_first_finding_opens():
    assert after(None, NOON, 5.0, ALERT) == (opened(), Verdict.OPEN)


def test_further_findings_join_in_silence():
    assert verdicts((0, 5, ALERT), (1, 9, ALERT), (2, 4, WATCH)) == ["open", "join", "join"]


def test_it_speaks_again_when_z_triples_over_what_was_told():
    assert verdicts((0, 4, ALERT), (1, 12, ALERT), (2, 30, ALERT), (3, 36, ALERT)) == [
        *("open", "worsen", "join", "worsen")
    ]


def test_three_times_nothing_is_nothing():
    assert verdicts((0, 0, ALERT), (1, 0, ALERT), (2, 2.9, ALERT), (3, 3, ALERT)) == [
        *("open", "join", "join", "worsen")
    ]


def test_it_speaks_again_when_severity_rises():
    assert verdicts((0, 5, WATCH), (1, 5, CRISIS), (2, 5, ALERT)) == ["open", "worsen", "join"]


def test_a_higher_severity_at_a_lower_z_keeps_the_z_that_was_told():
    course, _ = after(opened(z=12.0, severity=ALERT), hours(1), 4.0, CRISIS)
    assert (course.told_z, course.severity) == (12.0, CRISIS)


def test_a_day_after_the_last_finding_it_is_calm_and_the_next_is_a_relapse():
    assert verdicts((0, 5, ALERT), (20, 5, ALERT), (43, 5, ALERT), (67, 5, ALERT)) == [
        *("open", "join", "join", "relapse")
    ]


def test_relapses_are_numbered_and_tell_anew():
    first, _ = after(opened(z=30.0, severity=CRISIS), hours(30), 4.0, ALERT)
    second, _ = after(first, hours(60), 4.0, ALERT)
    assert (first.relapses, second.relapses) == (1, 2)
    assert (first.told_z, first.severity, first.opened_at) == (4.0, ALERT, NOON)


def test_closing_while_hot_silences_until_calm():
    course = closed(opened(), hours(1))
    assert verdicts((2, 6, ALERT), (20, 6, ALERT), (43, 6, ALERT), (68, 6, ALERT), course=course) == [
        *("silent", "silent", "silent", "relapse")
    ]


@pytest.mark.parametrize(("z", "severity"), [(15.0, ALERT), (5.0, CRISIS)])
def test_closing_does_not_silence_what_is_worse(z, severity):
    course, verdict = after(closed(opened(), hours(1)), hours(2), z, severity)
    assert verdict is Verdict.RELAPSE
    assert course.closed_at is None


def test_a_week_after_closing_a_finding_opens_a_new_incident():
    course = closed(opened(), hours(30))
    assert verdicts((30 + 7 * 24 - 1, 5, ALERT), course=course) == ["relapse"]
    assert after(course, hours(30 + 7 * 24), 5.0, ALERT) == (
        Course(hours(198), hours(198), 5.0, ALERT),
        Verdict.OPEN,
    )


def test_an_incident_left_open_is_never_forgotten():
    assert verdicts((0, 5, ALERT), (24 * 60, 5, ALERT)) == ["open", "relapse"]


def test_the_first_closing_counts_and_can_be_taken_back():
    course = closed(closed(opened(), hours(1)), hours(9))
    assert course.closed_at == hours(1)
    assert verdicts((2, 5, ALERT), course=reopened(course)) == ["join"]


def test_a_finding_seen_late_joins_the_time_it_belongs_to():
    course, verdict = after(opened(), hours(-40), 6.0, ALERT)
    assert verdict is Verdict.JOIN
    assert (course.opened_at, course.last_finding_at) == (NOON, NOON)


def test_a_finding_seen_late_speaks_only_if_it_is_worse():
    assert verdicts((-2, 16, ALERT), course=opened()) == ["worsen"]
    assert verdicts((-2, 6, ALERT), course=closed(opened(), hours(48))) == ["silent"]


findings = st.tuples(st.integers(-50, 500), st.floats(4, 100), st.integers(WATCH, CRISIS))


@given(st.lists(findings, min_size=1, max_size=30))
def test_the_same_finding_again_never_speaks(seen):
    course = reduce(lambda c, f: after(c, hours(f[0]), f[1], f[2])[0], seen, None)
    hour, z, severity = seen[-1]
    again, verdict = after(course, hours(hour), z, severity)
    assert (again, verdict) == (course, Verdict.JOIN)


@given(st.lists(findings, min_size=1, max_size=30))
def test_hot_time_never_runs_backwards(seen):
    course, last = None, None
    for hour, z, severity in seen:
        course, _ = after(course, hours(hour), z, severity)
        assert last is None or course.last_finding_at >= last
        last = course.last_finding_at


def lived(*findings, course=None):
    """Return the course after findings (held back or not, hour, z, severity), and what each did."""
    said = []
    for back, hour, z, severity in findings:
        course, verdict = (held if back else after)(course, hours(hour), z, severity)
        said.append(verdict.value)
    return course, said


def test_what_is_held_back_is_taken_down_once_and_again_only_when_it_is_worse():
    course, said = lived((True, 0, 5, ALERT), (True, 1, 6, ALERT), (True, 2, 15, ALERT), (True, 3, 20, ALERT))
    assert said == ["open", "join", "worsen", "join"]
    assert (course.severity, course.told_z, course.held) == (UNTOLD, 0.0, Held(15, ALERT))


def test_what_may_be_told_speaks_as_if_nothing_had_been_held_back():
    course, said = lived((True, 0, 5, ALERT), (False, 1, 4, ALERT))
    assert said == ["open", "worsen"]
    assert (course.severity, course.told_z, course.held) == (ALERT, 4.0, None)


def test_a_lesser_thing_that_is_told_leaves_the_worse_held_back():
    course, said = lived((True, 0, 5, ALERT), (False, 1, 4, WATCH), (True, 2, 5, ALERT))
    assert said == ["open", "worsen", "join"]
    assert (course.severity, course.held) == (WATCH, Held(5, ALERT))


def test_what_is_held_back_keeps_the_incident_hot():
    course, _ = lived((False, 0, 5, ALERT), (True, 20, 5, ALERT))
    assert course.is_hot(hours(43))
    assert after(course, hours(43), 5.0, ALERT)[1] is Verdict.JOIN


def test_a_relapse_may_be_held_back_and_counts_once():
    course, said = lived((False, 0, 5, ALERT), (True, 30, 5, ALERT), (False, 31, 5, ALERT))
    assert said == ["open", "relapse", "worsen"]
    assert (course.relapses, course.severity, course.held) == (1, ALERT, None)


def test_closing_what_is_held_back_silences_it_as_if_it_had_been_told():
    course, _ = lived((True, 0, 5, ALERT))
    shut = closed(course, hours(1))
    assert (shut.severity, shut.told_z, shut.held) == (ALERT, 5, None)
    assert verdicts((2, 6, ALERT), course=shut) == ["silent"]


def test_closing_does_not_silence_what_is_worse_even_if_it_is_held_back():
    course, said = lived((True, 2, 15, ALERT), course=closed(opened(), hours(1)))
    assert said == ["relapse"]
    assert (course.closed_at, course.held) == (None, Held(15, ALERT))


def test_once_released_it_is_known():
    course, _ = lived((True, 0, 5, ALERT))
    assert verdicts((1, 6, ALERT), course=released(course)) == ["join"]
    assert released(opened()) == opened()


either = st.tuples(st.booleans(), st.integers(-50, 500), st.floats(4, 100), st.integers(WATCH, CRISIS))


@given(st.lists(either, min_size=1, max_size=30))
def test_released_all_that_was_found_is_known_whatever_was_held_back(seen):
    course, _ = lived(*seen)
    known = released(course)
    _, hour, z, severity = seen[-1]
    assert after(known, hours(hour), z, severity)[1] is Verdict.JOIN
    assert known.last_finding_at == course.last_finding_at


def coded(*found):
    """Return what (hour, z, severity, code) after another does."""
    course, said = None, []
    for hour, z, severity, code in found:
        course, verdict = after(course, hours(hour), z, severity, code)
        said.append(verdict.value)
    return said


def test_a_flash_in_a_slow_burn_speaks_at_three_times_its_own_bar():
    burn, flash = (0, 3.5, ALERT, "swell"), (1, 11.9, ALERT, "spike")
    assert coded(burn, flash, (2, 12, ALERT, "spike")) == ["open", "join", "worsen"]
    assert coded(burn, (1, 10.5, ALERT, "swell")) == ["open", "worsen"]


def test_what_was_told_of_one_kind_is_not_forgotten_for_another():
    flash, crisis = (0, 40, ALERT, "spike"), (1, 4, CRISIS, "swell")
    assert coded(flash, crisis, (2, 41, CRISIS, "spike"), (3, 120, CRISIS, "spike")) == [
        *("open", "worsen", "join", "worsen")
    ]
