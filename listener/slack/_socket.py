"""One Socket Mode connection, as the SDK keeps it, with what the SDK overlooks."""

from __future__ import annotations

import json
import logging
import os
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

log = logging.getLogger("listener.slack.inbox")
# The SDK reports every failed attempt at length; what matters is said by the inbox, once.
silent = logging.getLogger("listener.slack.inbox.sdk")
silent.setLevel(logging.CRITICAL + 1)


class Socket(SocketModeClient):
    """One connection, which never opens another by itself: that is left to the inbox."""

    def __init__(
        self,
        token: str,
        api: str,
        clock: Callable[[], float],
        heard: Callable[[Socket, SocketModeRequest], None],
        ended: Callable[[Socket], None],
    ) -> None:
        web = WebClient(base_url=api, retry_handlers=[], timeout=10, logger=silent)
        super().__init__(token, logger=silent, web_client=web, auto_reconnect_enabled=False, concurrency=4)
        self._token, self._clock, self._ended = token, clock, ended
        self._heard_at, self._pong = clock(), 0.0
        self.on_message_listeners.append(lambda _: self._hear())
        self.on_close_listeners.append(lambda *_: ended(self))
        self.on_error_listeners.append(self._failed)
        self.socket_mode_request_listeners.append(lambda _, envelope: heard(self, envelope))
        self._error: Exception | None = None

    def open(self) -> None:
        """Ask for an address and connect to it; raises where either fails."""
        address = urlsplit(str(self.web_client.apps_connections_open(app_token=self._token)["url"]))
        # The SDK asks for the path as it stands, and an empty one is no request.
        self.wss_uri = address._replace(path=address.path or "/").geturl()
        self.connect()
        if not self.is_connected():
            raise ConnectionError(f"websocket refused: {self._error or 'no handshake'}")
        self._hear()

    def is_alive(self, patience: float) -> bool:
        """Tell whether it is connected, and anything came in within `patience` seconds."""
        session = self.current_session
        if session is None or session.sock is None or _is_cut(session.sock):
            return False
        pong = session.last_ping_pong_time or 0.0
        if pong != self._pong:
            self._pong = pong
            self._hear()
        return self._clock() - self._heard_at < patience

    def acknowledge(self, envelope: str) -> None:
        """Tell Slack that a press arrived; if that fails, Slack sends it again."""
        try:
            self.send_message(json.dumps({"envelope_id": envelope}))
        except Exception as error:  # the socket is gone, and will be replaced
            log.warning("press not acknowledged to slack envelope=%s error=%s", envelope, error)

    def connect_to_new_endpoint(self, force: bool = False) -> None:
        """Slack is about to close this connection: let the inbox open the next one."""
        self._ended(self)

    def shut(self) -> None:
        """Close without waiting for what the other side may still send."""
        self.closed = True
        self.message_queue.put(None)
        self.current_session_state.terminated = True
        sock = self.current_session.sock if self.current_session is not None else None
        if sock is not None:
            try:
                # Whoever reads holds the lock that closing needs, for seconds; this ends the reading.
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                log.debug("socket was closed already")
        self.close()

    def _hear(self) -> None:
        self._heard_at = self._clock()

    def _failed(self, error: Exception) -> None:
        self._error = error
        self._ended(self)


def _is_cut(sock: socket.socket) -> bool:
    """Tell whether the other side has hung up: the SDK would go on reading nothing, as fast as it can."""
    try:
        with socket.socket(fileno=os.dup(sock.fileno())) as same:
            return same.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def discard(old: Socket) -> None:
    """Close a connection of which nothing is wanted any more."""
    try:
        old.shut()
    except Exception as error:  # it is of no further use either way
        log.debug("closing a socket error=%s", error)
