"""A source that keeps the children busy holds up itself, not those that are read quickly."""

import sys
from dataclasses import dataclass
from types import ModuleType

import pytest

from connectors import Call, Page
from listener.hearing import driver
from tests.listener.hearing import jobs


@dataclass(frozen=True)
class Options:
    seconds: float


@pytest.fixture
def guarded(monkeypatch):
    """The kind `guarded`: it asks for one guarded call that takes so long."""

    def fetch(options, cursor):
        yield Call(jobs.rest, (options.seconds,), guarded=True)
        return Page(())

    module = ModuleType("connectors.guarded")
    module.Options, module.fetch = Options, fetch
    monkeypatch.setitem(sys.modules, "connectors.guarded", module)
    monkeypatch.setattr(driver, "_connector", lambda kind: module)
    monkeypatch.setattr(driver, "TEDIOUS_SECONDS", 0.5)


def test_who_takes_long_waits_apart_from_the_second_time_on(guarded, listening):
    ears = listening()
    assert ears.visit(Options(0), kind="guarded", source="quick").error is None  # the child has started
    for number in range(4):
        ears.begin(Options(0.6), kind="guarded", source=f"tedious {number}")
    assert all(ears.next().error is None for _ in range(4))
    for number in range(4):
        ears.begin(Options(0.6), kind="guarded", source=f"tedious {number}")
    ears.begin(Options(0), kind="guarded", source="quick")
    assert ears.next().source == "quick"


def test_who_is_quick_again_waits_with_the_others_again(guarded, listening):
    ears = listening()
    for seconds in (0.6, 0):
        ears.visit(Options(seconds), kind="guarded", source="a")
    for number in range(3):
        ears.visit(Options(0.6), kind="guarded", source=f"b {number}")
    for number in range(3):
        ears.begin(Options(0.6), kind="guarded", source=f"b {number}")
    ears.begin(Options(0), kind="guarded", source="a")
    assert ears.next().source == "a"
