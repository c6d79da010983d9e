"""Judging, measured on the Numenta benchmark's tweet counts, where its files lie beside this project."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from bench.measure import Line

SHARED = Path(__file__).parent.parent.parent / "shared"
COUNTS, SCORER = SHARED / "data" / "nab_dev", SHARED / "tools" / "nab_score.py"
HEADINGS = ("profile", "practical", "alerts", "standard")


def run(counts: Path = COUNTS, scorer: Path = SCORER) -> list[Line]:
    """Return lines of (what, figure)."""
    files = sorted(counts.glob("*.csv")) if counts.is_dir() else []
    if not files or not scorer.exists():
        return [("NAB, tweet volumes", "not measured: the benchmark's files are not here")]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for path in files:
            _listener("backtest", "--counts", str(path), "--out", str(Path(folder) / path.name))
        command = [sys.executable, str(scorer), folder, "--threshold", "1", "--cooldown-hours", "24"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    said = done.stdout if done.returncode == 0 else done.stderr
    return [(f"NAB, {len(files)} files", "")] + [("", line) for line in said.splitlines() if line.strip()]


def _listener(*arguments: str) -> None:
    command = [sys.executable, "-c", "from listener.cli import main; main()", *arguments]
    subprocess.run(command, capture_output=True, check=True, timeout=120)
