"""The pages: how everything stands, an incident and its one button, health and metrics.

Everything is rendered here, without scripts and without anything from elsewhere. The store is
asked by a few threads of our own: each thread keeps a connection, so they must not come and go.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from sqlite3 import Error as DatabaseError
from typing import Any, TypeVar
from urllib.parse import parse_qs

from jinja2 import Environment, PackageLoader
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from listener.config import Settings
from listener.receiving import Receiver
from listener.store import Store, StoreError, incidents
from listener.web import guard, metrics
from listener.web.guard import Token
from listener.web.pages import incident_page, overview
from listener.web.pictures import Pictures
from listener.web.pushes import PATH, Pushes, is_push
from listener.web.status import Health, status
from listener.words import plain, refusal, translator

log = logging.getLogger(__name__)

LONGEST_FORM_BYTES = 4096
LONGEST_NAME = 80
ASK_DATABASE_SECONDS = 5.0
LEAST_FREE_BYTES = 50_000_000
LANGUAGES = ("en", "pl")
REFUSALS = ("taken", "closed")

Answer = TypeVar("Answer")


def app(
    store: Store,
    settings: Callable[[], Settings],
    now: Callable[[], datetime],
    health: Callable[[], Health],
    acknowledge: Callable[[int, str], str],
    receiver: Receiver | None = None,
) -> Starlette:
    """Return the pages as an ASGI app; `receiver` takes the mentions that are pushed to us.

    Of the pages only `acknowledge(incident, name)` changes anything: it returns `done`, or why
    nothing was done (`taken`, `closed`, `unknown`).
    """
    pages = _Pages(store, settings, now, health, acknowledge)
    return Starlette(
        routes=[
            *([] if receiver is None else _pushed(Pushes(receiver))),
            Route("/", pages.status),
            Route("/incidents/{number:int}", pages.incident),
            Route("/incidents/{number:int}/acknowledge", pages.acknowledge, methods=["POST"]),
            Route("/incidents/{number:int}/chart.png", pages.picture),
            Route("/healthz", pages.healthz),
            Route("/metrics", pages.metrics),
            Route("/style.css", _style),
        ],
        middleware=[Middleware(_Guarded, settings=settings)],
        exception_handlers={
            HTTPException: pages.error,
            DatabaseError: pages.unavailable,
            StoreError: pages.unavailable,
            Exception: pages.failed,
        },
    )


def _pushed(pushes: Pushes) -> list[Route]:
    return [Route(path, pushes.take, methods=["POST"]) for path in (PATH, PATH + "/{source:path}")]


class _Pages:
    """What the routes answer with."""

    def __init__(
        self,
        store: Store,
        settings: Callable[[], Settings],
        now: Callable[[], datetime],
        health: Callable[[], Health],
        acknowledge: Callable[[int, str], str],
    ) -> None:
        self._store, self._settings, self._now, self._health = store, settings, now, health
        self._acknowledge = acknowledge
        self._token = Token()
        self._readers = ThreadPoolExecutor(2, thread_name_prefix="web-reader")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="web-writer")
        self._drawer = ThreadPoolExecutor(1, thread_name_prefix="web-drawer")
        self._pictures = Pictures(store)

    async def status(self, request: Request) -> Response:
        settings = self._settings()
        found = await self._ask(lambda: status(self._store, settings, self._now()))
        told = await self._ask(self._health)
        page = overview(found, told, settings.locale, settings.timezone)
        return self._page("status.html", page=page, refresh=15)

    async def incident(self, request: Request, said: str = "", code: int = 200) -> Response:
        number = _number(request)
        settings = self._settings()
        saved = await self._ask(lambda: self._saved(number))
        if saved is None:
            raise HTTPException(404)
        chart = await self._ask(lambda: self._pictures.of(number, settings))
        page = incident_page(saved, settings.locale, settings.timezone)
        asks = page.can_acknowledge and guard.is_private(settings)
        reason = request.query_params.get("said", "")
        if not said and reason in REFUSALS and not page.can_acknowledge:
            incident, tz = saved.incident, settings.timezone
            by, at = incident.acknowledged_by or "", incident.acknowledged_at
            said = refusal(reason, settings.locale, tz, incident=number, by=by, at=at)
        return self._page(
            "incident.html",
            code,
            page=page,
            said=said,
            chart=chart,
            asks=asks,
            token=self._token.text,
            people=[person.name for person in settings.people],
            longest=LONGEST_NAME,
            # A page that is filled in must not be drawn anew under the hand.
            refresh=0 if asks else 15,
        )

    async def acknowledge(self, request: Request) -> Response:
        number, settings = _number(request), self._settings()
        form = await _form(request)
        _ = translator(settings.locale).gettext
        if not guard.may_act(settings, request.headers, self._token, form.get("token", "")):
            log.warning("acknowledgement refused incident=%d reason=not from our own page", number)
            said = _("That did not come from this page as it stands. Please try again.")
            return await self.incident(request, said, 403)
        name = plain(form.get("name", ""), LONGEST_NAME)
        known = [person.name for person in settings.people]
        if not name or (known and name not in known):
            return await self.incident(request, _("Please choose who takes the incident."), 400)
        done = await self._within(self._writer, lambda: self._acknowledge(number, name))
        if done == "unknown":
            raise HTTPException(404)
        said = f"?said={done}" if done in REFUSALS else ""
        return RedirectResponse(f"/incidents/{number}{said}", 303)

    async def picture(self, request: Request) -> Response:
        number, settings = _number(request), self._settings()
        drawn = await self._within(self._drawer, lambda: self._pictures.drawn(number, settings))
        if not drawn:
            raise HTTPException(404)
        return Response(drawn, media_type="image/png")

    async def healthz(self, request: Request) -> Response:
        told = await self._ask(self._health)
        troubles = [*told.troubles, *await self._troubles()]
        body: dict[str, Any] = {**told.to_json(), "ok": not troubles, "troubles": troubles}
        return JSONResponse(body, 200 if not troubles else 503)

    async def metrics(self, request: Request) -> Response:
        body = await self._ask(lambda: metrics.render(self._store, self._settings, self._now, self._health))
        return Response(body, media_type=CONTENT_TYPE_LATEST)

    async def error(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        _ = translator(self._settings().locale).gettext
        told = _("There is no such page.") if error.status_code == 404 else _("That is not possible here.")
        return self._page("message.html", error.status_code, told=told, refresh=0)

    async def unavailable(self, request: Request, error: Exception) -> Response:
        log.error("page not shown path=%s error=%s", request.url.path, error)
        _ = translator(self._settings().locale).gettext
        told = _("The database does not answer at the moment.")
        return self._page("message.html", 503, told=told, refresh=15)

    async def failed(self, request: Request, error: Exception) -> Response:
        _ = translator(self._settings().locale).gettext
        told = _("Something went wrong here. The log says what.")
        return self._page("message.html", 500, told=told, refresh=0)

    def _saved(self, number: int) -> incidents.Saved | None:
        with self._store.read() as db:
            return incidents.get(db, number)

    async def _troubles(self) -> list[str]:
        found = []
        try:
            await asyncio.wait_for(self._within(self._writer, self._try_to_write), ASK_DATABASE_SECONDS)
        except (TimeoutError, DatabaseError, StoreError, OSError):
            found.append("database cannot be written")
        if shutil.disk_usage(self._store.path.parent).free < LEAST_FREE_BYTES:
            found.append("disk nearly full")
        return found

    def _try_to_write(self) -> None:
        with self._store.write():
            """An empty transaction of the writer: it is refused where nothing can be written."""

    async def _ask(self, question: Callable[[], Answer]) -> Answer:
        return await self._within(self._readers, question)

    async def _within(self, threads: ThreadPoolExecutor, question: Callable[[], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(threads, question)

    def _page(self, name: str, code: int = 200, **values: Any) -> Response:
        locale = self._settings().locale
        lang = locale if locale in LANGUAGES else "en"
        return HTMLResponse(_environment(lang).get_template(name).render(lang=lang, **values), code)


class _Guarded:
    """Turns away whoever names a host that is not ours, and says what a browser may do with the rest.

    Only a push may name any host: its signature says more than a name could.
    """

    def __init__(self, app: ASGIApp, settings: Callable[[], Settings]) -> None:
        self._app, self._settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
        if not is_push(scope) and not guard.may_read(self._settings(), host):
            await Response("This host name is not served here.\n", 421, media_type="text/plain")(
                scope, receive, send
            )
            return

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(guard.HEADERS)
            await send(message)

        await self._app(scope, receive, headed)


async def _style(request: Request) -> Response:
    return Response(files("listener.web").joinpath("static/style.css").read_bytes(), media_type="text/css")


@lru_cache(maxsize=len(LANGUAGES))
def _environment(lang: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("listener.web"),
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(translator(lang), newstyle=True)  # type: ignore[attr-defined]
    return environment


async def _form(request: Request) -> dict[str, str]:
    """Return the fields of a small form; raise HTTPException where it is not one."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_FORM_BYTES:
            raise HTTPException(413)
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
    except ValueError as error:
        raise HTTPException(400) from error
    return {name: values[0] for name, values in fields.items()}


def _number(request: Request) -> int:
    number = int(request.path_params["number"])
    if number >= 2**63:
        raise HTTPException(404)
    return number
