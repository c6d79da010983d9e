"""Stack Exchange: what it is asked, what is made of the answers, and that nothing is lost or heard twice."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from connectors import Answer, SourceGarbled, SourceRefused, SourceUnavailable, stackexchange
from connectors.stackexchange import Options
from tests.connectors.talk import talk
from tests.connectors.visits import Visits
from tests.kit import NOON
from tests.servers.api import ApiServer, Said

START = int(NOON.timestamp())
OPTIONS = Options(site="cooking", search="kettle", tagged=("tea", "acme"), key=SecretStr("s3cret"))


def question(number, second=0, **more):
    return {
        "question_id": number, "title": f"Acme &amp; kettle {number}", "body": "<p>it <b>leaks</b></p>",
        "creation_date": START + second, "link": f"https://cooking.stackexchange.com/questions/{number}",
        "owner": {"display_name": "Ada &quot;L&quot;"}, "tags": ["tea"], **more,
    }  # fmt: skip


def page_of(*items, more=False, **rest):
    return {"items": list(items), "has_more": more, "quota_max": 10_000, "quota_remaining": 9_000, **rest}


def visit(*answers, cursor=None, options=OPTIONS, at=NOON):
    return talk(stackexchange.fetch(options, cursor, lambda: at), *answers)


def known(*items, options=OPTIONS, **rest):
    """Return the cursor that a first visit leaves."""
    return visit(page_of(*items, **rest), options=options)[1].cursor


def refused(status, **said):
    import json

    return Answer(body=json.dumps(said).encode(), status=status)


def test_a_first_visit_reads_one_page_of_the_newest_and_says_nothing_of_the_time_before():
    asked, page = visit(page_of(question(2, 20), question(1, 10), more=True))
    assert asked[0].url == "https://api.stackexchange.com/2.3/search/advanced"
    assert asked[0].params == {
        "site": "cooking", "q": "kettle", "tagged": "tea;acme", "sort": "creation", "order": "desc",
        "pagesize": 100, "filter": "withbody", "key": "s3cret",
    }  # fmt: skip
    assert [mention.id for mention in page.mentions] == ["question-1", "question-2"]
    assert (page.since, page.more, page.gap, page.wait) == (None, False, False, None)


def test_a_question_is_read_plain():
    mention = visit(page_of(question(7)))[1].mentions[0]
    assert (mention.title, mention.text, mention.author) == ("Acme & kettle 7", "it leaks", 'Ada "L"')
    assert (mention.url, mention.published_at) == ("https://cooking.stackexchange.com/questions/7", NOON)


def test_a_later_visit_walks_forward_from_a_little_before_the_newest():
    asked, page = visit(
        page_of(question(2, 20), question(3, 30), more=True), page_of(question(4, 40)),
        cursor=known(question(2, 20)),
    )  # fmt: skip
    first = asked[0].params
    assert (first["order"], first["fromdate"], first["page"]) == ("asc", START + 20 - 6 * 3600, 1)
    assert (asked[1].params["fromdate"], asked[1].params["page"]) == (first["fromdate"], 2)
    assert [mention.id for mention in page.mentions] == ["question-2", "question-3", "question-4"]
    assert (page.since, page.more) == (datetime.fromtimestamp(START + 20, UTC), False)


def test_a_first_visit_that_finds_nothing_loses_nothing_of_what_comes_after():
    asked, page = visit(page_of(question(1, -999_999)), cursor=known())
    assert "fromdate" not in asked[0].params
    assert page.since == NOON


def test_a_burst_is_read_over_several_visits():
    pages = [page_of(question(n, n), more=True) for n in range(stackexchange.MOST_PAGES)]
    asked, page = visit(*pages, cursor=known(question(1)))
    assert (page.more, page.since) == (True, None)
    # After twenty pages the walk begins anew where it is: no page beyond 25 is shown without a key.
    assert max(ask.params["page"] for ask in asked) == stackexchange.PAGES_OF_A_WALK
    asked, page = visit(page_of(), cursor=page.cursor)
    assert asked[0].params["fromdate"] > START
    assert (page.more, page.since) == (False, NOON)


def test_backoff_ends_the_visit_at_once_and_the_cursor_stands_behind_what_was_read():
    asked, page = visit(page_of(question(2, 2), more=True, backoff=12), cursor=known(question(1)))
    assert len(asked) == 1
    assert (page.wait, page.more) == (timedelta(seconds=12), True)
    assert visit(page_of(), cursor=page.cursor)[0][0].params["page"] == 2


@pytest.mark.parametrize(
    ("error", "wait"),
    [
        (SourceUnavailable("429", timedelta(seconds=9)), timedelta(seconds=9)),
        (SourceUnavailable("the connection broke"), None),
        (b'{"items": [{"questi', None),
    ],
)
def test_what_goes_wrong_later_costs_no_page_that_was_read(error, wait):
    _, page = visit(page_of(question(2, 2), more=True), error, cursor=known(question(1)))
    assert [mention.id for mention in page.mentions] == ["question-2"]
    assert (page.more, page.wait, page.since) == (True, wait, None)
    assert visit(page_of(), cursor=page.cursor)[0][0].params["page"] == 2


def test_what_goes_wrong_at_first_is_raised():
    with pytest.raises(SourceUnavailable, match="broke"):
        visit(SourceUnavailable("it broke"), cursor=known(question(1)))


def test_a_throttle_violation_says_when_it_passes():
    said = refused(
        400, error_id=502, error_name="throttle_violation",
        error_message="too many requests from this IP, more requests available in 82216 seconds",
    )  # fmt: skip
    with pytest.raises(SourceUnavailable) as caught:
        visit(said)
    assert caught.value.retry_after == timedelta(seconds=82216)


def test_a_refusal_names_its_reason_and_not_the_key():
    with pytest.raises(SourceRefused, match="bad_parameter") as caught:
        visit(refused(400, error_id=400, error_name="bad_parameter", error_message="s3cret is no `key`"))
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("error", "kind"), [(500, SourceUnavailable), (503, SourceUnavailable), (401, SourceRefused)]
)
def test_errors_are_told_apart_by_what_to_do(error, kind):
    with pytest.raises(kind):
        visit(refused(400, error_id=error, error_name="oops"))


def test_the_rest_of_the_quota_is_stretched_over_the_rest_of_the_day():
    assert visit(page_of(quota_max=300, quota_remaining=150))[1].wait is None
    assert visit(page_of(quota_max=300, quota_remaining=99))[1].wait == timedelta(hours=12) / 100
    assert visit(page_of(quota_max=300, quota_remaining=0))[1].wait == timedelta(hours=12)


def test_the_latest_hundred_questions_are_followed_though_older_ones_are_read_again():
    options, items = Options(tagged="acme", comments=True), [question(n, n) for n in range(1, 151)]
    cursor = visit(page_of(*items[:100]), page_of(), options=options)[1].cursor
    for _ in range(3):
        asked, page = visit(page_of(*items), page_of(), cursor=cursor, options=options)
        assert asked[1].url.split("/")[-2] == ";".join(map(str, range(51, 151)))
        cursor = page.cursor


def test_comments_are_read_from_a_new_question_on_though_the_visit_ended_before_them():
    options = Options(tagged="acme", answers=True, comments=True)
    remark = {"comment_id": 9, "creation_date": START + 60, "body": "so it does"}
    known_by = visit(page_of(question(1)), page_of(), page_of(remark), options=options)[1].cursor
    asked, page = visit(page_of(question(2, -90_000), backoff=9), cursor=known_by, options=options)
    assert (len(asked), page.more) == (1, True)
    asked, _ = visit(page_of(), page_of(), cursor=page.cursor, options=options)
    assert [ask.url.rsplit("/", 1)[1] for ask in asked] == ["answers", "comments"]
    assert all(ask.params.get("fromdate", 0) <= START - 90_000 for ask in asked)


def test_answers_and_comments_of_the_questions_found_are_followed():
    options = Options(site="pt.stackoverflow", tagged="acme", answers=True, comments=True)
    answer = {"answer_id": 5, "question_id": 1, "creation_date": START + 5, "body": "<p>so it does</p>"}
    comment = {"comment_id": 6, "post_id": 1, "creation_date": START + 6, "body": "indeed"}
    asked, page = visit(page_of(question(1)), page_of(answer), page_of(comment), options=options)
    assert [ask.url.partition("/2.3")[2] for ask in asked] == [
        "/search/advanced", "/questions/1/answers", "/questions/1/comments",
    ]  # fmt: skip
    assert [mention.id for mention in page.mentions] == ["question-1", "answer-5", "comment-6"]
    assert page.mentions[1].url == "https://pt.stackoverflow.com/a/5"
    # A question that comes to light late: its answers may be older than those that are known.
    asked, page = visit(
        page_of(question(2, -90_000)), page_of({**answer, "answer_id": 7}), page_of(),
        cursor=page.cursor, options=options,
    )  # fmt: skip
    assert (asked[1].url[-20:], asked[1].params["fromdate"]) == (
        "/questions/1;2/answers"[-20:],
        START - 90_000,
    )
    assert page.since == NOON


def test_lists_that_a_backoff_left_out_are_read_next_and_then_the_round_is_whole():
    options = Options(tagged="acme", answers=True)
    cursor = visit(page_of(question(1)), page_of(), options=options)[1].cursor
    _, page = visit(page_of(backoff=10), cursor=cursor, options=options)
    assert (page.more, page.since) == (True, None)
    asked, page = visit(page_of(backoff=10), cursor=page.cursor, options=options)
    assert asked[0].url.endswith("/answers")
    assert (page.more, page.since) == (False, NOON)


def test_one_bad_item_costs_only_itself():
    bad = [None, 7, {}, question(2, 10**12), question("x"), question(True), question(3, title="", body=None)]
    _, page = visit(page_of(question(1), *bad))
    assert ([mention.id for mention in page.mentions], page.spoiled) == (["question-1"], 7)


def test_a_date_that_lies_ahead_hides_nothing_that_comes_after_it():
    asked, _ = visit(page_of(), cursor=known(question(1), question(2, 10**7)))
    assert asked[0].params["fromdate"] == START - 6 * 3600


@pytest.mark.parametrize("answer", [b"<html>", [], {"items": 7}, {"error": "oops"}])
def test_an_answer_of_another_shape_is_garbled(answer):
    with pytest.raises(SourceGarbled):
        visit(answer)


@pytest.mark.parametrize(
    "cursor", ["", "7", "[]", '{"walks": 7}', '{"walks": {"questions": {"start": "x"}}}', "\0"]
)
def test_a_cursor_that_makes_no_sense_is_as_good_as_none(cursor):
    assert visit(page_of(question(1)), cursor=cursor)[0][0].params["order"] == "desc"


@pytest.mark.parametrize(
    ("wrong", "named"),
    [({}, "search"), ({"search": "a", "site": "../x"}, "site"), ({"search": "a", "url": "x"}, "url")],
)
def test_options_out_of_bounds_are_refused(wrong, named):
    with pytest.raises(ValueError, match=named):
        Options(**wrong)


def test_every_item_is_stored_once_through_floods_faults_and_kills(tmp_path):
    world, chance, throttled = {}, random.Random(7), []

    def answer(asked):
        assert asked.path == "/2.3/search/advanced"
        if throttled and len(api.faults) == throttled[-1]:
            throttled.pop()
            return Said(violation, 400)
        rows = [q for q in world.values() if q["creation_date"] >= int(asked.query.get("fromdate", 0))]
        rows.sort(key=lambda q: q["creation_date"], reverse=asked.query["order"] == "desc")
        first = (int(asked.query.get("page", 1)) - 1) * 100
        found = rows[first : first + 100]
        found += found[:3]
        chance.shuffle(found)
        return page_of(*found, more=len(rows) > first + 100)

    violation = {
        "error_id": 502,
        "error_name": "throttle_violation",
        "error_message": "available in 1 seconds",
    }
    with ApiServer(answer) as api, Visits(
        tmp_path, NOON, "stackexchange", site="cooking", search="kettle", url=f"{api.url}/2.3"
    ) as source:  # fmt: skip
        source.visit()
        for burst in range(2):
            for n in range(450):
                number = burst * 1000 + n + 1
                world[number] = question(number, 600 * burst + n // 2)
            api.faults = ["drop", "half", 429, None, "drop", None, "half"]
            throttled.append(4)
            source.until_calm()
            source.kill()
            world[burst * 1000 + 999] = question(burst * 1000 + 999, 600 * burst + 100)  # comes to light late
        source.until_calm()
        assert len(source.stored()) == len(world) == 2 * 451
        assert source.state().stored == len(world)
