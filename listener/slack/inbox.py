"""Presses of buttons, over Socket Mode: no public address is needed.

Docs: https://docs.slack.dev/apis/events-api/using-socket-mode. A press is committed first and
acknowledged to Slack second, so one that is lost in between shows its presser an error instead
of vanishing. The SDK notices some broken connections late and some never, so a watchdog here
opens a new one whenever nothing was heard for too long, and is the only one who does.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from listener.words import ACKNOWLEDGE, DISMISS

log = logging.getLogger("listener.slack.inbox")
# The SDK reports every failed attempt at length; what matters is said here, once.
silent = logging.getLogger("listener.slack.inbox.sdk")
silent.setLevel(logging.CRITICAL + 1)

API = "https://slack.com/api/"
PATIENCE = timedelta(seconds=20)
FIRST_REST, LONGEST_REST, REFUSED_REST = 0.25, 30.0, 60.0
REFUSED = frozenset({"invalid_auth", "not_authed", "account_inactive", "token_revoked", "missing_scope"})
REFUSED |= {"not_allowed_token_type", "unknown_method"}
DONE = frozenset({"", "done"})
MOST_REMEMBERED = 1000
LOOK_EVERY_SECONDS = 0.5

Act = Callable[[str, int, int, str, str, str], str]


@dataclass(frozen=True, slots=True)
class Press:
    """A button that was pressed: on which incident, seen at which version, by whom, and where."""

    action: str
    incident: int
    version: int
    user_id: str
    user_name: str
    key: str
    channel: str = ""
    ts: str = ""


Say = Callable[[Press, str], None]


class Inbox:
    """Keeps one socket open and hands every press to `act`.

    `act(action, incident, version, user_id, user_name, key)` commits and returns a code; any
    code but `done` is handed to `say`, which answers the presser. `clock` counts seconds and
    never jumps.
    """

    def __init__(
        self,
        app_token: str,
        api: str,
        act: Act,
        say: Say,
        clock: Callable[[], float] = time.monotonic,
        *,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._token, self._api = app_token, api if api.endswith("/") else api + "/"
        self._act, self._say, self._clock = act, say, clock
        self._patience = patience.total_seconds()
        self._socket: _Socket | None = None
        self._stop, self._wake = Event(), Event()
        self._acting = Lock()
        self._seen: OrderedDict[str, str] = OrderedDict()
        self._complaint = ""
        self._thread = Thread(target=self._run, name="slack inbox", daemon=True)

    def start(self) -> None:
        """Open the socket, and keep it open, in a thread of its own."""
        self._thread.start()

    @property
    def connected(self) -> bool:
        """Whether a press would be heard now."""
        return self._socket is not None and not self._stop.is_set() and self._socket.is_alive(self._patience)

    def close(self) -> None:
        """Close the socket and stop; a press under way is finished."""
        self._stop.set()
        self._wake.set()
        if self._acting.acquire(timeout=1.0):
            self._acting.release()
        self._drop(self._socket)
        if self._thread.is_alive():
            self._thread.join(1.0)

    # Keeping a socket open

    def _run(self) -> None:
        rest = FIRST_REST
        while not self._stop.is_set():
            opened_at = self._clock()
            try:
                self._renew()
                self._watch()
            except Exception as error:  # whatever it is, the next attempt may go better
                if self._stop.is_set():
                    return
                refused = isinstance(error, SlackApiError) and _code(error) in REFUSED
                self._complain(error, refused)
                rest = REFUSED_REST if refused else rest
            else:
                # A connection that held needs no rest before the next; one that breaks at once does.
                rest = FIRST_REST if self._clock() - opened_at > self._patience else rest
            self._stop.wait(rest)
            rest = min(rest * 2, LONGEST_REST)

    def _renew(self) -> None:
        """Open a new socket, and only then close the old one: a press finds one of them open."""
        new = _Socket(self._token, self._api, self._clock, self._heard, self._ended)
        try:
            new.open()
        except BaseException:
            _close(new)
            raise
        self._wake.clear()
        old, self._socket = self._socket, new
        self._drop(old)
        if self._stop.is_set():
            self._drop(new)
            return
        log.info("connected to slack socket")
        self._complaint = ""

    def _watch(self) -> None:
        """Return when the socket is broken, deaf, or about to be closed by Slack."""
        while self.connected and not self._stop.is_set():
            if self._wake.wait(LOOK_EVERY_SECONDS):
                return

    def _ended(self, ended: _Socket) -> None:
        if ended is self._socket:
            self._wake.set()

    def _complain(self, error: Exception, refused: bool) -> None:
        """Log what keeps us from Slack, once for as long as it is the same."""
        why = _code(error) if isinstance(error, SlackApiError) else f"{type(error).__name__}: {error}"
        if why != self._complaint:
            advice = " advice=check [slack] app_token (xapp-, connections:write)" if refused else ""
            log.error("no slack socket, buttons do nothing error=%s%s", why, advice)
        self._complaint = why

    def _drop(self, old: _Socket | None) -> None:
        if old is not None:
            # It waits for threads of its own; nothing here depends on them any more.
            Thread(target=_close, args=(old,), name="slack socket closing", daemon=True).start()

    # Presses

    def _heard(self, socket: _Socket, envelope: SocketModeRequest) -> None:
        """Commit first, then tell Slack; without a commit Slack is told nothing and shows an error."""
        if self._stop.is_set():
            return
        presses = _presses(envelope) if envelope.type == "interactive" else []
        told = []
        try:
            for number, press in enumerate(presses):
                told.append((press, self._once(press, f"{envelope.envelope_id}:{number}")))
        except Exception:
            log.exception("press failed envelope=%s", envelope.envelope_id)
            self._answer(presses, "failed")
            return
        socket.acknowledge(envelope.envelope_id)
        for press, code in told:
            self._answer([press], code)

    def _once(self, press: Press, key: str) -> str:
        """Act on a press; the same envelope again is answered with nothing and changes nothing."""
        with self._acting:
            if key in self._seen:
                return ""
            code = self._act(
                press.action, press.incident, press.version, press.user_id, press.user_name, press.key
            )
            self._seen[key] = code
            while len(self._seen) > MOST_REMEMBERED:
                self._seen.popitem(last=False)
            return code

    def _answer(self, presses: list[Press], code: str) -> None:
        if code in DONE:
            return
        for press in presses:
            try:
                self._say(press, code)
            except Exception as error:  # the press itself is dealt with
                log.warning("presser not answered user=%s error=%s", press.user_id, error)


class _Socket(SocketModeClient):
    """One connection, which never opens another by itself: that is left to the inbox."""

    def __init__(
        self,
        token: str,
        api: str,
        clock: Callable[[], float],
        heard: Callable[[_Socket, SocketModeRequest], None],
        ended: Callable[[_Socket], None],
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


def _close(old: _Socket) -> None:
    try:
        old.shut()
    except Exception as error:  # it is of no further use either way
        log.debug("closing a socket error=%s", error)


def _code(error: SlackApiError) -> str:
    data = error.response.data
    return str(data.get("error")) if isinstance(data, Mapping) else f"http_{error.response.status_code}"


def _presses(envelope: SocketModeRequest) -> list[Press]:
    """Return the presses of our buttons in an envelope; anything else in it is not for us."""
    payload = envelope.payload
    if payload.get("type") != "block_actions":
        return []
    found = (_press(envelope.envelope_id, payload, action) for action in _list(payload.get("actions")))
    return [press for press in found if press is not None and press.action in (ACKNOWLEDGE, DISMISS)]


def _press(key: str, payload: Mapping[str, Any], action: Any) -> Press | None:
    user, place = _dict(payload.get("user")), _dict(payload.get("container"))
    try:
        value = json.loads(action["value"])
        what, incident, version = (
            str(action["action_id"]),
            int(value["incident"]),
            int(value.get("version", 0)),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        log.warning("press not understood envelope=%s", key)
        return None
    return Press(
        action=what,
        incident=incident,
        version=version,
        user_id=str(user.get("id") or ""),
        user_name=str(user.get("name") or user.get("username") or ""),
        key=key,
        channel=str(place.get("channel_id") or _dict(payload.get("channel")).get("id") or ""),
        ts=str(place.get("message_ts") or _dict(payload.get("message")).get("ts") or ""),
    )


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
