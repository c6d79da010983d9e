"""The past through today's rules: of counts or of all that is stored, and how rules fared."""

from listener.backtest.counts import CountsError, Judging, by_preset, judge_counts, read_counts, write_counts

__all__ = ["CountsError", "Judging", "by_preset", "judge_counts", "read_counts", "write_counts"]
