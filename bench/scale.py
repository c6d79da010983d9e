"""Many feeds, some of which hang and some of which fail: one daemon, on one core, and idle.

`python -m bench.scale FEEDS HOSTS EVERY SECONDS IDLE` takes other sizes: 10000 2000 300 620 120 is
the full one. Of every twenty feeds one hangs (it accepts and never answers, or drips) and one
fails (500, a reset, a port that is closed).
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from bench.measure import Line, one_core, other_core
from bench.polls import host

MOST_MEGABYTES = 250
MOST_IDLE = 0.03
CLOSED_PORT = 1
_STEP = 20


@dataclass(frozen=True, slots=True)
class Scale:
    """So many feeds on so many hosts, each to be visited every so many seconds."""

    feeds: int = 2_000
    hosts: int = 400
    every: int = 40
    seconds: int = 85
    idle: int = 20


def run(scale: Scale = Scale()) -> list[Line]:
    """Return lines of (what, figure)."""
    if not Path("/proc/self/stat").exists():
        return [("many feeds", "not measured: there is no /proc here")]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, _server(scale) as (port, server):
        config = Path(folder) / "config.toml"
        config.write_text(_config(scale, port, scale.every), encoding="utf-8")
        with _daemon(config) as pid:
            most = _watch(pid, scale.seconds)
            spent, visits = _cpu(pid), _asked(server)
        config.write_text(_config(scale, port, 12 * 3600), encoding="utf-8")
        with _daemon(config) as pid:
            idle = _idle(pid, scale, server)
    return [*_visited(scale, visits, spent, most), _idle_line(scale, idle)]


def _visited(scale: Scale, visits: dict[int, list[float]], spent: float, most: float) -> list[Line]:
    healthy = [number for number in range(scale.feeds) if number % _STEP > 1]
    begun = min(times[0] for times in visits.values())
    # The server's clock and the end of the run close the last wait of each feed.
    ended = max(times[-1] for times in visits.values())
    waits = [_longest(visits.get(number, []), begun, ended) for number in healthy]
    late = sum(wait > scale.every * 1.02 + 1 for wait in waits)
    rate = sum(map(len, visits.values())) / spent
    what = f"{scale.feeds:,} feeds on {scale.hosts:,} hosts, 5 % hang, 5 % fail, every {scale.every} s"
    return [
        (
            f"{what}: healthy ones",
            f"{len(healthy) - late:,} of {len(healthy):,} in time, the longest wait {max(waits):.1f} s"
            f" ({'met' if not late else 'MISSED'})",
        ),
        (
            f"{what}: memory",
            f"{most:.0f} MB (at most {MOST_MEGABYTES}: {'met' if most <= MOST_MEGABYTES else 'MISSED'})",
        ),
        (f"{what}: CPU", f"{spent:.1f} s in {scale.seconds} s, {rate:,.0f} requests per CPU second"),
    ]


def _longest(times: list[float], begun: float, ended: float) -> float:
    edges = [begun, *times, ended]
    return max(after - before for before, after in pairwise(edges))


def _idle_line(scale: Scale, share: float) -> Line:
    verdict = "met" if share <= MOST_IDLE else "MISSED"
    return (
        f"{scale.feeds:,} sources, none due, over {scale.idle} s",
        f"{share:.2%} of a core (at most {MOST_IDLE:.0%}: {verdict})",
    )


def _watch(pid: int, seconds: float) -> float:
    """Return the most resident megabytes of a process over some time."""
    until, most = time.monotonic() + seconds, 0.0
    while time.monotonic() < until:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        resident = [int(x.split()[1]) / 1024 for x in status.splitlines() if x.startswith("VmRSS")]
        assert resident, "the daemon has ended"
        most = max(most, *resident)
        time.sleep(1)
    return most


def _idle(pid: int, scale: Scale, server: subprocess.Popen[str]) -> float:
    """Return the share of a core that the daemon takes once nobody is visited any more."""
    before, quiet = -1, 0
    for _ in range(scale.every * 3 + 60):
        now = sum(map(len, _asked(server).values()))
        quiet, before = (quiet + 1 if now == before else 0), now
        if quiet >= 12:
            break
        time.sleep(1)
    began, at = _cpu(pid), time.monotonic()
    time.sleep(scale.idle)
    return (_cpu(pid) - began) / (time.monotonic() - at)


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _asked(server: subprocess.Popen[str]) -> dict[int, list[float]]:
    """Return when each feed was asked for."""
    assert server.stdin and server.stdout
    server.stdin.write("\n")
    server.stdin.flush()
    return {int(number): times for number, times in json.loads(server.stdout.readline()).items()}


@contextmanager
def _daemon(config: Path) -> Iterator[int]:
    code = "from listener.cli import main; main()"
    log = (config.parent / "log").open("ab")
    process = subprocess.Popen(
        [sys.executable, "-c", code, "--config", str(config), "run"], stdout=log, stderr=log
    )
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)
        log.close()


@contextmanager
def _server(scale: Scale) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    command = [sys.executable, "-m", "bench.scale", "server", str(scale.hosts)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin and process.stdout
    try:
        yield int(process.stdout.readline()), process
    finally:
        process.stdin.close()
        process.wait(20)
        process.stdout.close()


def _config(scale: Scale, port: int, every: int) -> str:
    tables = [
        '[listener]\ndatabase = "scale.db"\ndashboard = "127.0.0.1:0"\n[[brand]]\nname = "Nobody at all"\n'
    ]
    for number in range(scale.feeds):
        closed = number % (3 * _STEP) == 1
        url = f"http://{host(number % scale.hosts)}:{CLOSED_PORT if closed else port}/{number}"
        tables.append(
            f'[[source]]\nname = "{number}"\nkind = "rss"\nurl = "{url}"\n'
            f'every = "{every}s"\nprivate = true\n'
        )
    return "\n".join(tables)


class _Feed(asyncio.Protocol):
    """Answers as the number of the feed bids: most with a feed, or that it is unchanged."""

    def __init__(self, asked: dict[int, list[float]]) -> None:
        self._got, self._asked = b"", asked

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        while b"\r\n\r\n" in self._got:
            head, _, self._got = self._got.partition(b"\r\n\r\n")
            number = int(head.split(b" ", 2)[1].strip(b"/"))
            self._asked.setdefault(number, []).append(time.monotonic())
            self._answer(number, head)

    def _answer(self, number: int, head: bytes) -> None:
        if number % (2 * _STEP) == 0:
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
            self._drip()
        elif number % (3 * _STEP) == _STEP + 1:
            self._transport.write(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")
        elif number % _STEP == 1:
            linger: Any = self._transport.get_extra_info("socket")
            linger.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._transport.abort()
        elif number % _STEP:
            self._transport.write(_UNCHANGED if b"if-none-match" in head.lower() else _WHOLE)

    def _drip(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(b"x")
            asyncio.get_running_loop().call_later(3, self._drip)


_ITEMS = "".join(
    f"<item><title>Item {n}</title><guid>item-{n}</guid><link>https://a.example/{n}</link>"
    f"<description>{'word ' * 80}</description></item>"
    for n in range(20)
)
_BODY = f"<rss version='2.0'><channel><title>f</title>{_ITEMS}</channel></rss>".encode()
_WHOLE = (
    b'HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: "one"\r\nContent-Length: %d\r\n\r\n%b'
    % (len(_BODY), _BODY)
)
_UNCHANGED = b'HTTP/1.1 304 Not Modified\r\nETag: "one"\r\n\r\n'


async def serve(hosts: int) -> None:
    """Serve until standard input ends; each line of it is answered with who was asked when."""
    other_core()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asked: dict[int, list[float]] = {}
    loop = asyncio.get_running_loop()
    first = await loop.create_server(lambda: _Feed(asked), host(0), 0, backlog=500)
    port = first.sockets[0].getsockname()[1]
    for number in range(1, hosts):
        await loop.create_server(lambda: _Feed(asked), host(number), port, backlog=500)
    print(port, flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(asked), flush=True)


def main(*arguments: str) -> None:
    if arguments[:1] == ("server",):
        asyncio.run(serve(int(arguments[1])))
        return
    one_core()
    for what, figure in run(Scale(*map(int, arguments))):
        print(f"{what}: {figure}")


if __name__ == "__main__":
    main(*sys.argv[1:])
