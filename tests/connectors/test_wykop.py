"""Wykop: the login, what is asked, what is made of the answers, and Polish clocks."""

import json
import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from connectors import Answer, Get, Post, SourceGarbled, SourceRefused, SourceUnavailable, wykop
from connectors import _sessions as sessions
from connectors.wykop import Options
from tests.connectors.talk import talk
from tests.connectors.visits import Visits
from tests.kit import NOON
from tests.servers.api import ApiServer, Said

WARSAW = ZoneInfo("Europe/Warsaw")
OPTIONS = Options(key=SecretStr("k3y"), secret=SecretStr("s3cret"), tags=("#Acme",))
TOKEN = {"data": {"token": "t0ken"}}


def local(at):
    return at.astimezone(WARSAW).strftime("%Y-%m-%d %H:%M:%S")


def entry(number, second=0, **more):
    return {
        "id": number, "resource": "entry", "created_at": local(NOON + timedelta(seconds=second)),
        "deleted": None, "author": {"username": "ada"},
        "content": f"**Acme** {number}", "slug": "x", "tags": ["acme"],
        "votes": {"up": 3, "down": 0}, "comments": {"items": [], "count": 0}, **more,
    }  # fmt: skip


def page_of(*found, total=None, size=50, **rest):
    about = {"per_page": size, "total": len(found) if total is None else total}
    return {"data": list(found), "pagination": {**about, **rest}}


def visit(*answers, cursor=None, options=OPTIONS, at=NOON, login=True):
    sessions.drop(options.session)
    if login:
        answers = (TOKEN, *answers)
    return talk(wykop.fetch(options, cursor, lambda: at), *answers)


def refused(status, message="", key=""):
    return Answer(
        body=json.dumps({"code": status, "error": {"message": message, "key": key}}).encode(), status=status
    )


def test_a_visit_logs_in_and_reads_the_stream_of_a_tag():
    asked, page = visit(page_of(entry(2, 20), entry(1, 10)))
    assert (asked[0].url, asked[0].body) == (
        "https://wykop.pl/api/v3/auth", {"data": {"key": "k3y", "secret": "s3cret"}},
    )  # fmt: skip
    assert asked[1].url == "https://wykop.pl/api/v3/tags/acme/stream"
    assert asked[1].params == {"sort": "all", "type": "all", "page": "1", "limit": 50}
    assert asked[1].headers["Authorization"] == "Bearer t0ken"
    assert [m.id for m in page.mentions] == ["entry-1", "entry-2"]


def test_a_token_is_used_again_and_renewed_once_it_is_refused():
    visit(page_of(entry(1)))
    asked, _ = talk(wykop.fetch(OPTIONS, None), refused(401), TOKEN, page_of(entry(1)))
    assert [type(ask) for ask in asked] == [Get, Post, Get]
    with pytest.raises(SourceRefused):
        talk(wykop.fetch(OPTIONS, None), refused(403), TOKEN, refused(403, "no such right"))


def test_a_refused_key_is_named_and_not_shown():
    with pytest.raises(SourceRefused, match="key and secret") as caught:
        visit(refused(403, "s3cret"), login=False)
    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in repr(OPTIONS)


def test_a_limit_told_in_a_400_is_waited_for():
    with pytest.raises(SourceUnavailable, match="limit"):
        visit(refused(400, "Przekroczono limit zapytań"))
    with pytest.raises(SourceRefused, match="no such tag"):
        visit(refused(400, "no such tag"))


def test_entries_links_and_their_comments_are_read_plain():
    comment = {
        "id": 9,
        "created_at": local(NOON),
        "author": {"username": "bob"},
        "content": "> so\n@ada: [it](https://x.test/) does",
    }
    under = {"items": [comment], "count": 1}
    kinds = page_of(
        entry(1, content="Kettles of [Acme](https://acme.test/a_b) **leak**<b>!</b>", comments=under),
        {"id": 5, "resource": "link", "created_at": local(NOON), "title": "Acme &amp; co",
         "description": "it leaks", "author": {"username": "eve"}, "source": {"url": "https://news.test/"}},
        entry(3, content=""), entry(4, deleted="moderator"),
    )  # fmt: skip
    _, page = visit(kinds)
    assert [(m.id, m.url, m.author, m.title, m.text) for m in page.mentions] == [
        ("comment-entry-9", "https://wykop.pl/wpis/1#9", "bob", "", "so @ada: it does"),
        ("entry-1", "https://wykop.pl/wpis/1", "ada", "", "Kettles of Acme leak!"),
        ("link-5", "https://wykop.pl/link/5", "eve", "Acme & co", "it leaks"),
    ]
    assert page.spoiled == 0


def test_a_search_asks_for_entries_and_for_links():
    options = Options(key=SecretStr("k"), secret=SecretStr("s"), search="acme kettle")
    asked, _ = visit(page_of(entry(1)), page_of(), options=options)
    assert [ask.url.rpartition("/v3")[2] for ask in asked[1:]] == ["/search/entries", "/search/links"]
    assert (asked[1].params["query"], asked[1].params["sort"]) == ("acme kettle", "newest")


