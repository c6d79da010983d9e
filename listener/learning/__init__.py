"""Learning from the team: a layer is trained on people's labels, and comes into force only if it wins."""

from __future__ import annotations

from listener.learning.course import Outcome, go_back, learn
from listener.learning.verdict import LearnError

__all__ = ["LearnError", "Outcome", "go_back", "learn"]
