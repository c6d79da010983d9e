"""The server comes and goes as it is told."""

import signal
import socket
import threading

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from listener.web import ServeError, Server


def hello():
    return Starlette(routes=[Route("/", lambda request: PlainTextResponse("hello"))])


def test_a_taken_port_is_a_clear_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServeError, match=rf"127\.0\.0\.1:{port} cannot be listened on"):
            Server(hello(), "127.0.0.1", port).start()


def test_an_address_that_is_not_ours_is_a_clear_sentence():
    with pytest.raises(ServeError, match="dashboard"):
        Server(hello(), "203.0.113.7", 0).start()
    with pytest.raises(ServeError, match="no address of this machine"):
        Server(hello(), "no such host", 0).start()


def test_it_stops_lets_the_port_go_and_may_start_there_again():
    first = Server(hello(), "127.0.0.1", 0)
    first.start()
    first.stop()
    again = Server(hello(), "127.0.0.1", first.port)
    again.start()
    assert again.port == first.port
    again.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "web"]


def test_an_open_connection_does_not_hold_it_up():
    server = Server(hello(), "127.0.0.1", 0)
    server.start()
    with socket.create_connection(("127.0.0.1", server.port)) as idle:
        idle.sendall(b"GET / HTTP/1.1\r\n")
        server.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "web"]


def test_it_leaves_the_signals_alone():
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    server = Server(hello(), "127.0.0.1", 0)
    server.start()
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before
    server.stop()


def test_stopping_what_never_ran_is_fine():
    Server(hello(), "127.0.0.1", 0).stop()
