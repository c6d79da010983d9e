"""Judging: the windows that changed are put before the rules, and what they find moves incidents."""

from listener.detect.judge import Judge, Report

__all__ = ["Judge", "Report"]
