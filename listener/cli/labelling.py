"""Verbs of labels: say whether one is right or what would be, and go through those most worth a look."""

from __future__ import annotations

import os
import sys
import termios
import tty
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from typing import Any

import click

from listener.cli.face import Context, emit, json_option, known, print_json, shown, stamp
from listener.cli.judging import told
from listener.labelling import CHOICES, DONE, UNKNOWN, label
from listener.reviewing import DISPUTED, SAMPLE, THIN, UNSURE, Offer, queue
from listener.store import mentions
from listener.store.mentions import Stored

KEYS = {"r": "right", "n": "negative", "u": "neutral", "p": "positive", "s": "skip", "q": "quit"}
ASKED = "(r)ight (n)egative ne(u)tral (p)ositive (s)kip (q)uit"
REASONS = {
    UNSURE: "we are not sure",
    DISPUTED: "what was learned reads it otherwise than the lexicon: {base}",
    THIN: "it rests on little",
    SAMPLE: "a sample of what we are sure of",
}
LONGEST_SHOWN, MOST_REASONS = 1000, 12
CTRL_D = b"\x04"


@click.command("label")
@click.argument("numbers", metavar="ID...", nargs=-1, required=True, type=click.IntRange(1, 2**53))
@click.argument("said", metavar="|".join(CHOICES), type=click.Choice(CHOICES))
@click.option("--as", "by", required=True, help="Who says so: a name from [[person]].")
@click.option("--story", "stories", is_flag=True, help="And of all mentions that tell the same story.")
@json_option
@click.pass_obj
def label_(
    context: Context, numbers: tuple[int, ...], said: str, by: str, stories: bool, as_json: bool
) -> int:
    """Say that the label of a mention is right, or what would be. It counts at once.

    \b
    right      we read it right, and whatever a later version reads, it stays so
    negative, neutral, positive
               that would be right
    unsure     it leans to no side
    ours       take back what was said before: what we read counts again

    `listener search` and `listener review` show the ID of each mention.
    """
    known(context, by)
    unknown, asked = [], dict.fromkeys(numbers)
    for number in _with_stories(context, asked) if stories else asked:
        outcome = label(context.store, context.settings, number, said, by, context.now)
        if outcome.code == UNKNOWN or outcome.mention is None:
            unknown.append(number)
            if as_json:
                print_json({"id": number, "outcome": UNKNOWN})
        elif as_json:
            print_json({**_labelled(outcome.mention), "outcome": outcome.code})
        else:
            print(_told(outcome.mention, changed=outcome.code == DONE))
    if len(unknown) == len(asked):
        raise click.UsageError(f"no mention {', '.join(map(str, unknown))}")
    if unknown:
        print(f"no mention {', '.join(map(str, unknown))}", file=sys.stderr)
    return int(bool(unknown))


def _with_stories(context: Context, numbers: Iterable[int]) -> list[int]:
    with context.store.read() as db:
        found = [mentions.of_story(db, number) or [number] for number in numbers]
    return list(dict.fromkeys(number for told in found for number in told))


def _labelled(m: Stored) -> dict[str, Any]:
    return {"id": m.id, "label": m.felt, "ours": m.label, "human": m.human, "version": m.reading}


def _told(m: Stored, *, changed: bool) -> str:
    said = m.human or f"{m.label}, as we read it"
    ours = f" (we read {m.label})" if m.human and m.human != m.label else ""
    return f"mention {m.id}: {said}{ours}" + ("" if changed else ": so it was already")


