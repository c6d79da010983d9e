"""What a card tells of a finding: its numbers, what drives it, and three mentions that show it."""

from listener.telling.told import facts

__all__ = ["facts"]
