"""A mail server on loopback that is read by IMAP, fails as real ones do, and changes nothing.

    with ImapServer() as imap:
        imap.add(mail("subject", "text"))        # to INBOX, or to any folder
        imap.faults = ["drop", "half"]           # what the next bodies that are asked for meet

`drop` closes without a word, `half` dies in the middle of a mail, `endless` announces more than
it sends. `said` holds every command as it came, without the password.
"""

from __future__ import annotations

import base64
import re
import socket
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime


@dataclass
class Folder:
    """Mails by UID, and what the server says of the size of some instead of the truth."""

    validity: int = 7
    next: int = 1
    mails: dict[int, bytes] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)


class ImapServer:
    def __init__(self, context=None, starttls=None, greeting="* OK ready"):
        self.folders = {"INBOX": Folder()}
        self.user, self.password = "ada", "hush hush"
        self.said, self.faults, self.refusal = [], [], ""
        self.greeting, self.context, self.starttls = greeting, context, starttls
        self.shuffled, self.got_at = False, "16-Mar-2026 12:00:00 +0100"

    def add(self, body, folder="INBOX", size=None):
        held = self.folders.setdefault(folder, Folder())
        uid, held.next = held.next, held.next + 1
        held.mails[uid] = body if isinstance(body, bytes) else bytes(body)
        if size is not None:
            held.sizes[uid] = size
        return uid

    def __enter__(self):
        imap = self

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads, allow_reuse_address = True, True

            def handle_error(self, *_):
                pass

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                Talk(imap, self).run()

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


class Talk:
    """One connection."""

    def __init__(self, imap, handler):
        self.imap, self.handler, self.folder = imap, handler, None
        self.line = handler.connection
        self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if imap.context:
            self.encrypt(imap.context)

    def encrypt(self, context):
        self.line = context.wrap_socket(self.line, server_side=True)
        self.handler.rfile = self.line.makefile("rb")

    def say(self, text):
        self.line.sendall(text if isinstance(text, bytes) else text.encode() + b"\r\n")

    def run(self):
        try:
            self.say(self.imap.greeting)
            while (line := self.handler.rfile.readline()) and self.answer(
                line.decode("latin-1").rstrip("\r\n")
            ):
                pass
        except (OSError, ssl.SSLError):
            pass
        finally:
            self.line.close()

    def answer(self, line):
        tag, _, rest = line.partition(" ")
        name, _, given = rest.partition(" ")
        self.imap.said.append(rest.replace(self.imap.password, "***"))
        return getattr(self, "do_" + name.lower(), self.unknown)(tag, given) is not False

    def unknown(self, tag, given):
        self.say(f"{tag} BAD no such command")

    def do_capability(self, tag, given):
        self.say("* CAPABILITY IMAP4rev1 AUTH=PLAIN" + (" STARTTLS" if self.imap.starttls else ""))
        self.say(f"{tag} OK done")

    def do_starttls(self, tag, given):
        self.say(f"{tag} OK begin")
        self.encrypt(self.imap.starttls)

    def do_login(self, tag, given):
        self.let_in(tag, given == f'"{self.imap.user}" "{self.imap.password}"')

    def do_authenticate(self, tag, given):
        self.say("+ ")
        said = base64.b64decode(self.handler.rfile.readline()).decode()
        self.let_in(tag, said == f"\0{self.imap.user}\0{self.imap.password}")

    def let_in(self, tag, fits):
        if fits and not self.imap.refusal:
            self.say(f"{tag} OK welcome")
        else:
            self.say(f"{tag} NO {self.imap.refusal or '[AUTHENTICATIONFAILED] Invalid credentials'}")

    def do_list(self, tag, given):
        for name in self.imap.folders:
            self.say(f'* LIST (\\HasNoChildren) "/" "{name}"')
        self.say(f"{tag} OK done")

    def do_examine(self, tag, given):
        self.folder = self.imap.folders.get(given.strip('"'))
        if self.folder is None:
            self.say(f"{tag} NO no such folder")
            return
        self.say(f"* {len(self.folder.mails)} EXISTS")
        self.say(f"* OK [UIDVALIDITY {self.folder.validity}] numbered")
        self.say(f"{tag} OK [READ-ONLY] done")

    def do_logout(self, tag, given):
        self.say("* BYE")
        self.say(f"{tag} OK done")
        return False

    def do_uid(self, tag, given):
        name, _, rest = given.partition(" ")
        return getattr(self, "uid_" + name.lower())(tag, rest)

    def uid_search(self, tag, given):
        first = int(re.search(r"UID (\d+):\*", given)[1])
        sender = re.search(r'FROM "([^"]*)"', given)
        found = [u for u in self.folder.mails if u >= first] or list(self.folder.mails)[-1:]
        if sender:
            found = [u for u in found if sender[1].encode() in self.folder.mails[u].partition(b"\n\n")[0]]
        if self.imap.shuffled:
            found = [*reversed(found), *found[:1]]
        self.say("* SEARCH " + " ".join(map(str, found)))
        self.say(f"{tag} OK done")

    def uid_fetch(self, tag, given):
        named, _, what = given.partition(" ")
        uids = [u for u in map(int, named.split(",")) if u in self.folder.mails]
        for uid in reversed(uids) if self.imap.shuffled else uids:
            body = self.folder.mails[uid]
            if "SIZE" in what:
                size = self.folder.sizes.get(uid, len(body))
                self.say(f'* {uid} FETCH (UID {uid} RFC822.SIZE {size} INTERNALDATE "{self.imap.got_at}")')
            elif self.body(uid, body) is False:
                return False
        self.say(f"{tag} OK done")
        return None

    def body(self, uid, body):
        fault = self.imap.faults.pop(0) if self.imap.faults else None
        if fault == "drop":
            return False
        if self.imap.shuffled:
            self.say(f"* {uid + 900} FETCH (FLAGS (\\Seen) UID {uid + 900})")
        length = 10**15 if fault == "endless" else len(body)
        self.say(f"* {uid} FETCH (UID {uid} BODY[] {{{length}}}")
        self.say(body[: len(body) // 2] if fault in ("half", "endless") else body)
        if fault in ("half", "endless"):
            return False
        self.say(")")
        return None


def mail(subject, text="", html="", *, sender="Ada <ada@board.test>", at=None, key=None, **headers):
    """Return a mail as bytes."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, "pr@acme.test", subject
    if at is not None:
        made["Date"] = at if isinstance(at, str) else format_datetime(at)
    if key is not None:
        made["Message-ID"] = f"<{key}@board.test>"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    if text or not html:
        made.set_content(text or "\n")
    if html and text:
        made.add_alternative(html, subtype="html")
    elif html:
        made.set_content(html, subtype="html")
    return made.as_bytes()
