"""Whether a page follows on the last one, or something may be missing in between."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors import Mention
from connectors._overlap import page

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def dated(*numbers, dates=True, name=""):
    """Mentions published so many minutes after noon, oldest first."""
    found = [(n, NOON + n * MINUTE if dates else None) for n in sorted(numbers)]
    return tuple(Mention(f"{name}{n}", "", "", "text", at) for n, at in found)


def pages(*found):
    """Visit a feed that shows these pages one after the other; return the last."""
    cursor, seen = None, None
    for mentions in found:
        seen = page(mentions, 0, cursor)
        cursor = seen.cursor
    return seen


def test_a_first_page_is_no_gap_and_reaches_back_to_nothing():
    assert (pages(dated(1, 2, 3)).gap, pages(dated(1, 2, 3)).since) == (False, None)


@pytest.mark.parametrize("later", [(1, 2, 3, 4), (4, 5, 6), (4, 50, 60, 70)])
def test_a_page_that_still_holds_what_was_newest_has_lost_nothing(later):
    found = pages(dated(1, 2, 3, 4), dated(*later))
    assert (found.gap, found.since) == (False, NOON + 4 * MINUTE)


def test_a_page_of_which_nothing_was_seen_before_is_a_possible_gap():
    found = pages(dated(1, 2, 3, 4), dated(11, 12, 13, 14))
    assert (found.gap, found.since) == (True, None)


def test_a_pinned_post_does_not_hide_a_gap():
    assert pages(dated(-900, 1, 2, 3), dated(-900, 11, 12, 13)).gap


def test_a_post_that_is_dated_ahead_does_not_hide_a_gap():
    found = pages(dated(1, 2, 3, 9000), dated(11, 12, 13, 9000))
    assert (found.gap, found.since) == (True, None)


def test_a_post_that_is_dated_ahead_is_no_gap_where_others_are_shared():
    found = pages(dated(1, 2, 3, 9000), dated(3, 4, 5, 9000))
    assert not found.gap
    assert found.since is not None


def test_new_ids_for_old_posts_are_no_gap():
    found = pages(dated(1, 2, 3, 4), dated(1, 2, 3, 4, 5, name="new "))
    assert (found.gap, found.since) == (False, None)


def test_without_dates_nobody_can_tell():
    found = pages(dated(1, 2, 3, dates=False), dated(4, 5, 6, dates=False))
    assert (found.gap, found.since) == (False, None)


def test_an_empty_page_is_no_gap_and_keeps_what_is_remembered():
    found = pages(dated(1, 2, 3, 4), (), dated(11, 12, 13, 14))
    assert found.gap


@pytest.mark.parametrize(
    "cursor", ["", "{", "[]", "7", '{"seen": 7}', '{"newest_at": "soon", "seen": ["x"]}']
)
def test_a_cursor_that_makes_no_sense_is_as_good_as_none(cursor):
    found = page(dated(1, 2), 0, cursor)
    assert (found.gap, found.since) == (False, None)


def test_a_cursor_of_before_dates_were_kept_twice_is_read():
    cursor = page(dated(1, 2, 3, 4), 0, None).cursor.replace('"below"', '"other"')
    assert page(dated(4, 5), 0, cursor).since == NOON + 4 * MINUTE


@pytest.mark.parametrize(
    ("later", "follows"), [(range(3, 11), True), (range(7, 15), False), (range(40, 48), False)]
)
def test_a_page_without_dates_follows_where_it_holds_more_of_the_last_than_may_be_pinned(later, follows):
    found = pages(dated(*range(1, 9), dates=False), dated(*later, dates=False))
    assert (found.follows, found.since, found.gap) == (follows, None, False)


def test_a_short_page_without_dates_follows_where_it_holds_all_that_was_newer():
    assert pages(dated(1, 2, dates=False), dated(2, 3, dates=False)).follows


def test_a_page_with_dates_says_since_when_and_not_that_it_follows():
    assert not pages(dated(1, 2, 3, 4), dated(2, 3, 4, 5)).follows
