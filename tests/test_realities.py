"""What sources do in earnest: they are late, they are down, they bring a past; and the clock jumps."""

import random
from dataclasses import replace

import pytest

from listener.store import counts
from listener.store.times import minute
from tests.kit import DAY, HOUR, MINUTE, NOON
from tests.realities import Place, World, burst, enough, ordinary, remember

RATES = (0.5, 4.0, 12.0, 60.0)
# Of one feed: its page reaches back over the outage or it does not. Of two: one of them is down
# while the other is heard; neither is heard, and one of them has no dates.
KINDS = ("reaches", "short", "one of two", "undated")
SHARES = {"one of two": {"feed": 0.6, "forum": 0.4}, "undated": {"feed": 0.6, "forum": 0.4}}


def soaked(few, many):
    """Return the seeds of every run, and those of the long one."""
    return [*range(few), *(pytest.param(n, marks=pytest.mark.soak) for n in range(few, many))]


@pytest.fixture(scope="module")
def pasts(tmp_path_factory):
    """Return a way to the past of places, made once for all that begin with it."""
    made = {}

    def past(rate, shares=(("feed", 1.0),)):
        if (rate, shares) not in made:
            folder = tmp_path_factory.mktemp("past")
            spread = {name: rate * share for name, share in shares}
            made[rate, shares] = remember(folder, random.Random(f"{rate} {shares}"), spread)
        return made[rate, shares]

    return past


class Outage:
    """Six hours in which nobody visits, or in which one of two places is down; and a spike within them."""

    def __init__(self, folder, pasts, kind, seed, *, spike):
        chance, self.rate = random.Random(f"{kind} {seed}"), RATES[seed % len(RATES)]
        shares = SHARES.get(kind, {"feed": 1.0})
        past, kept = pasts(self.rate, tuple(shares.items()))
        self.begin = (NOON + HOUR + chance.random() * 7 * HOUR).replace(second=0, microsecond=0)
        self.back = self.begin + 6 * HOUR
        self.spike_at = self.begin + (0.3 + chance.random() * 5.2) * HOUR
        self.spike = burst(chance, enough(self.rate), self.spike_at) if spike else []
        size = 40 if kind == "short" else int(self.rate * 12) + 150
        self.places = {}
        for name, share in shares.items():
            down = (self.begin, self.back) if kind == "one of two" and name == "forum" else None
            dated = kind != "undated" or name == "feed"
            live = ordinary(
                chance, self.rate * share, NOON, self.back + 3 * HOUR, f"{name} live ", dated=dated
            )
            brings = self.spike if name == ("forum" if kind == "one of two" else "feed") else []
            self.places[name] = Place([*kept[name], *live, *brings], size, down)
        self.world = World(folder, self.places, past=past)
        self._run(kind, seed)
        self.told = self.world.told()
        self.late = [saved.facts["late"] for saved in self.world.incidents()]
        self.world.close()

    def _run(self, kind, seed):
        every, until = 5 * MINUTE, self.back + 2 * HOUR
        if kind == "one of two":
            self.world.run(NOON + every, until, every)
            return
        self.world.run(NOON + every, self.begin, every)
        if seed % 2:
            self.world.start()
        self.world.run(self.back, until, every)

    @property
    def reached(self):
        """Whether the place still shows what the spike brought when it is visited again."""
        there = {post.id for post in self.places["feed"].shows(self.back)} | {
            post.id for name in self.places if name == "forum" for post in self.places[name].shows(self.back)
        }
        return sum(post.id in there for post in self.spike) >= 0.8 * len(self.spike)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", soaked(1, 38))
def test_what_gathered_in_an_outage_raises_nothing(tmp_path, pasts, kind, seed):
    assert Outage(tmp_path, pasts, kind, seed, spike=False).told == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", soaked(1, 38))
def test_a_spike_in_an_outage_is_told_late_and_dated_by_its_window(tmp_path, pasts, kind, seed):
    outage = Outage(tmp_path, pasts, kind, seed, spike=True)
    if not outage.reached:
        return
    ((noticed_at, happened_at),) = outage.told
    assert -5 * MINUTE < happened_at - outage.spike_at < 30 * MINUTE
    assert outage.back <= noticed_at < outage.back + 5 * MINUTE
    assert outage.late == [noticed_at - happened_at > 30 * MINUTE]


LAGS = {"2": (2,), "6": (6,), "20": (20,), "mixed": (0, 2, 6, 20)}


def heard_with_lag(folder, pasts, seed, every, lags):
    """Return what is told of a spike whose posts show so many minutes after their date, and the posts."""
    chance, rate = random.Random(seed), RATES[seed % len(RATES)]
    past, kept = pasts(rate)
    at = NOON + 30 * MINUTE + chance.random() * 90 * MINUTE
    live = ordinary(chance, rate, NOON, at + 2 * HOUR, "live ") + burst(chance, enough(rate), at)
    mixed = random.Random(seed)
    live = [replace(post, shown_at=post.at + mixed.choice(lags) * MINUTE) for post in live]
    world = World(folder, {"feed": Place([*kept["feed"], *live], 150)}, f"{every}m", past=past)
    first = NOON + mixed.randrange(1, every + 1) * MINUTE
    world.run(first, at + 90 * MINUTE, every * MINUTE)
    told = world.told()
    world.close()
    return told, live


