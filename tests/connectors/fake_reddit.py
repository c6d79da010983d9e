"""A small Reddit on loopback: tokens, listings by pages, feeds, and its moods."""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

START = 1_772_452_800


class Reddit:
    """`posts` and `comments` are numbers, newest first; `mood` is a status to answer with."""

    def __init__(self):
        self.posts, self.comments = [], []
        self.mood, self.headers, self.body = 0, {}, b'{"message": "no", "error": 1}'
        self.asked = []
        self.secret = "hush"
        reddit = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                sent = self.rfile.read(int(self.headers.get("content-length", 0)))
                reddit.asked.append((self.path, sent.decode()))
                login = base64.b64encode(f"id:{reddit.secret}".encode()).decode()
                if self.headers.get("Authorization") != f"Basic {login}":
                    self.answer(401, b'{"message": "Unauthorized", "error": 401}')
                else:
                    token = {"access_token": "t", "token_type": "bearer", "expires_in": 3600, "scope": "*"}
                    self.answer(200, json.dumps(token).encode())

            def do_GET(self):
                reddit.asked.append((self.path, self.headers.get("User-Agent", "")))
                if reddit.mood:
                    self.answer(reddit.mood, reddit.body, reddit.headers)
                    return
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                if parts.path.endswith(".rss"):
                    self.answer(200, reddit.feed(parts.path), {"Content-Type": "application/atom+xml"})
                else:
                    self.answer(200, json.dumps(reddit.listing(parts.path, query)).encode())

            def answer(self, status, body, headers=()):
                self.send_response(status)
                for name, value in dict(headers).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def listing(self, path, query):
        comments = path.rstrip("/").endswith("comments")
        things = [
            (comment if comments else post)(number) for number in (self.comments if comments else self.posts)
        ]
        names = [thing["data"]["name"] for thing in things]
        begin = names.index(query["after"]) + 1 if query.get("after") in names else 0
        page = things[begin : begin + min(int(query.get("limit", 25)), 100)]
        more = page and page[-1]["data"]["name"] != names[-1]
        after = page[-1]["data"]["name"] if more else None
        return {"kind": "Listing", "data": {"children": page, "after": after, "before": None}}

    def feed(self, path):
        comments = path.endswith("/comments.rss")
        entries = "".join(
            f"<entry><author><name>/u/ada</name></author><id>{'t1' if comments else 't3'}_{number:x}</id>"
            f"<link href='https://www.reddit.com/r/kettles/comments/{number:x}/x/'/>"
            f"<published>{stamp(number)}</published><title>post {number}</title><content type='html'>"
            + escape(
                f'<div class="md"><p>leaks {number}</p></div> &#32; submitted by &#32; '
                '<a href="x"> /u/ada </a>'
                "<br/> <span><a href='x'>[link]</a></span> &#32; <span><a href='x'>[comments]</a></span>"
            )
            + "</content></entry>"
            for number in (self.comments if comments else self.posts)
        )
        return f"<feed xmlns='http://www.w3.org/2005/Atom'><title>new</title>{entries}</feed>".encode()


def stamp(number):
    from datetime import UTC, datetime

    return datetime.fromtimestamp(START + number, UTC).isoformat()


def post(number, **more):
    data = {
        "name": f"t3_{number:x}", "id": f"{number:x}", "created_utc": float(START + number), "author": "ada",
        "title": f"post {number}", "selftext": f"leaks {number}",
        "selftext_html": f"<p>leaks <b>{number}</b></p>",
        "permalink": f"/r/kettles/comments/{number:x}/x/", "subreddit": "kettles",
        "url": "https://x.example/", **more,
    }  # fmt: skip
    return {"kind": "t3", "data": data}


def comment(number, **more):
    data = {
        "name": f"t1_{number:x}", "id": f"{number:x}", "created_utc": float(START + number), "author": "ben",
        "body": f"mine too {number}", "body_html": f"<p>mine too {number}</p>", "subreddit": "kettles",
        "permalink": f"/r/kettles/comments/1/x/{number:x}/", "link_id": "t3_1", "parent_id": "t3_1", **more,
    }  # fmt: skip
    return {"kind": "t1", "data": data}
