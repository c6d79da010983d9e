"""Have charts drawn: a short-lived child reads their specs and writes the pictures.

matplotlib costs some 60 MB and most of a second to load, so it lives only as long as it is needed.
The child is handed no secrets: of the environment it sees what finds fonts and packages.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from listener.charts.spec import ChartError, Spec, to_json

PATIENCE = timedelta(seconds=60)
MOST_CHARTS = 100
BEGINNINGS = {"png": b"\x89PNG\r\n\x1a\n", "svg": b"<?xml"}
_PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "MPLCONFIGDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")
_ROOT = Path(__file__).parents[2]


def render(spec: Spec | Mapping[str, Any], patience: timedelta = PATIENCE, form: str = "png") -> bytes:
    """Return the chart as a PNG or as `svg`; raise ChartError where there is none to be had in time."""
    if form not in BEGINNINGS:
        raise ChartError(f"a chart is drawn as {' or '.join(BEGINNINGS)}, not as {form[:20]!r}")
    return _rendered([{**to_json(spec), "form": form}], patience, form)[0]


def render_all(specs: Sequence[Spec | Mapping[str, Any]], patience: timedelta = PATIENCE) -> list[bytes]:
    """Return a PNG for each spec, all drawn by one child; one that fails costs all of them."""
    if len(specs) > MOST_CHARTS:
        raise ChartError(f"at most {MOST_CHARTS} charts are drawn at once, not {len(specs)}")
    if not specs:
        return []
    return _rendered([to_json(spec) for spec in specs], patience, "png")


def _rendered(specs: Sequence[Mapping[str, Any]], patience: timedelta, form: str) -> list[bytes]:
    try:
        asked = json.dumps(specs, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ChartError(f"the spec of a chart is not plain: {error}") from error
    pictures = _pictures(_drawn(asked.encode(), patience))
    if len(pictures) != len(specs) or not all(picture.startswith(BEGINNINGS[form]) for picture in pictures):
        raise ChartError("what came back from drawing is not the pictures that were asked for")
    return pictures


def _drawn(asked: bytes, patience: timedelta) -> bytes:
    try:
        # -P: a file in the working directory must not pass for a package.
        child = subprocess.run(
            [sys.executable, "-P", "-m", "listener.charts"],
            input=asked,
            capture_output=True,
            timeout=patience.total_seconds(),
            env=_environment(),
            start_new_session=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ChartError(f"drawing took longer than {patience.total_seconds():g} s and was ended") from None
    except OSError as error:
        raise ChartError(f"drawing could not be started: {error}") from error
    if child.returncode:
        said = child.stderr.decode(errors="replace").strip().split("\n")[-1][:300]
        raise ChartError(f"drawing failed ({child.returncode}): {said}")
    return child.stdout


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return kept | {"PYTHONPATH": str(_ROOT), "MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1"}


def _pictures(stream: bytes) -> list[bytes]:
    """Take the pictures apart: each comes after its length, four bytes."""
    pictures = []
    while stream:
        (size,) = struct.unpack(">I", stream[:4].rjust(4, b"\0"))
        pictures.append(stream[4 : 4 + size])
        stream = stream[4 + size :]
    return pictures
