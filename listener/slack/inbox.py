"""Presses of buttons, over Socket Mode: no public address is needed.

Docs: https://docs.slack.dev/apis/events-api/using-socket-mode. A press is committed first and
acknowledged to Slack second, so one that is lost in between shows its presser an error instead
of vanishing. The SDK notices some broken connections late and some never, so a watchdog here
opens a new one whenever nothing was heard for too long, and is the only one who does.
"""

from __future__ import annotations

import json
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from threading import Event, Lock, Thread
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.request import SocketModeRequest

from listener.slack._socket import Socket, discard
from listener.words import ACKNOWLEDGE, DISMISS

log = logging.getLogger("listener.slack.inbox")

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
        self._socket: Socket | None = None
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
        new = Socket(self._token, self._api, self._clock, self._heard, self._ended)
        try:
            new.open()
        except BaseException:
            discard(new)
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

    def _ended(self, ended: Socket) -> None:
        if ended is self._socket:
            self._wake.set()

    def _complain(self, error: Exception, refused: bool) -> None:
        """Log what keeps us from Slack, once for as long as it is the same."""
        why = _code(error) if isinstance(error, SlackApiError) else f"{type(error).__name__}: {error}"
        if why != self._complaint:
            advice = " advice=check [slack] app_token (xapp-, connections:write)" if refused else ""
            log.error("no slack socket, buttons do nothing error=%s%s", why, advice)
        self._complaint = why

    def _drop(self, old: Socket | None) -> None:
        if old is not None:
            # It waits for threads of its own; nothing here depends on them any more.
            Thread(target=discard, args=(old,), name="slack socket closing", daemon=True).start()

    # Presses

    def _heard(self, socket: Socket, envelope: SocketModeRequest) -> None:
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
