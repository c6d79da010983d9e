"""Direction and meaning: what the numbers are called."""

from datetime import date, timedelta

import pytest

from listener.digest import sentences
from listener.digest.values import BrandWeek, Day, Mood, Span

WHOLE = timedelta(days=7)


def span(count, negative=0, deaf=timedelta(0)):
    days = tuple(Day(date(2026, 11, 16 + n), count if n == 0 else 0, 0, 1.0) for n in range(7))
    return Span(days, Mood(negative=negative, neutral=count - negative), WHOLE, deaf)


def brand(now, before):
    return BrandWeek("Żabka", now, before, (), (), (), ())


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (100, 95, "100 mentions, about as many as in the week before (95)."),
        (3, 1, "3 mentions, about as many as in the week before (1)."),
        (1, 0, "1 mention; in the week before there were none."),
        (500, 100, "500 mentions: 5 times as many as in the week before (100)."),
        (130, 100, "130 mentions, about as many as in the week before (100)."),
        (1300, 1000, "1,300 mentions: 30% more than in the week before (1,000)."),
        (600, 1000, "600 mentions: 40% fewer than in the week before (1,000)."),
        (0, 0, "Nobody wrote anything in this week, nor in the week before."),
    ],
)
def test_volume_is_told_against_the_week_before_and_chance_is_no_change(now, before, said):
    assert sentences.volume(brand(span(now), span(before)), "en") == said


def test_without_a_week_before_nothing_is_compared():
    first = brand(span(40, 10), span(0, deaf=WHOLE))
    assert sentences.volume(first, "en") == "40 mentions in this week."
    assert sentences.headline(first, "en") == "There is no week before to compare with yet."


def test_a_few_negative_mentions_more_are_no_worse_mood():
    assert sentences.worse(Mood(negative=3, neutral=7), Mood(negative=2, neutral=8)) == 0
    assert sentences.worse(Mood(negative=300, neutral=700), Mood(negative=200, neutral=800)) == 1
    assert sentences.worse(Mood(negative=200, neutral=800), Mood(negative=300, neutral=700)) == -1
    assert sentences.worse(Mood(negative=10), Mood(negative=10)) == 0


def test_silence_is_told_from_deafness():
    assert sentences.headline(brand(span(0), span(50)), "en") == "Silence."
    assert sentences.headline(brand(span(0, deaf=WHOLE), span(50)), "en") == "Nothing was heard."
    (gap,) = sentences.gaps(brand(span(0, deaf=WHOLE), span(50)), "en")
    assert gap.startswith("None of this week was heard")


def test_a_deaf_week_before_warns_that_a_rise_may_only_look_like_one():
    told = list(sentences.gaps(brand(span(50), span(20, deaf=timedelta(hours=30))), "en"))
    assert told == ["In the week before we were deaf for 1 day 6 h: a rise may only look like one."]


def test_changes_carry_their_sign():
    assert [sentences.change(now, 100, "en") for now in (132, 92, 100)] == ["+32%", "−8%", "±0%"]
    assert sentences.change(10, 0, "en") == ""
    assert sentences.points(0.27, 0.18, "en") == "+9 points"
    assert sentences.points(0.19, 0.18, "pl") == "+1 pkt proc."
