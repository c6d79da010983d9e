"""The daemon: the clock, the threads and the signals. What is to be done stands in the stages.

main       waits for signals
poll       stores what comes home, and wakes the judge
judge      detect, then escalate; wakes the deliverers
deliver    one thread for each way out, so that one that hangs stops nothing else
ticker     APScheduler: visits, digest, backup, heartbeat; what is due lives in the store
besides    libcurl and readers (hearing), Slack's socket, the status page
"""

from __future__ import annotations

import logging
import random
import signal
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TextIO

from apscheduler.schedulers.background import BackgroundScheduler

from listener import desk, digest, upkeep
from listener.clock import Clock
from listener.config import ConfigError, Settings
from listener.deliver import deliver, warm
from listener.detect import Judge
from listener.escalate import escalate
from listener.hearing import Ears
from listener.hearing.frugal import frugal
from listener.intake import intake
from listener.layers import Layers
from listener.notify import WayOut
from listener.poll import Poller
from listener.reading import Reader
from listener.receiving import Receiver
from listener.sickbed import Sickbed
from listener.slack.inbox import Inbox
from listener.slack.presses import inbox
from listener.store import DaemonLock, Store, StoreError
from listener.upkeep import Pulse
from listener.ways import slack, ways_out

if TYPE_CHECKING:
    from listener.web import Server

log = logging.getLogger("listener.daemon")
TICK_SECONDS = 1
TEND_SECONDS = 5
LEARNED_SECONDS = 2
JUDGE_AT_LEAST_SECONDS = 1.0
DELIVER_AT_LEAST_SECONDS = 2.0
AFTER_A_BUG_SECONDS = 5.0
STOP_WITHIN_SECONDS = 8.0


class DaemonError(Exception):
    """The daemon cannot run; the text says why and what to do."""


