"""The terminal of the demo: what is told runs upward, one line below it says what the keys do."""

from __future__ import annotations

import os
import select
import sys
import termios
import textwrap
import threading
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.text import Text

WIDTH = 100
_CLEAR = "\r\x1b[2K"


class Screen:
    """A file to print to, as the way out of the terminal needs it; threads may share it.

    The line at the bottom is shown where the file is a terminal, and keeps out of the way of
    what is printed.
    """

    def __init__(self, file: TextIO) -> None:
        self._file, self._lock = file, threading.RLock()
        self._bottom, self._is_terminal = "", file.isatty()
        self.encoding = file.encoding or "utf-8"
        if hasattr(file, "reconfigure"):
            file.reconfigure(errors="replace")
        width = None if self._is_terminal else WIDTH
        self._console = Console(file=self._as_file(), width=width, highlight=False, markup=False, emoji=False)

    def _as_file(self) -> TextIO:
        return self  # type: ignore[return-value]  # rich asks for no more of a file than stands here

    file = property(_as_file)

    def write(self, text: str) -> int:
        with self._lock:
            if self._bottom:
                self._file.write(_CLEAR)
            self._file.write(text)
            if self._bottom and text.endswith("\n"):
                self._file.write(self._bottom)
        return len(text)

    def flush(self) -> None:
        with self._lock:
            self._file.flush()

    def isatty(self) -> bool:
        return self._is_terminal

    def fileno(self) -> int:
        return self._file.fileno()

    def tell(self, text: str) -> None:
        """Say what is happening, set apart from the cards."""
        self._console.print(Text(f"\n{self._wrapped(text, '▸ ')}\n", style="bold cyan"))

    def note(self, text: str) -> None:
        """Say something by the way."""
        self._console.print(Text(self._wrapped(text, "  "), style="cyan"))

    def _wrapped(self, text: str, head: str) -> str:
        width = max(min(self._console.width, WIDTH), 40)
        return textwrap.fill(
            text,
            width,
            initial_indent=head,
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )

    def bottom(self, text: str) -> None:
        """Let the line at the bottom say this; nothing takes it away."""
        if not self._is_terminal:
            return
        with self._lock:
            if text != self._bottom:
                self._bottom = text[: self._console.width - 1]
                self._file.write(_CLEAR + self._bottom)
                self._file.flush()


class Keys:
    """The keyboard, read key by key; where standard input is no terminal nobody presses any."""

    def __init__(self, handle: int | None) -> None:
        self._handle = handle

    @property
    def are_there(self) -> bool:
        return self._handle is not None

    def pressed(self, seconds: float) -> str:
        """Return the key that is pressed within that time, in lower case; nothing if none is."""
        if self._handle is None:
            time.sleep(seconds)
            return ""
        if not select.select([self._handle], [], [], seconds)[0]:
            return ""
        key = os.read(self._handle, 1)
        if not key:
            self._handle = None
        return key.decode("ascii", "ignore").lower()


@contextmanager
def keyboard() -> Iterator[Keys]:
    """Let keys be read one by one; the terminal is put back as it was."""
    try:
        handle = sys.stdin.fileno()
        before = termios.tcgetattr(handle)
    except (OSError, ValueError, AttributeError, termios.error):
        yield Keys(None)
        return
    try:
        tty.setcbreak(handle)
        yield Keys(handle)
    finally:
        termios.tcsetattr(handle, termios.TCSADRAIN, before)
