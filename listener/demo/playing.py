"""The play itself: the set is put up, the real daemon runs in it, and somebody watches."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from listener import clock, desk, digest
from listener.clock import Clock
from listener.config import Settings
from listener.daemon import Daemon
from listener.demo import plot, setting
from listener.demo.feeds import LEAST_POSTS, Feeds
from listener.demo.screen import Keys, Screen, keyboard
from listener.demo.sentences import Narrator
from listener.demo.talk import BRAND, Post, Talk
from listener.store import incidents, outbox, sources
from listener.store.incidents import Saved
from rules.incident import Event

HURRY = "LISTENER_DEMO_HURRY"
ANSWER = "https://mokavira.example/statement"
STOPS_WITHIN_SECONDS = 12.0
LOOK_EVERY_SECONDS = 0.2
_WAITING = ("pending", "sending", "unknown")


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast time goes, and how many real seconds each part takes at most."""

    speed: float = 15
    heard: float = 30
    quiet: float = 10
    noticed: float = 60
    unanswered: float = 88
    answering: float = 8
    lingering: float = 15


TOLD_WITHIN_SECONDS = 4.0
USUAL = Pace()
HURRIED = Pace(speed=90, quiet=1, unanswered=8.5, answering=1, lingering=1)


class Quit(Exception):
    """Whoever watches has seen enough."""


class Broken(Exception):
    """The demo cannot go on; the text says why."""


def play(locale: str, out: Path, port: int) -> int:
    """Play a crisis in about two minutes; write the digest to `out`. Return the exit code."""
    if (problem := _unfit(out, port)) is not None:
        print(problem, file=sys.stderr)
        return 2
    screen, pace = Screen(sys.stdout), HURRIED if os.environ.get(HURRY) else USUAL
    try:
        with _stoppable(), tempfile.TemporaryDirectory(prefix="listener-demo-") as folder, keyboard() as keys:
            _play(Path(folder), Narrator(locale), locale, out, port, screen, keys, pace)
    except (Quit, KeyboardInterrupt):
        return 0
    except Broken as problem_met:
        print(problem_met, file=sys.stderr)
        return 1
    return 0


def _unfit(out: Path, port: int) -> str | None:
    if out.is_dir() or not out.parent.is_dir() or not os.access(out if out.exists() else out.parent, os.W_OK):
        return f"the digest cannot be written to {out}: choose another file with --out"
    if not 0 <= port <= 65535:
        return f"--port must be 0 to 65535, not {port}"
    return None


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let SIGTERM and a closed terminal end the demo as cleanly as Ctrl-C does."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Leave signals unheard for as long as things are being put away."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _play(
    folder: Path,
    words: Narrator,
    locale: str,
    out: Path,
    port: int,
    screen: Screen,
    keys: Keys,
    pace: Pace,
) -> None:
    screen.tell(words.beginning())
    now = clock.sped(pace.speed)
    feeds = Feeds(now)
    try:
        talk, chosen = Talk(plot.SEED), setting.free_port(port)
        if chosen != port and port:
            screen.note(words.taken_port(port))
        path = setting.write_config(folder, locale, chosen, feeds.addresses())
        settings = setting.read_config(path)
        past = plot.quiet_weeks(talk, now(), ZoneInfo(setting.TIMEZONE))
        old, fresh = _apart(past)
        feeds.add(fresh)
        imported = setting.import_past(folder, settings, old, now())
        screen.note(words.past(imported.stored))
        with _running(Daemon(lambda: setting.read_config(path), now, screen.file)) as running:
            play = _Play(running, feeds, talk, now, screen, keys, words, pace)
            screen.note(words.running(f"http://127.0.0.1:{chosen}", pace.speed))
            try:
                play.acts(out)
            finally:
                screen.bottom("")
                screen.note(words.stopping())
    finally:
        with _undisturbed():
            feeds.close()


def _apart(posts: list[Post]) -> tuple[list[Post], list[Post]]:
    """Return what is imported, and what each place still shows: the newest of its posts."""
    fresh: list[Post] = []
    for place in {post.place for post in posts}:
        fresh += [post for post in posts if post.place == place][-LEAST_POSTS:]
    shown = {post.id for post in fresh}
    return [post for post in posts if post.id not in shown], fresh


class _Running:
    """The daemon on a thread of its own, and what it died of, if it did."""

    def __init__(self, daemon: Daemon) -> None:
        self.daemon, self.error = daemon, ""
        self.thread = threading.Thread(target=self._run, name="daemon")
        self.thread.start()

    def _run(self) -> None:
        try:
            self.daemon.run()
        except BaseException as error:
            self.error = f"the daemon has stopped: {type(error).__name__}: {error}"


@contextmanager
def _running(daemon: Daemon) -> Iterator[_Running]:
    running = _Running(daemon)
    try:
        yield running
    finally:
        with _undisturbed():
            daemon.stop()
            running.thread.join(STOPS_WITHIN_SECONDS)


