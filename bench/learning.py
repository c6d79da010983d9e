"""What learning gains: labels of random rows are imported and learned from, then the other rows are read.

Needs ../shared/data; half of these rows helped to tune the reading itself, so the figures without any
label flatter. Run alone: python -m bench.learning
"""

from __future__ import annotations

import csv
import json
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean

from bench.measure import Line
from listener.config import parse
from listener.importing import import_file
from listener.intake import intake
from listener.learning import learn
from listener.reading import Reader
from listener.reading.learned import layer
from listener.store import Store, models

DATA = Path(__file__).parent.parent.parent / "shared" / "data"
NUMBERS = (50, 100, 200, 500, 1000)
SEEDS = 3
MOST_READ = 1500
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LABELS = ("negative", "neutral", "positive")
LONG = {"neg": "negative", "neu": "neutral", "pos": "positive"}
CONFIG = '[listener]\ndatabase = "learning.db"\n[[brand]]\nname = "Brand"\n'
Row = tuple[str, str]  # text, label


def run(numbers: Sequence[int] = NUMBERS, seeds: int = SEEDS) -> list[Line]:
    """Return accuracy, macro-F1 and negative recall without and with labels; unsure counts as neutral."""
    if not DATA.exists():
        return [("learning", "not measured: ../shared/data is not there")]
    reader = Reader()
    lines = [line for name, rows in _sets() for line in _learned(reader, name, rows, numbers, seeds)]
    rows = _airlines()
    return [*lines, *_errors_only(reader, "three airlines", rows), *_errors_only(reader, "Polish", _polish())]


def _sets() -> Iterator[tuple[str, list[Row]]]:
    yield "three airlines", _airlines()
    yield "one airline (Southwest)", _airlines("Southwest")
    yield "Polish reviews", _polish()
    yield "Polish tweets", _json("pl_tweets3_dev.jsonl")


def _airlines(*brands: str) -> list[Row]:
    with (DATA / "airline_dev.csv").open(encoding="utf8", newline="") as file:
        return [(r["text"], r["label"]) for r in csv.DictReader(file) if not brands or r["brand"] in brands]


def _polish() -> list[Row]:
    return _json("pl_reviews_dev.jsonl")


def _json(name: str) -> list[Row]:
    with (DATA / name).open(encoding="utf8") as lines:
        return [(one["text"], LONG[one["y"]]) for one in map(json.loads, lines)]


def _learned(
    reader: Reader, name: str, rows: Sequence[Row], numbers: Sequence[int], seeds: int
) -> Iterator[Line]:
    alone = []
    found: dict[int, list[tuple[float, ...]]] = {number: [] for number in numbers}
    won = dict.fromkeys(numbers, 0)
    for seed in range(seeds):
        mixed = random.Random(seed).sample(rows, len(rows))
        unseen = mixed[max(numbers) :][:MOST_READ]
        alone.append(_fared(reader, unseen))
        for number in numbers:
            with _taught(reader, mixed[:number]) as promoted:
                won[number] += promoted
                found[number].append(_fared(reader, unseen))
    yield f"{name}, no label", _shown(alone)
    for number in numbers:
        yield f"{name}, {number} labels", f"{_shown(found[number])}; promoted {won[number]} of {seeds}"


def _errors_only(reader: Reader, name: str, rows: Sequence[Row]) -> Iterator[Line]:
    """Labels of nothing but what was read wrongly; then with one label in five that confirms."""
    mixed = random.Random(7).sample(rows, len(rows))
    taken, unseen = mixed[:1000], mixed[1000:][:MOST_READ]
    wrong = [(text, label) for text, label in taken if reader.read("", text).label != label][:200]
    right = [(text, label) for text, label in taken if reader.read("", text).label == label]
    yield f"{name}, before errors only", _shown([_fared(reader, unseen)])
    for told, chosen in (("errors only", wrong), ("one in five right", wrong[:160] + right[:40])):
        with _taught(reader, chosen) as promoted:
            state = "promoted" if promoted else "not promoted"
            yield f"{name}, {len(chosen)} labels, {told}", f"{_shown([_fared(reader, unseen)])}; {state}"


@contextmanager
def _taught(reader: Reader, rows: Sequence[Row]) -> Iterator[bool]:
    """Let the reader have what is learned from rows, if it wins; tell whether it did."""
    with tempfile.TemporaryDirectory() as folder:
        settings = parse(CONFIG, Path(folder), {})
        store = Store(settings.database)
        path = Path(folder) / "rows.ndjson"
        with path.open("w", encoding="utf8") as file:
            for number, (text, label) in enumerate(rows):
                row = {"text": text, "label": label, "id": str(number), "brand": "Brand"}
                file.write(json.dumps(row | {"published_at": "2025-12-31"}) + "\n")
        import_file(store, intake(store, settings, reader), path, NOW)
        outcome = learn(store, reader, NOW, lambda *_: lambda _: None)
        with store.read() as db:
            model = models.current(db)
        store.close()
    reader.use(layer(model.version, model.weights) if model else None)
    try:
        yield outcome.promoted
    finally:
        reader.use(None)


def _fared(reader: Reader, rows: Sequence[Row]) -> tuple[float, ...]:
    said = [reader.read("", text).label for text, _ in rows]
    pairs = [
        (label, "neutral" if one == "unsure" else one) for (_, label), one in zip(rows, said, strict=True)
    ]
    met = {each: sum(a == b == each for a, b in pairs) for each in LABELS}
    were = {each: sum(a == each for a, _ in pairs) for each in LABELS}
    read = {each: sum(b == each for _, b in pairs) for each in LABELS}
    f1 = mean(2 * met[each] / max(were[each] + read[each], 1) for each in LABELS)
    return sum(met.values()) / len(pairs), f1, met["negative"] / max(were["negative"], 1)


def _shown(found: Sequence[tuple[float, ...]]) -> str:
    accuracy, f1, recall = (100 * mean(each) for each in zip(*found, strict=True))
    return f"accuracy {accuracy:.1f}, macro-F1 {f1:.1f}, negative recall {recall:.1f}"


if __name__ == "__main__":
    began = time.monotonic()
    for what, figure in run():
        print(f"{what:45} {figure}", flush=True)
    print(f"{time.monotonic() - began:.0f} s")
