"""A folder of mails on an IMAP server: what is new in it, in pieces of bounded size.

Read only (EXAMINE, BODY.PEEK): nothing is marked as read and nothing deleted. What has been read
is known by UIDVALIDITY and UID (RFC 3501, 2.3.1.1). The protocol is imaplib's, the names of
folders are imap_tools'; the bytes come through a reader of our own, since imaplib bounds neither
how much a server says nor how long it takes.
"""

from __future__ import annotations

import imaplib
import json
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from ipaddress import ip_address
from time import monotonic, time
from typing import Any

from pydantic import SecretStr

from connectors._contract import ConnectorError, SourceGarbled, SourceRefused, SourceUnavailable
from connectors._text import plain

WAIT_SECONDS = 10
TOTAL_SECONDS = 45
MOST_MAILS = 100
MOST_AT_FIRST = 2_000
LARGEST_MAIL_BYTES = 2_000_000
MOST_MAIL_BYTES = 10_000_000
MOST_SAID_BYTES = 40_000_000
LONGEST_LINE_BYTES = 8_000_000
OLDEST_YEAR = 1990
ENCRYPTED = ("ssl", "starttls")

_SIZE = re.compile(rb"RFC822\.SIZE (\d{1,12})")
_UID = re.compile(rb"\bUID (\d{1,12})\b")
_LATER = re.compile(r"\[(?:UNAVAILABLE|INUSE|LIMIT|SERVERBUG)\]|try again|too many|temporar|throttl", re.I)


