"""Conversations are held to their end, whatever a connector or a library does."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

import connectors
from connectors import SourceGarbled, SourceRefused, SourceUnavailable, rss
from listener.hearing import Ears, Limits, Visit
from tests.listener.hearing.conftest import NOON


@pytest.fixture
def stubborn(monkeypatch):
    """The kind `stubborn`, as a connector that stands in the folder."""
    monkeypatch.setattr(connectors, "__path__", [*connectors.__path__, str(Path(__file__).parent / "kinds")])
    module = connectors.load("stubborn")
    module.GATE.clear()
    yield module.Options
    module.GATE.set()


@pytest.fixture
def ears(listening):
    return listening(total=timedelta(seconds=2))


def visit(ears, options):
    return ears.visit(options, kind="stubborn")


@pytest.mark.parametrize(
    ("do", "error", "sentence"),
    [
        ("bug", SourceGarbled, "the connector failed: ZeroDivisionError: oops"),
        ("bug_at_once", SourceGarbled, "the connector failed: ZeroDivisionError: oops"),
        ("wrong_page", SourceGarbled, "brought home a str"),
        ("wrong_ask", SourceGarbled, "asked for a str"),
        ("call_fails", SourceGarbled, "the call failed: ValueError"),
        ("call_exits", SourceGarbled, "the call failed: SystemExit"),
        ("guarded_hog", SourceGarbled, "could not be read"),
        ("for_ever", SourceGarbled, "more than 100 questions"),
        ("nowhere", SourceRefused, "no http or https address"),
    ],
)
def test_what_goes_wrong_is_an_error_with_a_sentence(ears, stubborn, do, error, sentence):
    outcome = visit(ears, stubborn(do))
    assert outcome.page is None
    assert type(outcome.error) is error
    assert sentence in str(outcome.error)
    assert visit(ears, stubborn("call")).page is not None, "and the ears go on hearing"


def test_an_unknown_kind_is_an_error_of_that_visit(ears):
    assert isinstance(ears.visit(None, kind="carrier_pigeon").error, SourceGarbled)


def test_a_call_runs_on_a_thread_of_its_own(ears, stubborn):
    assert visit(ears, stubborn("call")).page.mentions[0].text == "call"


def test_a_guarded_call_runs_in_a_child(ears, stubborn):
    assert visit(ears, stubborn("guarded")).page.mentions[0].text == "42"


def test_a_conversation_goes_on_on_a_reader_thread(ears, stubborn, server):
    assert visit(ears, stubborn("thread", server.url)).page.mentions[0].text == "reader"


def test_an_overdue_call_is_given_up_and_holds_up_no_other(listening, stubborn):
    ears = listening(overdue=timedelta(seconds=0.3))
    for number in range(8):
        ears.begin(stubborn("hang"), kind="stubborn", source=f"hangs {number}")
    outcomes = [ears.next() for _ in range(8)]
    assert all("given up" in str(o.error) and isinstance(o.error, SourceUnavailable) for o in outcomes)
    assert visit(ears, stubborn("call")).page is not None


def test_a_conversation_may_try_another_way_after_an_error(ears, stubborn, server):
    assert visit(ears, stubborn("second_way", server.url)).page.mentions[0].text == "<?xml"
    assert server.asked[-1][0] == "/feed?q=a+b&n=1"


def test_validators_of_a_visit_that_failed_are_dropped(ears, stubborn, server):
    outcome = visit(ears, stubborn("conditional_then_broken", server.url))
    assert isinstance(outcome.error, SourceRefused)
    assert outcome.validators == {}


def test_an_outcome_says_when_it_began_and_ended(ears, server):
    outcome = ears.visit(rss.Options(server.url + "/feed"))
    assert (outcome.started_at, outcome.ended_at) == (NOON, NOON)


def test_a_feed_the_quick_reader_doubts_is_read_all_the_same(ears, server):
    page = ears.visit(rss.Options(server.url + "/broken")).page
    assert [mention.title for mention in page.mentions] == ["it leaks & leaks"]


def test_whoever_fails_to_take_an_outcome_hurts_nobody(listening, server):
    ears = listening()

    def careless(outcome):
        raise RuntimeError("dropped")

    ears.ears.visit(Visit("s", "rss", rss.Options(server.url + "/feed"), private=True), careless)
    assert ears.visit(rss.Options(server.url + "/feed")).page is not None


def test_closing_leaves_no_thread_and_no_descriptor(server, stubborn):
    import threading

    before, open_before = threading.active_count(), len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        ears = Ears(lambda: NOON, limits=Limits())
        ended = threading.Event()
        ears.visit(Visit("s", "stubborn", stubborn("guarded")), lambda _, ended=ended: ended.set())
        assert ended.wait(20)
        ears.close()
    assert threading.active_count() <= before
    assert len(os.listdir("/proc/self/fd")) <= open_before + 2
    Ears(lambda: NOON).close()


def test_closing_does_not_wait_for_a_call_that_hangs(stubborn):
    import queue

    home = queue.SimpleQueue()
    ears = Ears(lambda: NOON)
    ears.visit(Visit("s", "stubborn", stubborn("hang")), home.put)
    ears.close()
    assert isinstance(home.get(timeout=5).error, SourceUnavailable)
