"""Hacker News: what it is asked, and what is made of the answers."""

from datetime import UTC, datetime

import pytest

from connectors import SourceGarbled, hackernews
from tests.connectors.talk import talk

START = 1_772_452_800


def hit(number, second, **more):
    return {
        "objectID": str(number), "author": "ada", "created_at_i": START + second,
        "comment_text": "<p>it leaks</p>", **more,
    }  # fmt: skip


def visit(*answers, cursor=None, page_size=2):
    options = hackernews.Options("kettle", page_size)
    return talk(hackernews.fetch(options, None if cursor is None else str(START + cursor)), *answers)


def test_a_first_visit_reads_one_page():
    asked, page = visit({"hits": [hit(2, 20), hit(1, 10)]})
    assert asked[0].url == "https://hn.algolia.com/api/v1/search_by_date"
    assert asked[0].params["query"] == "kettle"
    assert [mention.id for mention in page.mentions] == ["1", "2"]
    assert (page.cursor, page.since) == (str(START + 20), None)


def test_a_later_visit_reads_back_in_slices_of_time_until_it_meets_the_cursor():
    asked, page = visit({"hits": [hit(3, 30), hit(2, 20)]}, {"hits": [hit(2, 20)]}, cursor=10)
    assert asked[1].params["numericFilters"] == f"created_at_i>={START + 10},created_at_i<={START + 20}"
    assert [mention.id for mention in page.mentions] == ["2", "3"]
    assert page.cursor == str(START + 30)
    assert page.since == datetime.fromtimestamp(START + 10, UTC)


def test_a_flood_is_read_back_so_far_and_said_to_be_a_gap():
    pages = [
        {"hits": [hit(n * 2, 1000 - n), hit(n * 2 + 1, 1000 - n - 1)]} for n in range(hackernews.MOST_PAGES)
    ]
    _, page = visit(*pages, cursor=10)
    assert len(page.mentions) == 2 * hackernews.MOST_PAGES
    assert page.since is None


def test_a_whole_page_of_one_second_does_not_go_round_for_ever():
    same = {"hits": [hit(1, 20), hit(2, 20)]}
    asked, page = visit(same, same, cursor=10)
    assert len(asked) == 2
    assert page.since is None


def test_one_bad_hit_costs_only_itself():
    bad = [None, {"objectID": "2"}, hit(3, 1e300), hit(4, 5, created_at_i="x"), hit(5, 5, comment_text=7)]
    _, page = visit({"hits": [hit(1, 10), *bad]}, page_size=10)
    assert ([mention.id for mention in page.mentions], page.spoiled) == (["1"], 5)


def test_a_story_has_a_title_and_its_page_as_address():
    story = hit(1, 10, title="Kettle &amp; fire", comment_text=None, story_text="Ask &#x2F; tell")
    _, page = visit({"hits": [story]})
    (mention,) = page.mentions
    assert (mention.title, mention.text, mention.author) == ("Kettle & fire", "Ask / tell", "ada")
    assert mention.url == "https://news.ycombinator.com/item?id=1"


def test_nothing_new_keeps_the_cursor_and_covers_the_time():
    _, page = visit({"hits": []}, cursor=10)
    assert (page.mentions, page.cursor) == ((), str(START + 10))
    assert page.since == datetime.fromtimestamp(START + 10, UTC)


@pytest.mark.parametrize("answer", [{"message": "oops"}, [], {"hits": 5}, b"<html>", b"\xff"])
def test_an_answer_of_another_shape_is_garbled(answer):
    with pytest.raises(SourceGarbled):
        visit(answer)


def test_the_address_can_be_set():
    options = hackernews.Options("kettle", url="http://127.0.0.1:8000/api")
    assert next(hackernews.fetch(options, None)).url == "http://127.0.0.1:8000/api/search_by_date"


@pytest.mark.parametrize(
    "wrong", [{"search": " "}, {"page_size": 0}, {"page_size": 1001}, {"url": "file:///x"}]
)
def test_options_out_of_bounds_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        hackernews.Options(**{"search": "kettle", **wrong})
