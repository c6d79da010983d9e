"""A brand that always speaks and falls silent is told as troubles of sources are, and moves no incident."""

from datetime import UTC

import pytest

from listener.detect import Judge
from listener.poll import Poller
from listener.sickbed import Sickbed
from listener.sickcard import letter
from listener.store import incidents, sources, troubles
from listener.upkeep import Health
from listener.web.pages import overview
from listener.web.status import status
from rules import rhythm
from tests.kit import (
    BRAND,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    SLACK,
    SOURCE,
    an_intake,
    heard,
    listened,
    notices,
    opened,
    row,
    settings,
)
from tests.listener.test_sickbed import Ward

QUIET = '[[rule]]\nname = "silence"\ntrigger = "quiet"\n'


class House:
    """A brand of which somebody wrote every hour for 20 days, until noon."""

    def __init__(self, base, *tables):
        self.config = settings(base, BRAND, SOURCE, SLACK, *(tables or (QUIET,)))
        self.store, self.now, self.seen = opened(base), NOON, 0
        self.bed = Sickbed(self.config)
        with self.store.write() as db:
            sources.register(db, {"feed": "rss"})
        self.hears(NOON - 20 * DAY, NOON)
        heard(self.store, "feed", [row(n, NOON - n * HOUR) for n in range(1, 480)], NOON)

    def hears(self, since, until):
        listened(self.store, "feed", since, until)

    def passes(self, hours, *, deaf=False):
        """Let hours go by, each with a look at who is silent."""
        for _ in range(hours):
            self.now += HOUR
            if not deaf:
                self.hears(self.now - HOUR, self.now)
            self.bed.tend(self.store, self.now)
        return self.told()

    def told(self):
        """Return the kinds of the notices that were written since the last time, all of which are sent."""
        with self.store.write() as db:
            rows = db.execute("SELECT id, kind FROM notices ORDER BY id").fetchall()
            db.execute("UPDATE notices SET state = 'sent'")
        new, self.seen = [r["kind"] for r in rows if r["id"] > self.seen], max([0, *(r["id"] for r in rows)])
        return new

    def open(self):
        with self.store.read() as db:
            return [(t.source, t.what) for t in troubles.open_ones(db)]


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


def test_it_is_told_once_and_once_when_somebody_writes_again(house):
    assert house.passes(3) == []
    assert house.passes(4) == ["source"]
    assert house.open() == [("brand:Acme:silence", "quiet")]
    assert house.passes(30) == []
    heard(house.store, "feed", [row("new", house.now)], house.now)
    assert house.passes(1) == ["source thread", "source update"]
    assert house.open() == []
    assert house.passes(2) == []


def test_it_moves_no_incident(house):
    judge = Judge(house.config)
    for _ in range(12):
        house.passes(1)
        judge.detect(house.store, house.now)
    assert house.open()
    with house.store.read() as db:
        assert incidents.latest_of(db, "Acme") is None


def test_hours_in_which_nobody_listened_are_no_silence(house):
    assert house.passes(48, deaf=True) == []
    assert house.passes(4) == []
    assert house.passes(4) == ["source"]


def test_without_such_a_rule_no_brand_is_missed(tmp_path):
    assert House(tmp_path, "").passes(24) == []


def test_a_rule_for_named_sources_misses_no_brand(tmp_path):
    assert House(tmp_path, QUIET + 'sources = ["feed"]\n').passes(24) == []


def test_a_rule_that_is_gone_takes_its_trouble_with_it(house):
    house.passes(8)
    house.bed = Sickbed(settings(house.store.path.parent, BRAND, SOURCE, SLACK))
    house.passes(1)
    assert house.open() == []


@pytest.mark.parametrize(
    ("locale", "says"),
    [("en", "Nobody writes about Acme any more"), ("pl", "Nikt już nie pisze o marce Acme")],
)
def test_its_card_names_the_brand(tmp_path, locale, says):
    house = House(tmp_path)
    house.passes(8)
    config = house.config.model_copy(update={"locale": locale})
    with house.store.read() as db:
        card = letter(db, config, notices(house.store)[0]).card
    assert "Acme" in card.title
    assert says in card.lines[0]


def test_the_status_page_says_it(house):
    health = Health((), 0.0, 0, 0, {}, {}, 0.0, None)
    assert overview(status(house.store, house.config, house.now), health, "en", UTC).troubles == ()
    house.passes(8)
    (told,) = overview(status(house.store, house.config, house.now), health, "en", UTC).troubles
    assert told.startswith("Nobody writes about Acme any more: nothing since Mar 16, 12:00")


# How patient the rule is with sources


def rhythmical(store, name):
    """Let a source have brought something every hour for 20 days."""
    times = (NOON - n * HOUR for n in range(480))
    with store.write() as db:
        sources.keep_rhythm(db, name, rhythm.written(rhythm.after(rhythm.Rhythm(), times)), "")


def quiet_at(store, *names):
    with store.read() as db:
        return [state.standing.quiet_at for state in sources.all_of(db, names)]


def polled(store, config):
    return Poller(store, None, an_intake(store, config), config, lambda: 0.5)


@pytest.mark.parametrize(
    ("rule", "hours"),
    [
        (QUIET, 3),
        (QUIET + 'preset = "sensitive"\n', 2),
        (QUIET + 'preset = "quiet"\n', 12),
        (QUIET + "patience = 10\n", 10),
        (
            QUIET
            + 'sources = ["feed"]\npatience = 20\n'
            + QUIET.replace("silence", "other")
            + "patience = 8\n",
            20,
        ),
        (QUIET + 'brand = "Acme"\npatience = 20\n', 3),
    ],
)
def test_a_rule_says_how_patient_to_be_with_sources(tmp_path, rule, hours):
    store = opened(tmp_path)
    polled(store, settings(tmp_path, BRAND, SOURCE, QUIET + "patience = 50\n"))
    rhythmical(store, "feed")
    polled(store, settings(tmp_path, BRAND, SOURCE, rule))
    assert quiet_at(store, "feed") == [NOON + hours * HOUR]
    polled(store, settings(tmp_path, BRAND, SOURCE))
    assert quiet_at(store, "feed") == [NOON + 3 * HOUR]


def test_rules_that_stay_as_they_are_cost_no_work_at_a_start(tmp_path):
    store, config = opened(tmp_path), settings(tmp_path, BRAND, SOURCE, QUIET + "patience = 10\n")
    polled(store, config)
    rhythmical(store, "feed")
    with store.write() as db:
        sources.silent_from(db, "feed", NOON)
    polled(store, config)
    assert quiet_at(store, "feed") == [NOON]


def test_a_more_patient_rule_is_told_of_a_source_later(tmp_path):
    ward = Ward(tmp_path, "feed", more="")
    ward.good(quiet_at=NOON + 3 * HOUR)
    ward.later(4 * HOUR + MINUTE).good(quiet_at=NOON + 12 * HOUR)
    assert ward.told() == []
