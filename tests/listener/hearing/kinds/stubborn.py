"""A connector that does what it is told, right or wrong."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors import Call, Get, Mention, Page, SourceUnavailable
from tests.listener.hearing import jobs

GATE = threading.Event()


@dataclass(frozen=True)
class Options:
    do: str
    url: str = ""


def fetch(options, cursor):
    found = yield from globals()[f"_{options.do}"](options)
    return found


def _say(text):
    return Page((Mention("1", "", "", str(text), datetime(2026, 3, 2, tzinfo=UTC)),), "c")


def _bug(options):
    yield Call(len, ("",))
    raise ZeroDivisionError("oops")


def _bug_at_once(options):
    raise ZeroDivisionError("oops")
    yield


def _wrong_page(options):
    yield Call(len, ("",))
    return "no page"


def _wrong_ask(options):
    yield "a question"


def _call(options):
    answer = yield Call(threading.current_thread)
    return _say(answer.value.name)


def _call_fails(options):
    yield Call(int, ("x",))


def _call_exits(options):
    import sys

    yield Call(sys.exit, ("bye",))


def _hang(options):
    yield Call(GATE.wait, (30,))


def _guarded(options):
    answer = yield Call(jobs.double, (21,), guarded=True)
    return _say(answer.value)


def _guarded_hog(options):
    yield Call(jobs.hog, guarded=True)


def _second_way(options):
    try:
        yield Get(options.url + "/status/500")
    except SourceUnavailable:
        answer = yield Get(options.url + "/feed", params={"q": "a b", "n": 1})
    return _say(answer.body[:5].decode())


def _conditional_then_broken(options):
    yield Get(options.url + "/feed", conditional=True)
    yield Get(options.url + "/status/404")


def _for_ever(options):
    while True:
        try:
            yield Call(len, ("",))
        except SourceUnavailable:
            continue


def _thread(options):
    yield Get(options.url + "/feed")
    return _say(threading.current_thread().name)


def _nowhere(options):
    yield Get("ftp://x.example/")
