"""How a mention feels, as it is added up: its score in thousandths, on the side where a person put it.

A person's label says which way it leans, and the score how far: a score that contradicts the
label becomes ±0.5, about what the reader gives to plain words. Neutral is 0.
"""

from __future__ import annotations

LEAST = 0.5
# The same in SQL, of the mention `m`.
MOOD = (
    "CAST(round(1000 * CASE m.human WHEN 'negative' THEN min(m.score, -0.5) WHEN 'positive' THEN max(m.score, 0.5)"
    " WHEN 'neutral' THEN 0.0 ELSE m.score END) AS INTEGER)"
)


def mood(score: float, human: str) -> int:
    """Return the thousandths that a mention adds to the mood of its minute."""
    if human == "negative":
        score = min(score, -LEAST)
    elif human == "positive":
        score = max(score, LEAST)
    elif human == "neutral":
        score = 0.0
    # Halves go away from zero, as they do in SQL.
    return int(1000 * score - 0.5) if score < 0 else int(1000 * score + 0.5)
