"""The evidence of a verdict: what a finding freezes, and the same verdict reached from it once more.

`frozen` returns all that the verdict on a case rests on, as JSON values for the store.
`recomputed` reaches it from them alone, and says apart what today's rule would make of them;
`today` says what the store holds by now of the same window. `telling` picks the finding that
says most, and `chart` draws its counts against what was usual.
"""

from listener.proof.again import recomputed, telling
from listener.proof.freezing import frozen
from listener.proof.pictures import chart
from listener.proof.today import today

__all__ = ["chart", "frozen", "recomputed", "telling", "today"]
