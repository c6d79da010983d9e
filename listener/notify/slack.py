"""Slack: cards, threads and direct messages through the Web API.

Docs: https://docs.slack.dev/apis/web-api. There is no key that would keep a message from being
posted twice, so every message carries one in its metadata, and after an unknown outcome `find`
looks for it. The SDK's own retries are off: they post again after a dropped connection.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Any
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from listener.notify import Check, DeliveryError, Letter, Receipt
from listener.slack import cards

API = "https://slack.com/api/"
TIMEOUT_SECONDS = 10
SECOND = timedelta(seconds=1)
ID = re.compile(r"[A-Z][A-Z0-9]{2,}")
LONGEST_PACE = timedelta(seconds=5)
LONGEST_REST = timedelta(hours=1)
MOST_PAGES = 20
# The clocks of two machines differ; a message may carry a time a little before ours.
MARGIN = timedelta(minutes=2)

# https://docs.slack.dev/reference/methods/chat.postMessage#errors: of the first Slack says itself
# that some of the work may have been done.
UNSURE = frozenset({"fatal_error", "internal_error", "service_unavailable", "request_timeout"})
LATER = {"ratelimited": SECOND, "rate_limited": SECOND, "message_limit_exceeded": timedelta(minutes=10)}
NEEDED = ("chat:write", "channels:history", "channels:read", "im:write", "im:history")
DO = {
    "invalid_auth": "set [slack] bot_token to the xoxb- token of an installed app",
    "not_authed": "set [slack] bot_token to the xoxb- token of an installed app",
    "account_inactive": "install the app in the workspace again",
    "token_revoked": "install the app in the workspace again",
    "channel_not_found": "create the channel, or invite the app to it if it is private",
    "not_in_channel": "invite the app to the channel",
    "missing_scope": "add the scope to the app and install it again",
    "is_archived": "unarchive the channel, or name another",
}


class Slack:
    """One workspace. `elapsed` is a clock of seconds that never jumps; `wait` pauses for seconds."""

    name = "slack"

    def __init__(
        self,
        token: str,
        api: str = API,
        channel: str = "",
        *,
        elapsed: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        base = api if api.endswith("/") else api + "/"
        self._client = WebClient(token=token, base_url=base, retry_handlers=[], timeout=int(max(timeout, 1)))
        self._client.logger.setLevel("CRITICAL")
        self._channel = channel
        self._elapsed, self._wait = elapsed, wait
        self._ids: dict[str, str] = {}
        self._free_at: dict[str, float] = {}

    def send(self, letter: Letter) -> Receipt:
        """Post, reply, write to a person or update, as the letter's kind says."""
        if letter.kind == "update":
            return self._update(letter)
        channel = self._where(letter)
        told = self._post({"channel": channel, **_content(letter), **_place(letter)})
        found = str(told.get("channel") or channel)
        self._ids[letter.target] = found
        self._free_at[found] = max(self._free_at.get(lane, 0.0) for lane in (channel, found))
        return Receipt(found, str(told.get("ts") or ""), "ok")

    def find(self, letter: Letter, since: datetime) -> Receipt | None:
        """Look for a letter that may have been posted since then."""
        if letter.kind == "update":
            return None
        channel = self._known(letter)
        for message in self._seen(letter, channel, since - MARGIN):
            if _carries(message, letter.key):
                return Receipt(channel, str(message.get("ts") or ""), "found")
        return None

    def whisper(self, channel: str, user: str, text: str, thread: str = "") -> None:
        """Answer one person in a channel, seen by nobody else; in the thread where that cannot be done."""
        words = {"channel": channel, "text": cards.escaped(text), "mrkdwn": False}
        try:
            self._call("chat.postEphemeral", {**words, "user": user})
        except DeliveryError:
            self._call("chat.postMessage", {**words, **({"thread_ts": thread} if thread else {})})

    def check(self) -> list[Check]:
        """Try the token, its scopes and the channel."""
        try:
            answer = self._answer("auth.test", {}, once=False)
        except DeliveryError as error:
            return [Check("token", False, str(error), DO.get(error.code, "see that Slack can be reached"))]
        checks = [Check("token", True, f"{answer.get('user', '?')} in {answer.get('team', '?')}")]
        scopes = str(answer.headers.get("x-oauth-scopes") or "").replace(" ", "").split(",")
        lacking = [scope for scope in NEEDED if scope not in scopes] if any(scopes) else []
        if lacking:
            listed = ", ".join(lacking)
            checks.append(Check("scopes", False, f"missing: {listed}", DO["missing_scope"]))
        return [*checks, *([self._check_channel()] if self._channel else [])]

    def close(self) -> None:
        """Nothing is held open."""

    # Where a message goes

    def _where(self, letter: Letter) -> str:
        if letter.kind == "dm":
            return self._direct(letter.target)
        return letter.channel or letter.target

    def _direct(self, user: str) -> str:
        """Return the conversation with a person; the person's own id where it cannot be opened."""
        if user not in self._ids:
            try:
                told = self._call("conversations.open", {"users": user})
            except DeliveryError as error:
                if not error.permanent:
                    raise
                return user
            channel = told.get("channel")
            self._ids[user] = str(channel.get("id") or user) if isinstance(channel, Mapping) else user
        return self._ids[user]

    def _known(self, letter: Letter) -> str:
        """Return the id of the letter's channel: history is not given out by names."""
        if letter.kind == "dm":
            return self._direct(letter.target)
        if letter.channel:
            return letter.channel
        target = letter.target
        if target not in self._ids and not ID.fullmatch(target):
            self._ids[target] = self._resolved(target)
        return self._ids.get(target, target)

    def _resolved(self, name: str) -> str:
        asked = {"types": "public_channel,private_channel", "exclude_archived": True, "limit": 1000}
        try:
            for page in self._pages("conversations.list", asked):
                for channel in page.get("channels") or ():
                    if channel.get("name") == name.lstrip("#"):
                        return str(channel["id"])
        except DeliveryError as error:
            if not error.permanent:
                raise
        return name

    # What is there already

    def _seen(self, letter: Letter, channel: str, since: datetime) -> Iterator[Mapping[str, Any]]:
        """Yield the messages among which the letter would be.

        History comes newest first and is read back past `since`, at least one page of it: a clock
        that was set wrong between sending and looking must not hide a message.
        """
        asked: dict[str, Any] = {"channel": channel, "include_all_metadata": True}
        if letter.thread:
            for page in self._pages("conversations.replies", {**asked, "ts": letter.thread, "limit": 1000}):
                yield from page.get("messages") or ()
            return
        for page in self._joined_pages({**asked, "limit": 200}):
            messages = page.get("messages") or ()
            yield from messages
            if messages and min(_at(message) for message in messages) < since.timestamp():
                return

    def _joined_pages(self, asked: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        try:
            yield from self._pages("conversations.history", asked)
        except DeliveryError as error:
            if error.code != "not_in_channel":
                raise
            self._call("conversations.join", {"channel": asked["channel"]})
            yield from self._pages("conversations.history", asked)

    def _pages(self, method: str, asked: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        cursor = ""
        for _ in range(MOST_PAGES):
            page = self._call(method, {**asked, **({"cursor": cursor} if cursor else {})})
            yield page
            further = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not further or further == cursor:
                return
            cursor = further

    # Talking to Slack

    def _update(self, letter: Letter) -> Receipt:
        asked = {"channel": letter.channel or letter.target, "ts": letter.ts, **_content(letter)}
        told = self._call("chat.update", asked)
        return Receipt(str(told.get("channel") or letter.channel), str(told.get("ts") or letter.ts), "ok")

    def _post(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """Post when it is the channel's turn: Slack takes one message per second and channel."""
        lane = self._ids.get(str(asked["channel"]), str(asked["channel"]))
        now = self._elapsed()
        pause = timedelta(seconds=max(self._free_at.get(lane, now) - now, 0.0))
        if pause > LONGEST_PACE:
            raise DeliveryError("Slack asked for a rest", retry_after=pause, code="ratelimited")
        if pause:
            self._wait(pause.total_seconds())
        self._free_at[lane] = self._elapsed() + SECOND.total_seconds()
        try:
            return self._call("chat.postMessage", asked, once=True)
        except DeliveryError as error:
            if error.retry_after is not None:
                self._free_at[lane] = self._elapsed() + error.retry_after.total_seconds()
            raise

    def _call(self, method: str, asked: Mapping[str, Any], *, once: bool = False) -> Mapping[str, Any]:
        """Call a method; `once` where a second call would show."""
        data = self._answer(method, asked, once).data
        return data if isinstance(data, dict) else {}

    def _answer(self, method: str, asked: Mapping[str, Any], once: bool) -> SlackResponse:
        function = getattr(self._client, method.replace(".", "_"))
        try:
            answer: SlackResponse = function(**asked)
        except SlackApiError as error:
            raise _refused(method, error, once) from error
        except URLError as error:
            # Connecting failed, or sending the request: nothing was done with it.
            raise DeliveryError(f"Slack {method}: {error.reason}", code="unreachable") from error
        except (OSError, HTTPException, SlackClientError, ValueError) as error:
            text = f"Slack {method}: no answer ({type(error).__name__})"
            raise DeliveryError(text, unknown=once, code="no_answer") from error
        return answer

    def _check_channel(self) -> Check:
        name = f"channel {self._channel}"
        try:
            found = self._channel if ID.fullmatch(self._channel) else self._resolved(self._channel)
            if not ID.fullmatch(found):
                return Check(name, False, "not among the channels the app can see", DO["channel_not_found"])
            for _ in self._joined_pages({"channel": found, "limit": 1}):
                break
        except DeliveryError as error:
            return Check(name, False, str(error), DO.get(error.code, "see that Slack can be reached"))
        return Check(name, True, found)


def _content(letter: Letter) -> dict[str, Any]:
    """Return what is said, and the key by which it is recognised."""
    if letter.card is not None:
        told = cards.blocks(letter.card, letter.incident, letter.version, letter.key)
        text = cards.fallback(letter.card)
    else:
        told, text = cards.note(letter.text, letter.key), cards.escaped(letter.text)
    return {"text": text, "blocks": told, "metadata": cards.metadata(letter.key)}


def _place(letter: Letter) -> dict[str, Any]:
    quiet = {"unfurl_links": False, "unfurl_media": False, "link_names": False, "mrkdwn": False}
    if not letter.thread:
        return quiet
    return {**quiet, "thread_ts": letter.thread, "reply_broadcast": letter.broadcast}


def _carries(message: Mapping[str, Any], key: str) -> bool:
    payload = (message.get("metadata") or {}).get("event_payload") or {}
    marks = [block.get("block_id") for block in message.get("blocks") or ()]
    return payload.get("key") == key or cards.mark(key) in marks


def _at(message: Mapping[str, Any]) -> float:
    try:
        return float(message.get("ts") or 0)
    except ValueError:
        return 0.0


def _refused(method: str, error: SlackApiError, once: bool) -> DeliveryError:
    """Return what an answer that is not ok means for the caller."""
    response = error.response
    status, data = int(response.status_code), response.data if isinstance(response.data, dict) else {}
    code = str(data.get("error") or "")
    strange = not code or " " in code  # a code is one word: this is the SDK's remark on another's answer
    code = f"http_{status}" if strange else code
    text = f"Slack {method}: {code}" + (f" ({data['needed']})" if data.get("needed") else "")
    if status == 429 or code in LATER:
        return DeliveryError(text, retry_after=_rest(response.headers, LATER.get(code, SECOND)), code=code)
    if status >= 500 or code in UNSURE or (strange and status < 400):
        return DeliveryError(text, unknown=once, code=code)
    return DeliveryError(text, permanent=True, code=code)


def _rest(headers: Mapping[str, Any], otherwise: timedelta) -> timedelta:
    """Return the rest Slack asks for; `otherwise` where it names none that can be read."""
    named = {str(name).lower(): value for name, value in headers.items()}.get("retry-after")
    try:
        seconds = float(str(named))
    except ValueError:
        return otherwise
    return min(max(timedelta(seconds=seconds), SECOND), LONGEST_REST) if 0 <= seconds < 1e9 else otherwise
