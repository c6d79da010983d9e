"""An HTTP interface on loopback that answers as it is told, and fails as real ones do.

    def answer(asked):                       # Asked -> JSON-able value, bytes or Said
        return {"items": [...]}

    with ApiServer(answer) as api:
        api.url; api.asked                   # every request so far, oldest first
        api.faults = ["drop", "half", 503]   # what the next requests meet instead of an answer

`drop` closes without a word, `half` dies in the middle of the body, a number is that HTTP
status (429 and 503 with `Retry-After: 1`), `slow` waits until the server is closed.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Asked:
    """One request; `query` holds the last value of each parameter, header names are in small letters."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self):
        return json.loads(self.body)


@dataclass
class Said:
    """An answer with everything: `body` is bytes, or a value that goes out as JSON."""

    body: object = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class ApiServer:
    """Calls `answer(asked)` for each request, one at a time."""

    def __init__(self, answer, port=0, host="127.0.0.1"):
        self.answer, self.asked, self.faults = answer, [], []
        self._lock, self._over = threading.Lock(), threading.Event()
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                size = int(self.headers.get("Content-Length") or 0)
                parts = urlsplit(self.path)
                asked = Asked(
                    self.command,
                    parts.path,
                    dict(parse_qsl(parts.query, keep_blank_values=True)),
                    {name.lower(): value for name, value in self.headers.items()},
                    self.rfile.read(size),
                )
                api._serve(self, asked)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer((host, port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self.url = f"http://{host}:{self.port}"

    def _serve(self, handler, asked):
        with self._lock:
            self.asked.append(asked)
            fault = self.faults.pop(0) if self.faults else None
            said = None if isinstance(fault, (str, int)) and fault != "half" else self.answer(asked)
        if fault == "slow":
            self._over.wait(60)
        if fault in ("drop", "slow"):
            handler.close_connection = True
            return
        if isinstance(fault, int):
            said = Said(b"", fault, {"Retry-After": "1"} if fault in (429, 503) else {})
        if not isinstance(said, Said):
            said = Said(said)
        body, kind = (
            (said.body, None)
            if isinstance(said.body, bytes)
            else (json.dumps(said.body).encode(), "application/json")
        )
        handler.send_response(said.status)
        if kind and "Content-Type" not in said.headers:
            handler.send_header("Content-Type", kind)
        for name, value in said.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if fault == "half":
            handler.wfile.write(body[: len(body) // 2])
            handler.close_connection = True
        else:
            handler.wfile.write(body)

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
