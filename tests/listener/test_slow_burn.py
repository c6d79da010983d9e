"""A slow burn heard live: no minute of it is loud, and yet it is an incident."""

import pytest

from listener.backtest.replay import replay
from listener.store import incidents
from rules.triggers import Finding
from tests.kit import BRAND, HOUR, NOON, SOURCE, row
from tests.listener.test_detect import World

SWELL = """
[[rule]]
name = "slow burn"
trigger = "swell"
"""


@pytest.fixture
def world(tmp_path):
    return World(tmp_path, BRAND, SOURCE, SWELL)


def smoulder(world, since, hours, each):
    """Hear `each` mentions an hour, visited and judged once an hour; return when something was told."""
    told = []
    for begins in (since + hour * HOUR for hour in range(hours)):
        times = [begins + n * HOUR / each for n in range(each)]
        rows = [row(f"slow {at}", at, text=f"Acme is late again {at}", author=f"{at}") for at in times]
        world.hear(rows, begins + HOUR)
        told += [begins + HOUR] * len(world.tick(begins + HOUR).spoke)
    return told


def test_a_slow_burn_opens_one_incident_hours_after_it_began(world):
    assert smoulder(world, NOON, 3, each=8) == []
    (at,) = smoulder(world, NOON + 3 * HOUR, 6, each=8)
    assert at > NOON + 3 * HOUR
    assert len(world.incidents()) == 1
    assert {rule for rule, _ in world.findings()} == {"slow burn"}


def test_what_comes_as_always_opens_nothing(world):
    assert smoulder(world, NOON, 30, each=2) == []


def test_the_past_shows_it_at_the_minute_at_which_it_was_found(world):
    # What was imported is no news: only a day later a window holds nothing of it.
    smoulder(world, NOON, 25, each=2)
    smoulder(world, NOON + 25 * HOUR, 9, each=8)
    with world.store.read() as db:
        found = [Finding.from_json(kept["data"]["finding"]) for kept in incidents.findings(db, 1)]
    first = min(found, key=lambda finding: finding.at)
    (opened,) = replay(world.store, world.config).opened
    assert (opened.finding.at, opened.finding.z) == (first.at, first.z)
