"""A week's numbers, out of a real store."""

from datetime import date, timedelta

import pytest

from listener import digest
from listener.store import counts, incidents, mentions
from listener.store.times import minute
from rules.incident import Event


@pytest.fixture
def zabka(a_week, settings):
    return digest.gather(a_week, settings(), "2026-W47").brands[0]


def test_mentions_are_counted_by_local_day_beside_the_week_before(zabka):
    assert zabka.now.days[3].day == date(2026, 11, 19)
    assert zabka.now.count == sum(day.count for day in zabka.now.days) == 399
    assert zabka.before.count == 202
    assert zabka.now.days[3].negative > 200


def test_the_mood_is_that_of_the_labels(zabka):
    mood = zabka.now.mood
    assert (mood.total, mood.negative_share) == (399, mood.negative / 399)
    assert mood.score < zabka.before.mood.score


def test_a_persons_label_goes_before_ours(a_week, settings):
    with a_week.write() as db:
        db.execute("UPDATE mentions SET human = 'positive' WHERE label = 'negative'")
    assert digest.gather(a_week, settings(), "2026-W47").brands[0].now.mood.negative == 0


def test_what_was_not_heard_is_known_to_be_unknown(zabka):
    assert zabka.now.deaf == timedelta(hours=14)
    assert zabka.now.days[-1].heard == pytest.approx(10 / 24)
    assert zabka.before.deaf == timedelta(0)


def test_terms_come_with_last_weeks_count(zabka):
    told = {term.text: (term.count, term.before) for term in zabka.complaints}
    assert told["kasa samoobsługowa"] == (60, 10)
    assert not {term.text for term in zabka.complaints} & {term.text for term in zabka.praise}


def test_the_loudest_are_those_with_reach_then_the_most_repeated(zabka):
    assert zabka.loudest[0].reach == 125_000
    repeated = [loud.times for loud in zabka.loudest[1:]]
    assert repeated == sorted(repeated, reverse=True)
    assert len({loud.text.strip("! ") for loud in zabka.loudest}) == len(zabka.loudest)


def test_both_clocks_of_an_incident_run_from_its_start(zabka):
    (course,) = zabka.incidents
    assert course.acknowledged_after == timedelta(minutes=12)
    assert course.answered_after == timedelta(minutes=75)
    assert course.acknowledged_by == "Anna Nowak"


def test_the_first_acknowledgement_counts_even_after_a_relapse(a_week, settings):
    with a_week.write() as db:
        saved = incidents.get(db, 1)
        again = Event("relapsed", saved.opened_at + timedelta(days=1), data={"severity": "crisis"})
        incidents.append(db, saved, [again])
    (course,) = digest.gather(a_week, settings(), "2026-W47").brands[0].incidents
    assert (course.acknowledged_after, course.relapses) == (timedelta(minutes=12), 1)


def test_an_incident_of_a_later_week_is_not_told(a_week, settings):
    brands = digest.gather(a_week, settings(), "2026-W46").brands
    assert [brand.incidents for brand in brands] == [(), ()]


def test_sources_tell_how_much_of_the_week_was_heard(a_week, settings):
    found = {source.name: source for source in digest.gather(a_week, settings(), "2026-W47").sources}
    assert found["news"].heard == pytest.approx(1 - 14 / 168)
    assert (found["forum"].heard, found["forum"].status) == (0, "refused")


def test_a_week_that_is_not_over_is_compared_with_as_much_of_the_week_before(a_week, settings):
    week = digest.gather(a_week, settings(), "2026-W47")
    half = digest.gather(a_week, settings(), "2026-W47", week.starts_at + timedelta(days=2))
    assert not half.is_over
    assert half.brands[0].now.count == sum(day.count for day in week.brands[0].now.days[:2])
    assert half.brands[0].before.count == sum(day.count for day in week.brands[0].before.days[:2])


@pytest.mark.parametrize("week", ["1999-W01", "2077-W10"])
def test_a_week_without_anything_is_empty_and_unknown(a_week, settings, week):
    brand = digest.gather(a_week, settings(), week).brands[0]
    assert (brand.now.count, brand.now.mood.score, brand.loudest) == (0, None, ())
    assert not brand.now.is_known


def test_an_imported_week_is_known_whole(store, settings, row):
    week = digest.gather(store, settings(), "2026-W47")
    first, last = minute(week.starts_at), minute(week.ends_at)
    with store.write() as db:
        mentions.add(db, "import", [row(1, week.starts_at, "negative")], week.ends_at, history=True)
        counts.known_whole(db, "Żabka", first, last)
    brand = digest.gather(store, settings(), "2026-W47").brands[0]
    assert (brand.now.count, brand.now.deaf) == (1, timedelta(0))
