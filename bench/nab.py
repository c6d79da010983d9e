"""Judging, measured on the Numenta benchmark's tweet counts, where its files lie beside this project."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from datetime import timedelta
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from bench.measure import Line
from listener.backtest import by_preset, judge_counts, read_counts, write_counts

SHARED = Path(__file__).parent.parent.parent / "shared"
COUNTS, SCORER = SHARED / "data" / "nab_dev", SHARED / "tools" / "nab_score.py"
HEADINGS = ("profile", "practical", "alerts", "standard")
LEARNT = timedelta(days=21)
SWELL = by_preset(trigger="swell")
JUDGED = (
    ("spike, sensitive", (by_preset("sensitive"),)),
    ("spike, quiet", (by_preset("quiet"),)),
    ("swell alone", (SWELL,)),
    ("spike and swell", (by_preset(), SWELL)),
)


def run(counts: Path = COUNTS, scorer: Path = SCORER) -> list[Line]:
    """Return lines of (what, figure): each way of judging, over all and after the first 21 days."""
    files = sorted(counts.glob("*.csv")) if counts.is_dir() else []
    if not files or not scorer.exists():
        return [("NAB, tweet volumes", "not measured: the benchmark's files are not here")]
    lines = [(f"NAB, {len(files)} files", "")]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for path in files:
            _listener("backtest", "--counts", str(path), "--out", str(Path(folder) / path.name))
        lines += _figures("spike (default)", _module(scorer), folder)
        for name, judging in JUDGED:
            for path in files:
                write_counts(Path(folder) / path.name, judge_counts(read_counts(path), judging))
            lines += _figures(name, _module(scorer), folder)
    return lines


def _figures(name: str, scorer: Any, folder: str) -> list[Line]:
    series, scores = scorer.load(folder)
    standard = scorer.nab(series, scores, 1.0)["standard"]["score"]
    lines = [(name, f"NAB standard {standard:.1f}; {_alerts(scorer, series, scores)}")]
    for one in series:
        learnt = next(row for row, at in enumerate(one.t) if at >= one.t[0] + LEARNT)
        one.prob = max(one.prob, learnt)
    return [*lines, ("  after 21 days", _alerts(scorer, series, scores))]


def _alerts(scorer: Any, series: Any, scores: Any) -> str:
    found = scorer.alert_metrics(series, scores, 1.0, 24)
    return (
        f"{found['caught']} of {found['windows']} events, "
        f"{found['false_alarms_per_brand_week']:.2f} false alarms per brand and week, "
        f"{found['delay_from_label_min']} min from the label"
    )


def _module(path: Path) -> Any:
    spec = spec_from_file_location("scorer", path)
    if spec is None or spec.loader is None:
        raise ImportError(str(path))
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _listener(*arguments: str) -> None:
    command = [sys.executable, "-c", "from listener.cli import main; main()", *arguments]
    subprocess.run(command, capture_output=True, check=True, timeout=120)
