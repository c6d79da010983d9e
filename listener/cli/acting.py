"""Verbs of the desk: what a person may do in Slack they may do here."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from listener import digest as digests
from listener.briefing import brief, entries
from listener.cli.face import Context, emit, json_option, known, print_json, stamp
from listener.cli.shadowed import list_shadows
from listener.desk import DONE, TAKEN, UNKNOWN, act
from listener.notify import DeliveryError, Letter
from listener.notify.console import Console as Terminal
from listener.store import incidents
from listener.store.incidents import Saved
from listener.ways import email
from listener.words import card, entry
from rules.incident import Event, Incident, fold, plan
from rules.playbook import PHASES, Playbook, to_json

FACETS = ("terms", "stories", "authors", "domains", "languages", "sources")
number_argument = click.argument("number", metavar="ID", type=click.IntRange(1, 2**53))
as_option = click.option("--as", "by", required=True, help="Who does it: a name from [[person]].")


@click.command("incidents")
@click.option("--open", "open_only", is_flag=True, help="Only those that are open.")
@click.option("--shadow", is_flag=True, help="Those that rules with `shadow = true` would have opened.")
@json_option
@click.pass_obj
def list_incidents(context: Context, open_only: bool, shadow: bool, as_json: bool) -> int:
    """List incidents, newest first."""
    if shadow:
        return list_shadows(context, as_json)
    with context.store.read() as db:
        found = incidents.listing(db, open_only=open_only)
    columns = (
        "id",
        "brand",
        "severity",
        "phase",
        "opened_at",
        "observed",
        "expected",
        "z",
        "acknowledged_by",
        "closed_at",
        "held_until",
    )
    emit((_row(saved) for saved in found), as_json, columns, "no incidents")
    return 0


def _row(saved: Saved) -> dict[str, Any]:
    incident, facts = saved.incident, saved.facts
    return {
        "id": saved.id,
        "brand": saved.brand,
        "severity": incident.severity,
        "phase": incident.phase,
        "rule": saved.rule,
        "opened_at": stamp(saved.opened_at),
        "acknowledged_at": stamp(incident.acknowledged_at),
        "acknowledged_by": incident.acknowledged_by,
        "answered_at": stamp(incident.answered_at),
        "closed_at": stamp(incident.closed_at),
        "held": _held(incident),
        "held_until": stamp(incident.held.until) if incident.held else None,
        "z": facts["z"],
        "observed": facts["observed"],
        "expected": facts["expected"],
        "reason": {
            key: facts.get(key)
            for key in ("on", "span_seconds", "rank", "days", "negative_share", "gate", "learning", "late")
        },
        "reasons": facts.get("reasons", []),
        "drivers": {facet: facts.get("drivers", {}).get(facet, []) for facet in FACETS},
        "coordination": facts.get("coordination", []),
        "excess": facts.get("excess"),
        "terms": [{"term": term, "share": share} for term, share in facts.get("terms", [])],
        "relapses": incident.relapses,
        "verdict": incident.verdict,
    }


def _held(incident: Incident) -> dict[str, Any] | None:
    """Return why an incident is held back, None where it is not."""
    held = incident.held
    if held is None:
        return None
    return {"why": held.why, "rule": held.rule, "since": stamp(held.since), "until": stamp(held.until)}


@click.command()
@number_argument
@json_option
@click.pass_obj
def show(context: Context, number: int, as_json: bool) -> int:
    """Show one incident: its card, its timeline and its tasks."""
    with context.store.read() as db:
        saved = incidents.get(db, number)
    if saved is None:
        raise click.UsageError(f"no incident {number}")
    settings = context.settings
    if as_json:
        print_json({**_row(saved), "timeline": [_event(e) for e in saved.events], "tasks": _tasks(saved)})
        return 0
    shown = brief(saved)
    letter = Letter("show", "card", "", card(shown, settings.locale, settings.timezone), incident=saved.id)
    console = Terminal(sys.stdout)
    console.send(letter)
    for told in entries(saved):
        words = entry(told, shown, settings.locale, settings.timezone)
        console.send(Letter("show", "thread", "", text=f"{stamp(told.at)}  {words}"))
    emit(_tasks(saved), False, ("task", "phase", "title", "role", "owner", "due_at", "done_at"), "no tasks")
    return 0


def _event(event: Event) -> dict[str, Any]:
    return {"at": stamp(event.at), "what": event.what, "by": event.by, "data": dict(event.data)}


def _tasks(saved: Saved) -> list[dict[str, Any]]:
    return [
        {
            "task": n,
            "phase": d.phase,
            "title": d.title,
            "role": d.role,
            "owner": d.owner,
            "due_at": stamp(d.due_at),
            "done_at": stamp(d.done_at),
        }
        for n, d in enumerate(saved.incident.duties, 1)
    ]


def _do(context: Context, what: str, number: int, by: str, data: Mapping[str, Any] | None = None) -> int:
    """Let a person act, and say what came of it; 1 where nothing changed."""
    outcome = act(context.store, context.settings, what, number, known(context, by), context.now, data)
    if outcome.code == UNKNOWN or outcome.saved is None:
        raise click.UsageError(f"no incident {number}")
    incident = outcome.saved.incident
    if outcome.code == DONE:
        holder = incident.acknowledged_by or "nobody"
        print(f"incident {number}: {incident.phase}, {incident.severity}, acknowledged by {holder}")
        return 0
    said = (
        f"acknowledged by {incident.acknowledged_by} already"
        if outcome.code == TAKEN
        else f"{outcome.code}: nothing changed"
    )
    print(f"incident {number}: {said}")
    return 1


@click.command()
@number_argument
@as_option
@click.pass_obj
def ack(context: Context, number: int, by: str) -> int:
    """Acknowledge an incident: "I have it". The ladder stops, the public clock does not."""
    return _do(context, "acknowledge", number, by)


@click.command()
@number_argument
@as_option
@click.option("--to", "phase", type=click.Choice(PHASES[:-1]), help="The phase; the next one if not given.")
@click.pass_obj
def advance(context: Context, number: int, by: str, phase: str | None) -> int:
    """Go on to the next phase of the playbook."""
    return _do(context, "advance", number, by, {"phase": phase})


@click.command()
@number_argument
@as_option
@click.option("--url", required=True, help="Where the answer can be read.")
@click.pass_obj
def answer(context: Context, number: int, by: str, url: str) -> int:
    """Take down that the public was answered. This stops the public clock."""
    return _do(context, "answer", number, by, {"url": url})


@click.command()
@number_argument
@as_option
@click.option("--not-a-crisis", is_flag=True, help="It never was one; this counts against the rule.")
@click.pass_obj
def close(context: Context, number: int, by: str, not_a_crisis: bool) -> int:
    """Close an incident. While findings still arrive, the brand stays silent until they stop."""
    return _do(context, "dismiss" if not_a_crisis else "close", number, by)


@click.command()
@number_argument
@as_option
@click.pass_obj
def reopen(context: Context, number: int, by: str) -> int:
    """Take a closing back."""
    return _do(context, "reopen", number, by)


@click.command()
@number_argument
@as_option
@click.argument("text")
@click.pass_obj
def note(context: Context, number: int, by: str, text: str) -> int:
    """Write a note into the timeline."""
    return _do(context, "note", number, by, {"text": text})


@click.command()
@number_argument
@as_option
@click.argument("name")
@click.argument("person")
@click.pass_obj
def role(context: Context, number: int, by: str, name: str, person: str) -> int:
    """Give a role in an incident to a person."""
    return _do(context, "role", number, by, {"role": name, "person": person})


@click.command()
@number_argument
@as_option
@click.option("--add", "title", help="Add a task with this title.")
@click.option("--owner", help="With --add or --take: whose it is.")
@click.option("--due", type=click.IntRange(1, 100_000), help="With --add: minutes until it is due.")
@click.option("--take", type=int, help="Take the task of this number (see `show`).")
@click.option("--done", type=int, help="The task of this number is done.")
@click.pass_obj
def task(
    context: Context,
    number: int,
    by: str,
    title: str | None,
    owner: str | None,
    due: int | None,
    take: int | None,
    done: int | None,
) -> int:
    """Add a task to an incident, take one, or say that one is done."""
    if sum(value is not None for value in (title, take, done)) != 1:
        raise click.UsageError("one of --add, --take and --done")
    if title is not None:
        due_at = (context.now + timedelta(minutes=due)).isoformat() if due else None
        return _do(context, "task", number, by, {"title": title, "owner": owner, "due_at": due_at})
    if take is not None:
        return _do(context, "take", number, by, {"task": take - 1, "owner": owner})
    return _do(context, "finish", number, by, {"task": (done or 0) - 1})


@click.command("plan")
@click.argument("number", metavar="[ID]", type=click.IntRange(1, 2**53), required=False)
@json_option
@click.pass_obj
def show_plan(context: Context, number: int | None, as_json: bool) -> int:
    """Print the exact future of an incident if nobody acts, or of each playbook if it began now."""
    if number is None:
        rows = [row for book in context.settings.playbooks.values() for row in _began_now(context, book)]
    else:
        with context.store.read() as db:
            saved = incidents.get(db, number)
        if saved is None:
            raise click.UsageError(f"no incident {number}")
        rows = _planned(context, saved.incident.playbook.name, plan(saved.incident))
    emit(
        rows,
        as_json,
        ("at", "what", "tell", "people", "by", "round", "minutes_left", "playbook"),
        "nothing is planned",
    )
    return 0


def _began_now(context: Context, book: Playbook) -> list[dict[str, Any]]:
    data = {"severity": "alert", "playbook": to_json(book)}
    return _planned(context, book.name, plan(fold([Event("opened", context.now, data=data)])))


def _planned(context: Context, book: str, items: Any) -> list[dict[str, Any]]:
    people = context.settings.people
    return [
        {
            "playbook": book,
            "at": stamp(item.at),
            "what": item.what,
            "tell": item.tell or None,
            "people": [p.name for p in people if item.tell in p.roles],
            "by": list(item.by),
            "round": item.round + 1 if item.what == "tell" else None,
            "minutes_left": item.minutes_left if item.what == "warn" else None,
        }
        for item in items
    ]


@click.command()
@click.option("--week", help="The ISO week, such as 2026-W47; the last whole week if not given.")
@click.option("--out", type=click.Path(path_type=Path), help="Write it to this .html or .eml file.")
@click.option("--send", is_flag=True, help="Mail it to everybody in [digest] to, now.")
@click.pass_obj
def digest(context: Context, week: str | None, out: Path | None, send: bool) -> int:
    """Make the weekly digest: to a file, by mail, or as text on the terminal."""
    settings = context.settings
    week = week or digests.ended_before(context.now, settings.timezone)
    page = digests.page(
        digests.gather(context.store, settings, week, context.now), settings.locale, settings.timezone
    )
    if out is not None:
        _write(context, page, out)
    if send:
        return _mail(context, week)
    if out is None:
        print(page.text)
    return 0


def _write(context: Context, page: digests.Digest, out: Path) -> None:
    settings = context.settings
    if out.suffix not in (".eml", ".html", ".htm"):
        raise click.UsageError(f"{out.name}: the digest is written as .html or as .eml")
    if out.suffix == ".eml":
        sender = settings.email.from_ if settings.email else "listener@localhost"
        written = digests.as_eml(page, sender, ", ".join(settings.digest.to), context.now)
    else:
        written = digests.as_html(page).encode()
    try:
        out.write_bytes(written)
    except OSError as error:
        raise click.UsageError(f"{out} cannot be written: {error.strerror or error}") from error
    print(f"written to {out}")


def _mail(context: Context, week: str) -> int:
    settings = context.settings
    if settings.email is None or not settings.digest.to:
        raise click.UsageError(
            'to mail the digest, [email] and [digest] to = ["…"] must be in the configuration'
        )
    way, failed = email(settings), 0
    for recipient in settings.digest.to:
        key = f"digest:{week}:{recipient}"
        letter = digests.letter(context.store, settings, week, recipient, key, context.now)
        try:
            way.send(letter)
            print(f"sent to {recipient}")
        except DeliveryError as error:
            failed += 1
            print(f"not sent to {recipient}: {error}")
    return int(failed > 0)


VERBS = (list_incidents, show, ack, advance, answer, close, reopen, note, role, task, show_plan, digest)
