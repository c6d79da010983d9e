"""The picture of an incident's verdict: drawn by a child, one at a time, and once for each finding."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta

from listener import proof
from listener.charts import ChartError, Steps, render
from listener.config import Settings
from listener.store import Store, incidents

log = logging.getLogger(__name__)
MOST_KEPT = 32
PATIENCE = timedelta(seconds=8)
Draw = Callable[[Steps, timedelta], bytes]


class Pictures:
    """Draws what is asked for and keeps the last of it; what could not be drawn is not tried again."""

    def __init__(self, store: Store, draw: Draw = render) -> None:
        self._store, self._render = store, draw
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._one_at_a_time = threading.Lock()

    def of(self, number: int, settings: Settings) -> Steps | None:
        """Return what there is to be drawn of an incident, None where nothing was kept of it."""
        with self._store.read() as db:
            saved = incidents.get(db, number)
            kept = incidents.findings(db, number) if saved else []
        if saved is None or not kept:
            return None
        told = kept[proof.telling(kept)]
        return proof.chart(told, saved.brand, settings.locale, settings.timezone)

    def drawn(self, number: int, settings: Settings) -> bytes:
        """Return the picture as a PNG, empty where there is none."""
        chart = self.of(number, settings)
        if chart is None:
            return b""
        asked = repr(chart)
        with self._one_at_a_time:
            if asked not in self._kept:
                self._kept[asked] = self._draw(chart, number)
                if len(self._kept) > MOST_KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(asked)
            return self._kept[asked]

    def _draw(self, chart: Steps, number: int) -> bytes:
        try:
            return self._render(chart, PATIENCE)
        except ChartError as error:
            log.error("picture not drawn incident=%d detail=%s", number, error)
            return b""
