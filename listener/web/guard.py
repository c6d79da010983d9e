"""Who may ask, and who may act: the page has no log-in, so it stays within the machine.

Reading asks for a host name we know: a foreign site that lets its own name point to this machine
(DNS rebinding) is sent away. Acting asks besides that the address is of this machine, that
the browser names no other site as the origin, and for the token that stood in the form.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from listener.config import Settings

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Token:
    """A secret that a form carries, so that only a page of ours can be what was sent."""

    def __init__(self) -> None:
        self.text = secrets.token_urlsafe(24)

    def fits(self, given: str) -> bool:
        return hmac.compare_digest(self.text.encode(), given.encode("utf-8", "replace"))


def may_read(settings: Settings, host: str) -> bool:
    """Tell whether a request that names this host may see the pages."""
    name = _name(host)
    if not is_private(settings):
        return True
    known = {urlsplit(settings.public_url).hostname} if settings.public_url else set()
    return is_loopback(name) or name in known


def may_act(settings: Settings, headers: Mapping[str, str], token: Token, given: str) -> bool:
    """Tell whether a form that was sent may change anything."""
    host = headers.get("host", "")
    site, origin = headers.get("sec-fetch-site", "same-origin"), headers.get("origin")
    same = origin is None or urlsplit(origin).netloc.casefold() == host.casefold()
    return (
        is_private(settings)
        and may_read(settings, host)
        and site == "same-origin"
        and same
        and token.fits(given)
    )


def is_private(settings: Settings) -> bool:
    """Tell whether the pages are served to this machine only (or to a proxy on it)."""
    return settings.dashboard is not None and is_loopback(settings.dashboard[0])


def is_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
