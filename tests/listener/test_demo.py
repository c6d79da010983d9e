"""The demo: a crisis from the first post to the digest, on one machine and without anybody's help."""

import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import termios
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from connectors._feed import mentions, parse
from listener.demo import plot, setting
from listener.demo.feeds import Feeds
from listener.demo.talk import BRAND, Talk
from listener.reading import Reader
from rules.query import Passage, compile
from rules.query import parse as parse_query

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
WARSAW = ZoneInfo(setting.TIMEZONE)
LONGEST_SECONDS = 90


def demo(tmp_path, *arguments, **streams):
    """The demo as a process of its own, hurried; its temporary folder is made in tmp_path/temporary."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment = {**os.environ, "LISTENER_DEMO_HURRY": "1", "TMPDIR": str(temporary)}
    command = [sys.executable, "-c", "from listener.cli import main; main()", "demo", *arguments]
    return subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **streams
    )


def read_until(process, wanted, seen=b""):
    """Read what the process prints until something stands there."""
    end = time.monotonic() + LONGEST_SECONDS
    while wanted not in seen:
        left = end - time.monotonic()
        ready, _, _ = select.select([process.stdout], [], [], max(left, 0))
        more = os.read(process.stdout.fileno(), 65536) if ready else b""
        assert more, f"{wanted!r} never came:\n{seen.decode(errors='replace')}"
        seen += more
    return seen


def test_a_crisis_is_shown_acknowledged_answered_and_summed_up(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = demo(
            tmp_path, "--port", str(port), "--out", "week.html", "--locale", "pl", stdin=subprocess.DEVNULL
        )
        said = process.communicate(timeout=LONGEST_SECONDS)[0].decode()
    assert process.returncode == 0, said
    assert str(port) in said, "it is told that the port is taken"
    assert "Mokavira → Anna Nowak" in said and "Mokavira → Piotr Zieliński" in said
    assert re.search(r"#1 · .*Anna Nowak", said)
    assert "https://mokavira.example/statement" in said
    page = (tmp_path / "week.html").read_text(encoding="utf-8")
    assert BRAND in page and "</html>" in page
    assert list((tmp_path / "temporary").iterdir()) == [], "the demo's folder is gone"


def test_a_key_acknowledges_and_ctrl_c_leaves_nothing_behind(tmp_path):
    keyboard, terminal = pty.openpty()
    before = termios.tcgetattr(terminal)
    process = demo(tmp_path, "--port", "0", stdin=terminal)
    try:
        seen = read_until(process, "→ Anna Nowak".encode())
        os.write(keyboard, b"a")
        read_until(process, b"Anna Nowak has taken it", seen)
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=LONGEST_SECONDS)[0].decode()
    finally:
        process.kill()
    assert process.returncode == 0 and "Traceback" not in rest
    assert termios.tcgetattr(terminal) == before, "the terminal is as it was"
    assert list((tmp_path / "temporary").iterdir()) == []
    assert not (tmp_path / "demo-digest.html").exists()
    os.close(keyboard)
    os.close(terminal)


@pytest.mark.parametrize("arguments", [("--out", "nowhere/week.html"), ("--out", "."), ("--port", "70000")])
def test_what_cannot_work_is_said_before_anything_starts(tmp_path, arguments):
    process = demo(tmp_path, *arguments, stdin=subprocess.DEVNULL)
    said = process.communicate(timeout=LONGEST_SECONDS)[0].decode()
    assert process.returncode == 2 and "▸" not in said and arguments[0] in said


def test_three_weeks_are_quiet_and_have_days_and_nights():
    posts = plot.quiet_weeks(Talk(1), NOON, WARSAW)
    hours = Counter(post.at.astimezone(WARSAW).hour for post in posts)
    assert 300 < len(posts) < 2000
    assert posts[0].at < NOON - timedelta(days=20) and posts[-1].at < NOON
    assert sum(hours[h] for h in range(6)) * 4 < sum(hours[h] for h in range(9, 21))


def test_everything_written_is_about_the_brand_and_the_storm_is_angry_in_two_languages():
    talk = Talk(1)
    quiet, storm = plot.quiet_weeks(talk, NOON, WARSAW), plot.outbreak(talk, NOON)
    matcher, reader = compile({BRAND: parse_query(f"{BRAND}~")}), Reader()
    assert all(matcher.match(Passage(post.title, post.text)) for post in [*quiet, *storm])
    felt = {
        name: Counter(reader.read(post.title, post.text).label for post in posts)
        for name, posts in (("quiet", quiet), ("storm", storm))
    }
    assert felt["storm"]["negative"] > 0.8 * len(storm)
    assert felt["quiet"]["negative"] < 0.15 * len(quiet)
    assert {reader.language(post.text) for post in storm} >= {"en", "pl"}
    assert len({post.text for post in storm}) == len(storm), "everybody has words of their own"
    assert storm[0].at - NOON < timedelta(minutes=1)


def test_the_same_seed_tells_the_same_story():
    once, again = (plot.outbreak(Talk(4), NOON) for _ in range(2))
    assert once == again


def test_each_source_shows_in_its_own_format_what_was_written_by_now():
    now = [NOON]
    feeds, talk = Feeds(lambda: now[0]), Talk(2)
    try:
        posts = [
            talk.post("quiet", language, NOON + timedelta(minutes=n))
            for n in range(3)
            for language in ("en", "pl")
        ]
        posts += [talk.news("en", 0, NOON)]
        feeds.add(posts)
        for place, url in feeds.addresses().items():
            mine = [post for post in posts if post.place == place]
            for minutes in (0, 5):
                now[0] = NOON + timedelta(minutes=minutes)
                body, tag = fetched(url)
                found, spoiled = mentions(parse(body), url)
                due = [post for post in mine if post.at <= now[0]]
                assert [(m.text, m.published_at, m.url) for m in found] == [
                    (p.text, p.at, p.url) for p in due
                ]
                assert spoiled == 0
            assert fetched(url, tag) == (b"", tag), "nothing new"
    finally:
        feeds.close()


def fetched(url, tag=""):
    """The body and the ETag of an address; no body where it has not changed."""
    host, _, path = url.removeprefix("http://").partition("/")
    name, port = host.split(":")
    with socket.create_connection((name, int(port)), timeout=10) as line:
        line.sendall(f"GET /{path} HTTP/1.0\r\nIf-None-Match: {tag}\r\n\r\n".encode())
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    return body, re.search(rb"ETag: (.*)\r\n", head).group(1).decode()


def test_the_written_configuration_can_be_read_back(tmp_path):
    path = setting.write_config(tmp_path, "pl", 8377, {"A": "http://127.0.0.1:1/a"})
    settings = setting.read_config(path)
    assert (settings.locale, settings.dashboard) == ("pl", ("127.0.0.1", 8377))
    assert [source.private for source in settings.sources] == [True]
    assert {role for person in settings.people for role in person.roles} >= {"spokesperson", "deputy", "head"}
