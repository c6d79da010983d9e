"""Polish: a lexicon of our own, in all its forms, and the rules of how words change each other."""

from listener.reading.polish.feeling import CUES, Polish

__all__ = ["CUES", "Polish"]
