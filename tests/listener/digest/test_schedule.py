"""A digest goes out once a week, also after a night without power."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from listener import config, digest
from listener.store import outbox, weeks

WARSAW = ZoneInfo("Europe/Warsaw")


def warsaw(*parts):
    return datetime(*parts, tzinfo=WARSAW).astimezone(UTC)


def test_it_is_due_from_the_configured_moment_on_for_the_week_that_ended(settings):
    assert digest.due(settings(), warsaw(2026, 11, 23, 8, 0), {"2026-W46"}) == "2026-W47"


def test_before_the_moment_nothing_new_is_due(settings):
    assert digest.due(settings(), warsaw(2026, 11, 23, 7, 59), {"2026-W46"}) is None


def test_it_is_due_once(settings):
    assert digest.due(settings(), warsaw(2026, 11, 23, 9, 0), {"2026-W47"}) is None


def test_after_a_power_cut_it_is_caught_up_with_but_not_for_ever(settings):
    assert digest.due(settings(), warsaw(2026, 11, 26, 9, 0), set()) == "2026-W47"
    assert digest.due(settings(), warsaw(2026, 11, 28, 9, 0), set()) is None


def test_without_recipients_nothing_is_due(settings):
    nobody = settings(digest=config.Digest())
    assert digest.due(nobody, warsaw(2026, 11, 23, 9, 0), set()) is None


@pytest.mark.parametrize(("day", "week"), [((2026, 3, 29), "2026-W12"), ((2026, 10, 25), "2026-W42")])
def test_the_night_the_clocks_change_it_goes_out_once(settings, day, week):
    sunday = settings(digest=config.Digest.model_validate({"to": ["a@example.org"], "at": "sun 02:30"}))
    start, sent = warsaw(*day, 0, 0), set()
    told = []
    for minutes in range(0, 8 * 60, 5):
        if found := digest.due(sunday, start + timedelta(minutes=minutes), sent):
            told.append(found)
            sent.add(found)
    assert told == [week]


def test_each_recipient_gets_one_notice_however_often_it_is_asked_for(a_week, settings):
    now = warsaw(2026, 11, 23, 8, 0)
    assert digest.enqueue(a_week, settings(), "2026-W47", now) == 2
    assert digest.enqueue(a_week, settings(), "2026-W47", now) == 0
    with a_week.write() as db:
        notice = outbox.claim(db, "email", now.timestamp())
        assert weeks.told(db) == {"2026-W47"}
    assert (notice.key, notice.kind, notice.data) == (
        "digest:2026-W47:board@example.org",
        "digest",
        {"week": "2026-W47"},
    )


def test_a_tick_puts_it_into_the_outbox_once(a_week, settings):
    now = warsaw(2026, 11, 23, 8, 0)
    assert digest.tick(a_week, settings(), now) == "2026-W47"
    assert digest.tick(a_week, settings(), now) is None


def test_a_fresh_installation_does_not_report_on_weeks_before_its_time(store, settings):
    assert digest.tick(store, settings(), warsaw(2026, 11, 23, 8, 0)) is None
    with store.read() as db:
        assert weeks.told(db) == frozenset()


def test_no_such_week_is_never_put_into_the_outbox(a_week, settings):
    with pytest.raises(digest.WeekError):
        digest.enqueue(a_week, settings(), "2026-W60", warsaw(2026, 11, 23, 8, 0))
