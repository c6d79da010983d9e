"""A crisis to watch: the whole listener at work on invented people, sources and a brand that nobody has."""

from listener.demo.playing import play

__all__ = ["play"]
