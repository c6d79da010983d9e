"""Three little sources on loopback: a forum as RSS, a board as Atom, a news wire as JSON Feed."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

from listener.demo.talk import BOARD, FORUM, WIRE, Post

MOST_POSTS = 100
LEAST_POSTS = 12
PATHS = {FORUM: "/forum.rss", BOARD: "/kawa.atom", WIRE: "/wire.json"}


class Feeds:
    """Serves the posts whose time has come by `clock`; others may be added while it runs."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._posts: list[Post] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="demo feeds", daemon=True)
        self._thread.start()

    def add(self, posts: Iterable[Post]) -> None:
        """Let these be written, each when its time comes."""
        self._posts = sorted([*self._posts, *posts], key=lambda post: post.at)

    def addresses(self) -> Mapping[str, str]:
        """Return the address of each source, by its name."""
        port = self._server.server_address[1]
        return {place: f"http://127.0.0.1:{port}{path}" for place, path in PATHS.items()}

    def shown(self, place: str) -> list[Post]:
        """Return what a place shows now, newest first."""
        now = self._clock()
        return [post for post in self._posts if post.place == place and post.at <= now][-MOST_POSTS:][::-1]

    def written_since(self, begun: datetime) -> int:
        """Return how many posts have been written since a moment."""
        now = self._clock()
        return sum(begun <= post.at <= now for post in self._posts)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(2)


def _handler(feeds: Feeds) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            place = next((place for place, path in PATHS.items() if path == self.path), "")
            if not place:
                self.send_error(404)
                return
            posts = feeds.shown(place)
            tag = f'"{posts[0].id if posts else "empty"}"'
            if self.headers.get("If-None-Match") == tag:
                self._answer(304, "", b"", tag)
                return
            kind, body = _WRITTEN[place](place, posts)
            self._answer(200, kind, body.encode(), tag)

        def _answer(self, status: int, kind: str, body: bytes, tag: str) -> None:
            self.send_response(status)
            self.send_header("ETag", tag)
            if kind:
                self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the terminal belongs to the demo."""

    return Handler


def _rss(place: str, posts: list[Post]) -> tuple[str, str]:
    items = "".join(
        f"<item><guid isPermaLink='false'>{p.id}</guid><link>{p.url}</link>"
        f"<author>{escape(p.author)}</author><description>{escape(escape(p.text))}</description>"
        f"<pubDate>{format_datetime(p.at)}</pubDate></item>"
        for p in posts
    )
    head = f"<title>{escape(place)}</title><link>https://kitchen-talk.example/</link>"
    return "application/rss+xml", f"<rss version='2.0'><channel>{head}{items}</channel></rss>"


def _atom(place: str, posts: list[Post]) -> tuple[str, str]:
    entries = "".join(
        f"<entry><id>{p.url}</id><link href='{p.url}'/><author><name>{escape(p.author)}</name></author>"
        f"<title/><content type='text'>{escape(p.text)}</content>"
        f"<updated>{p.at.isoformat()}</updated></entry>"
        for p in posts
    )
    head = f"<title>{escape(place)}</title><id>https://kawa-i-sprzet.example/</id>"
    feed = f"<feed xmlns='http://www.w3.org/2005/Atom'>{head}{entries}</feed>"
    return "application/atom+xml; charset=utf-8", feed


def _json(place: str, posts: list[Post]) -> tuple[str, str]:
    items = [
        {
            "id": p.id,
            "url": p.url,
            "title": p.title,
            "content_text": p.text,
            "date_published": p.at.isoformat(),
            "authors": [{"name": p.author}],
        }
        for p in posts
    ]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": place, "items": items}
    return "application/feed+json", json.dumps(feed, ensure_ascii=False)


_WRITTEN: Mapping[str, Callable[[str, list[Post]], tuple[str, str]]] = {
    FORUM: _rss,
    BOARD: _atom,
    WIRE: _json,
}
