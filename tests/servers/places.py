# ruff: noqa: E501 - answers are told apart best with one thing on a line
"""Places on loopback where people write: each speaks one public interface, as documented.

A place shows the posts whose time has come: `Post.shown` may lie after `Post.at`, as it does
where something is indexed late. `shuffled` turns the order within an answer, `doubled` repeats
posts; what else goes wrong is the business of the server it is put into (tests/servers/api.py).
"""

from __future__ import annotations

import io
import json
import operator
import random
import re
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from tests.servers.api import Said

SIGNS = {"<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt}
WORDS = "oak river lamp stone cloud bread night glass wheel salt paper horse green seven storm".split()


@dataclass(frozen=True)
class Post:
    """One post; `number` grows with time."""

    number: int
    at: datetime
    shown: datetime

    @property
    def text(self):
        chance = random.Random(self.number)
        return f"Acme post {self.number} " + " ".join(chance.choices(WORDS, k=12))


class Place:
    """Posts, and what every interface needs of them; `answer` is its subclasses' business."""

    kind = ""
    view = ""  # what of it is read, where a kind has several
    options = ""

    def __init__(self, seed=1):
        self.posts, self.chance = [], random.Random(seed)
        self.now = None
        self.shuffled = self.doubled = False

    @property
    def name(self):
        return f"{self.kind} {self.view}".strip()

    def write(self, count, first, last, late=timedelta(0)):
        """Let `count` posts be written between two times, some of them shown late."""
        for n in range(count):
            at = first + (last - first) * n / count
            at = at.replace(microsecond=0)
            shown = at + late * self.chance.random() if self.chance.random() < 0.2 else at
            self.posts.append(Post(len(self.posts) + 1, at, shown))

    def seen(self):
        """Return the posts that are to be seen now, newest first."""
        return sorted((p for p in self.posts if p.shown <= self.now), key=lambda p: (p.at, p.number))[::-1]

    def stirred(self, posts):
        posts = list(posts)
        if self.doubled and posts:
            posts += self.chance.choices(posts, k=2)
        if self.shuffled:
            self.chance.shuffle(posts)
        return posts

    def table(self, url):
        return (
            f'[[source]]\nname = "{self.name}"\nkind = "{self.kind}"\nprivate = true\n'
            f"{self.options.format(url=url)}\n"
        )


def at_z(at):
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


class HackerNews(Place):
    kind = "hackernews"
    options = 'search = "Acme"\nurl = "{url}/api/v1/"\npage_size = 50'

    def answer(self, asked):
        posts, size = self.seen(), int(asked.query["hitsPerPage"])
        for bound in filter(None, asked.query.get("numericFilters", "").split(",")):
            _, sign, value = re.split("(<=|>=|<|>)", bound)
            posts = [p for p in posts if SIGNS[sign](int(p.at.timestamp()), int(value))]
        return {"hits": [self.hit(p) for p in self.stirred(posts[:size])], "nbHits": len(posts)}

    def hit(self, post):
        return {
            "objectID": str(post.number), "created_at_i": int(post.at.timestamp()), "created_at": at_z(post.at),
            "author": f"u{post.number}", "comment_text": f"<p>{post.text}</p>", "title": None, "story_text": None,
        }  # fmt: skip


class Mastodon(Place):
    kind = "mastodon"
    options = 'url = "{url}"\nhashtags = ["acme"]'

    def answer(self, asked):
        if asked.path != "/api/v1/timelines/tag/acme":
            return Said({"error": "Record not found"}, 404)
        size = min(int(asked.query.get("limit", 20)), 40)
        posts = [(self.number(p), p) for p in self.seen()]
        posts.sort(reverse=True, key=lambda pair: pair[0])
        if (low := asked.query.get("min_id")) is not None:
            posts = [pair for pair in posts if pair[0] > int(low)][-size:]
        else:
            if (since := asked.query.get("since_id")) is not None:
                posts = [pair for pair in posts if pair[0] > int(since)]
            if (high := asked.query.get("max_id")) is not None:
                posts = [pair for pair in posts if pair[0] < int(high)]
            posts = posts[:size]
        return [self.status(number, p) for number, p in self.stirred(posts)]

    @staticmethod
    def number(post):
        # A server numbers what it is sent when it comes to know it: milliseconds of that, shifted.
        return (int(post.shown.timestamp() * 1000) << 16) + post.number

    @staticmethod
    def status(number, post):
        return {
            "id": str(number), "created_at": at_z(post.at), "uri": f"https://m.test/users/u/statuses/{number}",
            "url": f"https://m.test/@u{post.number}/{number}", "content": f"<p>{post.text}</p>", "visibility": "public",
            "spoiler_text": "", "language": "en", "reblog": None, "sensitive": False,
            "account": {"id": "1", "acct": f"u{post.number}@m.test", "username": f"u{post.number}",
                        "display_name": "U", "followers_count": 12, "url": "https://m.test/@u"},
        }  # fmt: skip


class MastodonSearch(Mastodon):
    view = "search"
    options = 'url = "{url}"\nsearch = "Acme"\ntoken = "t"'

    def answer(self, asked):
        if asked.headers.get("authorization") != "Bearer t":
            return Said({"error": "The access token is invalid"}, 401)
        if asked.path != "/api/v2/search" or asked.query["type"] != "statuses":
            return Said({"error": "Record not found"}, 404)
        size, start = min(int(asked.query.get("limit", 20)), 40), int(asked.query.get("offset", 0))
        low = int(asked.query.get("min_id", 0))
        posts = sorted(((self.number(p), p) for p in self.seen()), key=lambda pair: -pair[0])
        found = [pair for pair in posts if pair[0] > low][start : start + size]
        statuses = [self.status(number, p) for number, p in self.stirred(found)]
        return {"accounts": [], "hashtags": [], "statuses": statuses}


class Bluesky(Place):
    kind = "bluesky"
    options = 'url = "{url}"\nidentifier = "pr.test"\napp_password = "abcd-efgh"\nsearch = "Acme"'

    def __init__(self, seed=1):
        super().__init__(seed)
        self.logins = 0

    def answer(self, asked):
        if asked.path in (
            "/xrpc/com.atproto.server.createSession",
            "/xrpc/com.atproto.server.refreshSession",
        ):
            self.logins += asked.path.endswith("createSession")
            token = f"jwt-{len(self.posts)}-{self.logins}"
            self.token = token
            return {"accessJwt": token, "refreshJwt": "r-" + token, "handle": "pr.test", "did": "did:plc:x"}
        if asked.headers.get("authorization") != f"Bearer {getattr(self, 'token', '')}":
            return Said({"error": "ExpiredToken", "message": "Token has expired"}, 400)
        size = min(int(asked.query.get("limit", 25)), 100)
        posts = self.seen()
        if since := asked.query.get("since"):
            posts = [p for p in posts if p.at >= datetime.fromisoformat(since)]
        if until := asked.query.get("until"):
            posts = [p for p in posts if p.at < datetime.fromisoformat(until)]
        start = int(asked.query.get("cursor", 0))
        answer = {"posts": [self.post(p) for p in self.stirred(posts[start : start + size])]}
        if start + size < len(posts):
            answer["cursor"] = str(start + size)
        return answer

    @staticmethod
    def post(post):
        return {
            "uri": f"at://did:plc:u{post.number}/app.bsky.feed.post/3k{post.number}", "cid": f"baf{post.number}",
            "author": {"did": f"did:plc:u{post.number}", "handle": f"u{post.number}.test", "displayName": ""},
            "record": {"$type": "app.bsky.feed.post", "text": post.text, "createdAt": at_z(post.at), "langs": ["en"]},
            "replyCount": 0, "repostCount": 1, "likeCount": 2, "indexedAt": at_z(post.at), "labels": [],
        }  # fmt: skip


class Lemmy(Place):
    kind = "lemmy"
    options = 'url = "{url}"\ncommunity = "acme"\ncomments = false'

    def answer(self, asked):
        if asked.path != "/api/v3/post/list":
            return Said({"error": "unknown"}, 404)
        size, page = min(int(asked.query.get("limit", 10)), 50), int(asked.query.get("page", 1))
        if cursor := asked.query.get("page_cursor"):
            page = int(cursor)
        posts = self.seen()[(page - 1) * size : page * size]
        return {"posts": [self.post(p) for p in self.stirred(posts)], "next_page": str(page + 1)}

    @staticmethod
    def post(post):
        return {
            "post": {"id": post.number, "name": post.text, "body": "", "ap_id": f"https://l.test/post/{post.number}",
                     "published": post.at.strftime("%Y-%m-%dT%H:%M:%S.123456Z"), "creator_id": 1, "community_id": 2,
                     "removed": False, "deleted": False, "nsfw": False, "language_id": 0},
            "creator": {"id": 1, "name": f"u{post.number}", "actor_id": f"https://l.test/u/u{post.number}"},
            "community": {"id": 2, "name": "acme", "actor_id": "https://l.test/c/acme"},
            "counts": {"comments": 0, "score": 1, "published": at_z(post.at)},
        }  # fmt: skip


class LemmyComments(Lemmy):
    view = "comments"
    options = 'url = "{url}"\ncommunity = "acme"'

    def answer(self, asked):
        if asked.path == "/api/v3/post/list":
            return {"posts": [], "next_page": None}
        if asked.path != "/api/v3/comment/list":
            return Said({"error": "unknown"}, 404)
        size, page = min(int(asked.query.get("limit", 10)), 50), int(asked.query.get("page", 1))
        return {
            "comments": [self.comment(p) for p in self.stirred(self.seen()[(page - 1) * size : page * size])]
        }

    @staticmethod
    def comment(post):
        return {
            "comment": {"id": post.number, "content": post.text, "ap_id": f"https://l.test/comment/{post.number}",
                        "published": at_z(post.at), "path": f"0.{post.number}", "removed": False, "deleted": False},
            "creator": {"id": 1, "name": f"u{post.number}", "actor_id": f"https://l.test/u/u{post.number}"},
            "post": {"id": 1, "name": "Kettles"}, "counts": {"score": 1},
        }  # fmt: skip


class Discourse(Place):
    kind = "discourse"
    options = 'url = "{url}"'
    step = 50

    def answer(self, asked):
        if asked.path != "/posts.json":
            return Said({"errors": ["not found"], "error_type": "not_found"}, 404)
        posts = sorted(self.seen(), key=lambda p: -p.number)
        highest = int(asked.query.get("before", 0)) or max((3 * p.number for p in posts), default=0)
        # Numbers are given to hidden posts too, and an answer covers a range of numbers.
        held = [p for p in posts if highest - self.step < 3 * p.number <= highest]
        return {"latest_posts": [self.post(p) for p in self.stirred(held)]}

    @staticmethod
    def post(post):
        return {
            "id": 3 * post.number, "username": f"u{post.number}", "name": "", "created_at": at_z(post.at),
            "updated_at": at_z(post.at), "cooked": f"<p>{post.text}</p>", "raw": post.text, "post_number": 2, "post_type": 1,
            "topic_id": post.number, "topic_slug": "kettles", "topic_title": "Kettles", "category_id": 1,
            "post_url": f"/t/kettles/{post.number}/2", "hidden": False, "deleted_at": None,
        }  # fmt: skip


class DiscourseSearch(Place):
    kind, view = "discourse", "search"
    options = 'url = "{url}"\nsearch = "Acme"'

    def answer(self, asked):
        if asked.path != "/search.json" or "order:latest" not in asked.query["q"].split():
            return Said({"errors": ["not found"], "error_type": "not_found"}, 404)
        posts = self.seen()
        for word in asked.query["q"].split():
            bound, _, day = word.partition(":")
            if bound == "after":
                posts = [p for p in posts if at_z(p.at)[:10] >= day]
            if bound == "before":
                posts = [p for p in posts if at_z(p.at)[:10] < day]
        page = int(asked.query.get("page", 1))
        part = posts[(page - 1) * 50 : page * 50] if page <= 10 else []
        more = {"more_full_page_results": (len(posts) > page * 50 and page < 10) or None}
        return {
            "posts": [{"id": p.number, "username": f"u{p.number}", "created_at": at_z(p.at), "blurb": p.text,
                       "post_number": 2, "topic_id": 1} for p in self.stirred(part)],
            "topics": [{"id": 1, "title": "Kettles", "slug": "kettles"}], "grouped_search_result": more,
        }  # fmt: skip


class StackExchange(Place):
    kind = "stackexchange"
    options = 'url = "{url}/2.3"\nsite = "superuser"\nsearch = "Acme"'

    def answer(self, asked):
        if asked.path != "/2.3/search/advanced":
            return {"items": [], "has_more": False, "quota_max": 300, "quota_remaining": 200}
        posts = [p for p in self.seen() if self.within(p, asked.query)]
        if asked.query.get("order", "desc") == "asc":
            posts = posts[::-1]
        size, page = int(asked.query.get("pagesize", 30)), int(asked.query.get("page", 1))
        part = posts[(page - 1) * size : page * size]
        return {
            "items": [self.item(p) for p in self.stirred(part)], "has_more": page * size < len(posts),
            "quota_max": 10_000, "quota_remaining": 9_000,
        }  # fmt: skip

    @staticmethod
    def within(post, query):
        at = int(post.at.timestamp())
        return int(query.get("fromdate", 0)) <= at <= int(query.get("todate", 9e9))

    @staticmethod
    def item(post):
        return {
            "question_id": post.number, "title": "How so?", "body": f"<p>{post.text}</p>", "creation_date": int(post.at.timestamp()),
            "link": f"https://superuser.com/questions/{post.number}/kettle", "tags": ["kettle"], "is_answered": False,
            "last_activity_date": int(post.at.timestamp()), "owner": {"display_name": f"u{post.number}", "user_id": 1},
        }  # fmt: skip


class Wykop(Place):
    kind = "wykop"
    options = 'url = "{url}/api/v3"\nkey = "k"\nsecret = "s"\ntags = ["acme"]'

    def answer(self, asked):
        if asked.path == "/api/v3/auth":
            return {"data": {"token": "jwt"}}
        if asked.headers.get("authorization") != "Bearer jwt":
            return Said({"code": 401, "error": {"message": "Unauthorized"}}, 401)
        if asked.path != "/api/v3/tags/acme/stream":
            return {"data": [], "pagination": {"per_page": 25, "total": 0}}
        size, page = int(asked.query.get("limit", 25)), int(asked.query.get("page", 1))
        posts = self.seen()
        part = self.stirred(posts[(page - 1) * size : page * size])
        return {
            "data": [self.entry(p) for p in part],
            "pagination": {"per_page": size, "total": len(posts)},
        }

    @staticmethod
    def entry(post):
        local = post.at.astimezone(ZoneInfo("Europe/Warsaw"))
        return {
            "id": post.number, "resource": "entry", "slug": "x", "author": {"username": f"u{post.number}"},
            "created_at": local.strftime("%Y-%m-%d %H:%M:%S"), "content": post.text, "tags": ["acme"],
            "votes": {"up": 1}, "comments": {"items": [], "count": 0}, "deleted": None, "adult": False,
        }  # fmt: skip


class AppStore(Place):
    kind = "appstore"
    options = 'url = "{url}"\napp = 123456789\ncountries = ["gb"]'

    def answer(self, asked):
        page = int(asked.path.split("/page=")[1].split("/")[0])
        entries = "".join(map(self.entry, self.stirred(self.seen()[(page - 1) * 50 : page * 50])))
        body = (
            '<?xml version="1.0" encoding="utf-8"?><feed xmlns:im="http://itunes.apple.com/rss" '
            f'xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><id>x</id><title>Reviews</title>{entries}</feed>'
        )
        return Said(body.encode(), headers={"Content-Type": "text/xml"})

    @staticmethod
    def entry(post):
        return (
            f"<entry><updated>{post.at.isoformat()}</updated><id>{10_000 + post.number}</id>"
            f"<title>Review</title><content type='text'>{escape(post.text)}</content>"
            f"<im:rating>2</im:rating><im:version>1.0</im:version>"
            f"<author><name>u{post.number}</name><uri>https://itunes.apple.com/gb/reviews/id1</uri></author>"
            f"<link rel='related' href='https://itunes.apple.com/gb/review?id=1&amp;type=Purple'/></entry>"
        )


class GoogleNews(Place):
    kind = "googlenews"
    options = 'url = "{url}/rss/search"\nsearch = "Acme"\nlanguage = "en"\ncountry = "GB"'

    def answer(self, asked):
        items = "".join(map(self.item, self.stirred(self.seen()[:100])))
        body = f"<rss version='2.0'><channel><title>Acme - Google News</title>{items}</channel></rss>"
        return Said(body.encode(), headers={"Content-Type": "application/xml; charset=utf-8"})

    @staticmethod
    def item(post):
        return (
            f"<item><title>{escape(post.text)} - The Paper</title><link>https://news.google.com/rss/articles/C{post.number}</link>"
            f"<guid isPermaLink='false'>C{post.number}</guid><pubDate>{format_datetime(post.at, usegmt=True)}</pubDate>"
            f"<source url='https://paper.test'>The Paper</source></item>"
        )


class YouTube(Place):
    kind = "youtube"
    options = 'url = "{url}/youtube/v3"\nkey = "k"\nvideos = ["abcdefghijk"]'

    def answer(self, asked):
        if asked.path != "/youtube/v3/commentThreads":
            return Said({"error": {"code": 404, "errors": [{"reason": "notFound"}]}}, 404)
        size, start = int(asked.query.get("maxResults", 20)), int(asked.query.get("pageToken", "0"))
        posts = self.seen()
        answer = {"items": [self.thread(p) for p in self.stirred(posts[start : start + size])]}
        if start + size < len(posts):
            answer["nextPageToken"] = str(start + size)
        return answer

    @staticmethod
    def thread(post):
        told = {
            "textDisplay": post.text, "textOriginal": post.text, "authorDisplayName": f"@u{post.number}",
            "publishedAt": at_z(post.at), "updatedAt": at_z(post.at), "likeCount": 0, "videoId": "abcdefghijk",
        }  # fmt: skip
        return {
            "id": f"Ug{post.number:024}", "kind": "youtube#commentThread",
            "snippet": {"videoId": "abcdefghijk", "totalReplyCount": 0, "topLevelComment": {"id": f"Ug{post.number:024}", "snippet": told}},
        }  # fmt: skip


class Gdelt(Place):
    kind = "gdelt"
    options = 'url = "{url}/gdeltv2"\nsearch = "acme"'

    def answer(self, asked):
        self.first = getattr(self, "first", self.now)
        name = asked.path.removeprefix("/gdeltv2/")
        translated = "translation" in name
        ending = ".translation.gkg.csv.zip" if translated else ".gkg.csv.zip"
        if name.startswith("lastupdate"):
            return Said(
                f"9 {'a' * 32} http://data.test/gdeltv2/{slot_of(self.now):%Y%m%d%H%M%S}{ending}\n".encode()
            )
        slot = datetime.strptime(name[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        late = timedelta(minutes=7 if self.shuffled and slot.minute % 30 else 0)
        if slot > slot_of(self.now) or slot + late > self.now or not name.endswith(ending):
            return Said(b"<Error><Code>NoSuchKey</Code></Error>", 404)
        quarter = timedelta(minutes=15)
        own = [
            p
            for p in self.posts
            if max(slot_of(p.shown - timedelta(seconds=1)) + quarter, slot_of(self.first)) == slot
        ]
        rows = [self.row(p, slot, translated) for p in self.stirred(own) if (p.number % 3 == 0) == translated]
        rows.append(self.row(None, slot, translated))
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
            made.writestr(name.removesuffix(".zip"), "\n".join(rows) + "\n")
        return Said(held.getvalue(), headers={"Content-Type": "application/zip"})

    @staticmethod
    def row(post, slot, translated):
        fields, at = [""] * 27, f"{slot:%Y%m%d%H%M%S}"
        fields[0], fields[1], fields[2], fields[3] = f"{at}-1", at, "1", "paper.test"
        fields[4] = f"https://paper.test/{post.number if post else 'none'}"
        fields[25] = "srclc:pol;eng:GT-POL 1.0" if translated else ""
        fields[26] = f"<PAGE_TITLE>{post.text if post else 'Nothing of note'}</PAGE_TITLE>"
        return "\t".join(fields)


def slot_of(at):
    return at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0)


class Feed(Place):
    kind = "rss"
    options = 'url = "{url}/feed.xml"'

    def answer(self, asked):
        items = [
            {"id": str(p.number), "url": f"https://f.test/{p.number}", "content_text": p.text,
             "date_published": p.at.isoformat(), "authors": [{"name": f"u{p.number}"}]}
            for p in self.stirred(self.seen()[:100])
        ]  # fmt: skip
        body = {"version": "https://jsonfeed.org/version/1.1", "title": "f", "items": items}
        return Said(json.dumps(body).encode(), headers={"Content-Type": "application/feed+json"})


PLACES = (
    HackerNews, Mastodon, MastodonSearch, Bluesky, Lemmy, LemmyComments, Discourse, DiscourseSearch, StackExchange,
    Wykop, AppStore, GoogleNews, YouTube, Gdelt, Feed,
)  # fmt: skip
