"""English sentiment: VADER's words and rules, with the overlay of english.tsv."""

from __future__ import annotations

from listener.reading.vader import Vader
from listener.reading.weighed import Felt, Weighed

# What the overlay tells beside valences: the marks of english.tsv, and what no word says.
MARKS = (
    "asks", "seeks", "wants", "waits", "fails", "complains", "quits", "danger", "irony",
    "thanks", "wishes", "hopes", "laughs", "swears", "urges", "reports",
)  # fmt: skip
CUES = (*MARKS, "addressed", "question", "link", "quoted", "tags", "headline", "oneself", "you", "denies")


class English:
    """Reads with VADER's lexicon and the overlay; safe to share between threads."""

    def __init__(self) -> None:
        self._vader = Vader()

    def weigh(self, text: str) -> Weighed:
        """Return each word of a sentence with its valence, and the cues with the words they rest on."""
        return self._vader.weigh(text)

    def feel(self, text: str) -> Felt | None:
        """Return what `weigh` does, of the words that weigh something; None where nothing speaks."""
        return self._vader.feel(text)
