"""A web server on loopback, of bare sockets, that can be told to misbehave by the path asked."""

import base64
import gzip
import socket
import threading
import zlib
from contextlib import suppress
from functools import cache

from tests.servers.poison import POISON

# A hundred megabytes of blanks, packed by brotli.
BROTLI = base64.b64decode(
    "z///f/glQOKxQCD3/p/////wSwDEYQGA7v0/////4ZcAiMMiAN37f/7//8MvARCHBQC69//8//+HXwIgDgsAdO//8x+8Hr8EQBwWAOhi1wM="
)
FEED = (
    b"<?xml version='1.0'?><rss version='2.0'><channel><title>t</title><item><title>it leaks</title>"
    b"<guid isPermaLink='false'>1</guid><pubDate>Mon, 02 Mar 2026 12:00:00 GMT</pubDate></item>"
    b"</channel></rss>"
)
PAGE = b"<!DOCTYPE html><html><body>Checking your browser</body></html>"


class Server:
    """Answers every connection on a thread of its own; `asked` holds (path, head) of all requests."""

    def __init__(self):
        self.asked, self.connections, self.highest = [], 0, 0
        self._open, self._lock, self._stop = 0, threading.Lock(), threading.Event()
        self._socket = socket.create_server(("", 0), backlog=200)
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.release = threading.Event()
        self.canary = (self.url, "/nowhere")
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._stop.set()
        self.release.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, suppress(OSError):
            while not self._stop.is_set() and (head := _head(connection)):
                path = head.split(" ", 2)[1]
                with self._lock:
                    self.asked.append((path, head))
                    self._open += 1
                    self.highest = max(self.highest, self._open)
                try:
                    if not self._answer(connection, path.partition("?")[0], head):
                        return
                finally:
                    with self._lock:
                        self._open -= 1

    def _answer(self, connection, path, head):
        """Return whether the connection may be used again."""
        name = path.strip("/").split("/")[0].replace("-", "_")
        return getattr(self, f"_{name}", self._nothing)(connection, path, head)

    def _nothing(self, connection, path, head):
        return send(connection, 404, b"nothing here")

    def _feed(self, connection, path, head):
        if 'If-None-Match: "v1"' in head or "If-Modified-Since: yesterday" in head:
            return send(connection, 304)
        return send(connection, 200, FEED, 'ETag: "v1"', "Last-Modified: yesterday")

    def _page(self, connection, path, head):
        return send(connection, 200, PAGE, "Content-Type: text/html")

    def _broken(self, connection, path, head):
        return send(connection, 200, FEED.replace(b"it leaks", b"it leaks & leaks"))

    def _empty(self, connection, path, head):
        return send(connection, 200)

    def _status(self, connection, path, head):
        _, _, status, *wait = path.split("/")
        return send(connection, int(status), b"no", *(f"Retry-After: {seconds}" for seconds in wait))

    def _truncated(self, connection, path, head):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + FEED)
        return False

    def _gzip(self, connection, path, head):
        return send(connection, 200, gzip.compress(FEED), "Content-Encoding: gzip")

    def _not_gzip(self, connection, path, head):
        return send(connection, 200, FEED, "Content-Encoding: gzip")

    def _bomb(self, connection, path, head):
        return send(connection, 200, bomb(), "Content-Encoding: gzip")

    def _bombs(self, connection, path, head):
        """Answer by what stands behind /bombs/: one packing or several."""
        how = path.split("/")[2]
        body = {"br": lambda: BROTLI, "deflate": lambda: zlib.compress(bomb_bytes(), 9)}.get(how, bomb)()
        for _ in range(how.count("gzip") - 1):
            body = gzip.compress(body)
        return send(connection, 200, body, f"Content-Encoding: {how}")

    def _poison(self, connection, path, head):
        make = POISON[path.split("/")[2]]
        return send(connection, 200, make(*self.canary), "Content-Type: application/rss+xml")

    def _huge(self, connection, path, head):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000000\r\n\r\n")
        self.release.wait(20)
        return False

    def _endless(self, connection, path, head):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not self._stop.is_set():
            connection.sendall(b"x" * 65536)
        return False

    def _drip(self, connection, path, head):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not self._stop.wait(0.05):
            connection.sendall(b"x")
        return False

    def _silent(self, connection, path, head):
        self._stop.wait(20)
        return False

    def _held(self, connection, path, head):
        self.release.wait(20)
        return send(connection, 200, FEED)

    def _hangup(self, connection, path, head):
        return False

    def _garbage(self, connection, path, head):
        connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
        return False

    def _heads(self, connection, path, head):
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        with suppress(OSError):
            for number in range(20_000):
                connection.sendall(b"X-%d: %s\r\n" % (number, b"y" * 100))
        return False

    def _cookies(self, connection, path, head):
        return send(connection, 200, FEED, *(f"Set-Cookie: c{n}=" + "x" * 90 for n in range(2_000)))

    def _long_head(self, connection, path, head):
        with suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
            for _ in range(160):
                connection.sendall(b"y" * 65536)
        return False

    def _slow_head(self, connection, path, head):
        for letter in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"y" * 100_000:
            if self._stop.wait(0.05):
                break
            connection.sendall(bytes([letter]))
        return False

    def _hints(self, connection, path, head):
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 50)
        return send(connection, 200, FEED)

    def _endless_hints(self, connection, path, head):
        while not self._stop.is_set():
            connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 500)
        return False

    def _bare(self, connection, path, head):
        connection.sendall(FEED)  # HTTP/0.9: no head at all
        return False

    def _too_short(self, connection, path, head):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n" + FEED)
        return False

    def _no_number(self, connection, path, head):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n" + FEED)
        return False

    def _two_lengths(self, connection, path, head):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 900\r\n\r\n" + FEED)
        return False

    def _bad_chunks(self, connection, path, head):
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n" + FEED
        )
        return False

    def _steering(self, connection, path, head):
        """Have the error that tells of us steer whoever reads it."""
        steering = "\x1b[2J\u202e\x9b31m".encode()
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + steering + b"\r\n")
        return False

    def _validators(self, connection, path, head):
        tags = (b'ETag: "v\x1b[2J\xff"', b"Last-Modified: " + b"x" * 5_000)
        heads = b"\r\n".join((b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(FEED), *tags))
        connection.sendall(heads + b"\r\n\r\n" + FEED)
        return True

    def _split(self, connection, path, head):
        """Try to have the next request carry a header of ours: bare CR and LF within a validator."""
        tags = b'ETag: "v1"\rX-Evil: 1\r\nLast-Modified: now\nX-Evil: 2\r\n'
        connection.sendall(b"HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n" % (tags, len(FEED)) + FEED)
        return True

    def _picture(self, connection, path, head):
        return send(connection, 200, FEED, 'Content-Type: image/png; charset="; DROP TABLE"')

    def _file(self, connection, path, head):
        return send(connection, 302, b"", "Location: file:///etc/passwd")

    def _gopher(self, connection, path, head):
        return send(connection, 302, b"", "Location: gopher://127.0.0.1/")

    def _loop(self, connection, path, head):
        return send(connection, 302, b"", f"Location: {path}")

    def _nowhere(self, connection, path, head):
        return send(connection, 302)

    def _moved(self, connection, path, head):
        return send(connection, 301, b"", "Location: /moved2")

    def _moved2(self, connection, path, head):
        return send(connection, 308, b"", "Location: /feed")

    def _inward(self, connection, path, head):
        return send(connection, 302, b"", f"Location: http://127.0.0.2:{self.port}/feed")

    def _secrets(self, connection, path, head):
        return send(connection, 302, b"", "Location: http://169.254.169.254/latest/meta-data/")

    def _elsewhere(self, connection, path, head):
        return send(connection, 302, b"", "Location: /moved2")


def bomb_bytes():
    return bytes(100_000_000)


@cache
def bomb():
    """Return a hundred kilobytes that become a hundred megabytes."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(b" " * 1_000_000) for _ in range(100)) + packer.flush()


def send(connection, status, body=b"", *headers):
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers]
    if status == 304:
        lines.pop(1)
    connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    return True


def _head(connection):
    head = b""
    while b"\r\n\r\n" not in head:
        piece = connection.recv(65536)
        if not piece:
            return ""
        head += piece
    return head.decode("latin-1")
