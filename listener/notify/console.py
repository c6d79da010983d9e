"""The terminal: the same cards where there is no Slack, and where Slack does not take them."""

from __future__ import annotations

from datetime import datetime
from io import TextIOWrapper
from typing import TextIO

from rich.console import Console as Terminal
from rich.panel import Panel
from rich.text import Text

from listener.notify import Check, DeliveryError, Letter, Receipt
from listener.words import ACKNOWLEDGE, Card

WIDTH = 100
COLOURS = {"watch": "yellow", "alert": "dark_orange", "crisis": "red"}


class Console:
    """A file that people read, usually standard output; colours only where it is a terminal."""

    name = "console"

    def __init__(self, file: TextIO, width: int | None = None) -> None:
        self._file = file
        if isinstance(file, TextIOWrapper):
            # A letter that the terminal has no sign for must not keep the rest from being told.
            file.reconfigure(errors="replace")
        wide = width or (None if file.isatty() else WIDTH)
        self._terminal = Terminal(file=file, width=wide, highlight=False, markup=False, emoji=False)

    def send(self, letter: Letter) -> Receipt:
        """Print the letter; an update is printed like any other entry, since nothing can be taken back."""
        try:
            self._print(letter)
            self._file.flush()
        except (OSError, ValueError) as error:
            raise DeliveryError(f"terminal: {error}", code="closed") from error
        return Receipt(said="printed")

    def find(self, letter: Letter, since: datetime) -> Receipt | None:
        """A terminal keeps nothing that could be looked up: print it again."""
        return None

    def check(self) -> list[Check]:
        """A terminal always works."""
        return [Check("terminal", True)]

    def close(self) -> None:
        """The file belongs to whoever opened it."""

    def _print(self, letter: Letter) -> None:
        if letter.kind == "update":
            if letter.card is not None:
                self._terminal.print(_state(letter))
        elif letter.card is not None:
            self._terminal.print(_panel(letter.card, letter))
        else:
            self._terminal.print(_entry(letter))


def _panel(card: Card, letter: Letter) -> Panel:
    colour = "dim" if card.closed else COLOURS.get(card.severity, "white")
    body = Text("\n".join(_safe(line) for line in card.lines))
    for quote in card.quotes:
        body.append(f"\n\n  “{_safe(quote.text)}”", style="italic")
        body.append(f"\n  {_safe(quote.byline)}", style="dim")
        if quote.url:
            body.append(f"\n  {_safe(quote.url)}", style="dim")
    if card.state:
        body.append("\n\n" + "\n".join(_safe(line) for line in card.state), style="bold")
    for link in card.links:
        body.append(f"\n{_safe(link.label)}: {_safe(link.url)}")
    if any(button.action == ACKNOWLEDGE for button in card.buttons) and letter.incident:
        body.append(f"\n\n› listener ack {letter.incident} --as NAME", style="bold cyan")
    to = f" → {_safe(letter.target)}" if letter.kind in ("dm", "mail") and letter.target else ""
    title = Text(f" {_safe(card.title)}{to} ", style="bold")
    foot = Text(f" {_safe(card.foot)} ", style="dim")
    return Panel(
        body, title=title, subtitle=foot, title_align="left", subtitle_align="right", border_style=colour
    )


def _state(letter: Letter) -> Text:
    """Say how the incident stands now, in one line: the card itself was printed before."""
    assert letter.card is not None
    return Text(f"#{letter.incident} · {' '.join(_safe(line) for line in letter.card.state)}", style="dim")


def _entry(letter: Letter) -> Text:
    lines = [_safe(line) for line in (letter.text or letter.subject).splitlines()]
    head = f"#{letter.incident} · " if letter.incident else ""
    return Text(head + "\n".join(lines))


def _safe(text: str) -> str:
    """Leave out what would steer the terminal instead of being read."""
    return "".join(char if char.isprintable() else " " for char in text)
