"""Mail: what keyword-alert services and newsletters send to a mailbox.

Any folder of any IMAP server; nothing in it is changed. A mail becomes one mention (`whole`) or
one for each post that it tells of (`alerts`); `auto` knows Google Alerts, F5Bot and Talkwalker
Alerts by their senders and by how they are made. Ids come from the address and title of a post,
or from the mail's Message-ID: a folder that is numbered anew is read again and doubles nothing.

The host is the operator's own, from the configuration, and may lie inside the network.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import SecretStr

from connectors import Call, Conversation, Mention, Page
from connectors._dates import from_seconds
from connectors._imap import Box, Taken, place, refuse_box, take, written
from connectors._mail import LINKS, WHOLE, Letter, form_of, letter, split

SPLITS = ("auto", "alerts", "whole")


@dataclass(frozen=True, slots=True)
class Options:
    """`sender` narrows to the mails of an address; `split` says what a mail becomes."""

    host: str
    user: str
    password: SecretStr
    folder: str = "INBOX"
    port: int = 993
    tls: str = "ssl"
    sender: str = ""
    split: str = "auto"

    def __post_init__(self) -> None:
        refuse_box(self.host, self.port, self.tls, self.sender)
        if self.split not in SPLITS:
            raise ValueError(f'split must be "auto", "alerts" or "whole", not {self.split[:20]!r}')
        secret = self.password.get_secret_value()
        if not self.user or not (self.user + secret + self.folder).isprintable() or not self.folder:
            raise ValueError("user, password and folder must be texts on one line")

    @property
    def box(self) -> Box:
        return Box(self.host, self.user, self.password, self.folder, self.port, self.tls, self.sender)


def fetch(options: Options, cursor: str | None) -> Conversation:
    """Read the mails that came since the last visit, oldest first."""
    answer = yield Call(take, (options.box, place(cursor)))
    taken: Taken = answer.value
    found: dict[str, Mention] = {}
    spoiled = taken.too_large
    for mail in taken.mails:
        try:
            for mention in mentions(letter(mail.body, mail.got_at, from_seconds(taken.at)), options.split):
                found.setdefault(mention.id, mention)
        except ValueError:
            spoiled += 1
    since = from_seconds(taken.since) if taken.since else None
    return Page(tuple(found.values()), written(taken.place), spoiled, since, more=taken.more)


def mentions(found: Letter, how: str) -> list[Mention]:
    """Return what a mail becomes; an alert in which nothing is found stays whole, unless told otherwise."""
    form = WHOLE if how == "whole" else form_of(found)
    if how == "alerts" and form == WHOLE:
        form = LINKS
    return split(found, form) or (split(found, WHOLE) if how == "auto" else [])
