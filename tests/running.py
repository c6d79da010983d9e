"""A daemon as a child process, on a configuration in a folder of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
STARTS_WITHIN = 60


class Daemon:
    """`listener run` on `folder`/config.toml; `log` is what it has said so far."""

    def __init__(self, folder, *arguments):
        self.folder = folder
        self._log = (folder / "daemon.log").open("ab")
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            command(folder, "run", *arguments), stdout=self._log, stderr=self._log, env=environment
        )

    @property
    def log(self):
        return (self.folder / "daemon.log").read_text(errors="replace")

    def kill(self):
        """Kill it as the kernel does, without a word."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        self._log.close()

    def stop(self, seconds=15):
        """Ask it to stop; return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(seconds)
        self._log.close()
        return status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill()


def command(folder, *arguments):
    return [sys.executable, "-m", "listener.cli", "--config", str(folder / "config.toml"), *arguments]


def verb(folder, *arguments, stdin=None, env=None):
    """Run a verb to its end; return the finished process."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
    return subprocess.run(
        command(folder, *arguments), input=stdin, capture_output=True, text=True, timeout=120, env=environment
    )


def rows(folder, *arguments):
    """Run a reading verb with --json; return its objects."""
    done = verb(folder, *arguments, "--json")
    assert not done.stderr, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def until(holds, seconds=STARTS_WITHIN, what="it"):
    """Wait until a condition holds, and return what it returned."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = holds()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not happen within {seconds} s")
