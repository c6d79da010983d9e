"""The ways out that a configuration has."""

from __future__ import annotations

import sys
from typing import TextIO

from listener.config import Settings
from listener.notify import WayOut
from listener.notify.console import Console
from listener.notify.email import Email
from listener.notify.slack import Slack


def ways_out(settings: Settings, terminal: TextIO | None = None) -> list[WayOut]:
    """Return the ways out: the terminal always, Slack and mail where they are configured."""
    ways: list[WayOut] = [Console(terminal or sys.stdout)]
    if settings.slack:
        ways.append(slack(settings))
    if settings.email:
        ways.append(email(settings))
    return ways


def slack(settings: Settings) -> Slack:
    assert settings.slack is not None
    return Slack(settings.slack.bot_token.get_secret_value(), settings.slack.api, settings.slack.channel)


def email(settings: Settings) -> Email:
    assert settings.email is not None
    mail = settings.email
    password = mail.password.get_secret_value() if mail.password else ""
    return Email(mail.host, mail.port, mail.user, password, mail.from_, mail.tls)
