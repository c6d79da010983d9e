"""The web server in a thread of the daemon's: it leaves the signals alone and stops when it is told."""

from __future__ import annotations

import socket
import threading
import time

import uvicorn
from starlette.types import ASGIApp

STARTS_WITHIN_SECONDS = 10.0
STOPS_WITHIN_SECONDS = 3


class ServeError(RuntimeError):
    """The pages cannot be served; the text says why and what to do."""


class Server:
    """Serves an app on one address. Port 0 takes any that is free; `port` is the one in use."""

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        self._host, self.port = host, port
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                proxy_headers=False,
                server_header=False,
                limit_concurrency=64,
                timeout_keep_alive=5,
                timeout_graceful_shutdown=STOPS_WITHIN_SECONDS,
            )
        )
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Serve from now on; raise ServeError where the address cannot be had."""
        self._socket = self._bound()
        self.port = int(self._socket.getsockname()[1])
        self._thread = threading.Thread(target=self._run, args=(self._socket,), name="web", daemon=True)
        self._thread.start()
        until = time.monotonic() + STARTS_WITHIN_SECONDS
        while not self._server.started and self._thread.is_alive() and time.monotonic() < until:
            time.sleep(0.01)
        if not self._server.started:
            self.stop()
            raise ServeError(f"the pages on {self._host}:{self.port} did not start; the log says why")

    def stop(self) -> None:
        """Finish what is being answered, for a few seconds at most, and let the address go."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(STOPS_WITHIN_SECONDS + 1)
            self._server.force_exit = True
            self._thread.join(1)
            self._thread = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _run(self, bound: socket.socket) -> None:
        self._server.run(sockets=[bound])

    def _bound(self) -> socket.socket:
        where = f"{self._host}:{self.port}"
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(
                self._host, self.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            made = socket.socket(family, kind, protocol)
        except OSError as error:
            raise ServeError(
                f"[listener] dashboard: {where} is no address of this machine: {error}"
            ) from error
        try:
            # A port that was let go a moment ago is free for us, one that is listened on is not.
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind(address)
            made.listen(64)
        except OSError as error:
            made.close()
            raise ServeError(
                f"[listener] dashboard: {where} cannot be listened on ({error.strerror or error});"
                ' end what uses it, name another port, or set dashboard = "off"'
            ) from error
        return made
