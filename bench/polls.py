"""Conditional polls that bring nothing new: ours with all its books against bare loops without any.

Two shapes: each feed on a loopback host of its own where the server ends each connection, as
between visits that lie minutes apart none would stay open; and five feeds to a host that keeps
them open. Client CPU only: the server is a process on another core, each side a process of its
own on this one. All have their validators from an unmeasured first round.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.measure import ROUNDS, Line, compared, in_turns, one_core, other_core

AT_ONCE = 64
ROUNDS_EACH = 2
AIOHTTP, PYCURL = 2.5, 1 / 3
_SPARE_FILES = 600


@dataclass(frozen=True, slots=True)
class Shape:
    """So many feeds on so many hosts, which keep connections open or don't."""

    feeds: int
    hosts: int
    keeps: bool

    def __str__(self) -> str:
        return (
            f"{self.feeds:,} feeds on {self.hosts:,} hosts, connections {'kept' if self.keeps else 'ended'}"
        )


SHAPES = (Shape(2_000, 2_000, False), Shape(10_000, 2_000, True))


def run(shapes: Sequence[Shape] = SHAPES, rounds: int = ROUNDS) -> list[Line]:
    """Return lines of (what, figure)."""
    return [line for shape in shapes for line in _lines(shape, rounds)]


def _lines(shape: Shape, rounds: int) -> list[Line]:
    with _server(shape) as (port, hosts):
        sides = {name: lambda name=name: _measured(name, port, hosts, shape.feeds) for name in SIDES}
        found = in_turns(sides, rounds)
    what = str(replace(shape, hosts=hosts))
    return [
        (f"{what}: a bare aiohttp loop", _against(found, "aiohttp", AIOHTTP)),
        (f"{what}: a bare pycurl loop", _against(found, "pycurl", PYCURL)),
    ]


def _against(found: Mapping[str, list[float]], other: str, target: float) -> str:
    return compared(found["ours"], found[other], "feeds per CPU second", target)


def addresses(port: int, hosts: int, feeds: int) -> list[str]:
    return [f"http://{host(number % hosts)}:{port}/{number}" for number in range(feeds)]


def host(number: int) -> str:
    return f"127.1.{number // 250}.{number % 250 + 1}"


