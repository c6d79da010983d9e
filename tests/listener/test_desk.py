"""Where people decide: the first wins, twice changes nothing, and nonsense is refused with a sentence."""

import threading

import pytest

from listener.desk import ACTS, ActError, act
from tests.kit import BRAND, MINUTE, NOON, PEOPLE, SLACK, SOURCE, incident, notices, opened, saved, settings

NEEDED = {
    "answer": {"url": "https://acme.test/sorry"},
    "note": {"text": "calling the plant"},
    "role": {"role": "scribe", "person": "Ola"},
    "task": {"title": "Call the plant"},
    "take": {"task": 0},
    "finish": {"task": 0},
}


@pytest.fixture
def store(tmp_path):
    made = opened(tmp_path)
    yield made
    made.close()


@pytest.fixture
def config(tmp_path):
    return settings(tmp_path, BRAND, SOURCE, SLACK, PEOPLE)


def do(store, config, what, data=None, by="Anna", minutes=1, number=1):
    data = NEEDED.get(what, {}) if data is None else data
    return act(store, config, what, number, by, NOON + minutes * MINUTE, data)


def test_of_two_who_press_at_once_one_has_it_and_the_other_is_told(store, config):
    incident(store, config)
    codes, ready = {}, threading.Barrier(4)

    def press(name):
        ready.wait()
        codes[name] = do(store, config, "acknowledge", by=name).code

    threads = [threading.Thread(target=press, args=(f"person {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes.values()) == ["done", "taken", "taken", "taken"]
    assert codes[saved(store).incident.acknowledged_by] == "done"
    assert [e.what for e in saved(store).events] == ["opened", "acknowledged"]


@pytest.mark.parametrize("what", ACTS)
def test_an_unknown_incident_is_said(store, config, what):
    outcome = do(store, config, what, number=99)
    assert (outcome.code, outcome.saved) == ("unknown", None)


@pytest.mark.parametrize(
    ("what", "code"),
    [
        *(("acknowledge", "closed"), ("dismiss", "closed"), ("close", "closed"), ("advance", "closed")),
        *(("answer", "closed"), ("task", "closed"), ("reopen", "done"), ("note", "done"), ("role", "done")),
        *(("take", "done"), ("finish", "done")),
    ],
)
def test_each_act_on_a_closed_incident(store, config, what, code):
    incident(store, config)
    do(store, config, "close")
    assert do(store, config, what, minutes=2).code == code


@pytest.mark.parametrize("what", [what for what in ACTS if what not in ("reopen", "note", "task", "advance")])
def test_the_same_act_twice_changes_nothing(store, config, what):
    incident(store, config)
    assert do(store, config, what).code == "done"
    before, told = saved(store), notices(store)
    assert do(store, config, what, minutes=2).code in ("nothing", "taken", "closed")
    assert (saved(store), notices(store)) == (before, told)


@pytest.mark.parametrize("what", [what for what in ACTS if what != "reopen"])
def test_each_act_is_told_in_the_thread_and_on_the_card(store, config, what):
    incident(store, config)
    do(store, config, what)
    assert [n.kind for n in notices(store)] == ["card", "thread", "update"]


def test_advancing_goes_from_phase_to_phase_and_never_to_closed(store, config):
    incident(store, config)
    found = [do(store, config, "advance", minutes=n).saved.incident.phase for n in range(1, 6)]
    assert found == ["assemble", "communicate", "remediate", "monitor", "monitor"]
    assert do(store, config, "advance").code == "nothing"


def test_closing_and_dismissing_differ_in_their_verdict(store, config):
    incident(store, config)
    assert do(store, config, "dismiss").saved.incident.verdict == "no crisis"
    assert do(store, config, "reopen", minutes=2).saved.course.closed_at is None
    outcome = do(store, config, "close", minutes=3)
    assert (outcome.saved.incident.verdict, outcome.saved.course.closed_at) == ("over", NOON + 3 * MINUTE)


def test_a_brand_with_an_open_incident_gets_no_second_by_opening_again(store, config):
    incident(store, config)
    do(store, config, "close")
    incident(store, config, at=NOON + 5 * MINUTE)
    with pytest.raises(ActError, match="incident 2"):
        do(store, config, "reopen", minutes=9)
    assert saved(store, 1).incident.closed_at is not None


@pytest.mark.parametrize(
    ("what", "data"),
    [
        ("advance", {"phase": "closed"}),
        ("advance", {"phase": "nowhere"}),
        ("answer", {}),
        ("answer", {"url": "javascript:alert(1)"}),
        ("answer", {"url": "http://"}),
        ("answer", {"url": "https://acme.test/a b\nc"}),
        ("note", {}),
        ("note", {"text": " \n "}),
        ("role", {"role": "scribe"}),
        ("role", {"role": " ", "person": "Ola"}),
        ("task", {"title": ""}),
        ("task", {"title": "call", "due_at": "tomorrow"}),
        ("task", {"title": "call", "phase": "closed"}),
        ("take", {}),
        ("take", {"task": "first"}),
        ("take", {"task": 99}),
        ("finish", {"task": -1}),
        ("finish", {"task": None}),
        ("praise", {}),
    ],
)
def test_nonsense_is_refused_with_a_sentence_and_changes_nothing(store, config, what, data):
    incident(store, config)
    before = saved(store)
    with pytest.raises(ActError) as refused:
        do(store, config, what, data)
    assert " " in str(refused.value)
    assert (saved(store), len(notices(store))) == (before, 1)


def test_a_task_is_due_at_a_time_with_its_zone(store, config):
    incident(store, config)
    do(store, config, "task", {"title": "call", "due_at": "2026-03-16T14:00"})
    do(store, config, "task", {"title": "write", "due_at": "2026-03-16T14:00+01:00"})
    duties = saved(store).incident.duties[-2:]
    assert [(d.due_at - NOON).total_seconds() / 3600 for d in duties] == [2, 1]


def test_long_words_are_cut(store, config):
    incident(store, config)
    do(store, config, "note", {"text": "x" * 100_000})
    do(store, config, "task", {"title": "y" * 100_000})
    assert max(len(str(e.data)) for e in saved(store).events[1:]) < 5000


def test_a_task_that_is_done_cannot_be_taken(store, config):
    incident(store, config)
    do(store, config, "finish")
    assert do(store, config, "take").code == "nothing"


def test_an_act_that_fails_half_way_leaves_nothing(store, config):
    incident(store, config)
    with store.write() as db:
        db.execute(
            "CREATE TRIGGER no_updates BEFORE INSERT ON notices WHEN new.kind = 'update'"
            " BEGIN SELECT raise(abort, 'no room'); END"
        )
    before = saved(store)
    with pytest.raises(Exception, match="no room"):
        do(store, config, "acknowledge")
    assert saved(store) == before
