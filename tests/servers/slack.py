"""A Slack on loopback: the Web API methods the listener calls, and Socket Mode.

In a test:        with SlackServer() as slack: ... slack.api, slack.messages, slack.press("acknowledge")
As a process:     python -m tests.servers.slack --port 0 --log FILE      prints its api address
  and then, over HTTP: POST /control/press, /control/fail, /control/drop_sockets; GET /control/messages

`fail_next(method, how)` makes the next calls of a method misbehave; `how` is

    429            refused with Retry-After (`after` seconds)     500 502 503   refused
    accept-drop    done, and the connection closed unanswered     drop          closed, not done
    accept-500     done, and answered with a 500                  hang          done, never answered
    html           a 200 with a page in it                        any other     {"ok": false, "error": how}
"""

from __future__ import annotations

import argparse
import asyncio
import json
import threading
import time
from collections import defaultdict, deque
from concurrent.futures import Future
from pathlib import Path
from urllib.parse import parse_qsl

from aiohttp import WSMsgType, web

JSON_ARGUMENTS = {"blocks", "metadata", "view"}


class SlackServer:
    """Keeps channels and messages as Slack would; everything public may be used from any thread."""

    def __init__(self, port=0, log=None, lag=0.0):
        self.port, self.log, self.lag = port, log, lag
        self.channels = {"general": "C0GENERAL", "pr-alerts": "C0ALERTS"}
        self.joined = set(self.channels.values())
        self.missing = set()
        self.calls = []
        self.acked = {}
        self.deaf = False
        self.hello = True
        self.page_size = 200
        self._messages = defaultdict(list)
        self._fails = defaultdict(deque)
        self._sockets = []
        self._pushed = {}
        self._number = 0
        self._changed = threading.Condition()
        self._lock = threading.RLock()

    # What a test looks at

    @property
    def api(self):
        return f"http://127.0.0.1:{self.port}/api/"

    @property
    def messages(self):
        """All messages as they stand now, oldest first, each with its channel and `updates`."""
        with self._lock:
            found = [dict(message) for channel in self._messages.values() for message in channel]
        return sorted(found, key=lambda message: float(message["ts"]))

    @property
    def cards(self):
        """The messages that open a thread in a channel."""
        return [m for m in self.messages if m["channel"].startswith("C") and "thread_ts" not in m]

    def history(self, channel):
        """The messages of one channel by its id or name, oldest first."""
        known = self.channels.get(channel.lstrip("#"), channel)
        return [message for message in self.messages if message["channel"] == known]

    def called(self, method):
        """The arguments of every call of a method, in order."""
        return [arguments for name, arguments in list(self.calls) if name == method]

    @property
    def connections(self):
        """How many sockets are open."""
        return len(self._sockets)

    def wait(self, holds, seconds=10.0):
        """Wait until `holds()` is true; fails when it takes longer."""
        end = time.monotonic() + seconds
        with self._changed:
            while not (found := holds()):
                if (
                    not self._changed.wait(min(0.05, max(end - time.monotonic(), 0)))
                    and time.monotonic() > end
                ):
                    raise AssertionError("waited in vain")
        return found

    # What a test does

    def fail_next(self, method, how, times=1, after=1):
        """Let the next `times` calls of a method misbehave."""
        self._fails[method].extend([(str(how), after)] * times)

    def press(self, action, message=None, user="U0ANNA", name="anna", envelope=None, wait=True, value=None):
        """Press a button of a message (by default of the newest card); returns the envelope's id.

        With `wait`, returns once the listener has acknowledged it to Slack.
        """
        message = message or self.cards[-1]
        button = next((b for b in buttons(message) if b["action_id"] == action), {"value": value or "{}"})
        payload = {
            "type": "block_actions",
            "user": {"id": user, "username": name, "name": name, "team_id": "T0"},
            "container": {"type": "message", "message_ts": message["ts"], "channel_id": message["channel"]},
            "channel": {"id": message["channel"], "name": "channel"},
            "message": {"ts": message["ts"], "text": message.get("text", "")},
            "trigger_id": "1.2.3",
            "actions": [
                {"type": "button", "action_id": action, "value": value or button["value"], "action_ts": "1.0"}
            ],
        }
        return self.push(payload, envelope, wait)

    def push(self, payload, envelope=None, wait=True, kind="interactive"):
        """Send an envelope to the newest socket; returns its id."""
        self._number += 1
        envelope = envelope or f"envelope-{self._number}"
        before = self.acked.get(envelope, 0)
        sent = {"envelope_id": envelope, "type": kind, "accepts_response_payload": True, "payload": payload}
        self._send(sent)
        if wait:
            self.wait(lambda: self.acked.get(envelope, 0) > before)
        return envelope

    def disconnect(self, reason="refresh_requested"):
        """Announce that a socket will be closed, as Slack does every few hours."""
        self._send({"type": "disconnect", "reason": reason, "debug_info": {"host": "test"}})

    def drop_sockets(self, reset=True):
        """Cut every socket without a word: with a reset, or as a process that ends does."""
        for socket in list(self._sockets):
            self._call(self._cut(socket, reset))

    # How it works

    def __enter__(self):
        started = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        started.wait(10)
        return self

    def __exit__(self, *_):
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self, started):
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._start())
        started.set()
        self._loop.run_forever()
        self._loop.close()

    async def _start(self):
        app = web.Application(client_max_size=2**22)
        app.router.add_route("*", "/api/{method}", self._answer)
        app.router.add_get("/link", self._socket)
        app.router.add_route("*", "/control/{verb}", self._control)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]
        self._ended = asyncio.Event()

    async def _stop(self):
        self._ended.set()
        for socket in list(self._sockets):
            await self._cut(socket)
        await self._runner.cleanup()

    async def _cut(self, socket, reset=True):
        if socket in self._sockets:
            self._sockets.remove(socket)
        transport = socket._req.transport if socket._req is not None else None
        if transport is not None:
            transport.abort() if reset else transport.close()

    def _call(self, coroutine):
        waiting: Future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        return waiting.result(10)

    def _send(self, message):
        self.wait(lambda: self._sockets)
        self._call(self._sockets[-1].send_json(message))

    def _notify(self):
        with self._changed:
            self._changed.notify_all()

    async def _answer(self, request):
        method, arguments = request.match_info["method"], await _arguments(request)
        self._note("call", method, arguments)
        self.calls.append((method, arguments))
        how, after = self._fails[method].popleft() if self._fails[method] else ("", 0)
        try:
            return await self._behave(request, method, arguments, how, after)
        finally:
            self._notify()

    async def _behave(self, request, method, arguments, how, after):
        if how == "429":
            headers = {"Retry-After": str(after)}
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
        if how in ("500", "502", "503"):
            return web.Response(status=int(how), text="<html>Server Error</html>")
        if how == "html":
            return web.Response(text="<html>Please log in to the network</html>", content_type="text/html")
        if how == "drop":
            request.transport.abort()
            return web.Response()
        if how and how not in ("accept-drop", "accept-500", "hang"):
            return web.json_response({"ok": False, "error": how})
        done = self._do(method, arguments)
        self._notify()
        if how == "accept-500":
            return web.Response(status=500, text="upstream")
        if how == "accept-drop":
            request.transport.abort()
        if how == "hang":
            await self._ended.wait()
        return web.json_response(done, headers={"x-oauth-scopes": "chat:write,channels:history"})

    def _do(self, method, arguments):
        act = getattr(self, "_" + method.replace(".", "_"), None)
        if act is None or method in self.missing:
            return {"ok": False, "error": "unknown_method"}
        with self._lock:
            try:
                return {"ok": True, **act(arguments)}
            except SlackSays as refused:
                return {"ok": False, "error": str(refused)}

    # The methods

    def _auth_test(self, arguments):
        return {"url": "https://test.slack.com/", "team": "Test", "user": "listener", "user_id": "U0BOT"}

    def _apps_connections_open(self, arguments):
        return {"url": f"ws://127.0.0.1:{self.port}/link?ticket=secret"}

    def _chat_postMessage(self, arguments):
        channel = self._channel(arguments.get("channel", ""))
        message = {
            "type": "message",
            "user": "U0BOT",
            "channel": channel,
            "ts": self._ts(),
            "text": arguments.get("text", ""),
            "updates": 0,
            **{key: arguments[key] for key in ("blocks", "metadata", "thread_ts") if arguments.get(key)},
        }
        self._messages[channel].append(message)
        self._note("posted", channel, message)
        return {"channel": channel, "ts": message["ts"], "message": message}

    def _chat_postEphemeral(self, arguments):
        self._channel(arguments.get("channel", ""))
        return {"message_ts": self._ts()}

    def _chat_update(self, arguments):
        channel = self._channel(arguments.get("channel", ""))
        for message in self._messages[channel]:
            if message["ts"] == arguments.get("ts"):
                message |= {key: arguments[key] for key in ("text", "blocks", "metadata") if key in arguments}
                message["updates"] += 1
                self._note("updated", channel, message)
                return {"channel": channel, "ts": message["ts"], "text": message["text"]}
        raise SlackSays("message_not_found")

    def _conversations_open(self, arguments):
        return {"channel": {"id": "D" + arguments["users"][1:]}}

    def _conversations_join(self, arguments):
        self.joined.add(arguments["channel"])
        return {"channel": {"id": arguments["channel"]}}

    def _conversations_list(self, arguments):
        names = sorted(self.channels)
        start = int(arguments.get("cursor") or 0)
        page = names[start : start + 1]
        more = str(start + 1) if start + 1 < len(names) else ""
        channels = [
            {"id": self.channels[n], "name": n, "is_member": self.channels[n] in self.joined} for n in page
        ]
        return {"channels": channels, "response_metadata": {"next_cursor": more}}

    def _conversations_history(self, arguments):
        channel = arguments.get("channel", "")
        if channel not in self.channels.values() and not channel.startswith("D"):
            raise SlackSays("channel_not_found")
        if channel.startswith("C") and channel not in self.joined:
            raise SlackSays("not_in_channel")
        found = [m for m in self._messages[channel] if "thread_ts" not in m]
        return self._page(list(reversed(found)), arguments)

    def _conversations_replies(self, arguments):
        channel, thread = arguments.get("channel", ""), arguments.get("ts")
        found = [m for m in self._messages[channel] if thread in (m["ts"], m.get("thread_ts"))]
        if not found:
            raise SlackSays("thread_not_found")
        return self._page(found, arguments)

    def _page(self, found, arguments):
        oldest, until = float(arguments.get("oldest") or 0), time.time() - self.lag
        seen = [m for m in found if oldest <= float(m["ts"]) <= until]
        start, size = (
            int(arguments.get("cursor") or 0),
            min(int(arguments.get("limit") or 100), self.page_size),
        )
        page = [dict(message) for message in seen[start : start + size]]
        if str(arguments.get("include_all_metadata")).lower() not in ("1", "true"):
            page = [{key: value for key, value in m.items() if key != "metadata"} for m in page]
        more = start + size < len(seen)
        cursor = str(start + size) if more else ""
        return {"messages": page, "has_more": more, "response_metadata": {"next_cursor": cursor}}

    def _channel(self, name):
        known = self.channels.get(name.lstrip("#"), name)
        if known in self.channels.values() or known.startswith("D"):
            return known
        if known.startswith("U"):
            return "D" + known[1:]
        raise SlackSays("channel_not_found")

    def _ts(self):
        self._number += 1
        return f"{int(time.time())}.{self._number:06d}"

    # Sockets, log, control

    async def _socket(self, request):
        socket = web.WebSocketResponse(autoping=not self.deaf)
        await socket.prepare(request)
        self._sockets.append(socket)
        if self.hello:
            info = {"host": "test", "approximate_connection_time": 18060}
            await socket.send_json({"type": "hello", "num_connections": 1, "debug_info": info})
        self._notify()
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                envelope = json.loads(message.data).get("envelope_id", "")
                self.acked[envelope] = self.acked.get(envelope, 0) + 1
                self._note("acked", envelope, {})
                self._notify()
        if socket in self._sockets:
            self._sockets.remove(socket)
        self._notify()
        return socket

    def _note(self, what, name, data):
        if self.log:
            with self._lock, Path(self.log).open("a", encoding="utf-8") as file:
                file.write(json.dumps({"what": what, "name": name, "data": data, "at": time.time()}) + "\n")

    async def _control(self, request):
        verb, arguments = request.match_info["verb"], await _arguments(request)
        if verb == "messages":
            return web.json_response(self.messages)
        if verb == "acked":
            return web.json_response(self.acked)
        done = await asyncio.get_running_loop().run_in_executor(None, self._steer, verb, arguments)
        return web.json_response(done)

    def _steer(self, verb, arguments):
        """Do what the control address asks; runs beside the loop, since pressing waits for it."""
        if verb == "fail":
            self.fail_next(arguments["method"], arguments["how"], int(arguments.get("times", 1)))
        elif verb == "press":
            self.press(arguments["action"], wait=bool(arguments.get("wait", True)))
        elif verb == "drop_sockets":
            self.drop_sockets()
        else:
            return {"ok": False, "error": f"no verb {verb}"}
        return {"ok": True}


class SlackSays(Exception):
    """An error that Slack names in its answer."""


def buttons(message):
    """The buttons of a message."""
    actions = [block for block in message.get("blocks", []) if block["type"] == "actions"]
    return [element for block in actions for element in block["elements"]]


def words(message):
    """All that a person reads in a message, from all of its blocks."""
    return "\n".join(_texts(message.get("blocks", []))) or message.get("text", "")


def _texts(value):
    if isinstance(value, dict):
        text = value.get("text")
        yield from [text] if isinstance(text, str) else []
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


async def _arguments(request):
    body = await request.text()
    if request.content_type == "application/json":
        return json.loads(body or "{}")
    told = dict(request.query) | dict(parse_qsl(body, keep_blank_values=True))
    return {key: json.loads(value) if key in JSON_ARGUMENTS else value for key, value in told.items()}


def main():
    parser = argparse.ArgumentParser(description="A Slack on loopback")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log")
    parser.add_argument("--lag", type=float, default=0.0)
    options = parser.parse_args()
    with SlackServer(options.port, options.log, options.lag) as slack:
        print(slack.api, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
