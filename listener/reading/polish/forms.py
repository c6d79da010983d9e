"""Builds the table of Polish forms that the daemon reads with: `python -m listener.reading.polish.forms`.

For development only: it needs Morfeusz, which the daemon doesn't. Every lemma of the lemma files
becomes its forms, with and without diacritics; where a form belongs to several words, what is
listed wins over what is formed, and a spelling without diacritics that is a word of its own is
left to that word. `--doubtful` lists forms that other words share, for a person to look at.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

import morfeusz2

from listener.reading.polish.lemmas import MOST_VALENCE, Line, lines
from rules.fold import fold

TABLE = "forms.txt"
_MORE, _MOST = 0.9, 1.25  # what the degrees weigh: "lepszy" is less than praise, "najlepszy" more
_NOT = -0.6  # a participle with "nie"
_LETTERS_SHARED = 3
_TAGS = {
    "adj": {"adj", "adjc"},
    "adv": {"adv"},
    "noun": {"subst", "depr"},
    "verb": {
        "fin", "praet", "cond", "impt", "inf", "imps", "pcon", "pant", "bedzie", "ppas", "pact", "ger",
        "winien", "pred",
    },
}  # fmt: skip
# Words so common that a form they share with a word of the lexicon is theirs.
_FUNCTION = {"prep", "conj", "comp", "part", "ppron12", "ppron3", "siebie", "num", "bedzie", "aglt"}
_COMMON = {"mieć", "być", "móc", "iść", "dać", "ten", "jaki", "taki", "który", "mój", "twój", "swój", "cały"}
_RARE = {"daw.", "arch.", "rzad.", "gw.", "przest.", "char."}
_NAMES = {
    "imię",
    "nazwisko",
    "nazwa_geograficzna",
    "nazwa_własna",
    "nazwa_organizacji",
    "nazwa_pospolita:własna",
}
_HEADER = """\
# The forms of the Polish words in this folder's .tsv files, made by
# `python -m listener.reading.polish.forms`, not by hand. Valences and marks are this project's own. The
# inflection is that of the Grammatical Dictionary of Polish (SGJP) as Morfeusz 2 tells it,
# http://morfeusz.sgjp.pl:
# Copyright (c) 2007-2026 Marcin Woliński, Zbigniew Bronk, Włodzimierz Gruszczyński, Witold Kieraś,
# Zygmunt Saloni, Danuta Skowrońska, Robert Wołosz. All rights reserved. Redistribution and use in source
# and binary forms, with or without modification, are permitted provided that the following conditions are
# met: Redistributions of source code must retain the above copyright notice, this list of conditions and
# the following disclaimer. Redistributions in binary form must reproduce the above copyright notice, this
# list of conditions and the following disclaimer in the documentation and/or other materials provided
# with the distribution. THIS SOFTWARE IS PROVIDED BY COPYRIGHT HOLDERS "AS IS" AND ANY EXPRESS OR IMPLIED
# WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A
# PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL COPYRIGHT HOLDERS OR CONTRIBUTORS BE LIABLE FOR ANY
# DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED
# TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS
# INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY, OR
# TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS SOFTWARE, EVEN IF
# ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
# Rows: E endings; W beginning, number of its endings, valence, marks; S stem, valence, marks; C lemma of
# a phrase, beginning, number of its endings; P phrase, valence, marks."""


Says = tuple[float, tuple[str, ...]]  # a valence and marks


@dataclass(slots=True)
class Formed:
    """What the lines became: whole words, stems, phrases, the forms of their lemmas, and doubtful forms."""

    words: dict[str, Says] = field(default_factory=dict)
    stems: dict[str, Says] = field(default_factory=dict)
    phrases: dict[str, Says] = field(default_factory=dict)
    classes: dict[str, set[str]] = field(default_factory=dict)
    doubtful: dict[str, str] = field(default_factory=dict)


