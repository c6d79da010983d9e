"""From a press of a button in Slack to the desk, and the answer to one that came too late."""

from __future__ import annotations

import logging
from collections.abc import Callable

from listener import desk
from listener.clock import Clock
from listener.config import Settings
from listener.notify import DeliveryError
from listener.notify.slack import Slack
from listener.slack.inbox import Inbox, Press
from listener.store import Store, incidents
from listener.words import refusal

log = logging.getLogger("listener.slack.presses")


def inbox(
    store: Store, settings: Settings, way: Slack, clock: Clock, woken: Callable[[], None]
) -> Inbox | None:
    """Return the inbox of a configuration, None where it has no app token; `woken` is called after an act."""
    if settings.slack is None or settings.slack.app_token is None:
        return None

    def act(action: str, incident: int, version: int, user_id: str, user_name: str, key: str) -> str:
        if action not in desk.ACTS:
            return "unknown"
        by = next((p.name for p in settings.people if p.slack == user_id), user_name or user_id)
        outcome = desk.act(store, settings, action, incident, by, clock())
        woken()
        return outcome.code

    def say(press: Press, code: str) -> None:
        with store.read() as db:
            saved = incidents.get(db, press.incident)
        by = saved.incident.acknowledged_by or "" if saved else ""
        at = saved.incident.acknowledged_at if saved else None
        words = refusal(code, settings.locale, settings.timezone, incident=press.incident, by=by, at=at)
        try:
            way.whisper(press.channel, press.user_id, words, press.ts)
        except DeliveryError as error:
            log.warning("a late press got no answer error=%s", error)

    return Inbox(settings.slack.app_token.get_secret_value(), settings.slack.api, act, say)
