"""Mail, by SMTP (RFC 5321): at least once, and recognisable by a Message-ID that never changes."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from hashlib import sha256

from listener.notify import Check, DeliveryError, Letter, Receipt

TIMEOUT_SECONDS = 20
IMPLICIT_TLS = 465
HERE = frozenset({"localhost", "127.0.0.1", "::1"})


def _now() -> datetime:
    return datetime.now(UTC)


class Email:
    """One mail server; `tls`: ssl and starttls insist on it, auto takes what is offered, none needs none."""

    name = "email"

    def __init__(
        self,
        host: str,
        port: int = 587,
        user: str = "",
        password: str = "",
        sender: str = "",
        tls: str = "auto",
        *,
        clock: Callable[[], datetime] = _now,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        self._host, self._port, self._user, self._password = host, port, user, password
        self._sender, self._tls, self._clock, self._timeout = sender, tls, clock, timeout

    def send(self, letter: Letter) -> Receipt:
        """Hand the letter to the server; `unknown` where its answer to the whole mail was lost."""
        message = self._message(letter)
        with self._connected() as server:
            with _refusals("sender"):
                server.ehlo_or_helo_if_needed()
                _agreed(server.mail(_bare(self._sender)))
            with _refusals("recipient"):
                _agreed(server.rcpt(_bare(letter.target)))
            with _refusals("mail", unknown=True):
                said = _agreed(server.data(message.as_bytes()))
        return Receipt(channel=letter.target, ts=str(message["Message-ID"]), said=said)

    def find(self, letter: Letter, since: datetime) -> Receipt | None:
        """A mailbox cannot be looked into: send again; the Message-ID shows that it is the same mail."""
        return None

    def check(self) -> list[Check]:
        """Connect and log in, and go again."""
        name = f"{self._host}:{self._port}"
        try:
            with self._connected() as server:
                secure = "encrypted" if isinstance(server.sock, ssl.SSLSocket) else "not encrypted"
        except DeliveryError as error:
            return [Check(name, False, str(error), "see [email] host, port, user and password")]
        return [Check(name, True, secure)]

    def close(self) -> None:
        """Nothing is held open."""

    # The mail

    def _message(self, letter: Letter) -> EmailMessage:
        try:
            return self._written(letter)
        except (ValueError, HeaderParseError, IndexError, UnicodeError) as error:
            raise DeliveryError(
                f"mail cannot be written: {error}", permanent=True, code="malformed"
            ) from error

    def _written(self, letter: Letter) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        message["From"] = _address(self._sender)
        message["To"] = _address(letter.target)
        message["Subject"] = _line(letter.subject)
        message["Date"] = self._clock()
        message["Message-ID"] = self._message_id(letter.key)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text or " ", cte="quoted-printable")
        if letter.html:
            message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
            self._add_images(message, letter)
        return message

    def _add_images(self, message: EmailMessage, letter: Letter) -> None:
        page = message.get_payload()[-1]  # type: ignore[index]
        for name, picture in letter.images:
            safe = _line(name).strip("<>")
            page.add_related(  # type: ignore[union-attr]
                picture, "image", "png", cid=f"<{safe}>", filename=f"{safe}.png", disposition="inline"
            )

    def _message_id(self, key: str) -> str:
        """Return the same id for the same key: a mail that is sent twice is seen to be one."""
        readable = re.sub(r"[^A-Za-z0-9]+", ".", key).strip(".")[:60]
        domain = _bare(self._sender).rpartition("@")[2] or "localhost"
        return f"<{readable}.{sha256(key.encode()).hexdigest()[:16]}@{domain}>"

    # The server

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        with _refusals("server"):
            server = self._opened()
        try:
            with _refusals("server"):
                self._secure(server)
            with _refusals("login"):
                self._log_in(server)
            yield server
        finally:
            # The mail is taken or refused by now: how the server says goodbye changes nothing.
            try:
                server.quit()
            except (OSError, smtplib.SMTPException):
                server.close()

    def _opened(self) -> smtplib.SMTP:
        if self._tls == "ssl" or (self._tls == "auto" and self._port == IMPLICIT_TLS):
            return smtplib.SMTP_SSL(self._host, self._port, timeout=self._timeout, context=self._trusted())
        return smtplib.SMTP(self._host, self._port, timeout=self._timeout)

    def _secure(self, server: smtplib.SMTP) -> None:
        server.ehlo_or_helo_if_needed()
        if isinstance(server.sock, ssl.SSLSocket) or self._tls == "none":
            return
        if server.has_extn("starttls"):
            server.starttls(context=self._trusted())
            server.ehlo()
        elif self._tls == "starttls":
            raise DeliveryError(
                f"mail server {self._host} offers no STARTTLS", permanent=True, code="no_starttls"
            )

    def _trusted(self) -> ssl.SSLContext:
        """Return whom to trust: on this machine anybody, since its own relay has no certificate to show."""
        context = ssl.create_default_context()
        if self._host in HERE:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context

    def _log_in(self, server: smtplib.SMTP) -> None:
        if not self._user or not server.has_extn("auth"):
            return
        plain = not isinstance(server.sock, ssl.SSLSocket)
        if plain and self._tls != "none" and self._host not in HERE:
            text = f'mail server {self._host} would see the password unencrypted; tls = "none" allows it'
            raise DeliveryError(text, permanent=True, code="unencrypted")
        server.login(self._user, self._password)


@contextmanager
def _refusals(what: str, *, unknown: bool = False) -> Iterator[None]:
    """Turn what a mail server may do to us into what the caller must do about it."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        said = error.smtp_error
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        raise _refused(what, error.smtp_code, text) from error
    except smtplib.SMTPServerDisconnected as error:
        raise DeliveryError(f"mail server: connection lost ({what})", unknown=unknown, code="lost") from error
    except (smtplib.SMTPException, OSError, ValueError) as error:
        text = f"mail server: {_line(str(error)) or type(error).__name__} ({what})"
        raise DeliveryError(text, unknown=unknown, code="unreachable") from error


def _agreed(answer: tuple[int, bytes]) -> str:
    """Return what the server said if it agreed."""
    code, said = answer
    if not 200 <= code < 300:
        raise smtplib.SMTPResponseException(code, said)
    return _line(said.decode("utf-8", "replace"))


def _refused(what: str, code: int, said: str) -> DeliveryError:
    text = f"mail server refuses the {what}: {code} {_line(said)[:200]}"
    # RFC 5321, 4.2.1: 4yz may be tried again, 5yz may not. Below 400 it does not speak SMTP.
    return DeliveryError(text, permanent=code >= 500, code=str(code))


def _address(text: str) -> Address | str:
    name, address = parseaddr(_line(text))
    local, _, domain = address.rpartition("@")
    if not local or not domain or not address.isascii():
        raise ValueError(f"no mail address: {text!r}")
    return Address(name, local, domain)


def _bare(text: str) -> str:
    return parseaddr(_line(text))[1]


def _line(text: str) -> str:
    """Return the text on one line: a line break in a header would begin another header."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