class Daemon:
    """Everything that runs. `load` reads the configuration; it is called again on SIGHUP."""

    def __init__(self, load: Callable[[], Settings], clock: Clock, terminal: TextIO | None = None) -> None:
        self._load, self._clock, self._terminal = load, clock, terminal
        frugal()
        self.settings = load()
        self._lock = DaemonLock(self.settings.database)
        if not self._lock.take():
            raise StoreError(f"a daemon is running on {self.settings.database} already")
        self.store = Store(self.settings.database, daemon=True)
        if (found := self.store.quick_check()) != "ok":
            raise StoreError(
                f"the database {self.settings.database} is damaged ({found}); restore the backup beside it"
            )
        self._stop, self._reload = threading.Event(), threading.Event()
        self._judge_now, self._wakers = threading.Event(), list[threading.Event]()
        self._generation, self._deliverers = 0, list[threading.Thread]()
        self._threads: list[threading.Thread] = []
        self._inbox: Inbox | None = None
        self._server: Server | None = None
        self.pulse = Pulse()
        self._reader, self._layers = self._taught(self.settings)
        made = intake(self.store, self.settings, self._reader)
        made.recount(self.store)
        self._ears = Ears(self._clock, contact=self.settings.contact)
        self._poller = Poller(self.store, self._ears, made, self.settings, random.random)
        self._judge = Judge(self.settings)
        self._sickbed = Sickbed(self.settings)
        self._soon: tuple[str, ...] = ()
        warm(self.settings)

    def _taught(self, settings: Settings) -> tuple[Reader, Layers]:
        """Return a new reader with what was learned, and what keeps it up with that."""
        reader = Reader(settings.languages, settings.reading.overlay)
        layers = Layers(reader, log.error)
        with self.store.read() as db:
            layers.follow(db)
        return reader, layers

    # One round of everything, for `run --once` and for tests.

    def once(self, seconds: float = 90.0) -> list[str]:
        """Let every stage do its work once, due or not; return what a person should see."""
        self._poller.start(self._clock(), [s.name for s in self.settings.sources if not s.pause])
        until, said = time.monotonic() + seconds, []
        while self._poller.out and time.monotonic() < until:
            for visited in self._poller.settle(self._clock, 0.2):
                if visited.status != "ok":
                    said.append(f"{visited.source}: {visited.status}: {visited.detail}")
        self._judged()
        self._tend()
        self._digest()
        self._deliver_all(ways_out(self.settings, self._terminal))
        return said

    def _deliver_all(self, ways: Sequence[WayOut]) -> None:
        """Deliver what can be delivered now; what one way refuses, another may have to tell."""
        while any(deliver(self.store, self.settings, w, self._clock(), time.time()).busy for w in ways):
            pass
        for way in ways:
            way.close()

    # The long run.

    def run(self) -> None:
        """Run until SIGTERM or Ctrl-C; SIGHUP reads the configuration again."""
        self._signals()
        self._serve()
        self._begin("poll", self._poll)
        self._begin("judge", self._judging)
        self._open_ways()
        ticker = self._ticker()
        ticker.start()
        names = ", ".join(brand.name for brand in self.settings.brands) or "nobody"
        log.info("listening brands=%s sources=%d", names, len(self.settings.sources))
        try:
            while not self._stop.wait(0.25):
                if self._reload.is_set():
                    self._reload.clear()
                    self._reconfigure()
        finally:
            self.close(ticker)

    def stop(self) -> None:
        """Ask the daemon to stop; `run` returns within ten seconds."""
        self._stop.set()
        self._judge_now.set()
        self._wake()

    def _wake(self) -> None:
        for waker in self._wakers:
            waker.set()

    def close(self, ticker: BackgroundScheduler | None = None) -> None:
        """Let what is under way end, and let go of everything."""
        self.stop()
        until = time.monotonic() + STOP_WITHIN_SECONDS
        if ticker is not None:
            ticker.shutdown(wait=False)
        if self._inbox is not None:
            self._inbox.close()
        if self._server is not None:
            self._server.stop()
        self._ears.close()
        for thread in self._threads:
            thread.join(max(until - time.monotonic(), 0.1))
        if any(thread.is_alive() for thread in self._threads):
            # What hangs holds a claim; the next start looks for it before it sends again.
            log.warning("stopped while a delivery hangs")
        else:
            self.store.close()
        self._lock.release()
        log.info("stopped")

    def _signals(self) -> None:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, lambda *_: self.stop())
            signal.signal(signal.SIGINT, lambda *_: self.stop())
            signal.signal(signal.SIGHUP, lambda *_: self._reload.set())

    def _begin(
        self, name: str, step: Callable[[], None], go_on: Callable[[], bool] = lambda: True
    ) -> threading.Thread:
        """Run a step again and again on a thread of its own; a bug in it is logged and it goes on."""

        def loop() -> None:
            while not self._stop.is_set() and go_on():
                try:
                    step()
                except Exception:
                    log.exception("bug thread=%s", name)
                    self.pulse.bugs += 1
                    self._stop.wait(AFTER_A_BUG_SECONDS)

        thread = threading.Thread(target=loop, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()
        return thread

    def _poll(self) -> None:
        visited = self._poller.settle(self._clock, 0.5)
        if any(v.new for v in visited):
            self._judge_now.set()
        self.pulse.visits += len(visited)

    def _judging(self) -> None:
        self._judge_now.wait(JUDGE_AT_LEAST_SECONDS)
        self._judge_now.clear()
        if not self._stop.is_set():
            self._judged()

    def _judged(self) -> None:
        now = self._clock()
        if self._judge.detect(self.store, now).spoke:
            # The card is on its way while the ladder is climbed.
            self._wake()
        if escalate(self.store, self.settings, now).moved:
            self._wake()
        self.pulse.judged()
        self._judge.keep(self.store, now)

    def _open_ways(self) -> None:
        """Start a deliverer for each way out, and Slack's socket; those of before end by themselves."""
        self._generation += 1
        generation = self._generation
        # One deliverer at a time for each way: another would take a slow send for a lost one.
        self._wake()
        for thread in self._deliverers:
            thread.join(STOP_WITHIN_SECONDS * 2)
        self._wakers, self._deliverers = [], []
        if self._inbox is not None:
            self._inbox.close()
            self._inbox = None
        for way in ways_out(self.settings, self._terminal):
            now = self._begin(
                f"deliver {way.name}", self._delivering(way), lambda: self._generation == generation
            )
            self._deliverers.append(now)
        if self.settings.slack is not None:
            self._inbox = inbox(self.store, self.settings, slack(self.settings), self._clock, self._wake)
        if self._inbox is not None:
            self._inbox.start()

    def _delivering(self, way: WayOut) -> Callable[[], None]:
        woken = threading.Event()
        self._wakers.append(woken)

        def step() -> None:
            report = deliver(self.store, self.settings, way, self._clock(), time.time())
            if not report.busy:
                wait = DELIVER_AT_LEAST_SECONDS
                if report.next_at is not None:
                    wait = min(max(report.next_at - time.time(), 0.05), wait)
                woken.wait(wait)
                woken.clear()

        return step

    def _ticker(self) -> BackgroundScheduler:
        ticker = BackgroundScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "misfire_grace_time": 3600, "max_instances": 1}
        )
        ticker.add_job(
            self._guarded(self._visits), "interval", seconds=TICK_SECONDS, next_run_time=datetime.now(UTC)
        )
        ticker.add_job(
            self._guarded(self._tend), "interval", seconds=TEND_SECONDS, next_run_time=datetime.now(UTC)
        )
        ticker.add_job(self._guarded(self._learned), "interval", seconds=LEARNED_SECONDS)
        ticker.add_job(self._guarded(self._digest), "interval", seconds=20)
        ticker.add_job(self._guarded(self._beat), "interval", seconds=60)
        soon = datetime.now(UTC) + timedelta(minutes=1)
        ticker.add_job(self._guarded(self._upkeep), "interval", hours=1, next_run_time=soon)
        return ticker

    def _guarded(self, job: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                job()
            except Exception:
                log.exception("bug job=%s", job.__name__)
                self.pulse.bugs += 1

        return run

    def _visits(self) -> None:
        if not self._stop.is_set():
            soon, self._soon = self._soon, ()
            if soon:
                self._poller.start(self._clock(), soon)
            # What is due before the next tick begins now: it would be late by then.
            self._poller.start(self._clock() + timedelta(seconds=TICK_SECONDS))

    def _tend(self) -> None:
        report = self._sickbed.tend(self.store, self._clock())
        # Visits begin on one thread only.
        self._soon = report.soon or self._soon
        if report.told:
            self._wake()

    def _learned(self) -> None:
        """Take the version of what was learned that is in force by now."""
        with self.store.read() as db:
            if self._layers.follow(db):
                log.info("another version of what was learned version=%d", self._layers.version)

    def _digest(self) -> None:
        week = digest.tick(self.store, self.settings, self._clock())
        if week is not None:
            log.info("digest is due week=%s", week)
            self._wake()

    def _beat(self) -> None:
        upkeep.beat(self.settings, self.health())

    def _upkeep(self) -> None:
        upkeep.backup(self.store)
        upkeep.forget_old(self.store, self.settings, self._clock())

    def health(self) -> upkeep.Health:
        """Return how the daemon is, for the status page, /healthz and the heartbeat."""
        connected = None if self._inbox is None else self._inbox.connected
        return upkeep.health(self.store, self.settings, self.pulse, self._clock(), connected)

    def _serve(self) -> None:
        if self.settings.dashboard is None:
            return
        # Half a second and 20 MB: only where there is a page to serve.
        from listener.web import ServeError, Server, app

        host, port = self.settings.dashboard
        receiver = Receiver(
            self.store,
            lambda: self.settings,
            lambda settings: intake(self.store, settings, self._reader),
            self._clock,
            self._judge_now.set,
        )
        page = app(self.store, lambda: self.settings, self._clock, self.health, self._taken, receiver)
        server = Server(page, host, port)
        try:
            server.start()
        except ServeError as error:
            raise DaemonError(str(error)) from error
        self._server = server
        log.info("status page address=http://%s:%d", host, server.port)

    def _taken(self, incident: int, by: str) -> str:
        outcome = desk.act(self.store, self.settings, "acknowledge", incident, by, self._clock())
        self._wake()
        return outcome.code

    def _reconfigure(self) -> None:
        """Take a new configuration, whole or not at all."""
        try:
            settings = self._load()
            reader, layers = self._reader_for(settings)
            made = intake(self.store, settings, reader)
            made.recount(self.store)
        except (ConfigError, StoreError) as error:
            log.error("the new configuration is refused, the old one stays in force:\n%s", error)
            return
        if (settings.database, settings.dashboard) != (self.settings.database, self.settings.dashboard):
            log.warning("database and dashboard change at the next start only")
        self.settings, self._reader, self._layers = settings, reader, layers
        self._poller.configure(settings, made)
        self._judge = Judge(settings)
        self._sickbed = Sickbed(settings)
        self._open_ways()
        log.info("configuration read again sources=%d", len(settings.sources))

    def _reader_for(self, settings: Settings) -> tuple[Reader, Layers]:
        now, before = settings, self.settings
        if (now.languages, now.reading) == (before.languages, before.reading):
            return self._reader, self._layers
        return self._taught(settings)
