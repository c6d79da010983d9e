"""The lemma files of listener/reading/polish: what their lines say, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path

from listener.reading.polish.lexicon import MARKS

PARTS = ("adj", "adv", "verb", "noun", "word", "phrase")
MOST_VALENCE = 4.0
_SHORTEST_STEM = 3
_MOST_PHRASES = 200  # that one spelling may stand for


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a lemma file."""

    lemma: str
    part: str
    valence: float
    spellings: tuple[str, ...]
    marks: tuple[str, ...]

    @property
    def listed(self) -> tuple[str, ...]:
        """The spellings, and the lemma where it is one that can stand in a text."""
        if self.part == "phrase":
            own = self.lemma if "_" in self.lemma else self.lemma.replace(" ", "_")
            return self.spellings if self.spellings and "_" not in self.lemma else (own, *self.spellings)
        return self.spellings if " " in self.lemma else (self.lemma, *self.spellings)


def lines(folder: Path) -> list[Line]:
    """Return the lines of all lemma files. Raises ValueError that names the place of what is wrong."""
    found: dict[tuple[str, str], Line] = {}
    for path in sorted(folder.glob("*.tsv")):
        seen: set[tuple[str, str]] = set()
        for number, text in enumerate(path.read_text(encoding="utf8").splitlines(), 1):
            if not text.strip() or text.startswith("#"):
                continue
            line = read(text, f"{path.name}:{number}")
            key = (line.lemma, line.part)
            if key in seen:
                raise ValueError(f"{path.name}:{number}: {line.lemma} ({line.part}) stands twice")
            seen.add(key)
            found[key] = _joined(found[key], line) if key in found else line
    return list(found.values())


def _joined(line: Line, later: Line) -> Line:
    """Return the line that wins, with the marks of the other; marks without a valence take none away."""
    marks = tuple(dict.fromkeys([*line.marks, *later.marks]))
    is_only_marked = not line.valence and line.marks
    return replace(line, marks=marks, valence=later.valence if is_only_marked else line.valence)


def read(text: str, place: str) -> Line:
    """Return what one line says. Raises ValueError that begins with the place."""
    lemma, part, valence, spellings, marks, *more = [*text.split("\t"), "", "", "", ""]
    if part not in PARTS or any(more):
        raise ValueError(f"{place}: want lemma, part ({', '.join(PARTS)}), valence, spellings, marks")
    try:
        weight = float(valence)
    except ValueError:
        raise ValueError(f"{place}: {valence!r} is no valence") from None
    line = Line(lemma, part, weight, tuple(spellings.lower().split()), tuple(marks.split()))
    for wrong in _wrong(line):
        raise ValueError(f"{place}: {wrong}")
    return line


def _wrong(line: Line) -> Iterator[str]:
    """Yield what is wrong with a line."""
    if unknown := set(line.marks) - set(MARKS):
        yield f"unknown mark {', '.join(sorted(unknown))}"
    if abs(line.valence) > MOST_VALENCE:
        yield "a valence is -4 to 4"
    if line.part == "phrase":
        for phrase in line.listed:
            many = prod(slot.count("|") + 1 + slot.endswith("?") for slot in phrase.split("_"))
            if many > _MOST_PHRASES:
                yield f"{phrase} stands for {many} phrases, {_MOST_PHRASES} at most"
    elif any(word.endswith("*") and len(word) <= _SHORTEST_STEM for word in line.spellings):
        yield f"a stem has at least {_SHORTEST_STEM} letters"
