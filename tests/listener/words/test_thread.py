"""Every event of an incident is a sentence."""

from datetime import UTC, datetime, timedelta

import pytest

from listener.words import Brief, Entry, entry
from rules import incident

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
BRIEF = Brief(
    id=12,
    brand="Żabka",
    severity="alert",
    phase="identify",
    rule="angry burst",
    on="negative",
    opened_at=NOON,
    observed=60,
    expected=2.0,
    span=timedelta(minutes=15),
    z=8.4,
    started_at=NOON,
    answer_by=NOON + timedelta(hours=1),
)
DATA = {
    "opened": {"severity": "alert"},
    "worsened": {"severity": "crisis", "observed": 120, "expected": 2.0, "span_seconds": 900, "z": 25.0},
    "relapsed": {"severity": "alert"},
    "told": {"steps": [{"tell": "spokesperson", "people": ["Anna"], "by": ["slack", "email"]}]},
    "called": {"keys": ["warn:0:1800"], "minutes_left": 30},
    "advanced": {"phase": "communicate"},
    "answered": {"url": "https://brand.example/a"},
    "closed": {"verdict": "over"},
    "role": {"role": "deputy", "person": "Jan"},
    "note": {"text": "Called the plant"},
    "task added": {"title": "Call the lab", "due_at": "2026-03-02T13:00:00+00:00"},
    "task taken": {"title": "Call the lab", "owner": "Ola"},
    "task done": {"title": "Call the lab"},
}


def said(what, data=None, by="Anna", locale="en", minutes=0):
    told = DATA.get(what, {}) if data is None else data
    return entry(Entry(what, NOON + timedelta(minutes=minutes), by, told), BRIEF, locale, "Europe/Warsaw")


@pytest.mark.parametrize("locale", ["en", "pl"])
@pytest.mark.parametrize("what", sorted(incident._CHANGES))
def test_every_kind_of_event_has_a_sentence(what, locale):
    assert len(said(what, locale=locale)) > len(what) + 2


def test_a_worse_incident_says_how_much_worse():
    assert said("worsened") == (
        "It is getting worse. Severity: crisis. 120 negative mentions in 15 minutes, usually 2. z = 25."
    )


def test_who_was_told_by_which_way():
    assert said("told") == "Told spokesperson: Anna (Slack, mail)."


def test_steps_that_are_late_are_told_once_together_and_as_late():
    steps = [
        {"tell": "spokesperson", "people": ["Anna"], "by": ["slack"], "at": "2026-03-02T12:00:00Z"},
        {"tell": "deputy", "people": ["Jan", "Ola"], "by": ["slack"], "at": "2026-03-02T12:10:00Z"},
    ]
    assert said("told", {"steps": steps, "late": True, "minutes_late": 65}).splitlines() == [
        "Told late (by up to 1 h 5 min), all together:",
        "Told spokesperson: Anna (Slack), due at 13:00.",
        "Told deputy spokesperson: Jan, Ola (Slack), due at 13:10.",
    ]


def test_a_role_that_nobody_has_is_named():
    assert said("told", {"steps": [], "unreachable": ["management"]}).startswith(
        "Nobody could be told as management"
    )


@pytest.mark.parametrize(
    ("left", "words"), [(1, "została 1 minuta"), (15, "zostało 15 minut"), (22, "zostały 22 minuty")]
)
def test_the_clock_is_called_out_in_good_polish(left, words):
    assert words in said("called", {"keys": ["warn:0:1"], "minutes_left": left}, locale="pl")


def test_a_clock_that_ran_out_is_called_so():
    assert (
        said("called", {"keys": ["breach:0:3600"]})
        == "The time for a public answer has run out; it was due by 14:00."
    )


def test_who_took_it():
    assert said("acknowledged") == "Anna has taken it. No one else is called."
    assert (
        said("acknowledged", locale="pl") == "Sprawę przejmuje Anna. Kolejne osoby nie są już powiadamiane."
    )


def test_the_answer_tells_how_long_it_took_and_where_it_is():
    assert said("answered", minutes=41) == "Answered in public after 41 min (Anna). https://brand.example/a"


def test_what_the_daemon_did_itself_names_nobody():
    assert said("closed", by="listener") == "Closed: it is over."


def test_a_note_is_one_line_of_plain_words():
    assert said("note", {"text": "see\x1b[2J\n<!channel>"}) == "Note (Anna): see[2J <!channel>"


def test_a_task_without_its_title_is_called_by_its_number():
    assert said("task done", {"task": 2}) == "Task done (Anna): #3"


def test_an_event_of_a_later_version_is_named_at_least():
    assert said("teleported", {}) == "teleported"