@click.command()
@click.option("--as", "by", help="Who reviews: a name from [[person]]. Without it, the queue is only listed.")
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="At most so many."
)
@click.option(
    "--days", default=30, show_default=True, type=click.IntRange(1, 3650), help="How far back to look."
)
@json_option
@click.pass_obj
def review(context: Context, by: str | None, limit: int, days: int, as_json: bool) -> int:
    """Go through the mentions whose labels are most worth a look, one key for each.

    Of every five: two that were read as unsure, one over which what was learned and the lexicon
    disagree, one that rests on little, and one at random of the rest, so that what is right is learned
    too. One of each story, brands and languages in turn.

    \b
    listener review --as "Anna Nowak"
    listener review --json --limit 100
    """
    if by is not None:
        known(context, by)
    offers = islice(queue(context.store, context.reader, context.now, timedelta(days=days)), limit)
    if by is None or as_json:
        columns = ("id", "why", "label", "confidence", "brands", "published_at", "source", "text", "url")
        rows = (_row(offer) for offer in offers)
        emit(rows if as_json else map(_short, rows), as_json, columns, "nothing to review")
        return 0
    tally = Counter[str]()
    try:
        with _by_key():
            _review(context, offers, by, tally)
    except KeyboardInterrupt:
        # Whenever it comes: what was labelled until then is.
        print()
    print(f"labelled {tally['labelled']}, skipped {tally['skipped']}")
    return 0


def _row(offer: Offer) -> dict[str, Any]:
    m = offer.mention
    return {
        **_labelled(m),
        "why": offer.why,
        "base": offer.base or None,
        "confidence": round(m.confidence, 3),
        "score": m.score,
        "language": m.language,
        "brands": offer.brands,
        "published_at": stamp(m.published_at or m.heard_at),
        "source": m.source,
        "author": m.author,
        "text": _text(m),
        "url": m.url,
        "story": m.story,
    }


def _short(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**row, "text": row["text"][:160]}


def _text(m: Stored) -> str:
    return f"{m.title} — {m.text}" if m.title and m.text else m.title or m.text


def _review(context: Context, offers: Iterator[Offer], by: str, tally: Counter[str]) -> None:
    """Ask about one mention after the other, until a person has enough."""
    for offer in offers:
        _show(context, offer)
        what = _answer()
        if what == "quit":
            return
        if what == "skip":
            tally["skipped"] += 1
            continue
        outcome = label(context.store, context.settings, offer.mention.id, what, by, context.now)
        tally["labelled"] += outcome.code == DONE
        print("it is kept no more" if outcome.mention is None else _told(outcome.mention, changed=True))
    print("that is all" if tally else "nothing to review")


def _show(context: Context, offer: Offer) -> None:
    m = offer.mention
    because = context.reader.because(m.title, m.text, m.language, m.words)[:MOST_REASONS]
    text, at = " ".join(_text(m).split()), stamp(m.published_at or m.heard_at)
    lines = [
        "",
        f"{m.id}  {', '.join(offer.brands) or 'no brand'} · {m.source} · {at}",
        text[:LONGEST_SHOWN] + ("…" if len(text) > LONGEST_SHOWN else ""),
        m.url,
        f"we read: {m.label} ({m.score:+.2f}, sure {m.confidence:.0%}, {m.language}); "
        + REASONS[offer.why].format(base=offer.base),
        "it rests on: " + "; ".join(map(told, because)) if because else "no word of it weighs anything",
    ]
    print("\n".join(shown(line) for place, line in enumerate(lines) if line or not place))


def _answer() -> str:
    """Return what a key says, asked again until it is one; the end of input is the wish to stop."""
    while True:
        print(f"{ASKED}: ", end="", flush=True)
        typed = _typed()
        print(typed if sys.stdin.isatty() else "", flush=True)
        if typed in KEYS:
            return KEYS[typed]


def _typed() -> str:
    """Return one key of a terminal, or the beginning of a line of anything else."""
    if sys.stdin.isatty():
        key = os.read(sys.stdin.fileno(), 1)
        return "q" if key in (b"", CTRL_D) else key.decode(errors="replace").lower()
    line = sys.stdin.readline()
    return line.strip()[:1].lower() if line else "q"


@contextmanager
def _by_key() -> Iterator[None]:
    """Have a terminal hand over each key at once; what is typed ahead is kept."""
    if not sys.stdin.isatty():
        yield
        return
    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin, termios.TCSANOW)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


VERBS = (label_, review)
