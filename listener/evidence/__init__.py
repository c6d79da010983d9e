"""What a verdict rests on, gathered from the store while it is fresh, and frozen with it."""

from listener.evidence.weighing import (
    Case,
    Scales,
    all_news,
    negative_share,
    warm,
    weigh,
    weigh_again,
    window,
    without_history,
)

__all__ = [
    "Case",
    "Scales",
    "all_news",
    "negative_share",
    "warm",
    "weigh",
    "weigh_again",
    "window",
    "without_history",
]
