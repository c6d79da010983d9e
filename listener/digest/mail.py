"""The digest on its way: as a letter for the outbox, as a mail in a file, as a page that stands alone."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from listener.config import Settings
from listener.digest.gathering import gather
from listener.digest.page import Digest, page
from listener.notify import Letter
from listener.store import Store


def letter(
    store: Store, settings: Settings, week: str, recipient: str, key: str, now: datetime | None = None
) -> Letter:
    """Return the digest of a week, up to `now` where that lies in it, as the letter to one recipient."""
    digest = page(gather(store, settings, week, now), settings.locale, settings.timezone)
    return Letter(
        key=key,
        kind="digest",
        target=recipient,
        text=digest.text,
        subject=digest.subject,
        html=digest.html,
        images=digest.images,
    )


def as_eml(digest: Digest, sender: str, recipient: str, at: datetime) -> bytes:
    """Return the digest as a mail; its Message-ID is always the same for a week and a recipient."""
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = digest.subject
    mail["From"] = sender
    if recipient:
        mail["To"] = recipient
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id(digest.week, sender, recipient)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(digest.text, cte="quoted-printable")
    mail.add_alternative(digest.html, subtype="html", cte="quoted-printable")
    page_part = mail.get_payload()[1]  # type: ignore[index]
    assert isinstance(page_part, EmailMessage)
    for name, picture in digest.images:
        page_part.add_related(
            picture,
            "image",
            "png",
            cid=f"<{name}>",
            disposition="inline",
            filename=f"{name.split('.')[0]}.png",
        )
    return mail.as_bytes()


def message_id(week: str, sender: str, recipient: str) -> str:
    """Return the Message-ID of a week's digest to a recipient."""
    domain = parseaddr(sender)[1].rpartition("@")[2] or "crisis-listener"
    who = hashlib.sha256(parseaddr(recipient)[1].casefold().encode()).hexdigest()[:16]
    return f"<digest.{week}.{who}@{domain}>"


def as_html(digest: Digest) -> str:
    """Return the digest as one HTML file that needs nothing beside it."""
    html = digest.html
    for name, picture in digest.images:
        inline = "data:image/png;base64," + base64.b64encode(picture).decode()
        html = html.replace(f'"cid:{name}"', f'"{inline}"')
    return html