@dataclass(frozen=True, slots=True)
class Box:
    """Where the mails are, and who may read them. `sender` narrows them to those of an address."""

    host: str
    user: str
    password: SecretStr
    folder: str = "INBOX"
    port: int = 993
    tls: str = "ssl"
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """How far the folder was read: to which UID, in which numbering of them.

    `at` is when it was last read to its end, in seconds since 1970; 0 for never.
    """

    validity: int = 0
    uid: int = 0
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as it came, and when the server got it (None where it doesn't say)."""

    uid: int
    body: bytes
    got_at: datetime | None


@dataclass(frozen=True, slots=True)
class Taken:
    """What a visit at `at` brought: mails in the order of their UIDs, and how many were too large.

    `since`: nothing that came to the folder after that (seconds since 1970) is missing; 0 where
    that is not known.
    """

    mails: tuple[Mail, ...]
    place: Place
    too_large: int
    more: bool
    since: float = 0.0
    at: float = 0.0


def place(cursor: object) -> Place:
    """Return how far a cursor says that the folder was read; one that makes no sense is none."""
    try:
        held = json.loads(cursor) if isinstance(cursor, str) else {}
        return Place(int(held["validity"]), int(held["uid"]), float(held.get("at", 0)))
    except (ValueError, TypeError, KeyError):
        return Place()


def written(place: Place) -> str:
    return json.dumps(asdict(place))


def refuse_box(host: str, port: int, tls: str, sender: str = "") -> None:
    """Raise ValueError for what no mailbox can be reached by."""
    if not re.fullmatch(r"[A-Za-z0-9.:_-]{1,255}", host):
        raise ValueError(f'host must be a name such as "imap.example.org", not {host[:80]!r}')
    if not 1 <= port <= 65535:
        raise ValueError(f"port must be 1 to 65535, not {port}")
    if tls not in (*ENCRYPTED, "none"):
        raise ValueError(f'tls must be "ssl", "starttls" or "none", not {tls[:20]!r}')
    if tls == "none" and not _is_inner(host):
        raise ValueError(
            'tls = "none" would send the password for all to read: it is for hosts such as 127.0.0.1'
        )
    if sender and not re.fullmatch(r"[!#-\[\]-~]{1,200}", sender):
        raise ValueError(f"sender must be a mail address or a part of one, not {sender[:80]!r}")


def _is_inner(host: str) -> bool:
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host


def take(box: Box, place: Place) -> Taken:
    """Read the mails that came after `place`: for a Call, since servers may wait.

    Raises ConnectorErrors only. What was read before a connection broke is kept, and the rest
    is left for the next visit; one that breaks before the first mail is unavailable.
    """
    at = time()
    with _told_apart(box), closing(_Session(box)) as session:
        validity = session.examine()
        is_new = validity != place.validity
        uids = session.uids_after(0 if is_new else place.uid)
        start = Place(validity, 0 if is_new else place.uid)
        taken = _read(session, uids[-MOST_AT_FIRST:] if is_new else uids, start)
        session.bye()
    if taken.more:
        return replace(taken, place=replace(taken.place, at=0.0 if is_new else place.at), at=at)
    since = 0.0 if is_new or taken.too_large else place.at
    return replace(taken, place=replace(taken.place, at=at), since=since, at=at)


def _read(session: _Session, uids: list[int], place: Place) -> Taken:
    mails: list[Mail] = []
    too_large, held, asked = 0, 0, uids[:MOST_MAILS]
    about = session.sizes(asked) if asked else {}
    for number, uid in enumerate(asked):
        size, got_at = about.get(uid, (0, None))
        if size > LARGEST_MAIL_BYTES:
            too_large += 1
        elif mails and held + size > MOST_MAIL_BYTES:
            return Taken(tuple(mails), place, too_large, True)
        else:
            try:
                body = session.body(uid)
            except (OSError, imaplib.IMAP4.error):
                if session.overlong:
                    return Taken(tuple(mails), Place(place.validity, uid), too_large + 1, True)
                if not number:
                    raise
                return Taken(tuple(mails), place, too_large, True)
            held += len(body or b"")
            if body is not None:
                mails.append(Mail(uid, body, got_at))
        place = Place(place.validity, uid)
    return Taken(tuple(mails), place, too_large, len(uids) > len(asked))


class _Session:
    """One connection, logged in; `close` ends it."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._client = _connected(box)
        try:
            self._log_in()
        except BaseException:
            self.close()
            raise

    @property
    def overlong(self) -> bool:
        return self._client.overlong

    def bye(self) -> None:
        with suppress(OSError, imaplib.IMAP4.error):
            self._client.logout()

    def close(self) -> None:
        with suppress(OSError):
            self._client.shutdown()

    def _log_in(self) -> None:
        user, password = self._box.user, self._box.password.get_secret_value()
        try:
            if (user + password).isascii():
                self._client.login(_quoted(user), password)
            else:
                said = b"\0" + user.encode() + b"\0" + password.encode()
                self._client.authenticate("PLAIN", lambda _: said)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            raise self._refused(_said(error), password) from None

    def _refused(self, said: str, password: str) -> ConnectorError:
        where, told = self._box.host, plain(said.replace(password, "***"), 160)
        if _LATER.search(said):
            return SourceUnavailable(f"{where} lets nobody in at the moment: {told}")
        return SourceRefused(
            f"{where} refuses this user and password ({told}). Many services want an app password for IMAP,"
            " made on the account's security page, and IMAP switched on in its settings"
        )

    def examine(self) -> int:
        """Open the folder for reading; return its UIDVALIDITY."""
        from imap_tools.utils import encode_folder

        status, _ = self._client.select(encode_folder(self._box.folder).decode("ascii"), readonly=True)
        if status != "OK":
            raise SourceRefused(
                f"{self._box.host} has no folder {self._box.folder[:80]!r} that we may read;"
                f" there are: {', '.join(self._folders()) or 'none'}"
            )
        _, told = self._client.response("UIDVALIDITY")
        if not told or told[-1] is None or not bytes(told[-1]).isdigit():
            raise SourceGarbled(f"{self._box.host} does not say the UIDVALIDITY of its folder")
        return int(told[-1])

    def _folders(self) -> list[str]:
        from imap_tools.imap_utf7 import utf7_decode

        status, said = self._client.list()
        found = []
        for line in said[:200] if status == "OK" else ():
            if isinstance(line, bytes) and (name := re.search(rb'(?:"((?:[^"\\]|\\.)*)"|(\S+))\s*\Z', line)):
                found.append(plain(utf7_decode(name[1] or name[2] or b""), 60))
        return [name for name in found if name][:20]

    def uids_after(self, uid: int) -> list[int]:
        """Return the UIDs above one, ascending. A server also answers `n:*` with the last, however low."""
        asked = ["UID", f"{uid + 1}:*"]
        if self._box.sender:
            asked += ["FROM", f'"{self._box.sender}"']
        said = self._uid("SEARCH", *asked)
        found = {
            int(one) for part in said if isinstance(part, bytes) for one in part.split() if one.isdigit()
        }
        return sorted(one for one in found if one > uid)

    def sizes(self, uids: list[int]) -> dict[int, tuple[int, datetime | None]]:
        """Return how large each mail is, and when the server got it."""
        said = self._uid("FETCH", ",".join(map(str, uids)), "(UID RFC822.SIZE INTERNALDATE)")
        found = {}
        for part in said:
            line = part[0] if isinstance(part, tuple) else part
            if isinstance(line, bytes) and (uid := _UID.search(line)):
                size = _SIZE.search(line)
                found[int(uid[1])] = (int(size[1]) if size else 0, _got_at(line))
        return found

    def body(self, uid: int) -> bytes | None:
        """Return one mail; None where it has been deleted meanwhile."""
        said = self._uid("FETCH", str(uid), "(UID BODY.PEEK[])")
        whole = [part for part in said if isinstance(part, tuple) and len(part) > 1]
        named = [(_named(said, part), part[1]) for part in whole]
        for name, body in named:
            if name == uid or (name is None and len(whole) == 1):
                return bytes(body)
        return None

    def _uid(self, *asked: str) -> list[Any]:
        status, said = self._client.uid(*asked)
        if status != "OK":
            raise SourceGarbled(f"{self._box.host} refuses {asked[0]}: {plain(str(said), 120)}")
        return said


def _said(error: Exception) -> str:
    """Return what a server said, which imaplib hands on as bytes."""
    said = error.args[0] if error.args else ""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _named(said: list[Any], part: tuple[bytes, ...]) -> int | None:
    """Return the UID that a fetched part carries, before its text or after it."""
    at = next(number for number, one in enumerate(said) if one is part)
    behind = said[at + 1] if at + 1 < len(said) else b""
    for text in (part[0], behind):
        if isinstance(text, bytes) and (found := _UID.search(text)):
            return int(found[1])
    return None


def _got_at(line: bytes) -> datetime | None:
    try:
        found = re.search(rb'INTERNALDATE "([^"]{10,40})"', line)
        moment = datetime.strptime(found[1].decode().strip(), "%d-%b-%Y %H:%M:%S %z") if found else None
        return moment.astimezone(UTC) if moment and moment.year >= OLDEST_YEAR else None
    except (ValueError, OverflowError):
        return None


# ---- the connection


def _connected(box: Box) -> _Safe | _SafeSSL:
    context = ssl.create_default_context() if box.tls in ENCRYPTED else None
    if box.tls == "ssl" and context is not None:
        return _SafeSSL(box.host, box.port, ssl_context=context, timeout=WAIT_SECONDS)
    client = _Safe(box.host, box.port, timeout=WAIT_SECONDS)
    if context is not None:
        try:
            client.starttls(context)
        except BaseException:
            with suppress(OSError):
                client.shutdown()
            raise
    return client


class _Bounded:
    """Reads for imaplib: so much and so long in all, whatever the server says."""

    sock: socket.socket
    overlong = False  # whether one answer would have been longer than any mail that we read

    def open(self, *args: Any, **kwargs: Any) -> None:
        self._until = monotonic() + TOTAL_SECONDS
        self._held, self._left = bytearray(), MOST_SAID_BYTES
        self._from: socket.socket | None = None
        super().open(*args, **kwargs)  # type: ignore[misc]

    def read(self, size: int) -> bytes:
        if size > 2 * LARGEST_MAIL_BYTES:
            self.overlong = True
            raise imaplib.IMAP4.abort("it wants to say more than we read")
        while len(self._filled()) < size:
            if not self._more():
                raise imaplib.IMAP4.abort("it ended in the middle of an answer")
        return self._cut(size)

    def readline(self) -> bytes:
        searched = 0
        while (end := self._filled().find(b"\n", searched)) < 0:
            searched = len(self._held)
            if searched > LONGEST_LINE_BYTES:
                raise imaplib.IMAP4.abort("a line of it does not end")
            if not self._more():
                return self._cut(searched)
        return self._cut(end + 1)

    def _filled(self) -> bytearray:
        """Return what is held; what came before encryption began is not believed."""
        if self._from is not self.sock:
            self._held, self._from = bytearray(), self.sock
        return self._held

    def _more(self) -> bool:
        if monotonic() > self._until:
            raise TimeoutError
        said = self.sock.recv(65_536)
        self._left -= len(said)
        if self._left < 0:
            raise imaplib.IMAP4.abort("it says more than we read")
        self._held += said
        return bool(said)

    def _cut(self, size: int) -> bytes:
        piece = bytes(self._held[:size])
        del self._held[:size]
        return piece


class _Safe(_Bounded, imaplib.IMAP4):
    """In the clear, at first at least."""


class _SafeSSL(_Bounded, imaplib.IMAP4_SSL):
    """Encrypted from the first byte."""


@contextmanager
def _told_apart(box: Box) -> Iterator[None]:
    """Turn what may go wrong on the way into what has to be done about it."""
    where = f"{box.host}:{box.port}"
    try:
        yield
    except ConnectorError:
        raise
    except ssl.SSLError as error:
        why = getattr(error, "verify_message", "") or error.reason or "TLS"
        raise SourceUnavailable(f"{where}: the encrypted connection failed (TLS): {str(why)[:160]}") from None
    except socket.gaierror as error:
        raise SourceUnavailable(f"{where}: the name leads nowhere (DNS)") from error
    except TimeoutError:
        raise SourceUnavailable(f"{where}: no whole answer in time") from None
    except OSError as error:
        raise SourceUnavailable(
            f"{where}: no connection: {error.strerror or type(error).__name__}"
        ) from error
    except imaplib.IMAP4.abort as error:
        raise SourceUnavailable(f"{where}: the connection broke: {plain(_said(error), 120)}") from None
    except imaplib.IMAP4.error as error:
        raise SourceGarbled(
            f"{where} does not speak IMAP as we know it: {plain(_said(error), 120)}"
        ) from None
