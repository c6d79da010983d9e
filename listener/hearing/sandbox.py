"""Children in which code may misbehave: bounded memory, bounded time, and nothing to spoil.

`python -m listener.hearing.sandbox` is the child. It reads jobs from its standard input, each
a length and a pickle of (module, function, arguments), and answers on its standard output in
the same manner. It inherits no other descriptor, can write no file, knows nothing of the
environment's secrets, and ends when its input does. Children are used again; one that
overruns its time or memory is killed, and the next job starts another.
"""

from __future__ import annotations

import os
import pickle
import select
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from importlib import import_module
from time import monotonic
from typing import Any, BinaryIO

from connectors import ConnectorError, SourceGarbled, SourceRefused, SourceUnavailable
from listener.hearing.frugal import ENVIRONMENT

DEADLINE = timedelta(seconds=5)
MEMORY_BYTES = 512 * 1024 * 1024
MOST_BYTES = 5_000_000
MOST_ANSWER_BYTES = 64_000_000
JOBS_PER_CHILD = 500
# A child that holds more than this when its job is done has no further one.
FAT_BYTES = 48 * 1024 * 1024

_HEAD = struct.Struct("!I")
_ERRORS = {kind.__name__: kind for kind in (SourceUnavailable, SourceRefused, SourceGarbled)}
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "SYSTEMROOT")


class Sandbox:
    """A few children, started when they are first needed; `run` may be called from several threads."""

    def __init__(self, deadline: timedelta = DEADLINE, most_bytes: int = MOST_BYTES) -> None:
        self._deadline, self._most_bytes = deadline, most_bytes
        self._idle: list[_Child] = []
        self._busy: set[_Child] = set()
        self._closed = False
        self._lock = threading.Lock()

    def run(self, function: Callable[..., Any], *args: Any) -> Any:
        """Return what an importable function gives for these arguments, computed in a child.

        Raises SourceGarbled where the child ran out of time or memory or the function
        failed; a ConnectorError of the function itself comes through.
        """
        job = pickle.dumps((function.__module__, function.__qualname__, args))
        if len(job) > self._most_bytes + 4096:
            raise SourceGarbled(f"{len(job):,} bytes are too much to be read with care")
        child = self._take()
        try:
            kind, value = child.ask(job, monotonic() + self._deadline.total_seconds())
        except (_TookTooLong, OSError, EOFError) as error:
            child.kill()
            raise SourceGarbled(self._why(error)) from error
        except BaseException:
            child.kill()
            raise
        finally:
            self._give_back(child)
        if kind == "value":
            return value
        raise _ERRORS.get(kind, SourceGarbled)(value)

    def close(self) -> None:
        """Kill every child, idle or busy; a job under way ends with SourceGarbled."""
        with self._lock:
            self._closed = True
            idle, busy = list(self._idle), list(self._busy)
            self._idle.clear()
        for child in busy:
            child.stop()  # whoever waits for it sees its end, and closes its pipes
        for child in idle:
            child.kill()

    def _take(self) -> _Child:
        with self._lock:
            if self._closed:
                raise SourceUnavailable("we are stopping")
            child = self._idle.pop() if self._idle else _Child()
            self._busy.add(child)
            return child

    def _give_back(self, child: _Child) -> None:
        with self._lock:
            self._busy.discard(child)
            if not self._closed and child.alive and child.jobs < JOBS_PER_CHILD and not child.fat:
                self._idle.append(child)
                return
        child.kill()

    def _why(self, error: Exception) -> str:
        if isinstance(error, _TookTooLong):
            return f"it could not be read within {self._deadline.total_seconds():g} s of care"
        return "it could not be read within the memory and time that is safe"


class _TookTooLong(Exception):
    pass


class _Child:
    """One child process and the two pipes to it."""

    def __init__(self) -> None:
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        environment |= ENVIRONMENT
        self.jobs = 0
        self.alive, self.fat = True, False
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "listener.hearing.sandbox"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            close_fds=True,
            start_new_session=True,  # Ctrl-C is for the daemon: it ends its children itself
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout
        os.set_blocking(self._in.fileno(), False)
        os.set_blocking(self._out.fileno(), False)

    def ask(self, job: bytes, due_at: float) -> tuple[str, Any]:
        """Send the job, return what came of it; raise when the time is over or the child is."""
        self.jobs += 1
        self._send(memoryview(_HEAD.pack(len(job)) + job), due_at)
        (size,) = _HEAD.unpack(self._receive(_HEAD.size, due_at))
        if size > MOST_ANSWER_BYTES:
            raise EOFError("an answer beyond all bounds")
        # Only our own child writes here, and it pickles what our own function returned.
        kind, value, held = pickle.loads(self._receive(size, due_at))  # noqa: S301
        self.fat = held > FAT_BYTES
        return kind, value

    def stop(self) -> None:
        self.alive = False
        self._process.kill()
        self._process.wait()

    def kill(self) -> None:
        self.stop()
        for pipe in (self._in, self._out):
            with suppress(OSError):
                pipe.close()

    def _send(self, rest: memoryview, due_at: float) -> None:
        fd = self._in.fileno()
        while rest:
            _wait(fd, select.POLLOUT, due_at)
            with suppress(BlockingIOError):
                rest = rest[os.write(fd, rest) :]

    def _receive(self, size: int, due_at: float) -> bytes:
        fd, pieces = self._out.fileno(), bytearray()
        while len(pieces) < size:
            _wait(fd, select.POLLIN, due_at)
            with suppress(BlockingIOError):
                piece = os.read(fd, min(size - len(pieces), 1 << 20))
                if not piece:
                    raise EOFError("the child has ended")
                pieces += piece
        return bytes(pieces)


def _wait(fd: int, events: int, due_at: float) -> None:
    waiting = select.poll()
    waiting.register(fd, events)
    left = due_at - monotonic()
    if left <= 0 or not waiting.poll(left * 1000):
        raise _TookTooLong


# ---- the child's side


def main() -> None:
    """Answer jobs until the input ends."""
    jobs, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not reach the pipe of answers
    _bound()
    while (job := _next(jobs)) is not None:
        _renew_time()
        answer = _answer(job)
        answers.write(_HEAD.pack(len(answer)) + answer)
        answers.flush()
        _rest()


def _next(jobs: BinaryIO) -> bytes | None:
    head = jobs.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    (size,) = _HEAD.unpack(head)
    job = jobs.read(size)
    return job if len(job) == size else None


def _answer(job: bytes) -> bytes:
    try:
        module, name, args = pickle.loads(job)  # noqa: S301 - the parent wrote it
        value: Any = import_module(module)
        for part in name.split("."):
            value = getattr(value, part)
        return pickle.dumps(("value", value(*args), _held()))
    except ConnectorError as error:
        return pickle.dumps((type(error).__name__, str(error), _held()))
    except MemoryError:
        os._exit(3)
    except Exception as error:
        said = f"it could not be read: {type(error).__name__}: {str(error)[:200]}"
        return pickle.dumps(("SourceGarbled", said, _held()))


def _held() -> int:
    """Return how many bytes of memory this process holds now; 0 where the system does not say."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def _bound() -> None:
    import resource

    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        with suppress(ValueError, OSError):  # a system without the bound still has the deadline
            resource.setrlimit(what, (most, most))


def _renew_time() -> None:
    """Bound this job's time from within too: the parent that would kill us may be gone."""
    import resource
    import signal

    seconds = int(DEADLINE.total_seconds()) + 1
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + seconds
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))
    signal.alarm(2 * seconds)


def _rest() -> None:
    import signal

    signal.alarm(0)


if __name__ == "__main__":
    main()