@pytest.mark.parametrize("every", [5, 15])
@pytest.mark.parametrize("lag", LAGS)
@pytest.mark.parametrize("seed", soaked(1, 16))
def test_posts_that_come_late_are_judged_as_if_they_had_not_within_a_poll_and_a_tick(
    tmp_path, pasts, seed, lag, every
):
    (tmp_path / "lag").mkdir()
    told, _ = heard_with_lag(tmp_path, pasts, seed, every, (0,))
    late, posts = heard_with_lag(tmp_path / "lag", pasts, seed, every, LAGS[lag])
    ((_, happened_at),) = told
    ((noticed_at, late_at),) = late
    there = max(post.shown_at for post in posts if happened_at - 15 * MINUTE <= post.at < happened_at)
    assert abs(late_at - happened_at) <= 15 * MINUTE
    assert noticed_at <= there + (every + 1) * MINUTE


def test_a_first_visit_of_five_hundred_fresh_posts_raises_nothing(tmp_path):
    chance = random.Random(1)
    place = Place(burst(chance, 500, NOON, 15 * MINUTE), 500)
    world = World(tmp_path, {"feed": place})
    world.run(NOON + 15 * MINUTE, NOON + 3 * HOUR, 5 * MINUTE)
    assert world.incidents() == []
    world.close()


@pytest.mark.parametrize("dated", [True, False])
def test_a_source_that_is_added_later_brings_a_past_and_no_incident(tmp_path, pasts, dated):
    past, kept = pasts(4.0)
    chance = random.Random(2)
    places = {
        "feed": Place([*kept["feed"], *ordinary(chance, 4.0, NOON, NOON + 6 * HOUR, "live ")], 60),
        "new": Place(
            [
                *burst(chance, 500, NOON + 105 * MINUTE, 15 * MINUTE, "old ", dated=dated),
                *ordinary(chance, 60.0, NOON + 2 * HOUR, NOON + 6 * HOUR, "more ", dated=dated),
            ],
            500,
        ),
    }
    world = World(tmp_path, places, past=past)
    world.run_only(["feed"], NOON + 5 * MINUTE, NOON + 2 * HOUR, 5 * MINUTE)
    world.run(NOON + 2 * HOUR, NOON + 5 * HOUR, 5 * MINUTE)
    assert world.told() == []
    world.close()


def test_a_source_that_is_removed_takes_nothing_away_that_would_be_missed(tmp_path, pasts):
    past, kept = pasts(12.0, tuple(SHARES["one of two"].items()))
    chance = random.Random(3)
    live = ordinary(chance, 7.2, NOON, NOON + 6 * HOUR, "live ")
    spike = burst(chance, 40, NOON + 3 * HOUR)
    world = World(tmp_path, {"feed": Place([*kept["feed"], *live, *spike], 200)}, past=past)
    world.run(NOON + 5 * MINUTE, NOON + 5 * HOUR, 5 * MINUTE)
    ((noticed_at, _),) = world.told()
    assert noticed_at <= NOON + 3 * HOUR + 15 * MINUTE
    world.close()


def test_a_restart_at_any_minute_changes_nothing_of_what_is_told(tmp_path, pasts):
    past, kept = pasts(12.0)
    chance = random.Random(4)
    posts = [
        *kept["feed"],
        *ordinary(chance, 12.0, NOON, NOON + 3 * HOUR, "live "),
        *burst(chance, 45, NOON + HOUR),
    ]
    told = []
    for often, folder in ((False, tmp_path / "once"), (True, tmp_path / "often")):
        folder.mkdir()
        world = World(folder, {"feed": Place(posts, 200)}, past=past)
        for n in range(24):
            world.run(NOON + (5 * n + 5) * MINUTE, NOON + (5 * n + 10) * MINUTE, 5 * MINUTE)
            if often:
                world.start()
        told.append(world.told())
        world.close()
    assert told[0] == told[1]
    assert len(told[0]) == 1


@pytest.mark.parametrize("hours", [3, -3])
def test_a_clock_that_jumps_raises_nothing_and_a_spike_is_found_after_it(tmp_path, pasts, hours):
    past, kept = pasts(12.0)
    chance = random.Random(5)
    spike_at = NOON + 4 * HOUR
    posts = [
        *kept["feed"],
        *ordinary(chance, 12.0, NOON, NOON + 9 * HOUR, "live "),
        *burst(chance, 45, spike_at),
    ]
    world = World(tmp_path, {"feed": Place(posts, 200)}, past=past)
    world.run(NOON + 5 * MINUTE, NOON + 2 * HOUR, 5 * MINUTE)
    # The clock is wrong for an hour, and what is heard is what the place shows in truth.
    world.drift = hours * HOUR
    world.run(NOON + 2 * HOUR, NOON + 3 * HOUR, 5 * MINUTE)
    world.drift = 0 * HOUR
    world.run(NOON + 3 * HOUR, NOON + 6 * HOUR, 5 * MINUTE)
    ((noticed_at, _),) = world.told()
    assert spike_at < noticed_at <= spike_at + 20 * MINUTE
    world.close()


def test_a_feed_without_dates_that_was_never_lost_was_heard_and_is_judged(tmp_path):
    chance = random.Random(6)
    days = 4
    posts = ordinary(chance, 6.0, NOON - days * DAY, NOON + 3 * HOUR, dated=False)
    spike = burst(chance, 50, NOON + HOUR, dated=False)
    world = World(tmp_path, {"feed": Place([*posts, *spike], 60)}, "15m")
    world.run(NOON - days * DAY, NOON + 2 * HOUR, 15 * MINUTE)
    with world.store.read() as db:
        heard = sum(last - first for first, last in counts.coverage(db, "feed", 0, minute(NOON)))
    assert heard > 0.9 * days * 24 * 60
    ((noticed_at, _),) = world.told()
    assert NOON + HOUR < noticed_at <= NOON + HOUR + 30 * MINUTE
    world.close()
