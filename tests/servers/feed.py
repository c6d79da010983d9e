"""A feed on loopback that grows while it is read.

with FeedServer() as feed:  feed.add("1", "The kettle leaks", when);  feed.url
"""

from __future__ import annotations

import hashlib
import threading
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

NEWEST = 100


class FeedServer:
    """An RSS feed of the newest items; answers 304 to whoever has them already."""

    def __init__(self, port=0):
        self.items, self.visits, self.say = [], 0, None
        self._lock = threading.Lock()
        feed = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                feed.visits += 1
                status, headers, body = feed.answer(self.headers.get("If-None-Match"))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/feed.xml"

    def add(self, guid, title, at=None, text="", author=""):
        with self._lock:
            self.items.append((guid, title, at or datetime.now(UTC), text, author))

    def answer(self, tag):
        if self.say is not None:
            return self.say
        with self._lock:
            body = rss(self.items[-NEWEST:][::-1])
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        headers = {"ETag": etag, "Content-Type": "application/rss+xml"}
        return (304, headers, b"") if tag == etag else (200, headers, body)

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


def rss(items):
    """Return the bytes of an RSS 2.0 feed; items are (guid, title, at, text, author)."""
    entries = "".join(
        f"<item><guid isPermaLink='false'>{guid}</guid><title>{escape(title)}</title>"
        f"<link>https://forum.example.org/{guid}</link><description>{escape(text)}</description>"
        f"<author>{escape(author)}</author><pubDate>{format_datetime(at)}</pubDate></item>"
        for guid, title, at, text, author in items
    )
    return f"<rss version='2.0'><channel><title>Forum</title>{entries}</channel></rss>".encode()
