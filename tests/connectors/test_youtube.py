"""YouTube: searches and comments, what is made of them, and that the budget of a day lasts."""

import json
import random
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from connectors import Answer, SourceGarbled, SourceRefused, SourceUnavailable, youtube
from connectors.youtube import Options
from tests.connectors.talk import talk
from tests.connectors.visits import Visits
from tests.kit import NOON
from tests.servers.api import ApiServer, Said

# Noon in UTC is five in the morning in California: of 80 searches 20 + 12 may be spent by then.
KEY = SecretStr("s3cret")
SEARCH = Options(key=KEY, search="acme kettle", follow=0)
COMMENTS = Options(key=KEY, videos=("video-one",))


def stamp(second=0):
    return (NOON + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")


def video(number, second=0, **more):
    snippet = {
        "publishedAt": stamp(second), "title": f"Acme &#39;{number}&#39;", "description": "it leaks",
        "channelTitle": "Ada", "channelId": "UC1", **more,
    }  # fmt: skip
    return {"kind": "youtube#searchResult", "id": {"videoId": f"video-{number:05}"}, "snippet": snippet}


def said(name, second=0, **more):
    return {
        "id": name,
        "snippet": {"videoId": "video-one", "textDisplay": f"Acme {name}", "authorDisplayName": "@bob",
                    "publishedAt": stamp(second), **more},
    }  # fmt: skip


def thread(number, second=0, *replies):
    found = {"id": f"thread{number}", "snippet": {"topLevelComment": said(f"thread{number}", second)}}
    return found | ({"replies": {"comments": list(replies)}} if replies else {})


def page_of(*found, following=None):
    return {"items": list(found), "pageInfo": {}} | ({"nextPageToken": following} if following else {})


def refused(status, reason, message="no"):
    error = {"code": status, "message": message, "errors": [{"reason": reason, "message": message}]}
    return Answer(body=json.dumps({"error": error}).encode(), status=status)


def visit(*answers, cursor=None, options=SEARCH, at=NOON):
    return talk(youtube.fetch(options, cursor, lambda: at), *answers)


def test_a_search_asks_for_the_newest_videos():
    asked, page = visit(page_of(video(2, 20), video(1, 10), following="more"))
    assert asked[0].url == "https://www.googleapis.com/youtube/v3/search"
    assert asked[0].params == {
        "part": "snippet", "type": "video", "order": "date", "q": "acme kettle", "maxResults": 50,
        "key": "s3cret",
    }  # fmt: skip
    assert [m.id for m in page.mentions] == ["video-video-00001", "video-video-00002"]
    assert (page.since, page.more, page.wait) == (None, False, None)
    mention = page.mentions[0]
    assert (mention.title, mention.text, mention.author) == ("Acme '1'", "it leaks", "Ada")
    assert mention.url == "https://www.youtube.com/watch?v=video-00001"


def test_a_later_search_reads_back_to_what_is_known():
    cursor = visit(page_of(video(1)))[1].cursor
    asked, page = visit(
        page_of(video(3, 9_000), video(2, 8_000), following="t2"), page_of(video(1)), cursor=cursor
    )
    assert asked[0].params["publishedAfter"] == stamp()
    assert asked[1].params["pageToken"] == "t2"
    assert (len(page.mentions), page.since) == (3, NOON)


def test_a_search_broken_off_goes_on_by_time_since_tokens_do_not_last():
    cursor = visit(page_of(video(1)))[1].cursor
    error = SourceUnavailable("503", timedelta(seconds=9))
    _, page = visit(page_of(video(3, 9_000), video(2, 8_000), following="t2"), error, cursor=cursor)
    assert (len(page.mentions), page.more, page.wait, page.since) == (2, True, timedelta(seconds=9), None)
    asked, page = visit(page_of(video(3, 9_000)), page_of(video(1)), cursor=page.cursor)
    assert asked[1].params["publishedBefore"] == stamp(8_001)
    assert "pageToken" not in asked[1].params
    assert (page.more, page.since) == (False, NOON)


def test_comments_are_read_with_their_replies():
    asked, page = visit(page_of(thread(1, 10, said("thread1.reply", 20))), options=COMMENTS)
    assert asked[0].url.endswith("/commentThreads")
    assert (asked[0].params["videoId"], asked[0].params["order"]) == ("video-one", "time")
    assert [(m.id, m.text, m.author) for m in page.mentions] == [
        ("comment-thread1", "Acme thread1", "@bob"), ("comment-thread1.reply", "Acme thread1.reply", "@bob"),
    ]  # fmt: skip
    assert page.mentions[0].url == "https://www.youtube.com/watch?v=video-one&lc=thread1"


def test_a_channel_is_asked_for_as_a_whole():
    options = Options(key=KEY, channel="UC" + "a" * 22)
    asked, _ = visit(page_of(thread(1)), options=options)
    assert asked[0].params["allThreadsRelatedToChannelId"] == options.channel


def test_comments_of_videos_found_are_followed_and_of_new_ones_from_the_first_on():
    options = Options(key=KEY, search="acme", follow=2)
    asked, page = visit(page_of(video(1)), page_of(thread(1), following="older"), options=options)
    assert [ask.params.get("videoId") for ask in asked] == [None, "video-00001"]
    asked, page = visit(
        page_of(video(2, 50), video(1)), page_of(thread(1)), page_of(thread(3, 70), following="t2"),
        page_of(thread(2, 60)), cursor=page.cursor, options=options,
    )  # fmt: skip
    assert [ask.params.get("videoId") for ask in asked] == [None, "video-00001", "video-00002", "video-00002"]
    assert asked[3].params["pageToken"] == "t2"
    assert json.loads(page.cursor)["followed"] == ["video-00001", "video-00002"]


def test_a_video_without_comments_costs_the_others_nothing_and_is_left_alone_for_the_day():
    options = Options(key=KEY, videos=("video-one", "video-two"))
    _, page = visit(refused(403, "commentsDisabled"), page_of(thread(1)), options=options)
    assert [m.id for m in page.mentions] == ["comment-thread1"]
    asked, _ = visit(page_of(thread(1)), cursor=page.cursor, options=options)
    assert len(asked) == 1
    asked, _ = visit(
        page_of(), page_of(thread(1)), cursor=page.cursor, options=options, at=NOON + timedelta(days=1)
    )  # fmt: skip
    assert len(asked) == 2


def test_a_stale_token_begins_anew():
    cursor = visit(page_of(thread(1)), options=COMMENTS)[1].cursor
    _, page = visit(
        page_of(thread(9, 9_000), following="t2"), SourceUnavailable("it broke"),
        cursor=cursor, options=COMMENTS,
    )  # fmt: skip
    assert page.more
    asked, page = visit(
        page_of(thread(9, 9_000)), refused(400, "invalidPageToken"),
        page_of(thread(9, 9_000), thread(8, 8_000), thread(1)), cursor=page.cursor, options=COMMENTS,
    )  # fmt: skip
    assert [ask.params.get("pageToken") for ask in asked] == [None, "t2", None]
    assert (page.more, len(page.mentions)) == (False, 3)


def test_a_spent_quota_waits_for_midnight_in_california():
    with pytest.raises(SourceUnavailable, match="quotaExceeded") as caught:
        visit(refused(403, "quotaExceeded", "key s3cret is out"))
    assert caught.value.retry_after == timedelta(hours=19)
    assert "s3cret" not in str(caught.value)


def test_a_spent_search_leaves_the_comments_alone_and_is_kept_in_mind():
    options = Options(key=KEY, search="acme", videos=("video-one",), follow=0)
    _, page = visit(refused(403, "quotaExceeded"), page_of(thread(1)), options=options)
    assert (len(page.mentions), page.wait, "quotaExceeded" in page.why) == (1, None, True)
    asked, page = visit(page_of(thread(1)), cursor=page.cursor, options=options)
    assert (len(asked), page.since) == (1, None)
    asked, _ = visit(
        page_of(video(1)), page_of(), cursor=page.cursor, options=options, at=NOON + timedelta(hours=2)
    )
    assert asked[0].url.endswith("/search")


@pytest.mark.parametrize("reason", ["keyInvalid", "accessNotConfigured", "forbidden", "badRequest", ""])
def test_a_refusal_is_for_a_person(reason):
    with pytest.raises(SourceRefused):
        visit(refused(400 if reason == "badRequest" else 403, reason))


def test_haste_is_told_apart_from_a_spent_quota():
    with pytest.raises(SourceUnavailable) as caught:
        visit(refused(403, "rateLimitExceeded"))
    assert caught.value.retry_after == timedelta(minutes=1)


@pytest.mark.parametrize(
    "held", [SourceUnavailable("429", timedelta(seconds=9)), refused(403, "rateLimitExceeded")]
)
def test_what_wants_to_be_asked_less_often_is_asked_nothing_more_and_the_other_half_comes_first(held):
    options = Options(key=KEY, search="acme", videos=("video-one",), follow=0)
    first = page_of(video(1), following="more")
    cursor = visit(first, page_of(thread(1)), options=options)[1].cursor
    asked, page = visit(page_of(video(2, 9_999), following="x"), held, cursor=cursor, options=options)
    assert [ask.url.rsplit("/", 1)[1] for ask in asked] == ["search", "search"]
    assert page.wait >= timedelta(seconds=9)
    asked, page = visit(page_of(thread(2, 5)), page_of(), page_of(), cursor=page.cursor, options=options)
    assert asked[0].url.endswith("/commentThreads")
    assert asked[1].url.endswith("/search")
    asked, page = visit(held, cursor=cursor, options=options)
    assert (len(asked), page.mentions, page.since) == (1, (), None)
    assert page.wait >= timedelta(seconds=9)
    assert page.why
    with pytest.raises(SourceUnavailable):
        visit(held, cursor=page.cursor, options=options)


def test_searches_are_spread_over_the_day():
    cursor, searched, at = None, [], datetime(2026, 3, 16, 7, tzinfo=UTC)  # midnight there
    while at < datetime(2026, 3, 17, 7, tzinfo=UTC):
        conversation = youtube.fetch(SEARCH, cursor, lambda: at)  # noqa: B023 - called before it changes
        try:
            next(conversation)
        except StopIteration as end:
            page = end.value
            assert page.wait >= timedelta(minutes=1)
        else:
            searched.append(at)
            try:
                conversation.send(Answer(body=json.dumps(page_of(video(1))).encode()))
            except StopIteration as end:
                page = end.value
        cursor, at = page.cursor, at + max(page.wait or timedelta(0), timedelta(minutes=5))
    assert 70 <= len(searched) <= 80
    evening = [at for at in searched if at > datetime(2026, 3, 17, 1, tzinfo=UTC)]
    assert len(evening) >= 10


def test_one_bad_item_costs_only_itself():
    bad = [None, 7, {}, {"id": {}}, video(2, publishedAt="0000"), video(3, title="")]
    _, page = visit(page_of(video(1), *bad))
    assert (len(page.mentions), page.spoiled) == (1, 6)
    odd = {"id": "x", "snippet": 7, "replies": {"comments": 7}}
    _, page = visit(page_of(thread(1), odd, None), options=COMMENTS)
    assert (len(page.mentions), page.spoiled) == (1, 2)


@pytest.mark.parametrize("answer", [b"<html>", [], {"items": 7}, {"error": "oops"}])
def test_an_answer_of_another_shape_is_garbled(answer):
    with pytest.raises(SourceGarbled):
        visit(answer)


@pytest.mark.parametrize(
    "cursor", ["", "7", "[]", '{"search": 7}', '{"comments": "x", "searches": -5}', "\0"]
)
def test_a_cursor_that_makes_no_sense_is_as_good_as_none(cursor):
    assert "publishedAfter" not in visit(page_of(video(1)), cursor=cursor)[0][0].params


@pytest.mark.parametrize(
    ("wrong", "named"),
    [({"search": ""}, "search"), ({"key": SecretStr("")}, "key"), ({"videos": ("a b",)}, "videos"),
     ({"channel": "@acme"}, "channel"), ({"follow": 99}, "follow"), ({"searches_a_day": 0}, "searches_a_day"),
     ({"language": "polish"}, "language"), ({"url": "x"}, "url")],
)  # fmt: skip
def test_options_out_of_bounds_are_refused(wrong, named):
    with pytest.raises(ValueError, match=named):
        Options(**{"key": KEY, "search": "acme", **wrong})


def test_every_item_is_stored_once_through_floods_faults_and_kills(tmp_path):
    videos, threads, chance = {}, {}, random.Random(7)

    def shown(rows, asked, key):
        rows = sorted(rows, key=key, reverse=True)
        first = int(asked.query.get("pageToken", 0))
        size = int(asked.query["maxResults"])
        found = rows[max(first - 1, 0) : first + size]
        chance.shuffle(found)
        return page_of(*found, following=str(first + size) if len(rows) > first + size else None)

    def answer(asked):
        assert asked.query["key"] == "s3cret"
        if quota and quota.pop():
            error = {"code": 403, "errors": [{"reason": "rateLimitExceeded"}]}
            return Said({"error": error}, 403)
        if asked.path == "/youtube/v3/search":
            low, high = asked.query.get("publishedAfter", ""), asked.query.get("publishedBefore", "9")
            rows = [v for v in videos.values() if low <= v["snippet"]["publishedAt"] < high]
            return shown(rows, asked, lambda v: v["snippet"]["publishedAt"])
        if asked.query["videoId"] == "video-one":
            rows = threads.values()
            return shown(rows, asked, lambda t: t["snippet"]["topLevelComment"]["snippet"]["publishedAt"])
        error = {"code": 403, "errors": [{"reason": "commentsDisabled"}]}
        return Said({"error": error}, 403)

    quota = []
    with ApiServer(answer) as api, Visits(
        tmp_path, NOON, "youtube", key="s3cret", search="acme", videos=["video-one"], follow=2,
        searches_a_day=100_000, units_a_day=1_000_000, url=f"{api.url}/youtube/v3",
    ) as source:  # fmt: skip
        videos[0], threads[0] = video(0), thread(0)
        source.visit()
        for burst in (1, 2):
            for n in range(170):
                number = burst * 1_000 + n
                videos[number] = video(number, burst * 50_000 + 60 * n)
            for n in range(450):
                number = burst * 1_000 + n
                threads[number] = thread(number, burst * 50_000 + 20 * n)
            api.faults = [None, "drop", None, "half", 429, None, "drop", 503]
            quota += [False, False, False, False, True, False, False]
            source.visit()
            source.kill()
            videos[burst * 1_000 + 999] = video(burst * 1_000 + 999, burst * 50_000 + 5_900)  # an hour late
            source.until_calm()
        expected = {f"video {n}" for n in videos} | {f"thread {n}" for n in threads}
        assert source.state().stored == len(expected)
        assert len(source.stored()) == len(expected)
