"""Verbs that run things: run, check, demo."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from listener import clock, standing, ways
from listener.cli import examples
from listener.cli.advice import NO_ANSWER, todo
from listener.cli.face import Context, emit, json_option
from listener.cli.hearing import visit
from listener.config import load
from listener.daemon import Daemon
from listener.poll import Visited
from listener.store import Store, sources
from rules.query import parse


class Plain(logging.Formatter):
    """One event a line: controls that a stranger's words may carry are shown, not obeyed."""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        head, *rest = line.split("\n") if record.exc_info else [line.replace("\n", " | ")]
        return "\n".join("".join(c if c.isprintable() else "·" for c in part) for part in (head, *rest))


def logs(debug: bool) -> None:
    """Log to the error channel: a line for each event, key=value."""
    handler: logging.Handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Plain("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S%z"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("listener").setLevel(logging.DEBUG if debug else logging.INFO)
    for name in ("apscheduler", "uvicorn", "slack_sdk", "prawcore"):
        logging.getLogger(name).setLevel(logging.ERROR)


@click.command()
@click.option("--once", is_flag=True, help="Every stage once, then exit.")
@click.option(
    "--clock", "clock_file", type=click.Path(path_type=Path), help="Read the time from this file (ISO 8601)."
)
@click.option("--speed", type=float, help="Let time run so many times as fast: for drills and tests.")
@click.pass_obj
def run(context: Context, once: bool, clock_file: Path | None, speed: float | None) -> int:
    """Run the daemon: listen, judge, tell. Ctrl-C stops it, SIGHUP reads the configuration again."""
    if clock_file is not None and speed is not None:
        raise click.UsageError("--clock or --speed, not both")
    logs(context.debug)
    now = (
        clock.from_file(clock_file) if clock_file else clock.sped(speed) if speed is not None else clock.real
    )
    if not once:
        # Until the daemon listens to signals itself, there is nothing that would have to be finished.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    daemon = Daemon(lambda: load(context.path, os.environ), now)
    if not once:
        daemon.run()
        return 0
    try:
        said = daemon.once()
    finally:
        daemon.close()
    for line in said:
        print(line, file=sys.stderr)
    return int(bool(said))


@click.command()
@click.option("--offline", is_flag=True, help="Leave out what needs the network.")
@json_option
@click.pass_obj
def check(context: Context, offline: bool, as_json: bool) -> int:
    """Check the configuration and try everything for real: sources, Slack, mail, the database."""
    rows: list[dict[str, Any]] = [_row("config", str(context.path), True, "can be read")]
    rows += [*_queries(context), *_reachable(context), _database(context)]
    if not offline:
        rows += [*_sources(context), *_ways(context)]
    emit(rows, as_json, ("ok", "what", "name", "detail", "do"))
    return int(not all(row["ok"] for row in rows))


def _row(what: str, name: str, ok: bool, detail: str = "", do: str = "") -> dict[str, Any]:
    return {"what": what, "name": name, "ok": ok, "detail": detail, "do": "" if ok else do}


def _queries(context: Context) -> Iterator[dict[str, Any]]:
    """Ask every brand's query about the texts it must and must not match, and look for doubtful spots."""
    sources = [source.name for source in context.settings.sources]
    for brand in context.settings.brands:
        query = brand.listens
        yield from examples.tried(brand, query, context.reader.language)
        yield from examples.looked_at(brand.name, query, sources)
    for rule in context.settings.rules:
        if rule.query is not None:
            yield from examples.looked_at(rule.name, parse(rule.query), sources)


def _reachable(context: Context) -> Iterator[dict[str, Any]]:
    """Say which steps of the ladders reach nobody."""
    settings = context.settings
    used = {rule.playbook for rule in settings.rules}
    for book in (settings.playbooks[name] for name in sorted(used)):
        for step in book.ladder:
            people = [p for p in settings.people if step.tell in p.roles]
            by = [p.name for p in people if (p.slack and settings.slack) or (p.email and settings.email)]
            ok = bool(by) or not (settings.slack or settings.email)
            detail = ", ".join(by) or ("the terminal" if ok else "nobody can be reached")
            do = f'give a [[person]] the role "{step.tell}" and an address that is configured'
            yield _row("ladder", f"{book.name}: {step.tell}", ok, detail, do)


def _database(context: Context) -> dict[str, Any]:
    found = Store(context.settings.database).quick_check()
    return _row(
        "database", str(context.settings.database), found == "ok", found, "restore the backup beside it"
    )


def _sources(context: Context) -> Iterator[dict[str, Any]]:
    """Try every source that is not paused, and say of those that come to us whether they can."""
    asked = [s for s in context.settings.sources if not s.pause]
    called = [s.name for s in asked if standing.is_called(s.kind)]
    open_door = context.settings.dashboard is not None
    for name in called:
        said = "may be posted to" if open_door else "nothing can be posted: the dashboard is off"
        yield _row("source", name, open_door, said, "give [listener] dashboard an address")
    names = [s.name for s in asked if s.name not in called]
    came = set()
    for v in visit(context, names):
        came.add(v.source)
        said = v.detail or f"{v.heard} mentions, {v.matched} of a brand"
        yield _row("source", v.source, v.status == "ok", said + _rung(context, v), todo(v))
    for name in names:
        if name not in came:
            yield _row("source", name, False, "no answer in time", NO_ANSWER)


def _rung(context: Context, visited: Visited) -> str:
    """Return which way was used, where a source has several, and why not a better one."""
    with context.store.read() as db:
        (state,) = sources.all_of(db, [visited.source])
    if visited.status != "ok" or not (state.rung or state.standing.why):
        return ""
    by = f"; by {state.rung}" if state.rung else ""
    return f"{by}: {state.standing.why}" if state.standing.why else by


def _ways(context: Context) -> Iterator[dict[str, Any]]:
    for way in ways.ways_out(context.settings):
        for found in way.check():
            yield _row(way.name, found.name, found.ok, found.detail, found.do)
        way.close()


@click.command()
@click.option(
    "--locale",
    type=click.Choice(["en", "pl"]),
    default="en",
    show_default=True,
    help="The language of the cards.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("demo-digest.html"),
    show_default=True,
    help="Where the digest goes.",
)
@click.option("--port", default=8377, show_default=True, help="Of the status page; 0 takes a free one.")
def demo(locale: str, out: Path, port: int) -> int:
    """Play a crisis in minutes: built-in sources, no account, no network."""
    from listener.demo import play

    logging.disable(logging.WARNING)
    return play(locale, out, port)


VERBS = (run, check, demo)
