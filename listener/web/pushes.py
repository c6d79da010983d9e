"""Mentions that are sent to us: whose they are is proved by a signature, and by nothing else.

    POST /mentions/NAME                   (or /mentions, where there is one push source only)
    X-Listener-Timestamp: 1784638800      seconds since 1970, at most 5 minutes off
    X-Listener-Signature: sha256=…        HMAC-SHA256, in hex, of the timestamp, a dot and the body

The answer is JSON, and 200 is said only after what was sent is stored: whoever gets anything
else, or nothing, sends the same again, which never doubles anything.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import re
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from sqlite3 import Error as DatabaseError

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from connectors import SourceGarbled
from connectors.push import MOST_BYTES, TooMuch, UnknownForm
from listener.config import Source
from listener.receiving import Receiver
from listener.store import StoreError

log = logging.getLogger(__name__)

PATH = "/mentions"
MOST_OFF_SECONDS = 300
BODY_WITHIN_SECONDS = 30
MOST_BYTES_AT_ONCE = 25_000_000
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"sha256=([0-9a-fA-F]{64})")


class Refused(Exception):
    """A push that is not taken: the HTTP status, and a sentence for its sender."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Pushes:
    """Answers the posts, several bodies at a time and one commit after the other."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="web-receiver")
        self._held_bytes = 0
        self._told: dict[str, str] = {}

    async def take(self, request: Request) -> Response:
        """Answer one post."""
        try:
            source = self._source(request)
            return await self._taken(source, request)
        except Refused as refused:
            wait = {"Retry-After": "30"} if refused.status == 503 else None
            return JSONResponse({"error": str(refused)}, refused.status, wait)
        except ClientDisconnect:
            return Response(status_code=400)

    def _source(self, request: Request) -> Source:
        name = request.path_params.get("source") or None
        source = self._receiver.source(name)
        if source is None:
            only = "name it: POST /mentions/NAME" if name is None else f"not {name[:80]!r}"
            raise Refused(404, f"the path must name a [[source]] of kind push: {only}")
        return source

    async def _taken(self, source: Source, request: Request) -> Response:
        try:
            stamp, signature = claims(request.headers, time.time())
            body = await self._body(request)
            if not is_signed(source.options.secret.get_secret_value(), stamp, body, signature):
                raise Refused(401, "the signature does not fit the timestamp, the body and the secret")
            received = await self._stored(source, body, request.headers.get("content-type", ""))
        except Refused as refused:
            self._tell(source, str(refused))
            raise
        self._tell(source, "")
        return JSONResponse(received)

    async def _body(self, request: Request) -> bytes:
        parts: list[bytes] = []
        held = 0
        try:
            async with asyncio.timeout(BODY_WITHIN_SECONDS):
                async for part in request.stream():
                    held += len(part)
                    self._held_bytes += len(part)
                    if held > MOST_BYTES:
                        raise Refused(413, f"more than {MOST_BYTES} bytes: send it in pieces")
                    if self._held_bytes > MOST_BYTES_AT_ONCE:
                        raise Refused(503, "too many large posts at once")
                    parts.append(part)
        except TimeoutError:
            raise Refused(408, f"the body did not come within {BODY_WITHIN_SECONDS} s") from None
        finally:
            self._held_bytes -= held
        return b"".join(parts)

    async def _stored(self, source: Source, body: bytes, content_type: str) -> dict[str, int]:
        def take() -> dict[str, int]:
            return self._receiver.take(source, body, content_type).to_json()

        try:
            return await asyncio.get_running_loop().run_in_executor(self._writer, take)
        except UnknownForm as error:
            raise Refused(415, str(error)) from error
        except TooMuch as error:
            raise Refused(413, f"{error}: send it in pieces") from error
        except SourceGarbled as error:
            raise Refused(400, str(error)) from error
        except (DatabaseError, StoreError) as error:
            log.error("push not stored source=%s error=%s", source.name, error)
            raise Refused(503, "it cannot be stored at the moment; nothing of it was") from error

    def _tell(self, source: Source, why: str) -> None:
        """Log what becomes of a source's pushes, once for as long as it stays so."""
        before = self._told.get(source.name, "")
        self._told[source.name] = why
        if why and why != before:
            log.warning("push refused source=%s why=%s", source.name, why)
        elif before and not why:
            log.info("pushes are taken again source=%s", source.name)


def is_push(scope: Scope) -> bool:
    """Tell whether a request is a post of mentions, which asks for no host of ours but for a signature."""
    path: str = scope["path"]
    return str(scope["method"]) == "POST" and (path == PATH or path.startswith(PATH + "/"))


def claims(headers: Mapping[str, str], now_seconds: float) -> tuple[str, str]:
    """Return timestamp and signature as they were sent; raise Refused where they cannot be right."""
    stamp, signature = (headers.get(f"x-listener-{name}", "").strip() for name in ("timestamp", "signature"))
    if not _TIMESTAMP.fullmatch(stamp):
        raise Refused(401, "X-Listener-Timestamp must be the time in seconds since 1970")
    if abs(int(stamp) - now_seconds) > MOST_OFF_SECONDS:
        raise Refused(401, "X-Listener-Timestamp is more than 5 minutes off our clock")
    found = _SIGNATURE.fullmatch(signature)
    if found is None:
        raise Refused(401, "X-Listener-Signature must be sha256= and 64 hexadecimal digits")
    return stamp, found[1].lower()


def is_signed(secret: str, stamp: str, body: bytes, signature: str) -> bool:
    """Tell whether somebody with the secret signed this body at that time."""
    expected = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, signature)
