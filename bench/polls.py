"""Conditional polls that bring nothing new: ours with all its books against a bare aiohttp loop without any.

Each feed has a loopback host of its own, and the server ends each connection: between visits that lie
minutes apart none would stay open. Client CPU only: the server is a process on another core, each
side a process of its own on this one. Both have their validators from an unmeasured first round.
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
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.measure import ROUNDS, Line, compared, in_turns, one_core, other_core

FEEDS = 2000
AT_ONCE = 64
VISITS_EACH = 3
TARGET = 1.5
_SPARE_FILES = 600


def run(feeds: int = FEEDS, rounds: int = ROUNDS) -> list[Line]:
    """Return lines of (what, figure)."""
    with _server(feeds) as (port, hosts):
        sides = {
            name: lambda name=name: _measured(name, port, hosts, feeds)  # type: ignore[misc]
            for name in ("ours", "aiohttp")
        }
        found = in_turns(sides, rounds)
    what = f"{feeds:,} feeds on {hosts:,} hosts, against a bare aiohttp loop"
    return [(what, compared(found["ours"], found["aiohttp"], "feeds per CPU second", TARGET))]


def addresses(port: int, hosts: int, feeds: int) -> list[str]:
    return [f"http://{host(number % hosts)}:{port}/{number}" for number in range(feeds)]


def host(number: int) -> str:
    return f"127.1.{number // 250}.{number % 250 + 1}"


@contextmanager
def _server(feeds: int) -> Iterator[tuple[int, int]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.polls", "server", str(feeds)],
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
    assert found["unchanged"] == feeds * VISITS_EACH, f"{side}: {found}"
    return float(found["unchanged"] / found["cpu"])


class _Feed(asyncio.Protocol):
    """Answers with a feed, and with 304 to those who have it already."""

    def __init__(self) -> None:
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        while b"\r\n\r\n" in self._got:
            head, _, self._got = self._got.partition(b"\r\n\r\n")
            same = b"if-none-match" in head.lower()
            self._transport.write(_UNCHANGED if same else _WHOLE)
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


async def serve(feeds: int) -> None:
    """Serve on as many hosts as there may be open files, until standard input ends."""
    other_core()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = (
        min(hard, feeds + 6 * _SPARE_FILES) if hard != resource.RLIM_INFINITY else feeds + 6 * _SPARE_FILES
    )
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    hosts = min(feeds, max(wanted // 2 - _SPARE_FILES, 50))
    loop = asyncio.get_running_loop()
    first = await loop.create_server(_Feed, host(0), 0)
    port = first.sockets[0].getsockname()[1]
    for number in range(1, hosts):
        await loop.create_server(_Feed, host(number), port)
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
        for visit in range(VISITS_EACH + 1):
            if visit == 1:
                began = time.process_time()
            line: asyncio.Queue[str] = asyncio.Queue()
            for url in urls:
                line.put_nowait(url)
            await asyncio.gather(*(ask(session, line) for _ in range(AT_ONCE)))
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
        ears = Ears(lambda: clock[-1], most_visits=AT_ONCE)
        made = intake(store, settings, Reader(settings.languages))
        poller = Poller(store, ears, made, settings, random.random)
        good, began = 0, 0.0
        for visit in range(VISITS_EACH + 1):
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


def main(side: str, *numbers: str) -> None:
    if side == "server":
        asyncio.run(serve(int(numbers[0])))
        return
    one_core()
    port, hosts, feeds = map(int, numbers)
    urls = addresses(port, hosts, feeds)
    found = our_loop(urls) if side == "ours" else asyncio.run(aiohttp_loop(urls))
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
