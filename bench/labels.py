"""The labels, against people's: accuracy, macro-F1, and recall and precision of negative, set by set.

The sets lie in ../shared/data. Words and weights were found on the "seen" halves only: of the tweets and the
reviews every other row, of the airlines American and United. `unsure` counts as neutral.
Run alone: python -m bench.labels. With --fit en (or pl) the weights of that language are fitted on the seen
halves and printed as weights.toml has them; nothing is written.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from listener.reading import Reader
from listener.reading.deciding import FEATURES, LABELS

DATA = Path(__file__).parent.parent.parent / "shared" / "data"
LETTERS = {"neg": "negative", "neu": "neutral", "pos": "positive"}
# How often each label is met where nobody chose the rows: neither half of a set is that natural.
USUAL = {"tweets": (0.32, 0.48, 0.2), "airline": (0.62, 0.21, 0.17), "Polish": (0.36, 0.36, 0.28)}
STRENGTH = 0.1  # of the prior that keeps weights small
ROWS = 1500  # so many rows each set counts for, however many it has


class Labelled(NamedTuple):
    """A text and the label people gave it."""

    text: str
    label: str


class Half(NamedTuple):
    """One half of a set; words and weights may be looked for in the seen one only."""

    name: str
    language: str
    rows: Sequence[Labelled]
    is_seen: bool


def run() -> list[tuple[str, str]]:
    """Return lines of (what, figure)."""
    every = halves()
    if not every:
        return [("labels", "not measured: ../shared/data is not there")]
    reader, plain = Reader(), Reader(overlay=False)
    lines = []
    for half in every:
        lines.append((f"{half.name}, {len(half.rows):,} texts", _figure(half, reader)))
        if half.language == "en":
            lines.append((f"{half.name}, without the overlay", _figure(half, plain)))
    return lines


def halves() -> list[Half]:
    """Return the halves of the sets that are there."""
    found: list[Half] = []
    for name, file, language in (
        ("tweets", "en_tweets_dev.jsonl", "en"),
        ("Polish reviews", "pl_reviews_dev.jsonl", "pl"),
        ("Polish tweets, three labels", "pl_tweets3_dev.jsonl", "pl"),
        ("Polish tweets, two labels", "pl_tweets2_dev.jsonl", "pl"),
    ):
        rows = _lines(DATA / file)
        for begin, half in ((0, "seen half"), (1, "other half")):
            if rows:
                found.append(Half(f"{name}, {half}", language, rows[begin::2], begin == 0))
    flown = _airlines(DATA / "airline_dev.csv")
    if flown:
        seen = [row for airline, row in flown if airline != "Southwest"]
        other = [row for airline, row in flown if airline == "Southwest"]
        found += [
            Half("airline, American and United", "en", seen, True),
            Half("airline, Southwest", "en", other, False),
        ]
    return found


def _lines(path: Path) -> list[Labelled]:
    if not path.exists():
        return []
    with path.open(encoding="utf8") as lines:
        rows = [json.loads(line) for line in lines]
    return [Labelled(row["text"], LETTERS[row["y"]]) for row in rows]


def _airlines(path: Path) -> list[tuple[str, Labelled]]:
    if not path.exists():
        return []
    with path.open(encoding="utf8", newline="") as lines:
        return [(row["brand"], Labelled(row["text"], row["label"])) for row in csv.DictReader(lines)]


def _figure(half: Half, reader: Reader) -> str:
    given = [LABELS.index(row.label) for row in half.rows]
    labels = [reader.read("", row.text, half.language).label for row in half.rows]
    ours = [LABELS.index(label) if label in LABELS else 1 for label in labels]
    unsure = 100 * labels.count("unsure") / len(labels)
    return f"{figures(given, ours)}; {unsure:.0f} % unsure"


def figures(given: Sequence[int], ours: Sequence[int]) -> str:
    """Return accuracy, macro-F1 over the labels that people gave, recall and precision of negative."""
    right = sum(a == b for a, b in zip(given, ours, strict=True)) / len(given)
    each = [_rates(given, ours, label) for label in sorted(set(given))]
    macro = sum(2 * r * p / (r + p) if r + p else 0.0 for r, p in each) / len(each)
    recall, precision = each[0]
    return (
        f"accuracy {100 * right:.1f}, macro-F1 {100 * macro:.1f}, "
        f"negative {100 * recall:.1f} at {100 * precision:.1f}"
    )


def _rates(given: Sequence[int], ours: Sequence[int], label: int) -> tuple[float, float]:
    """Return recall and precision of a label."""
    met = sum(a == b == label for a, b in zip(given, ours, strict=True))
    return met / max(list(given).count(label), 1), met / max(list(ours).count(label), 1)


def fit(language: str) -> str:
    """Return the table of weights.toml for a language, fitted on the seen halves."""
    from sklearn.linear_model import LogisticRegression

    reader = Reader()
    found, labels, shares = [], [], []
    for half in halves():
        if half.language != language or not half.is_seen:
            continue
        given = np.array([LABELS.index(row.label) for row in half.rows])
        found += [reader.evidence("", row.text, language).features for row in half.rows]
        labels.append(given)
        shares.append(_share(given, USUAL[half.name.split(",")[0].split()[0]]))
    if not found:
        return "nothing to fit on: ../shared/data is not there"
    measured = np.array(found)
    scale = measured.std(axis=0) + 1e-9
    model = LogisticRegression(C=STRENGTH, max_iter=5000)
    model.fit(measured / scale, np.concatenate(labels), sample_weight=np.concatenate(shares))
    weights = model.coef_ / scale
    return _table(language, weights - weights[1], model.intercept_ - model.intercept_[1])


def _share(given: NDArray[np.int64], usual: Iterable[float]) -> NDArray[np.float64]:
    """Return what each row counts for, so that the labels are met as often as usual."""
    counts = np.array([max((given == label).sum(), 1) for label in range(len(LABELS))])
    wanted = np.array(list(usual)) * (counts > 1)
    weights: NDArray[np.float64] = (wanted / wanted.sum() * ROWS / counts)[given]
    return weights


def _table(language: str, weights: NDArray[np.float64], bias: NDArray[np.float64]) -> str:
    rows: Mapping[str, tuple[float, float]] = {
        "bias": (bias[0], bias[2]),
        **{name: (weights[0][i], weights[2][i]) for i, name in enumerate(FEATURES[language])},
    }
    lines = [f"{name} = [{negative:.2f}, {positive:.2f}]" for name, (negative, positive) in rows.items()]
    return "\n".join([f"[{language}]", *lines])


if __name__ == "__main__":
    if "--fit" in sys.argv:
        print(fit(sys.argv[-1]))
    else:
        for what, figure in run():
            print(f"{what:50} {figure}")
