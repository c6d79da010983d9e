"""`python -m bench`: everything that is measured, in one run; `python -m bench chain polls` only those."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from importlib import import_module
from string import ascii_lowercase

from bench.measure import Line, one_core

WHAT: Mapping[str, str] = {
    "chain": "feed bytes -> stored, scored mentions",
    "polls": "conditional polls, nothing new (304)",
    "alarm": "commit of the spike -> call to Slack",
    "memory": "resident memory of the idle daemon",
    "reading": "language, sentiment, queries",
    "nab": "judging, on the Numenta benchmark",
    "scale": "many feeds, a tenth of them bad; and none due",
    "feeds": "well-formed feeds -> mentions",
    "judging": "ten thousand series, judged",
    "backtesting": "ten million mentions through today's rules",
    "learning": "labels of people, learned from",
    "labels": "labels, against people's",
}
LETTERS = dict(zip(ascii_lowercase, WHAT, strict=False))


def main(arguments: list[str]) -> int:
    """Run the named benches, or all; 2 for a name that is none."""
    names = [LETTERS.get(name, name) for name in arguments] or list(WHAT)
    unknown = [name for name in names if name not in WHAT]
    if unknown:
        print(f"no bench {', '.join(unknown)}; there are: {', '.join(WHAT)}", file=sys.stderr)
        return 2
    one_core()
    for name in names:
        began = time.monotonic()
        print(f"\n{name}: {WHAT[name]}", flush=True)
        show(_run(name)())
        print(f"  ({time.monotonic() - began:.0f} s)", flush=True)
    return 0


def _run(name: str) -> Callable[[], list[Line]]:
    run: Callable[[], list[Line]] = import_module(f"bench.{name}").run
    return run


def show(lines: list[Line]) -> None:
    """Print lines as a table: what on the left, the figure on the right."""
    width = min(max((len(what) for what, _ in lines), default=0), 80)
    for what, figure in lines:
        print(f"  {what:<{width}}  {figure}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
