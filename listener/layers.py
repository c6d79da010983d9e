"""The learned layer in force: whoever reads takes each new version, and each step back, without a restart.

What to use is asked of the store, which costs next to nothing while it stays the same. A version that
cannot be read is told and left out, as if it had never been promoted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from listener.reading import Reader
from listener.reading.learned import Layer, LayerError, layer
from listener.store import models


class Layers:
    """Keeps one reader up with the version in force; `say` is told what a person should know.

    `version` is the one in use, 0 where none is.
    """

    def __init__(self, reader: Reader, say: Callable[[str], None]) -> None:
        self._reader, self._say = reader, say
        self._seen = self.version = 0

    def follow(self, db: sqlite3.Connection) -> bool:
        """Let the reader use the version in force; tell whether it is another than before."""
        version = models.in_force(db)
        if version == self._seen:
            return False
        found = _newest(db, version, self._say)
        self._reader.use(found)
        self._seen, self.version = version, found.version if found else 0
        return True


def _newest(db: sqlite3.Connection, version: int, say: Callable[[str], None]) -> Layer | None:
    """Return the newest promoted version up to this one that can be read."""
    while version:
        model = models.get(db, version)
        if model is not None and model.state == models.PROMOTED:
            try:
                found = layer(version, model.weights)
            except LayerError as error:
                say(f"version {version} of what was learned is not used: {error}")
            else:
                if found.outdated:
                    names = ", ".join(sorted(found.outdated))
                    say(f"version {version} of what was learned is too old for {names}: learn again")
                return found
        version -= 1
    return None