def test_a_later_visit_reads_back_to_what_is_known_by_number_or_by_word():
    cursor = visit(page_of(*(entry(n, n) for n in (3, 2, 1))))[1].cursor
    old = [entry(n, n) for n in (3, 2, 1)] + [entry(-n, -n * 3600) for n in range(1, 9)]
    fresh = [entry(n, n + 5000) for n in range(99, 49, -1)]
    asked, page = visit(page_of(*fresh, total=100), page_of(*old, total=100), cursor=cursor)
    assert asked[2].params["page"] == "2"
    assert (len(page.mentions), page.more, page.since is not None) == (50 + 3, False, True)
    asked, _ = visit(page_of(*fresh, next="h4sh"), page_of(*old), cursor=cursor)
    assert asked[2].params["page"] == "h4sh"


def test_what_fails_in_the_middle_costs_nothing_that_was_read():
    cursor = visit(page_of(entry(1)))[1].cursor
    fresh = [entry(n, n + 5000) for n in range(99, 49, -1)]
    error = SourceUnavailable("too often", timedelta(seconds=9))
    _, page = visit(page_of(*fresh, total=100), error, cursor=cursor)
    assert (len(page.mentions), page.more, page.wait, page.since) == (50, True, timedelta(seconds=9), None)
    with pytest.raises(SourceUnavailable):
        visit(error, cursor=cursor)


@pytest.mark.parametrize(
    ("shown", "now", "meant"),
    [
        ("2026-03-16 13:00:00", "2026-03-16T12:00:00", "2026-03-16T12:00:00"),
        ("2026-07-01 14:00:00", "2026-07-01T12:00:00", "2026-07-01T12:00:00"),
        # On 25 October 2026 the clocks show 2:30 twice: at 0:30 and at 1:30 UTC.
        ("2026-10-25 02:30:00", "2026-10-25T00:40:00", "2026-10-25T00:30:00"),
        ("2026-10-25 02:30:00", "2026-10-25T01:40:00", "2026-10-25T01:30:00"),
        ("2026-03-29 02:30:00", "2026-03-29T03:00:00", "2026-03-29T00:30:00"),  # never shown at all
        ("2026-03-16T12:00:00+00:00", "2026-03-16T12:00:00", "2026-03-16T12:00:00"),
    ],
)
def test_times_are_those_of_polish_clocks(shown, now, meant):
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    _, page = visit(page_of(entry(1, created_at=shown)), at=at)
    assert page.mentions[0].published_at in (
        datetime.fromisoformat(meant).replace(tzinfo=UTC),
        datetime.fromisoformat(meant).replace(tzinfo=UTC)
        + timedelta(hours=1) * shown.startswith("2026-03-29"),
    )


def test_one_bad_item_costs_only_itself():
    bad = [None, 7, {}, entry("x"), entry(2, created_at="0000-00-00 00:00:00"), entry(3, created_at=None)]
    _, page = visit(page_of(entry(1), *bad))
    assert ([m.id for m in page.mentions], page.spoiled) == (["entry-1"], 6)


@pytest.mark.parametrize("answer", [b"<html>", [], {"data": 7}, {"error": "oops"}])
def test_an_answer_of_another_shape_is_garbled(answer):
    with pytest.raises(SourceGarbled):
        visit(answer)
    with pytest.raises(SourceGarbled):
        visit(answer, login=False)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"tags": ()}, "tags"),
        ({"tags": ("a b",)}, "tags"),
        ({"key": SecretStr("")}, "key"),
        ({"url": "x"}, "url"),
    ],
)
def test_options_out_of_bounds_are_refused(wrong, named):
    with pytest.raises(ValueError, match=named):
        Options(**{"key": SecretStr("k"), "secret": SecretStr("s"), "tags": ("acme",), **wrong})


def test_every_item_is_stored_once_through_floods_faults_and_kills(tmp_path):
    world, chance, tokens = {}, random.Random(7), []

    def answer(asked):
        if asked.path == "/api/v3/auth":
            assert asked.json() == {"data": {"key": "k3y", "secret": "s3cret"}}
            tokens.append(f"token{len(tokens)}")
            return {"data": {"token": tokens[-1]}}
        if asked.headers.get("authorization") != f"Bearer {tokens[-1]}":
            return Said({"code": 401}, 401)
        rows = sorted(world.values(), key=lambda item: item["created_at"], reverse=True)
        first = (int(asked.query["page"]) - 1) * 25
        found = rows[max(first - 2, 0) : first + 25]
        chance.shuffle(found)
        return page_of(*found, total=len(rows), size=25)

    with ApiServer(answer) as api, Visits(
        tmp_path, NOON, "wykop", key="k3y", secret="s3cret", tags=["acme"], url=f"{api.url}/api/v3"
    ) as source:  # fmt: skip
        world[1] = entry(1)
        source.visit()
        for burst in range(2):
            for n in range(400):
                number = burst * 1000 + n + 2
                world[number] = entry(number, 3600 * burst + 5 * n + 60)
            api.faults = ["drop", None, None, 429, "half", None, "drop", 503]
            source.visit()
            source.kill()
            tokens.append("all others have expired")
            world[burst * 1000 + 999] = entry(
                burst * 1000 + 999, 3600 * burst + 5 * 390
            )  # comes to light late
            source.until_calm()
        assert len(source.stored()) == len(world) == 803
