"""The training itself, the one place that knows scikit-learn; it is loaded when something is learned.

A logistic regression over the lexicon's two sums, its features and the n-grams. In each of the turns a
fifth is held back, and the weights that will answer are the mean of all turns: so every label is learned
from, and every label is measured by weights that never saw it. What pulls towards the lexicon's reading
are anchors: the same texts with its own shares for labels, which together weigh as much as a few labels.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from listener.learning.material import Example
from listener.reading.deciding import FEATURES, softmax
from listener.reading.learned import TURNS, Weights, grams, rounded

ANCHORS = 40.0  # labels that the lexicon's own reading weighs as much as
MOST_ANCHORED = 300
STRENGTH = 1.0  # the inverse of the penalty
FEATURED = 0.3  # how loudly a feature speaks beside the two sums: these weigh the features already
STEPS = 300


def train(language: str, examples: Sequence[Example], progress: Callable[[int], None]) -> Weights:
    """Return the weights of all turns. The same examples always teach the same."""
    rows = [grams(one.evidence.text) for one in examples]
    places = np.unique(np.fromiter((place for row in rows for place in row), dtype=np.uint32))
    table = _table(examples, rows, places)
    wide = 2 + len(FEATURES[language])
    linear, spoken = [], []
    for turn in range(TURNS):
        chosen = np.array([one.turn != turn for one in examples])
        weights, bias = _fitted(table[chosen], [one for one in examples if one.turn != turn])
        weights[:, 2:wide] *= FEATURED
        linear.append(np.column_stack([bias, weights[:, :wide]]))
        spoken.append(weights[:, wide:])
        progress(1)
    return Weights(FEATURES[language], np.asarray(linear, dtype=np.float32), places, rounded(spoken))


def _table(examples: Sequence[Example], rows: Sequence[dict[int, float]], places: NDArray[np.uint32]) -> Any:
    """Return one row for each example: the lexicon's two sums, its features, the n-grams."""
    from scipy.sparse import csr_matrix, hstack

    column = {place: number for number, place in enumerate(places.tolist())}
    ends = np.cumsum([0, *map(len, rows)])
    values = np.fromiter((value for row in rows for value in row.values()), dtype=np.float64)
    columns = np.fromiter((column[place] for row in rows for place in row), dtype=np.int32)
    said = csr_matrix((values, columns, ends), shape=(len(rows), len(places)))
    sums = [(one.evidence.logits[0], one.evidence.logits[2]) for one in examples]
    features = FEATURED * np.array([one.evidence.features for one in examples])
    return hstack([csr_matrix(np.array(sums)), csr_matrix(features), said], format="csr")


def _fitted(table: Any, examples: Sequence[Example]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what each column, and nothing at all, adds to negative and to positive."""
    from scipy.sparse import vstack
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    anchored = np.unique(np.linspace(0, len(examples) - 1, MOST_ANCHORED).astype(int))
    shares = np.array([softmax(examples[number].evidence.logits) for number in anchored])
    pull = ANCHORS / len(anchored)
    labels: list[Sequence[int]] = [[one.label for one in examples]]
    labels += [[label] * len(anchored) for label in range(3)]
    weights: list[Any] = [[one.weight for one in examples]]
    weights += [pull * shares[:, label] for label in range(3)]
    model = LogisticRegression(C=STRENGTH, max_iter=STEPS, tol=1e-4)
    # With several threads vectors so short take twenty times as long, and add up otherwise elsewhere.
    with warnings.catch_warnings(), threadpool_limits(limits=1):
        # So many steps are enough, whether or not the last digit stands.
        warnings.simplefilter("ignore")
        model.fit(
            vstack([table, *[table[anchored]] * 3]),
            np.concatenate(labels),
            sample_weight=np.concatenate(weights),
        )
    sides, bias = model.coef_, model.intercept_
    return sides[[0, 2]] - sides[1], bias[[0, 2]] - bias[1]
