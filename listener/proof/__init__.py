"""The evidence of a verdict: what a finding freezes, and the same verdict reached from it once more.

frozen       all that the verdict on a case rests on, as JSON values for the store
recomputed   the same verdict reached from them alone, and what today's rule would make of them
today        what the store says by now about the same window
chart        the counts before the finding against what was usual, as a picture to be drawn
"""

from listener.proof.again import recomputed
from listener.proof.freezing import frozen
from listener.proof.pictures import chart
from listener.proof.today import today

__all__ = ["chart", "frozen", "recomputed", "today"]
