"""Hacker News: what it is asked, and what is made of the answers."""

from datetime import timedelta

import pytest

from connectors import SourceGarbled, SourceUnavailable, hackernews
from tests.connectors.living import Living, storm
from tests.connectors.talk import talk
from tests.kit import NOON
from tests.servers.api import ApiServer

START = 1_772_452_800


def since(page):
    return None if page.since is None else page.since.timestamp() - START


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
    assert (page.since, page.more, page.gap) == (None, False, False)


def test_a_later_visit_reads_back_in_slices_of_time_until_it_meets_what_is_known():
    asked, page = visit({"hits": [hit(3, 30), hit(2, 20)]}, {"hits": [hit(2, 20)]}, cursor=10)
    assert asked[1].params["numericFilters"] == f"created_at_i>={START + 10},created_at_i<={START + 20}"
    assert [mention.id for mention in page.mentions] == ["2", "3"]
    assert since(page) == 10


def test_the_last_minutes_are_asked_for_again_for_what_was_indexed_late():
    _, page = visit({"hits": [hit(2, 20_000), hit(1, 10_000)]}, {"hits": [hit(1, 10_000)]}, cursor=10)
    ask = next(hackernews.fetch(hackernews.Options("kettle", 2), page.cursor))
    floor = 20_000 - hackernews.OVERLAP_SECONDS
    assert ask.params["numericFilters"] == f"created_at_i>={START + floor}"


def test_what_was_read_before_an_error_is_kept_and_the_rest_asked_for_next():
    pages = [{"hits": [hit(9, 90), hit(8, 80)]}, SourceUnavailable("busy", timedelta(seconds=9))]
    _, page = visit(*pages, cursor=10)
    assert ([m.id for m in page.mentions], page.wait.seconds, page.more) == (["8", "9"], 9, True)
    talking = hackernews.fetch(hackernews.Options("kettle", 2), page.cursor)
    asked, page = talk(talking, {"hits": [hit(9, 90)]}, {"hits": [hit(8, 80)]})
    assert asked[1].params["numericFilters"] == f"created_at_i>={START + 10},created_at_i<={START + 80}"
    assert (page.more, since(page)) == (False, 10)


def test_a_whole_page_of_one_second_is_followed_by_its_next_page():
    pages = [{"hits": [hit(1, 20), hit(2, 20)]}, {"hits": [hit(1, 20), hit(2, 20)]}, {"hits": [hit(3, 20)]}]
    asked, page = visit(*pages, cursor=10)
    assert [ask.params.get("page") for ask in asked] == [None, None, 1]
    assert {m.id for m in page.mentions} == {"1", "2", "3"}
    assert since(page) == 10


def test_what_lies_beyond_the_thousandth_hit_of_a_second_is_a_gap():
    full = [{"hits": [hit(n * 500 + k, 20) for k in range(500)]} for n in (0, 0, 1)]
    asked, page = visit(*full, {"hits": [hit(2000, 15)]}, cursor=10, page_size=500)
    assert asked[3].params["numericFilters"] == f"created_at_i>={START + 10},created_at_i<={START + 19}"
    assert (len(page.mentions), page.gap, page.since) == (1001, True, None)


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


def test_nothing_new_covers_the_time():
    _, page = visit({"hits": []}, cursor=10)
    assert (page.mentions, since(page)) == ((), 10)


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


class Algolia:
    """The public search as documented: newest first, a thousand hits at most."""

    def __init__(self):
        self.hits = {}
        self.second = int((NOON - timedelta(days=2)).timestamp())

    def add(self, number):
        for _ in range(number):
            self.second += len(self.hits) % 3
            key = str(40_000_000 + len(self.hits))
            self.hits[key] = {
                "objectID": key, "created_at_i": self.second, "author": "ada",
                "comment_text": f"<p>Acme leaks {key}</p>",
            }  # fmt: skip
        return list(self.hits)[-number:] if number else []

    def answer(self, asked):
        assert asked.path == "/api/v1/search_by_date"
        found = sorted(self.hits.values(), key=lambda h: (-h["created_at_i"], h["objectID"]))
        for bound in asked.query["numericFilters"].split(","):
            name, sign, at = bound.partition(">=" if ">=" in bound else "<=")
            found = [h for h in found if (h[name] >= int(at) if sign == ">=" else h[name] <= int(at))]
        size, page = int(asked.query["hitsPerPage"]), int(asked.query.get("page", 0))
        shown = found[:1000][page * size : (page + 1) * size]
        return {"hits": shown + shown[:2], "nbHits": len(found), "page": page, "hitsPerPage": size}


def test_every_hit_is_stored_once_whatever_the_server_does(tmp_path):
    there = Algolia()
    there.add(30)
    with ApiServer(there.answer) as api:
        house = Living(tmp_path, "hackernews", f'url = "{api.url}/api/v1"\nsearch = "acme"\npage_size = 20')
        missing = storm(house, api, there.add, [5, 50, 0, 1400, 40, 100])
        house.close()
    assert not missing
