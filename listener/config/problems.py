"""What is wrong with a config.toml: where, what was found, and what would be right.

A value is shown only as it stands in the file, so what came through `${env:}` or `${file:}`
is never in a problem; what a secret key holds is not shown at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

Path = tuple[str | int, ...]
HIDDEN = "a value that is not shown"
_LONGEST_SHOWN = 60
_LONGEST_SAID = 600
_PART = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
_PARTS = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_PARTS})\s*\]")
_KEY = re.compile(rf"\s*({_PARTS})\s*=")


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake. `table` is `[slack]` or `[[source]] "news"`; `found` may be empty, `line` unknown."""

    table: str
    key: str
    found: str
    right: str
    line: int | None = None
    file: str = "config.toml"

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        where = " ".join(part for part in (self.table, self.key) if part)
        said = f"found {self.found}; right would be {self.right}" if self.found else self.right
        return ": ".join(part for part in (place, where, said) if part)


class ConfigError(Exception):
    """The configuration can't be used; `problems` holds every mistake in it, in the order of the file."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class Complaints:
    """Collects the problems of one file, each said with its table, key and line.

    `document` is the file as it was written, before any secret was put in; `secrets` are the
    values that must not be read in any sentence, with what stands for them.
    """

    def __init__(self, file: str, text: str, document: Mapping[str, Any]) -> None:
        self.file = file
        self.secrets: dict[str, str] = {}
        self._document = document
        self._lines = lines(text)
        self._opened = text.split("\n")
        self._found: list[Problem] = []
        self._said: set[Path] = set()
        self._unresolved: set[Path] = set()

    def add(self, path: Path, found: str, right: str, below: int | None = None) -> None:
        """Note what is wrong at a path of the document, `below` so many lines into a text of several."""
        if any(path[: len(gap)] == gap for gap in self._unresolved):
            return
        table, key = self._called(path)
        self._said.add(path)
        line = self._line(path)
        if line is not None and below is not None:
            line += below + self._opened[line - 1].rstrip().endswith(('"""', "'''"))
        self._found.append(Problem(table, key, found, self._redacted(right), line, self.file))

    def add_unresolved(self, path: Path, found: str, right: str) -> None:
        """Note a value that could not be put in: nothing more is said about it."""
        self.add(path, found, right)
        self._unresolved.add(path)

    def has_unresolved(self, path: Path) -> bool:
        """Tell whether a value at or under the path could not be put in."""
        return any(gap[: len(path)] == path for gap in self._unresolved)

    def has_said(self, path: Path) -> bool:
        """Tell whether something at or under the path was complained of."""
        return any(place[: len(path)] == path for place in self._said)

    def found_at(self, path: Path, secret: bool = False) -> str:
        """Return what stands at the path of the file, as a person may read it."""
        value: Any = self._document
        for part in path:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return "nothing"
        return HIDDEN if secret and not _is_reference(value) else shown(value)

    def problems(self) -> tuple[Problem, ...]:
        """Return all problems in the order of the file; those without a line come last."""
        return tuple(sorted(self._found, key=lambda problem: problem.line or 10**9))

    def _called(self, path: Path) -> tuple[str, str]:
        """Name the table and the key of a path, the way they are written."""
        if not path:
            return "", ""
        head, rest = str(path[0]), path[1:]
        if not rest and not isinstance(self._document[head], dict | list):
            return "", head
        if rest and isinstance(rest[0], int):
            name = self._document[head][rest[0]]
            name = name.get("name") if isinstance(name, dict) else None
            number = f"#{rest[0] + 1}"
            return f"[[{head}]] {shown(name) if isinstance(name, str) and name else number}", _key(rest[1:])
        if head == "playbook" and rest:
            return f"[playbook.{rest[0]}]", _key(rest[1:])
        return f"[{head}]", _key(rest)

    def _line(self, path: Path) -> int | None:
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path)

    def _redacted(self, sentence: str) -> str:
        for secret in sorted(self.secrets, key=len, reverse=True):
            sentence = sentence.replace(secret, self.secrets[secret])
        return sentence if len(sentence) <= _LONGEST_SAID else sentence[:_LONGEST_SAID] + " …"


def shown(value: Any) -> str:
    """Return a value as a person may read it in one line."""
    if isinstance(value, dict):
        return "a table" if value else "an empty table"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, bool | str):
        text = json.dumps(value, ensure_ascii=False)
    else:
        text = str(value) if not isinstance(value, int) or abs(value) < 10**40 else "a very large number"
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 2] + '…"'


def nearest(word: object, known: Iterable[str]) -> str | None:
    """Return the known word that was probably meant."""
    folded = {name.casefold(): name for name in known}
    meant = str(word).casefold()
    near = get_close_matches(meant, folded, 1, 0.6) or [
        name for name in folded if meant.startswith(name) or (meant and name.startswith(meant))
    ]
    return folded[near[0]] if len(near) == 1 else None


def suggestion(word: object, known: Sequence[str]) -> str:
    """Return the nearest of the known words, or all of them."""
    near = nearest(word, known)
    return shown(near) if near else "one of " + ", ".join(known)


def not_toml(file: str, text: str, error: Exception) -> ConfigError:
    """Say where the file stops being TOML; what stands there may be a secret and is not shown."""
    at = re.search(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)", str(error))
    reason = str(error).replace(at[0], "") if at else str(error)
    line = int(at[1]) if at and at[1] else text.count("\n") + 1
    column = f", column {at[2]}" if at and at[2] else ""
    said = f"line {line}{column} is not valid TOML: {reason[:1].lower()}{reason[1:200]}"
    return ConfigError((Problem("", "", "", said, line, file),))


def lines(text: str) -> dict[Path, int]:
    """Return the line on which each table and key of a TOML text first stands."""
    found: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    here: Path = ()
    quoted = ""
    for number, line in enumerate(text.split("\n"), 1):
        if quoted:
            quoted = "" if line.count(quoted) % 2 else quoted
            continue
        if header := _HEADER.match(line):
            here = _place(_split(header[2]), header[1] == "[[", counts)
            found.setdefault(here, number)
        elif key := _KEY.match(line):
            found.setdefault(here + _split(key[1]), number)
        quoted = next((mark for mark in ('"""', "'''") if line.count(mark) % 2), "")
    return found


def _place(parts: Path, is_array: bool, counts: dict[Path, int]) -> Path:
    """Return the path of a header, with the numbers of the arrays it lies in."""
    here: Path = ()
    for number, part in enumerate(parts, 1):
        here = (*here, part)
        if is_array and number == len(parts):
            counts[here] = counts.get(here, -1) + 1
        if here in counts:
            here = (*here, counts[here])
    return here


def _split(parts: str) -> Path:
    return tuple(part.strip("\"'") for part in re.findall(_PART, parts))


def _key(path: Path) -> str:
    """Spell the rest of a path: `ladder #2 tell` is the key `tell` of the second step."""
    return " ".join(f"#{part + 1}" if isinstance(part, int) else part for part in path)


def _is_reference(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"\$\{[^}]*\}", value) is not None