class Morphology:
    """What Morfeusz knows of lemmas and forms."""

    @cached_property
    def _morfeusz(self) -> Any:
        return morfeusz2.Morfeusz(expand_tags=False, praet="composite")

    def forms(self, lemma: str, part: str) -> Iterator[tuple[str, float]]:
        """Yield the forms of a lemma as a part of speech, and what the valence is multiplied by."""
        tags = _TAGS.get(part, set())
        for form, base, tag, _, _ in self._morfeusz.generate(lemma):
            kind, *features = tag.split(":")
            if kind in tags and base.partition(":")[0] == lemma and not (kind == "ger" and "neg" in features):
                yield form.lower(), _degree(features)
        if part == "adj":
            for adverb in self._adverbs(lemma):
                yield from self.forms(adverb, "adv")

    def participle(self, lemma: str) -> Iterator[tuple[str, float]]:
        """Yield the forms of an adjective that the dictionary has as a participle ("zaangażowany")."""
        bases = {
            reading[1].partition(":")[0]
            for _, _, reading in self._morfeusz.analyse(lemma)
            if reading[2].startswith(("ppas", "pact"))
        }
        stem = lemma[:-1]
        for base in sorted(bases):
            for form, _, tag, _, _ in self._morfeusz.generate(base):
                if tag.startswith(("ppas", "pact")) and form.startswith((stem, "nie" + stem)):
                    # "niechciany" is that already: nothing is turned.
                    yield form.lower(), 1.0 if form.startswith(stem) else _degree(tag.split(":"))

    def others(self, form: str, lemmas: set[str]) -> list[str]:
        """Return readings of a form, as `lemma:kind`, that are of none of the lemmas and not rare."""
        return sorted(
            {
                f"{base.partition(':')[0]}:{tag.split(':')[0]}"
                for _, _, (_, base, tag, names, labels) in self._morfeusz.analyse(form)
                if tag != "ign"
                and base.partition(":")[0].lower() not in lemmas
                and _NAMES.isdisjoint(names)
                and not any(label in _RARE for group in labels for label in group.split(","))
            }
        )

    def _adverbs(self, lemma: str) -> Iterator[str]:
        if lemma[-1:] not in "yi":
            return
        for ending, adverb in _ADVERBS:
            if lemma.endswith(ending):
                guess = lemma.removesuffix(ending) + adverb
                readings = self._morfeusz.analyse(guess)
                if any(reading[2].startswith("adv") for _, _, reading in readings):
                    yield guess


_ADVERBS = (
    ("y", "o"), ("i", "o"), ("i", "io"), ("ny", "nie"), ("ry", "rze"), ("ły", "le"), ("sty", "ście"),
    ("ty", "cie"), ("wy", "wie"), ("my", "mie"), ("ony", "enie"), ("any", "anie"), ("zły", "źle"),
)  # fmt: skip


def _degree(features: Sequence[str]) -> float:
    if "neg" in features:
        return _NOT
    return _MOST if "sup" in features else _MORE if "com" in features else 1.0


def formed(given: Iterable[Line], morphology: Morphology) -> Formed:
    """Return all forms of the lines, each with what it says."""
    every = list(given)
    result = Formed()
    lemmas = {line.lemma.lower() for line in every}
    only_marked = _list(every, result)
    made = _made(every, morphology)
    for form, readings in made.items():
        if form in result.words:
            continue
        if others := morphology.others(form, lemmas):
            if any(_is_common(form, other) for other in others):
                continue
            result.doubtful[form] = f"{readings[0][0]}: {' '.join(others)}"
        result.words[form] = _chosen(form, readings)
    _mark(result, only_marked)
    _without_marks(result, morphology)
    for phrase in result.phrases:
        for name in _lemmas_in(phrase):
            result.classes.setdefault(name, _every_form(name, morphology))
    return result


def _list(every: Iterable[Line], result: Formed) -> dict[str, tuple[str, ...]]:
    """Enter what is listed, first lines first; return the marks of lines that have no valence.

    Such marks don't take a word's valence away: "strasznie" strengthens and weighs something.
    """
    only_marked: dict[str, tuple[str, ...]] = {}
    # What takes look-alikes out goes first.
    for line in sorted(every, key=lambda line: bool(line.valence or line.marks)):
        says = (line.valence, line.marks)
        for spelling in line.listed if line.part in ("word", "phrase") else line.spellings:
            if line.part == "phrase":
                result.phrases.setdefault(spelling, says)
            elif spelling.endswith("*"):
                result.stems.setdefault(spelling[:-1], says)
            elif line.valence or not line.marks:
                result.words.setdefault(spelling, says)
            else:
                only_marked[spelling] = (*only_marked.get(spelling, ()), *line.marks)
    return only_marked


def _mark(result: Formed, only_marked: dict[str, tuple[str, ...]]) -> None:
    for spelling, marks in only_marked.items():
        valence, own = result.words.get(spelling, (0.0, ()))
        result.words[spelling] = (valence, tuple(dict.fromkeys([*own, *marks])))


def _made(
    every: Iterable[Line], morphology: Morphology
) -> dict[str, list[tuple[str, float, tuple[str, ...]]]]:
    made: dict[str, list[tuple[str, float, tuple[str, ...]]]] = defaultdict(list)
    for line in every:
        if line.part in ("word", "phrase"):
            continue
        forms = list(morphology.forms(line.lemma, line.part))
        if not forms and line.part == "adj":
            forms = list(morphology.participle(line.lemma))
        for form, share in forms or [(line.lemma.lower(), 1.0)]:
            weight = max(-MOST_VALENCE, min(MOST_VALENCE, round(line.valence * share, 2)))
            made[form].append((line.lemma, weight, line.marks))
    return made


