"""Signs that a surge was arranged, and what is none."""

import random
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from rules.coordination import Post, bursts, copied, is_regular, rhythms

TEXT = "Boycott Acme now, their oil poisons every river"


def nobody(asked):
    return frozenset(), 14.0


def everybody(asked):
    return frozenset(asked), 14.0


def copies(number, text=TEXT, place="forum", story="1", **more):
    return [Post(text, f"account {n}", place, story, 60.0 * n, **more) for n in range(number)]


def test_one_text_from_many_accounts_that_nobody_knew_is_a_sign():
    (sign,) = copied(copies(12), nobody)
    assert (sign.copies, sign.accounts, sign.unknown, sign.span_seconds) == (12, 12, 12, 660.0)
    assert (sign.post.text, sign.post.place, sign.others_unknown) == (TEXT, "forum", None)


def test_a_few_accounts_are_no_sign():
    assert copied(copies(9), nobody) == ()
    assert copied([Post(TEXT, "one", "forum", "1") for _ in range(50)], nobody) == ()


def test_a_story_that_known_accounts_tell_is_a_story():
    assert copied(copies(40), everybody) == ()


def test_who_is_new_is_not_known_in_the_first_three_days():
    assert copied(copies(40), lambda asked: (frozenset(), 2.9)) == ()


def test_how_new_the_others_are_is_told_beside_it():
    others = [Post(f"something else {n}", f"regular {n}", "forum", f"o{n}") for n in range(4)]
    known = frozenset({"regular 0", "regular 1", "regular 2"})
    (sign,) = copied(copies(12) + others, lambda asked: (known, 14.0))
    assert sign.others_unknown == 0.25


def test_an_agency_text_on_ten_sites_is_syndication():
    posts = [Post(TEXT, f"editor {n}", f"news{n}.example", "1") for n in range(30)]
    assert copied(posts, nobody) == ()


def test_what_is_passed_on_as_somebody_elses_is_no_sign():
    assert copied(copies(40, f"RT @ada: {TEXT}"), nobody) == ()
    assert copied(copies(40, f"{TEXT} via @news"), nobody) == ()


def test_a_few_words_anybody_may_write():
    assert copied(copies(40, "@Acme is down again"), nobody) == ()


def test_mentions_of_nobody_are_no_accounts():
    assert copied([Post(TEXT, "", "forum", "1") for _ in range(40)], nobody) == ()


def test_nobody_is_looked_up_where_nothing_is_told_alike():
    def never(asked):
        raise AssertionError

    assert copied([Post(f"{TEXT} {n}", f"a{n}", "forum", str(n)) for n in range(50)], never) == ()


def beats(number, every=600.0, jitter=0.0, each=1, seed=1):
    dice = random.Random(seed)
    return [every * n + dice.gauss(0, jitter) + 2 * m for n in range(number) for m in range(each)]


def posted(times, author=None, story="1"):
    return [Post(TEXT, author or f"account {n}", "forum", story, at) for n, at in enumerate(times)]


def test_bursts_by_the_clock_are_a_sign():
    (sign,) = rhythms(posted(beats(8, each=5, jitter=5)), {})
    assert (sign.of, sign.posts, sign.beats) == ("story", 40, 8)
    assert 590 < sign.every_seconds < 610 and sign.spread_seconds < 20


def test_an_author_who_posts_by_the_clock_is_a_sign_unless_that_is_usual():
    posts = posted(beats(9, every=900), author="bot")
    (sign,) = rhythms(posts, {"bot": 1.0})
    assert (sign.of, sign.post.author, sign.beats, sign.every_seconds) == ("author", "bot", 9, 900.0)
    assert rhythms(posts, {"bot": 9.0}) == ()


def test_five_beats_are_too_few_and_undated_posts_have_none():
    assert rhythms(posted(beats(5)), {}) == ()
    assert rhythms(posted([None] * 20), {}) == ()


def test_a_storm_that_comes_at_once_has_no_rhythm():
    dice = random.Random(5)
    assert rhythms(posted([dice.expovariate(1 / 300) for _ in range(200)]), {}) == ()


def test_random_posts_pass_for_regular_less_than_once_in_a_thousand():
    dice, passed, tried = random.Random(11), 0, 0
    for linked in (60.0, 300.0):
        for number in (6, 7, 9, 12, 20, 40):
            for mean in (120.0, 900.0, 3600.0):
                for _ in range(250):
                    times = list(accumulate(dice.expovariate(1 / mean) for _ in range(number)))
                    passed += is_regular(bursts(times, linked), linked)
                    tried += 1
    assert passed / tried < 1 / 1000


@given(st.randoms(use_true_random=False))
def test_the_order_of_posts_changes_nothing(dice):
    posts = [*copies(12), *posted(beats(8), author="bot", story="2")]
    mixed = dice.sample(posts, len(posts))
    assert copied(mixed, nobody) == copied(posts, nobody) != ()
    assert rhythms(mixed, {}) == rhythms(posts, {}) != ()
