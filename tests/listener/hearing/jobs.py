"""What a child is asked to do in the tests of the sandbox."""

import os
import time
from contextlib import suppress
from pathlib import Path

from connectors import SourceGarbled, SourceRefused


def double(value):
    return value * 2


def who():
    return os.getpid()


def burn():
    while True:
        pass


def sleep():
    time.sleep(60)


def hog():
    return len(b"x" * 4_000_000_000)


def creep():
    held = []
    while True:
        held.append(bytearray(10_000_000))


def keep(size):
    import sys

    sys.kept = b"x" * size
    return len(sys.kept)


def use(size):
    return len(b"x" * size)


def die():
    os._exit(9)


def fail():
    raise KeyError("where")


def refuse():
    raise SourceRefused("a person must act")


def garble():
    raise SourceGarbled("no shape we know")


def chatter():
    print("noise on standard output")
    return "quiet"


def write(path):
    Path(path).write_text("spoiled")


def environment():
    return dict(os.environ)


def descriptors():
    found = []
    for fd in os.listdir("/proc/self/fd"):
        with suppress(OSError):  # the listing's own is closed by now
            found.append(os.readlink(f"/proc/self/fd/{fd}"))
    return found


def modules():
    import sys

    return [
        name
        for name in sys.modules
        if name.partition(".")[0] in ("pycurl", "sqlite3", "pydantic", "praw", "numpy")
    ]
