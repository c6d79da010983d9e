"""One source of one kind, heard by the real driver and kept by the real poller in a real store."""

from random import Random

from listener.hearing import Ears
from listener.poll import Poller
from tests.kit import BRAND, NOON, an_intake, opened, settings

SOURCE = """
[[source]]
name = "it"
kind = "{kind}"
private = true
{keys}
"""


class Living:
    """A daemon's ears and store, with a source named `it`; `keys` are lines of its table."""

    def __init__(self, folder, kind, keys):
        self.config = settings(folder, BRAND, SOURCE.format(kind=kind, keys=keys))
        self.store = opened(folder)
        self._wake()

    def _wake(self):
        self.ears = Ears(lambda: NOON)
        intake = an_intake(self.store, self.config)
        self.poller = Poller(self.store, self.ears, intake, self.config, lambda: 0.5)

    def visit(self):
        """Visit the source now, whatever is due; return what came of it."""
        assert self.poller.start(NOON, ["it"]) == 1
        found = []
        while self.poller.out:
            found += self.poller.settle(lambda: NOON, 10)
        return found[0]

    def dies(self):
        """Visit the source and die before anything is stored; live again."""
        self.poller.start(NOON, ["it"])
        self.ears.close()
        self._wake()

    def stored(self):
        """Return the keys of what stands in the store, as often as they stand there."""
        with self.store.read() as db:
            rows = db.execute("SELECT key FROM mentions WHERE source = 'it' ORDER BY key")
            return [row[0] for row in rows]

    def cursor(self):
        with self.store.read() as db:
            return db.execute("SELECT cursor FROM sources WHERE name = 'it'").fetchone()[0]

    def close(self):
        self.ears.close()
        self.store.close()


def storm(house, api, add, bursts, seed=1, most=60):
    """Visit through bursts and faults, with deaths between; return what is missing from the store in the end.

    `add(n)` makes n more items public and returns their keys. Nothing may stand there twice.
    """
    chance = Random(seed)
    house.visit()
    expected = set(house.stored())
    for burst in bursts:
        expected |= set(add(burst))
        api.faults = [chance.choice([None, None, None, 429, "drop", "half", 503]) for _ in range(6)]
        if chance.random() < 0.3:
            house.dies()
        house.visit()
    api.faults = []
    for _ in range(most):
        house.visit()
        if set(house.stored()) >= expected:
            break
    stored = house.stored()
    assert len(stored) == len(set(stored))
    return expected - set(stored)
