"""What the idle daemon keeps in memory: a real one, started as `listener run`, after some seconds."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from bench.corpora import short_posts
from bench.measure import Line

SOURCES, BRANDS = 10, 3
SECONDS = 20.0
MOST_MEGABYTES = 200


def run(seconds: float = SECONDS) -> list[Line]:
    """Return lines of (what, figure)."""
    if not Path("/proc/self/status").exists():
        return [("resident memory", "not measured: there is no /proc here")]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, _feeds() as port:
        config = Path(folder) / "config.toml"
        config.write_text(_config(port), encoding="utf-8")
        process = subprocess.Popen(
            [sys.executable, "-c", "from listener.cli import main; main()", "--config", str(config), "run"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            time.sleep(seconds)
            if process.poll() is not None:
                return [("resident memory", f"not measured: the daemon ended with {process.returncode}")]
            found = _parts(process.pid)
        finally:
            process.terminate()
            process.wait(15)
    return _lines(found, seconds)


def _lines(found: dict[str, float], seconds: float) -> list[Line]:
    own = found.pop("daemon")
    whole = own + sum(found.values())
    verdict = "met" if whole <= MOST_MEGABYTES else "MISSED"
    figure = f"{own:.0f} MB, with its children {whole:.0f} MB (at most {MOST_MEGABYTES} MB: {verdict})"
    lines = [(f"{SOURCES} sources, {BRANDS} brands, after {seconds:.0f} s", figure)]
    if whole > MOST_MEGABYTES:
        parts = {"daemon": own, **found, **_imports()}
        lines += [(f"  {name}", f"{megabytes:.0f} MB") for name, megabytes in parts.items()]
    return lines


def _parts(pid: int) -> dict[str, float]:
    """Return the resident megabytes of a process and of each of its children."""
    found = {"daemon": _resident(pid)}
    for child in _children(pid):
        found[f"child {child}"] = _resident(child)
    return found


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))


def _children(pid: int) -> list[int]:
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        path = Path(f"/proc/{pid}/task/{task}/children")
        found += [int(child) for child in path.read_text(encoding="utf-8").split()] if path.exists() else []
    return found


def _imports() -> dict[str, float]:
    """Return what a bare Python, the modules and the language models take, each measured in a new process."""
    steps = {
        "of it: Python": "",
        "of it: Python and all modules": "import listener.daemon",
        "of it: with the models": "import listener.daemon; from listener.reading import Reader; r = Reader()",
    }
    found = {}
    for name, code in steps.items():
        told = f"{code}\nimport os\nprint(open(f'/proc/{{os.getpid()}}/status').read())"
        status = subprocess.run(
            [sys.executable, "-c", told], capture_output=True, text=True, check=True
        ).stdout
        found[name] = next(int(x.split()[1]) / 1024 for x in status.splitlines() if x.startswith("VmRSS"))
    return found


@contextmanager
def _feeds() -> Iterator[int]:
    bodies = short_posts(SOURCES).bodies

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = bodies[int(self.path.strip("/")) % SOURCES]
            self.send_response(200)
            self.send_header("Content-Type", "application/rss+xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def _config(port: int) -> str:
    tables = ['[listener]\ndatabase = "memory.db"\ndashboard = "127.0.0.1:0"\n']
    tables += [f'[[brand]]\nname = "{word}"\n' for word in ("object", "method", "class")]
    tables += [
        f'[[source]]\nname = "{n}"\nkind = "rss"\nurl = "http://127.0.0.1:{port}/{n}"\nevery = "5s"\n'
        "private = true\n"
        for n in range(SOURCES)
    ]
    return "\n".join(tables)
