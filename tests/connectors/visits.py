"""A source of any kind, visited for real: the driver, the store, and a server on loopback."""

import json
from datetime import timedelta

from listener.hearing import Ears
from listener.poll import Poller
from listener.store import mentions, sources
from tests.kit import BRAND, an_intake, opened, settings


class Visits:
    """One private source with these options, visited when told to; `kill` forgets all but the store.

    with Visits(tmp_path, now, "lemmy", url=server.url) as source:
        source.visit()           # one visit, due or not; the Visited
        source.until_calm()      # on and on, for as long as the source has more or fails
        source.stored()          # the texts of all that is stored
    """

    def __init__(self, tmp_path, now, kind, **options):
        keys = {"name": "it", "kind": kind, "private": True, **options}
        table = "\n[[source]]\n" + "\n".join(f"{name} = {json.dumps(value)}" for name, value in keys.items())
        self.config = settings(tmp_path, BRAND, table)
        self.folder, self.now = tmp_path, now
        self._start()

    def _start(self):
        self.store = opened(self.folder)
        self.ears = Ears(lambda: self.now)
        made = an_intake(self.store, self.config)
        self.poller = Poller(self.store, self.ears, made, self.config, lambda: 0.5)

    def visit(self):
        self.poller.start(self.now, ["it"])
        found = []
        while self.poller.out:
            found += self.poller.settle(lambda: self.now, 5)
        self.now += timedelta(minutes=1)
        return found[0]

    def until_calm(self, most=60):
        """Visit until three visits in a row go well and bring nothing new; return all that came of it."""
        found = []
        while len(found) < most:
            found.append(self.visit())
            if len(found) > 2 and all(v.status == "ok" and v.new == 0 for v in found[-3:]):
                return found
        raise AssertionError(f"still not calm after {most} visits: {found[-1]}")

    def kill(self):
        """Begin anew from the store, as a daemon does that was killed."""
        self.ears.close()
        self.store.close()
        self._start()

    def state(self):
        with self.store.read() as db:
            return sources.all_of(db, ["it"])[0]

    def stored(self):
        """Return the texts of all mentions that are stored, sorted; several may say the same."""
        with self.store.read() as db:
            return sorted(m.text or m.title for m in mentions.search(db, 0))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ears.close()
        self.store.close()