def _chosen(form: str, readings: Sequence[tuple[str, float, tuple[str, ...]]]) -> Says:
    """Return what a form says that several lemmas share: what it is the lemma of, else the weaker."""
    own = [reading for reading in readings if reading[0] == form]
    _, valence, marks = min(own or readings, key=lambda reading: abs(reading[1]))
    return valence, marks


def _is_common(form: str, other: str) -> bool:
    """Tell whether a form is rather another word's; "terminowi" is hardly ever an adjective."""
    lemma, _, kind = other.partition(":")
    return kind in _FUNCTION or lemma in _COMMON or (kind == "subst" and form.endswith("owi"))


def _without_marks(result: Formed, morphology: Morphology) -> None:
    """Add the spellings without diacritics that are no words of their own."""
    for table in (result.words, result.stems):
        plain: dict[str, Says] = {}
        for form, says in table.items():
            bare = fold(form)
            if bare == form or bare in table or (table is result.words and morphology.others(bare, set())):
                continue
            if bare not in plain or abs(says[0]) < abs(plain[bare][0]):
                plain[bare] = says
        table.update(plain)


def _lemmas_in(phrase: str) -> Iterator[str]:
    for word in phrase.replace("_", "|").split("|"):
        if (name := word.removesuffix("?")).endswith("~"):
            yield name[:-1]


def _every_form(lemma: str, morphology: Morphology) -> set[str]:
    """Return all forms of a lemma of a phrase, without diacritics, as words of a phrase are compared."""
    forms = {form for part in _TAGS for form, _ in morphology.forms(lemma, part)}
    return {fold(form) for form in forms or {form for form, _ in morphology.participle(lemma)} or {lemma}}


def table(result: Formed) -> str:
    """Return the text of the table, the same for the same lines."""
    endings: dict[tuple[str, ...], int] = {}
    groups: dict[Says, list[str]] = defaultdict(list)
    for word, says in result.words.items():
        groups[says].append(word)
    out = [
        f"W\t{_row(beginning, ends, endings)}{_told(says)}"
        for says in sorted(groups)
        for beginning, ends in _split(groups[says])
    ]
    out += [f"S\t{stem}{_told(says)}" for stem, says in sorted(result.stems.items())]
    out += [
        f"C\t{name}\t{_row(beginning, ends, endings)}"
        for name in sorted(result.classes)
        for beginning, ends in _split(result.classes[name])
    ]
    out += [f"P\t{phrase}{_told(says)}" for phrase, says in sorted(result.phrases.items())]
    every = [f"E\t{' '.join(end or '-' for end in ends)}" for ends in endings]
    return "\n".join([_HEADER, *every, *out, ""])


def _row(beginning: str, ends: tuple[str, ...], endings: dict[tuple[str, ...], int]) -> str:
    return f"{beginning}\t{endings.setdefault(ends, len(endings))}"


def _told(says: Says) -> str:
    return f"\t{says[0]:g}\t{' '.join(says[1])}".rstrip("\t")


def _split(words: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield beginnings of words that share their first letters, and the endings that follow each."""
    alike: dict[str, list[str]] = defaultdict(list)
    for word in sorted(words):
        alike[word[:_LETTERS_SHARED]].append(word)
    for group in alike.values():
        yield from _grouped(group)


def _grouped(group: list[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield a group by its common beginning; one with long endings by each next letter."""
    first, last = min(group), max(group)
    same = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    common = first[:same]
    if len(group) > 1 and max(len(word) for word in group) - len(common) > 12:
        parts: dict[str, list[str]] = defaultdict(list)
        for word in group:
            parts[word[: len(common) + 1]].append(word)
        if len(parts) > 1:
            for part in parts.values():
                yield from _grouped(part)
            return
    yield common, tuple(word[len(common) :] for word in group)


def main(arguments: Sequence[str]) -> int:
    """Write the table beside the lemma files, or list what is doubtful."""
    folder = Path(str(resources.files("listener.reading.polish")))
    result = formed(lines(folder), Morphology())
    if "--doubtful" in arguments:
        for form, why in sorted(result.doubtful.items()):
            print(f"{form}\t{why}")
        return 0
    (folder / TABLE).write_text(table(result), encoding="utf8")
    print(f"{len(result.words)} words, {len(result.stems)} stems, {len(result.phrases)} phrases")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