class _Play:
    """The acts, one after the other, and the eye on what the daemon does meanwhile."""

    def __init__(
        self,
        running: _Running,
        feeds: Feeds,
        talk: Talk,
        now: Clock,
        screen: Screen,
        keys: Keys,
        words: Narrator,
        pace: Pace,
    ) -> None:
        self._running, self._feeds, self._talk, self._now = running, feeds, talk, now
        self._screen, self._keys, self._words, self._pace = screen, keys, words, pace
        self._store, self._settings = running.daemon.store, running.daemon.settings
        self._begun_at: datetime | None = None
        self._told = 0
        self._is_open = False

    def acts(self, out: Path) -> None:
        """Play from a quiet day to the digest."""
        pace, screen, words = self._pace, self._screen, self._words
        if not self._until(self._all_heard, pace.heard):
            raise Broken("the sources were not heard; is something on this machine blocking 127.0.0.1?")
        screen.tell(words.heard())
        self._until(_never, pace.quiet)
        self._break_out()
        if not self._until(lambda: self._told > 0, pace.noticed):
            raise Broken("no incident was opened")
        if not self._is_acknowledged():
            screen.note(words.your_turn(self._keys.are_there))
        if not self._until(self._is_acknowledged, pace.unanswered):
            screen.tell(words.for_you())
            self._act("acknowledge")
        self._until(_never, pace.answering)
        self._act("answer", {"url": ANSWER})
        self._until(self._all_told, TOLD_WITHIN_SECONDS)
        self._end(out)
        if self._keys.are_there:
            screen.note(words.lingering())
            self._until(_never, pace.lingering)

    def _break_out(self) -> None:
        self._begun_at = self._now()
        storm = plot.outbreak(self._talk, self._begun_at)
        self._feeds.add(storm)
        self._screen.tell(self._words.outbreak())

    def _end(self, out: Path) -> None:
        saved = self._saved()
        assert saved is not None
        _write_digest(self._running.daemon, self._settings, saved.opened_at, self._now(), out)
        self._screen.bottom("")
        self._screen.tell(self._words.digest(str(out)))
        incident, begun = saved.incident, self._begun_at
        if begun and incident.acknowledged_at and incident.answered_at:
            spans = (saved.opened_at - begun, incident.acknowledged_at - begun, incident.answered_at - begun)
            self._screen.note(self._words.summary(*spans))

    def _until(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Wait until something holds, with an eye on keys and incident; tell whether it came to hold."""
        end = time.monotonic() + seconds
        while not holds():
            left = end - time.monotonic()
            if left <= 0:
                return False
            if self._running.error:
                raise Broken(self._running.error)
            if self._keys.are_there:
                self._screen.bottom(self._words.keys(self._now(), self._is_open))
            self._key(self._keys.pressed(min(LOOK_EVERY_SECONDS, left)))
            self._watch()
        self._watch()
        return True

    def _key(self, key: str) -> None:
        if key in ("q", "\x04"):
            raise Quit
        if key == "a":
            if self._saved() is None:
                self._screen.note(self._words.nothing_yet())
            elif not self._is_acknowledged():
                self._act("acknowledge")

    def _watch(self) -> None:
        """Tell of what has newly happened to the incident, once the terminal has shown it."""
        saved = self._saved()
        if saved is None:
            return
        self._is_open = saved.incident.acknowledged_by is None
        with self._store.read() as db:
            waiting = {n.event or 0 for n in outbox.of_incident(db, saved.id) if n.state in _WAITING}
        for number in range(self._told, min(waiting, default=len(saved.events))):
            self._tell(saved, saved.events[number])
            self._told = number + 1

    def _tell(self, saved: Saved, event: Event) -> None:
        words, tell = self._words, self._screen.tell
        begun = self._begun_at or saved.opened_at
        if event.what == "opened":
            tell(words.opened(self._feeds.written_since(begun), event.at - begun))
        elif event.what == "worsened":
            tell(words.worse())
        elif event.what == "told" and event.at - saved.opened_at > timedelta(minutes=5):
            people = [name for step in event.data.get("steps", ()) for name in step["people"]]
            tell(words.called(event.at - saved.opened_at, people))
        elif event.what == "acknowledged":
            tell(words.acknowledged())
        elif event.what == "answered":
            tell(words.answered())

    def _all_heard(self) -> bool:
        names = [source.name for source in self._settings.sources]
        with self._store.read() as db:
            return all(state.last_ok_at is not None for state in sources.all_of(db, names))

    def _saved(self) -> Saved | None:
        with self._store.read() as db:
            return incidents.latest_of(db, BRAND)

    def _is_acknowledged(self) -> bool:
        saved = self._saved()
        return saved is not None and saved.incident.acknowledged_by is not None

    def _all_told(self) -> bool:
        saved = self._saved()
        return saved is not None and self._told >= len(saved.events)

    def _act(self, what: str, data: dict[str, str] | None = None) -> None:
        saved = self._saved()
        if saved is not None:
            desk.act(self._store, self._settings, what, saved.id, setting.SPOKESPERSON, self._now(), data)


def _never() -> bool:
    return False


def _write_digest(daemon: Daemon, settings: Settings, week_of: datetime, now: datetime, out: Path) -> None:
    week = digest.key_of(week_of, settings.timezone)
    page = digest.page(digest.gather(daemon.store, settings, week, now), settings.locale, settings.timezone)
    out.write_text(digest.as_html(page), encoding="utf-8")
