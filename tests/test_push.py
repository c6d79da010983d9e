"""Pushes to a daemon that is killed while they come: what was answered is stored, once."""

import random
import re
import time

from tests.listener.web.test_pushes import SECRET, Sender
from tests.running import Daemon, rows, until

CONFIG = f"""
[listener]
database = "listener.db"
dashboard = "127.0.0.1:0"
[[brand]]
name = "Acme"
[[source]]
name = "hooks"
kind = "push"
secret = "{SECRET}"
every = "5s"
"""


def port(daemon, started):
    found = re.search(r"address=http://127.0.0.1:(\d+)", daemon.log[started:])
    assert daemon.process.poll() is None, daemon.log
    return found and int(found[1])


def item(number):
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {"published_at": at, "text": f"Acme leaks again and again {number}", "id": f"p{number}"}


def test_what_was_answered_survives_a_kill_and_nothing_is_doubled(tmp_path):
    (tmp_path / "config.toml").write_text(CONFIG)
    chance, waiting, sent = random.Random(7), [], 0
    for last in (False, True):
        with Daemon(tmp_path) as daemon:
            started = len(daemon.log)
            sender = Sender(until(lambda d=daemon, n=started: port(d, n)))
            for _ in range(chance.randrange(2, 8)):
                waiting += [item(sent), item(sent + 1)]
                sent += 2
                if not last and chance.random() < 0.2:
                    break
                answer = sender.post(waiting, "/mentions/hooks")
                assert answer[0] == 200, answer
                # The sender keeps the last two, as one does whose answer was lost.
                waiting = waiting[-2:]
            if not last:
                daemon.kill()
            else:
                assert sender.post(waiting)[0] == 200
                assert daemon.stop() == 0
    found = [row["text"] for row in rows(tmp_path, "search", "Acme")]
    assert sorted(found) == sorted(item(n)["text"] for n in range(sent))
    assert "Traceback" not in daemon.log
