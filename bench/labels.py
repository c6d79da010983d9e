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
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from listener.reading import Reader
from listener.reading.deciding import FEATURES, LABELS

DATA = Path(__file__).parent.parent.parent / "shared" / "data"
LETTERS = {"neg": "negative", "neu": "neutral", "pos": "positive"}
# How often each label is taken to be met: the halves differ in that, and tomorrow will too.
# Airlines are complained of more often than this, but what is called negative should be.
USUAL = {"tweets": (0.32, 0.48, 0.2), "airline": (0.5, 0.3, 0.2), "Polish": (0.32, 0.37, 0.31)}
STRENGTH = 0.1  # of the prior that keeps weights small
ROWS = 1500  # so many rows each set counts for, however many it has
# The sign that the weights of a feature must have, for negative and for positive; the rest is free.
AGAINST, IN_FAVOUR, CALM, STIRS = (1, -1), (-1, 1), (-1, -1), (1, 1)
SIGNS = {
    **dict.fromkeys(
        "blame scorn asks wants waits fails complains quits danger irony trails denies long".split(), AGAINST
    ),
    **dict.fromkeys("mean lowest highest praise thanks wishes hopes".split(), IN_FAVOUR),
    **dict.fromkeys("seeks urges reports link headline".split(), CALM),
    **dict.fromkeys("emphasis exclaims oneself".split(), STIRS),
    "swears": (1, 0),
    "mixed": (0, -1),
    "question": (0, -1),
}
# Rare in the English sets, and what a PR team wants to hear of: they speak for negative at least so much.
AT_LEAST = {"danger": 0.8, "quits": 0.6, "irony": 0.6}
# In Polish some cues mean something else, and some weigh nothing: what they say, others say better.
# 2 is no weight at all.
OUT = (2, 2)
POLISH_SIGNS = {
    **dict.fromkeys("complains frowns politics grumbles pays quoted".split(), AGAINST),
    **dict.fromkeys("smiles laughs".split(), IN_FAVOUR),
    **dict.fromkeys("tags numbers wordy".split(), CALM),
    **dict.fromkeys("addressed trails".split(), STIRS),
    **dict.fromkeys("mean lowest highest mixed silent idiom slang diminutive".split(), OUT),
    **dict.fromkeys("question you headline".split(), OUT),
    "denies": (1, 0),
    "vulgar": (1, 2),
    "thanks": (2, 1),
    "urges": (-1, 0),
    "warmly": (0, 1),
}


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
    """Return the table of weights.toml for a language, fitted on the seen halves.

    It is the logistic regression of the labels, with the signs that a person would expect.
    """
    from scipy.optimize import minimize

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
    ones = np.ones((len(measured), 1))
    loss = _loss(np.hstack([measured / scale, ones]), np.concatenate(labels), np.concatenate(shares))
    bounds = [*_bounds(language, 0, scale), *_bounds(language, 1, scale)]
    best = minimize(loss, np.zeros(len(bounds)), jac=True, method="L-BFGS-B", bounds=bounds).x
    weights = best.reshape(2, -1)
    return _table(language, weights[:, :-1] / scale, weights[:, -1])


def _bounds(language: str, which: int, scale: NDArray[np.float64]) -> list[tuple[float | None, float | None]]:
    """Return the bounds of each feature's weight, by the sign it must have, and of the bias."""
    by_sign = {1: (0.0, None), -1: (None, 0.0), 0: (None, None), 2: (0.0, 0.0)}
    signs = SIGNS | POLISH_SIGNS if language == "pl" else SIGNS
    bounds = [by_sign[signs.get(name, (0, 0))[which]] for name in FEATURES[language]]
    for at, name in enumerate(FEATURES[language]):
        if language == "en" and which == 0 and name in AT_LEAST:
            bounds[at] = (AT_LEAST[name] * scale[at], None)
    return [*bounds, (None, None)]


def _loss(
    measured: NDArray[np.float64], labels: NDArray[np.int64], shares: NDArray[np.float64]
) -> Callable[[NDArray[np.float64]], tuple[float, NDArray[np.float64]]]:
    """Return the function to make small: how unlikely the labels are, and how large the weights."""
    given = np.eye(len(LABELS))[labels]

    def of(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = flat.reshape(2, -1)
        sums = np.stack([measured @ weights[0], np.zeros(len(measured)), measured @ weights[1]], axis=1)
        likely = np.exp(sums - sums.max(axis=1, keepdims=True))
        likely /= likely.sum(axis=1, keepdims=True)
        small = weights.copy()
        small[:, -1] = 0.0
        unlikely = -(shares * np.log(likely[np.arange(len(labels)), labels])).sum()
        slope = ((likely - given) * shares[:, None]).T @ measured
        return unlikely + (small**2).sum() / 2 / STRENGTH, (slope[[0, 2]] + small / STRENGTH).ravel()

    return of


def _share(given: NDArray[np.int64], usual: Iterable[float]) -> NDArray[np.float64]:
    """Return what each row counts for, so that the labels are met as often as usual."""
    counts = np.array([max((given == label).sum(), 1) for label in range(len(LABELS))])
    wanted = np.array(list(usual)) * (counts > 1)
    weights: NDArray[np.float64] = (wanted / wanted.sum() * ROWS / counts)[given]
    return weights


def _table(language: str, weights: NDArray[np.float64], bias: NDArray[np.float64]) -> str:
    """Return the rows of the features that weigh something."""
    rows: Mapping[str, NDArray[np.float64]] = {
        "bias": bias,
        **{name: weights[:, i] for i, name in enumerate(FEATURES[language])},
    }
    lines = [
        f"{name} = [{against:.2f}, {in_favour:.2f}]".replace("-0.00", "0.00")
        for name, (against, in_favour) in rows.items()
        if abs(against) >= 0.005 or abs(in_favour) >= 0.005
    ]
    return "\n".join([f"[{language}]", *lines])


if __name__ == "__main__":
    if "--fit" in sys.argv:
        print(fit(sys.argv[-1]))
    else:
        for what, figure in run():
            print(f"{what:50} {figure}")
