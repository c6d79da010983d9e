"""`why INCIDENT`: the evidence of a verdict, recomputed and shown."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from listener import proof
from listener.charts import ASCII, BLOCKS, ChartError, Steps, drawn, legend, render
from listener.cli.face import CONTROLS, Context, print_json
from listener.config import Settings
from listener.store import incidents
from listener.words import evidence as words

FORMS = {".png": "png", ".svg": "svg"}
WIDEST = 80

Row = dict[str, Any]
Kept = Mapping[str, Any]


def why_incident(
    context: Context, number: int, as_json: bool, place: int | None = None, chart: Path | None = None
) -> int:
    """Show what an incident rests on; the status is 1 where the verdict does not come out the same."""
    settings = context.settings
    if chart is not None and chart.suffix.lower() not in FORMS:
        raise click.UsageError(f"{chart} must end in {' or '.join(FORMS)}")
    with context.store.read() as db:
        saved = incidents.get(db, number)
        if saved is None:
            raise click.UsageError(f"no incident {number}")
        kept = incidents.findings(db, number)
        if place is not None and not 1 <= place <= len(kept):
            raise click.UsageError(f"incident {number} has the findings 1 to {len(kept)}, not {place}")
        rules = {rule.name: rule for rule in settings.rules}
        rows = [proof.recomputed(one, rules.get(one["rule"]), settings.severity) for one in kept]
        shown = proof.telling(kept) if place is None else place - 1
        for at, (row, one) in enumerate(zip(rows, kept, strict=True)):
            if as_json or at == shown:
                row["today"] = proof.today(db, saved.brand, one)
    same = bool(rows) and all(row["same"] for row in rows)
    picture = proof.chart(kept[shown], saved.brand, settings.locale, settings.timezone) if rows else None
    if as_json:
        print_json({"id": number, "findings": rows, "same": same})
    else:
        level, opened = saved.incident.severity, saved.opened_at
        _say(words.title(number, saved.brand, level, opened, settings.locale, settings.timezone), "bold")
        _tell(settings, rows, shown, picture)
    if chart is not None:
        _write(chart, picture)
    return int(not same)


def _tell(settings: Settings, rows: Sequence[Row], shown: int, picture: Steps | None) -> None:
    if not rows:
        _say("this incident has no findings")
        return
    locale, row = settings.locale, rows[shown]
    if "code" in row:
        _say(words.headline(row, shown + 1, len(rows), locale, settings.timezone))
        for section in (
            words.counted(row, locale),
            words.judged(row, locale),
            words.by_now(row["today"], locale),
        ):
            _say("")
            _say(section.title, "bold")
            for line in section.lines:
                _say(f"  {line}")
    for at, other in enumerate(rows, 1):
        for trouble in other["troubles"]:
            _say(f"finding {at}: {trouble}", "red")
        if not other["same"] and not other["troubles"] and at != shown + 1:
            _say(f"finding {at}: the verdict does not come out the same (--finding {at} shows it)", "red")
    if picture is not None:
        _draw(picture)


def _draw(picture: Steps) -> None:
    signs = BLOCKS if _can_show(picture) else ASCII
    _say("")
    _say(picture.title, "bold")
    for line in drawn(picture, signs, min(_width(), WIDEST)):
        _print(Text.assemble(*((_known(text), style) for text, style in line)))
    _say(legend(picture, signs))


def _can_show(picture: Steps) -> bool:
    """Tell whether the terminal knows the letters of a chart."""
    try:
        "".join(text for line in drawn(picture, BLOCKS) for text, _ in line).encode(
            sys.stdout.encoding or "ascii"
        )
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _width() -> int:
    try:
        return max(os.get_terminal_size(sys.stdout.fileno()).columns, 40)
    except (OSError, ValueError):
        return WIDEST


def _say(line: str, style: str = "") -> None:
    _print(Text(_known(CONTROLS.sub(" ", line)), style))


def _print(line: Text) -> None:
    # Wrapped by the terminal where it is narrow: a line cut by us could not be read whole anywhere.
    Console(highlight=False, soft_wrap=True).print(line)


def _known(line: str) -> str:
    """Return the line with ? for the letters that the terminal does not know."""
    encoding = sys.stdout.encoding or "utf-8"
    return line.encode(encoding, "replace").decode(encoding)


def _write(path: Path, picture: Steps | None) -> None:
    if picture is None:
        raise click.UsageError("nothing was kept of which a chart could be drawn")
    try:
        path.write_bytes(render(picture, form=FORMS[path.suffix.lower()]))
    except (ChartError, OSError) as error:
        raise click.UsageError(f"the chart could not be written to {path}: {error}") from error
    print(path, file=sys.stderr)
