"""From the commit of the spike to the call that reaches Slack, in milliseconds.

Three weeks of history of ten brands lie in the store, and the judge has its series in memory and
their snapshots kept, as in the daemon after its first runs. A page of angry mentions is committed;
judge and deliverer wait on their threads, as there. The Slack is a process that notes when a
request has come in; both read the same monotonic clock.
"""

from __future__ import annotations

import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from bench.measure import Line
from listener.config import Settings, parse
from listener.deliver import deliver
from listener.detect import Judge
from listener.escalate import escalate
from listener.store import Store, counts, mentions
from listener.store.mentions import Row
from listener.store.times import minute
from listener.ways import slack

BRANDS = 10
ROUNDS = 20
DAYS = 21
A_DAY = 60
SPIKE = 60
MOST_MILLISECONDS = 50
_ANSWER = b'{"ok":true,"channel":"C0ALERTS","ts":"1700000000.000001","message":{}}'


def run(rounds: int = ROUNDS, brands: int = BRANDS, days: int = DAYS) -> list[Line]:
    """Return lines of (what, figure)."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    waited: list[float] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, _slack() as (port, arrived):
        settings = _settings(Path(folder), port, brands)
        _history(settings, now, days)
        template = Path(folder) / "template.db"
        shutil.copy(settings.database, template)
        while len(waited) < rounds:
            # A brand's second spike would join its open incident in silence: the past is taken anew.
            shutil.copy(template, settings.database)
            waited += _alarms(settings, now, arrived)[: rounds - len(waited)]
    verdict = "met" if median(waited) <= MOST_MILLISECONDS else "MISSED"
    spread = f"middle of {len(waited)}, least {min(waited):.1f}, most {max(waited):.1f}"
    figure = f"{median(waited):.1f} ms ({spread}; at most {MOST_MILLISECONDS} ms: {verdict})"
    return [(f"{brands} brands, {days} days of history, a page of {SPIKE} mentions", figure)]


def _alarms(settings: Settings, now: datetime, arrived: Callable[[], float]) -> list[float]:
    store = Store(settings.database, daemon=True)
    stage = _Threads(store, settings, now)
    try:
        waited = []
        for brand in settings.brands:
            rows = [_row(f"{brand.name} spike {n}", brand.name, now, True) for n in range(SPIKE)]
            with store.write() as db:
                mentions.add(db, "news", rows, now)
                counts.heard(db, "news", minute(now) - 5, minute(now))
            # Slack allows a message a second to a channel, and the last round has just had one.
            stage.way = slack(settings)
            committed = time.monotonic()
            stage.judge_now.set()
            waited.append((arrived() - committed) * 1000)
            stage.settled.wait(10)
            stage.settled.clear()
        return waited
    finally:
        stage.close()
        store.close()


class _Threads:
    """Judge and deliverer on threads of their own, each woken by an event, as the daemon has them."""

    def __init__(self, store: Store, settings: Settings, now: datetime) -> None:
        self.judge_now, self._deliver_now = threading.Event(), threading.Event()
        self.settled, self._stop, self._judged = threading.Event(), False, False
        self._store, self._settings, self._now = store, settings, now
        self._judge, self.way = Judge(settings), slack(settings)
        self._judge.detect(store, now)
        while self._judge.keep(store, now):
            pass
        self._threads = [threading.Thread(target=step) for step in (self._judging, self._delivering)]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self._stop = True
        self.judge_now.set()
        self._deliver_now.set()
        for thread in self._threads:
            thread.join(10)

    def _judging(self) -> None:
        while self.judge_now.wait() and not self._stop:
            self.judge_now.clear()
            if self._judge.detect(self._store, self._now).spoke:
                self._deliver_now.set()
            escalate(self._store, self._settings, self._now)
            self._judged = True
            self._deliver_now.set()

    def _delivering(self) -> None:
        while self._deliver_now.wait() and not self._stop:
            self._deliver_now.clear()
            judged, self._judged = self._judged, False
            while deliver(self._store, self._settings, self.way, self._now, time.time()).busy:
                pass
            if judged:
                self.settled.set()


def _settings(folder: Path, port: int, brands: int) -> Settings:
    tables = ['[listener]\ndatabase = "alarm.db"\n']
    tables += [f'[[brand]]\nname = "Brand{n}"\n' for n in range(brands)]
    tables += ['[[source]]\nname = "news"\nkind = "rss"\nurl = "http://127.0.0.1:9/feed"\nprivate = true\n']
    tables += [
        f'[slack]\nbot_token = "xoxb-bench"\nchannel = "C0ALERTS"\napi = "http://127.0.0.1:{port}/api/"\n'
    ]
    return parse("\n".join(tables), folder, {})


def _history(settings: Settings, now: datetime, days: int) -> None:
    dice = random.Random(3)
    store = Store(settings.database, daemon=True)
    first = now - timedelta(days=days)
    with store.write() as db:
        for brand in settings.brands:
            rows = [
                _row(
                    f"{brand.name} {n}",
                    brand.name,
                    first + timedelta(days=days) * dice.random(),
                    dice.random() < 0.2,
                )
                for n in range(days * A_DAY)
            ]
            mentions.add(db, counts.IMPORT, rows, now, history=True)
            counts.known_whole(db, brand.name, minute(first), minute(now))
    store.close()


def _row(key: str, brand: str, at: datetime, negative: bool) -> Row:
    return Row(
        key=key,
        url=f"https://a.example/{key.replace(' ', '-')}",
        author=f"writer {key[-4:]}",
        title="",
        text=f"{brand} has let me down again, {key}: broken after a week and nobody answers the phone.",
        published_at=at,
        minute=minute(at),
        counted=True,
        reach=None,
        language="en",
        label="negative" if negative else "neutral",
        score=-0.6 if negative else 0.0,
        worst=-0.6,
        confidence=0.8,
        reading="1",
        brands={brand: (brand,)},
        measures={brand: ["all", "negative"] if negative else ["all"]},
    )


@contextmanager
def _slack() -> Iterator[tuple[int, Callable[[], float]]]:
    """Yield the port of a Slack, and what waits for the next card and returns when it came in."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.alarm", "slack"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin and process.stdout
    lines = process.stdout
    try:
        yield int(lines.readline()), lambda: float(lines.readline())
    finally:
        process.stdin.close()
        process.wait(10)
        lines.close()


def serve() -> None:
    """Answer every call as Slack would a good one; tell when a message to the channel came in."""
    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    threading.Thread(target=_answering, args=(listening,), daemon=True).start()
    sys.stdin.read()


def _answering(listening: socket.socket) -> None:
    while True:
        line, _ = listening.accept()
        at = time.monotonic()
        with line:
            head, body = _request(line)
            head_line = head.split(b"\r\n", 1)[0]
            if b"chat.postMessage" in head_line and b"thread_ts" not in body:
                print(at, flush=True)
            line.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
                b"Content-Length: %d\r\n\r\n%b" % (len(_ANSWER), _ANSWER)
            )


def _request(line: socket.socket) -> tuple[bytes, bytes]:
    got = b""
    while b"\r\n\r\n" not in got and (more := line.recv(65536)):
        got += more
    head, _, body = got.partition(b"\r\n\r\n")
    sizes = [
        line.partition(b":")[2] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
    ]
    size = int(sizes[0]) if sizes else 0
    while len(body) < size and (more := line.recv(65536)):
        body += more
    return head, body


if __name__ == "__main__":
    serve()
