"""What may happen in a child, and that nothing of it happens to us."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from connectors import SourceGarbled, SourceRefused, SourceUnavailable
from listener.hearing.sandbox import Sandbox
from tests.listener.hearing import jobs

ROOT = Path(__file__).parents[3]


@pytest.fixture
def sandbox():
    sandbox = Sandbox(deadline=timedelta(seconds=3), most_bytes=100_000)
    yield sandbox
    sandbox.close()


def gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def wait_until(claim):
    for _ in range(400):
        if claim():
            return True
        time.sleep(0.02)
    return False


def test_a_child_computes_and_is_used_again(sandbox):
    assert sandbox.run(jobs.double, 21) == 42
    assert sandbox.run(jobs.who) == sandbox.run(jobs.who) != os.getpid()


@pytest.mark.parametrize("job", [jobs.hog, jobs.creep, jobs.die])
def test_a_child_that_takes_too_much_or_dies_is_replaced(sandbox, job):
    first = sandbox.run(jobs.who)
    with pytest.raises(SourceGarbled):
        sandbox.run(job)
    assert sandbox.run(jobs.who) != first
    assert gone(first)


@pytest.mark.parametrize("job", [jobs.burn, jobs.sleep])
def test_a_child_that_takes_too_long_is_killed_and_replaced(job):
    sandbox = Sandbox(deadline=timedelta(seconds=0.5))
    try:
        with pytest.raises(SourceGarbled, match=r"within 0\.5 s"):
            sandbox.run(job)
        patient = Sandbox()
        assert patient.run(jobs.double, 1) == 2
        patient.close()
    finally:
        sandbox.close()


def test_a_child_that_holds_much_when_its_job_is_done_has_no_further_one(sandbox):
    first = sandbox.run(jobs.who)
    assert sandbox.run(jobs.keep, 100_000_000) == 100_000_000
    assert gone(first)
    second = sandbox.run(jobs.who)
    assert sandbox.run(jobs.use, 100_000_000) == 100_000_000
    assert sandbox.run(jobs.who) == second, "what was given back is not held"


def test_what_a_function_raises_comes_back_as_an_error_of_the_source(sandbox):
    with pytest.raises(SourceGarbled, match="KeyError: 'where'"):
        sandbox.run(jobs.fail)
    with pytest.raises(SourceRefused, match="a person must act"):
        sandbox.run(jobs.refuse)
    with pytest.raises(SourceGarbled, match="no shape we know"):
        sandbox.run(jobs.garble)
    assert sandbox.run(jobs.double, 1) == 2


def test_too_much_is_not_even_sent(sandbox):
    with pytest.raises(SourceGarbled, match="too much"):
        sandbox.run(jobs.double, b"x" * 200_000)


def test_a_body_that_is_a_path_or_an_address_opens_nothing(tmp_path):
    (tmp_path / "feed.xml").write_text("<rss><channel><item><title>leaked</title></item></channel></rss>")
    os.mkfifo(tmp_path / "pipe")
    with socket.create_server(("127.0.0.1", 0)) as canary:
        address = f"127.0.0.1:{canary.getsockname()[1]}/feed.xml"
        texts = [
            f"{tmp_path}/feed.xml", f"file://{tmp_path}/feed.xml", f"{tmp_path}/pipe", "/dev/zero",
            "/etc/passwd",
            f"http://{address}", f"feed:http://{address}", f"feed://{address}", f" \n{tmp_path}/feed.xml\n",
            f"<!DOCTYPE r SYSTEM 'file://{tmp_path}/feed.xml'><rss><channel/></rss>",
            f"<!DOCTYPE r [<!ENTITY x SYSTEM 'http://{address}'>]><rss><channel><item><title>&x; & y</title>",
            f"<?xml-stylesheet href='http://{address}'?><rss><channel><item><title>a & b</title></item>",
        ]  # fmt: skip
        sandbox = Sandbox()
        try:
            assert sandbox.run(jobs.touched, [text.encode() for text in texts]) == []
        finally:
            sandbox.close()


def test_what_a_library_prints_spoils_no_answer(sandbox):
    assert sandbox.run(jobs.chatter) == "quiet"


def test_a_child_can_write_no_file(sandbox, tmp_path):
    with pytest.raises(SourceGarbled):
        sandbox.run(jobs.write, str(tmp_path / "file"))
    assert not (tmp_path / "file").exists() or not (tmp_path / "file").read_text()


def test_a_child_knows_no_secret_and_no_descriptor_of_ours(sandbox, monkeypatch, tmp_path):
    monkeypatch.setenv("REDDIT_CLIENT_SECRET", "hush")
    with (tmp_path / "held").open("w"):
        assert "PATH" in sandbox.run(jobs.environment)
        assert "hush" not in str(sandbox.run(jobs.environment))
        assert not [name for name in sandbox.run(jobs.descriptors) if str(tmp_path) in name]


def test_a_child_loads_little(sandbox):
    assert sandbox.run(jobs.modules) == []


def test_several_threads_share_the_children(sandbox):
    found = []
    threads = [
        threading.Thread(target=lambda n=n: found.append(sandbox.run(jobs.double, n))) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [2 * n for n in range(8)]


def test_closing_kills_the_children_and_ends_what_they_do():
    sandbox = Sandbox()
    child = sandbox.run(jobs.who)
    sandbox.close()
    assert gone(child)
    with pytest.raises(SourceUnavailable):
        sandbox.run(jobs.double, 1)


PARENT = """
import time
from listener.hearing.sandbox import Sandbox
from tests.listener.hearing import jobs
sandbox = Sandbox()
print(sandbox.run(jobs.who), flush=True)
time.sleep(60)
"""


def test_a_child_ends_when_its_parent_is_killed():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, cwd=ROOT, text=True)
    child = int(parent.stdout.readline())
    assert not gone(child)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert wait_until(lambda: gone(child))