@contextmanager
def _server(shape: Shape) -> Iterator[tuple[int, int]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.polls", "server", str(shape.hosts), str(int(shape.keeps))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin and process.stdout
    try:
        port, hosts = map(int, process.stdout.readline().split())
        yield port, hosts
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def _measured(side: str, port: int, hosts: int, feeds: int) -> float:
    command = [sys.executable, "-m", "bench.polls", side, str(port), str(hosts), str(feeds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=300)
    found = json.loads(done.stdout)
    assert found["unchanged"] == feeds * ROUNDS_EACH, f"{side}: {found}"
    return float(found["unchanged"] / found["cpu"])


class _Feed(asyncio.Protocol):
    """Answers with a feed, and with 304 to those who have it already."""

    def __init__(self, keeps: bool) -> None:
        self._got, self._keeps = b"", keeps

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        while b"\r\n\r\n" in self._got:
            head, _, self._got = self._got.partition(b"\r\n\r\n")
            answer = _UNCHANGED if b"if-none-match" in head.lower() else _WHOLE
            if self._keeps:
                self._transport.write(answer.replace(b"Connection: close\r\n", b""))
            else:
                self._transport.write(answer)
                self._transport.close()
                return


_ITEMS = "".join(
    f"<item><title>Item {n}</title><guid>item-{n}</guid><link>https://a.example/{n}</link>"
    f"<description>{'word ' * 80}</description></item>"
    for n in range(20)
)
_BODY = f"<rss version='2.0'><channel><title>f</title>{_ITEMS}</channel></rss>".encode()
_WHOLE = (
    b'HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: "one"\r\nConnection: close\r\n'
    b"Content-Length: %d\r\n\r\n%b" % (len(_BODY), _BODY)
)
_UNCHANGED = b'HTTP/1.1 304 Not Modified\r\nETag: "one"\r\nConnection: close\r\n\r\n'


async def serve(hosts: int, keeps: bool) -> None:
    """Serve on as many of the hosts as there may be open files, until standard input ends."""
    other_core()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 3 * hosts + 6 * _SPARE_FILES
    wanted = min(hard, wanted) if hard != resource.RLIM_INFINITY else wanted
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    hosts = min(hosts, max(wanted // 3 - _SPARE_FILES, 50))
    loop = asyncio.get_running_loop()
    first = await loop.create_server(lambda: _Feed(keeps), host(0), 0)
    port = first.sockets[0].getsockname()[1]
    for number in range(1, hosts):
        await loop.create_server(lambda: _Feed(keeps), host(number), port)
    print(port, hosts, flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


async def aiohttp_loop(urls: list[str]) -> dict[str, float]:
    """Ask for every feed again and again, keeping nothing but the validators."""
    import aiohttp

    tags: dict[str, str] = {}
    unchanged = 0

    async def ask(session: aiohttp.ClientSession, line: asyncio.Queue[str]) -> None:
        nonlocal unchanged
        while not line.empty():
            url = line.get_nowait()
            headers = {"If-None-Match": tags[url]} if url in tags else {}
            async with session.get(url, headers=headers) as answer:
                await answer.read()
                unchanged += answer.status == 304
                tags[url] = answer.headers.get("ETag", "")

    began = 0.0
    connector = aiohttp.TCPConnector(limit=AT_ONCE)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(30)) as session:
        for visit in range(ROUNDS_EACH + 1):
            if visit == 1:
                began = time.process_time()
            line: asyncio.Queue[str] = asyncio.Queue()
            for url in urls:
                line.put_nowait(url)
            await asyncio.gather(*(ask(session, line) for _ in range(AT_ONCE)))
    return {"unchanged": unchanged, "cpu": time.process_time() - began}


def pycurl_loop(urls: list[str]) -> dict[str, float]:
    """Ask for every feed again and again by libcurl's multi interface, keeping nothing but the validators."""
    import pycurl

    tags: dict[str, str] = {}
    multi, spare, began, unchanged = pycurl.CurlMulti(), [pycurl.Curl() for _ in range(AT_ONCE)], 0.0, 0
    for visit in range(ROUNDS_EACH + 1):
        if visit == 1:
            unchanged, began = 0, time.process_time()
        line, running = iter(urls), dict[Any, tuple[str, list[bytes]]]()
        while True:
            while spare and (url := next(line, "")):
                curl, head = spare.pop(), list[bytes]()
                curl.setopt(pycurl.URL, url)
                curl.setopt(pycurl.HTTPHEADER, [f"If-None-Match: {tags[url]}"] if url in tags else [])
                curl.setopt(pycurl.WRITEFUNCTION, lambda data: None)
                curl.setopt(pycurl.HEADERFUNCTION, head.append)
                running[curl] = url, head
                multi.add_handle(curl)
            if not running:
                break
            multi.perform()
            if not (ended := multi.info_read()[1]):
                multi.select(0.1)
            for curl in ended:
                multi.remove_handle(curl)
                url, head = running.pop(curl)
                unchanged += curl.getinfo(pycurl.RESPONSE_CODE) == 304
                tags[url] = next(x[5:].strip().decode() for x in head if x.lower().startswith(b"etag:"))
                spare.append(curl)
    return {"unchanged": unchanged, "cpu": time.process_time() - began}


def our_loop(urls: list[str]) -> dict[str, float]:
    """Let the poller visit every feed again and again, on a clock that jumps to the next visits."""
    from listener.config import parse
    from listener.hearing import Ears
    from listener.intake import intake
    from listener.poll import Poller
    from listener.reading import Reader
    from listener.store import Store

    tables = ['[listener]\ndatabase = "polls.db"\nlanguages = ["en"]\n[[brand]]\nname = "Nobody at all"\n']
    tables += [
        f'[[source]]\nname = "{n}"\nkind = "rss"\nurl = "{u}"\nprivate = true\n' for n, u in enumerate(urls)
    ]
    clock = [datetime(2026, 11, 20, 12, tzinfo=UTC)]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        settings = parse("\n".join(tables), Path(folder), {})
        store = Store(settings.database, daemon=True)
        ears = Ears(lambda: clock[-1])
        made = intake(store, settings, Reader(settings.languages))
        poller = Poller(store, ears, made, settings, random.random)
        good, began = 0, 0.0
        for visit in range(ROUNDS_EACH + 1):
            if visit == 1:
                good, began = 0, time.process_time()
            clock.append(clock[-1] + timedelta(hours=1))
            poller.start(clock[-1])
            while poller.out:
                good += sum(visited.status == "ok" for visited in poller.settle(lambda: clock[-1], 1.0))
        spent = time.process_time() - began
        ears.close()
        store.close()
    return {"unchanged": good, "cpu": spent}


SIDES: Mapping[str, Callable[[list[str]], dict[str, float]]] = {
    "ours": our_loop,
    "aiohttp": lambda urls: asyncio.run(aiohttp_loop(urls)),
    "pycurl": pycurl_loop,
}


def main(side: str, *numbers: str) -> None:
    if side == "server":
        hosts, keeps = map(int, numbers)
        asyncio.run(serve(hosts, bool(keeps)))
        return
    one_core()
    port, hosts, feeds = map(int, numbers)
    urls = addresses(port, hosts, feeds)
    print(json.dumps(SIDES[side](urls)))


if __name__ == "__main__":
    main(*sys.argv[1:])
