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


def rest(seconds):
    time.sleep(seconds)


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


def touched(bodies):
    """Read the bodies with every reader; return which files were opened and whom was connected to."""
    import sys

    from connectors._feed import feedparser_entries, loose_entries, parse

    readers = (parse, feedparser_entries, loose_entries)
    found = []

    def watch(event, arguments):
        if event in ("open", "socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system"):
            found.append((event, str(arguments[:2])))

    good = b"<rss><channel><item><title>a & b</title></item></channel></rss>"
    for read in readers:
        _attempt(read, good)  # what they import opens files too
    sys.addaudithook(watch)
    for body in bodies:
        for read in readers:
            _attempt(read, body)
    return list(found)


def _attempt(read, body):
    with suppress(SourceGarbled):
        read(body, "")


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
