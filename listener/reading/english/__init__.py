"""English: VADER exactly, and the overlay beside it."""

from listener.reading.english.feeling import CUES, English
from listener.reading.english.vader import Vader

__all__ = ["CUES", "English", "Vader"]
