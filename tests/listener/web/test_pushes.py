"""Signed posts: what proves who sent them, what they are answered, and that nothing else passes."""

import hashlib
import hmac
import http.client
import json
import logging
import socket
import time
from urllib.parse import quote

import pytest

from connectors.push import MOST_BYTES
from listener import config
from listener.receiving import Receiver
from listener.store import Store, mentions
from listener.web import Server, app
from tests.kit import NOON, an_intake
from tests.listener.web.conftest import Health

SECRET = "sixteen letters or more"
CONFIG = """
[listener]
database = "listener.db"
dashboard = "127.0.0.1:0"
[[brand]]
name = "Acme"
"""
PUSH = f"""
[[source]]
name = "{{name}}"
kind = "push"
secret = "{SECRET}"
"""


class Sender:
    """Somebody who posts; every part of a post may be said otherwise."""

    def __init__(self, port):
        self.port = port

    def post(self, body, path="/mentions", *, at=None, secret=SECRET, kind="application/json", **headers):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        stamp = str(int(time.time()) if at is None else at)
        signed = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        given = {
            "Content-Type": kind,
            "X-Listener-Timestamp": stamp,
            "X-Listener-Signature": f"sha256={signed}",
        }
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask(
            "POST", path, body, {name: value for name, value in given.items() if value is not None}
        )

    def ask(self, method, path, body=None, headers=()):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            text = answer.read()
            is_json = "json" in answer.headers.get("content-type", "")
            return answer.status, json.loads(text) if is_json else text.decode()
        finally:
            connection.close()


class House:
    def __init__(self, folder, *names):
        self.store = Store(folder / "listener.db")
        self.settings = config.parse(CONFIG + "".join(PUSH.format(name=n) for n in names), folder, {})
        receiver = Receiver(
            self.store, lambda: self.settings, lambda s: an_intake(self.store, s), lambda: NOON
        )
        pages = app(self.store, lambda: self.settings, lambda: NOON, Health, lambda *_: "unknown", receiver)
        self.server = Server(pages, "127.0.0.1", 0)
        self.server.start()
        self.sender = Sender(self.server.port)

    def stored(self):
        with self.store.read() as db:
            return {(m.source, m.text) for m in mentions.search(db, 0)}

    def close(self):
        self.server.stop()
        self.store.close()


@pytest.fixture
def house(tmp_path):
    made = House(tmp_path, "hooks")
    yield made
    made.close()


@pytest.fixture
def large_house(tmp_path):
    made = House(tmp_path, "r/hooks", "crm")
    yield made
    made.close()


def item(number):
    return {"id": str(number), "published_at": "2026-03-16T11:00:00Z", "text": f"Acme leaks {number}"}


def test_a_signed_post_is_stored_before_it_is_answered(house):
    status, told = house.sender.post([item(1), item(2), {"text": "no date"}])
    assert (status, told) == (200, {"heard": 2, "new": 2, "matched": 2, "spoiled": 1})
    assert house.stored() == {("hooks", "Acme leaks 1"), ("hooks", "Acme leaks 2")}


def test_the_same_post_again_changes_nothing(house):
    for _ in range(3):
        assert house.sender.post([item(1)])[0] == 200
    assert len(house.stored()) == 1


def test_the_path_names_the_source(large_house):
    assert large_house.sender.post([item(1)], "/mentions/" + quote("r/hooks", safe=""))[0] == 200
    assert large_house.sender.post([item(2)], "/mentions/r/hooks")[0] == 200
    assert large_house.sender.post([item(3)], "/mentions/crm")[0] == 200
    assert {source for source, _ in large_house.stored()} == {"r/hooks", "crm"}


