"""A mail server on loopback that keeps what it is given, and can be told to refuse or to hang up."""

import asyncio
import ssl
import subprocess
import threading
from email import message_from_bytes
from email.policy import default

from aiosmtpd.smtp import SMTP, AuthResult


class MailServer:
    """`mails` are the messages it took; `fail` maps a command (mail, rcpt, data) to an answer or `drop`."""

    def __init__(self, context=None, password=None):
        self.mails, self.envelopes, self.fail = [], [], {}
        self._password = password
        self._options = {"tls_context": context} if context else {}
        if password:
            self._options |= {"authenticator": self._log_in, "auth_require_tls": False}

    def __enter__(self):
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._call(self._open())
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_):
        self._call(self._shut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _open(self):
        return await self._loop.create_server(
            lambda: SMTP(self, loop=self._loop, **self._options), "127.0.0.1", 0
        )

    async def _shut(self):
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    def _log_in(self, server, session, envelope, mechanism, auth_data):
        return AuthResult(success=auth_data.password == self._password.encode(), handled=False)

    async def handle_MAIL(self, server, session, envelope, address, options):
        envelope.mail_from = address
        return self._answer("mail", server)

    async def handle_RCPT(self, server, session, envelope, address, options):
        envelope.rcpt_tos.append(address)
        return self._answer("rcpt", server)

    async def handle_DATA(self, server, session, envelope):
        answer = self._answer("data", server)
        if answer.startswith("2"):
            self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos), session.ssl is not None))
            self.mails.append(message_from_bytes(envelope.content, policy=default))
        if self.fail.get("after") == "drop":
            server.transport.abort()
        return answer

    def _answer(self, command, server):
        told = self.fail.get(command)
        if told == "drop":
            server.transport.abort()
        return told if told and told != "drop" else "250 OK"


def self_signed(tmp_path):
    """A server's TLS context with a certificate that nobody vouches for."""
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        key,
        "-out",
        certificate,
    ]
    subprocess.run([*command, "-days", "2", "-subj", "/CN=localhost"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
