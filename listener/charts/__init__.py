"""Pictures for mails, pages and terminals.

A PNG is drawn by a child process, so that the daemon never loads matplotlib; what a terminal shows is text.
"""

from listener.charts.asking import render, render_all
from listener.charts.spec import ChartError, Mark, Spark, Steps, Week
from listener.charts.terminal import ASCII, BLOCKS, Piece, drawn, legend

__all__ = [
    "ASCII",
    "BLOCKS",
    "ChartError",
    "Mark",
    "Piece",
    "Spark",
    "Steps",
    "Week",
    "drawn",
    "legend",
    "render",
    "render_all",
]