@pytest.mark.parametrize("path", ["/mentions", "/mentions/", "/mentions/nobody", "/mentions/r"])
def test_a_source_that_is_not_there_is_said(large_house, path):
    status, told = large_house.sender.post([item(1)], path)
    assert status == 404
    assert "kind push" in told["error"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": "another secret of letters"},
        {"at": int(time.time()) - 301},
        {"at": int(time.time()) + 100_000},
        {"at": "now"},
        {"at": "9" * 4000},
        {"at": "-1"},
        {"X_Listener_Timestamp": None},
        {"X_Listener_Signature": None},
        {"X_Listener_Signature": ""},
        {"X_Listener_Signature": "sha256=" + "0" * 64},
        {"X_Listener_Signature": "0" * 64},
        {"X_Listener_Signature": "md5=" + "0" * 64},
        {"X_Listener_Signature": "sha256=" + "é" * 64},
        {"X_Listener_Timestamp": str(int(time.time()) - 1)},
    ],
)
def test_whoever_cannot_sign_sends_nothing(house, wrong):
    status, told = house.sender.post([item(1)], **wrong)
    assert (status, house.stored()) == (401, set())
    assert "X-Listener" in told["error"] or "signature" in told["error"]
    assert SECRET not in told["error"]


def test_a_signature_is_for_one_body_only(house):
    body = json.dumps([item(1)]).encode()
    stamp = str(int(time.time()))
    signed = hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Listener-Timestamp": stamp}
    headers["X-Listener-Signature"] = f"sha256={signed.upper()}"
    assert house.sender.ask("POST", "/mentions", json.dumps([item(2)]).encode(), headers)[0] == 401
    assert house.sender.ask("POST", "/mentions", body, headers)[0] == 200


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"<html>", "application/json", 400),
        (b"", "application/json", 400),
        (b"[" * 50_000, "application/json", 400),
        (b"a,b\n", "text/csv", 400),
        (b"[]", "text/html", 415),
        (b"[]", None, 415),
        (b"[]", "application/json; charset=klingon", 415),
        (b"[" + b"1," * 5000 + b"1]", "application/json", 413),
        (b" " * (MOST_BYTES + 1), "application/json", 413),
    ],
)
def test_what_cannot_be_read_is_said_in_json(house, body, kind, status):
    found, told = house.sender.post(body, kind=kind)
    assert found == status
    assert 10 < len(told["error"]) < 300
    assert house.sender.post([item(1)])[0] == 200


def test_a_sender_from_another_host_passes_and_sees_nothing_else(house):
    assert house.sender.post([item(1)], Host="hooks.example.org", Origin="https://evil.example")[0] == 200
    for method, path in (
        ("GET", "/"),
        ("GET", "/mentions"),
        ("POST", "/mentionsx"),
        ("POST", "/incidents/1/acknowledge"),
    ):
        assert house.sender.ask(method, path, b"", {"Host": "hooks.example.org"})[0] == 421
    assert house.sender.ask("GET", "/mentions")[0] == 405


def test_a_store_that_cannot_write_is_no_loss(house):
    with house.store.write() as db:
        db.execute("CREATE TRIGGER full BEFORE INSERT ON mentions BEGIN SELECT raise(abort, 'full'); END")
    status, told = house.sender.post([item(1)])
    assert (status, house.stored()) == (503, set())
    assert "stored" in told["error"]
    with house.store.write() as db:
        db.execute("DROP TRIGGER full")
    assert house.sender.post([item(1)])[0] == 200


def test_a_sender_that_hangs_up_in_the_middle_leaves_nothing_behind(house, caplog):
    with socket.create_connection(("127.0.0.1", house.server.port)) as line:
        stamp, signed = int(time.time()), "0" * 64
        head = (
            f"POST /mentions HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\nX-Listener-Timestamp: {stamp}\r\n"
        )
        line.sendall((head + f"X-Listener-Signature: sha256={signed}\r\n\r\n[{{").encode())
    assert house.sender.post([item(1)])[0] == 200
    assert "Traceback" not in caplog.text


def test_a_wrong_secret_is_logged_once_and_once_when_it_is_mended(house, caplog):
    caplog.set_level(logging.INFO, "listener.web.pushes")
    for _ in range(3):
        house.sender.post([item(1)], secret="another secret of letters")
    for _ in range(2):
        house.sender.post([item(1)])
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert SECRET not in caplog.text
