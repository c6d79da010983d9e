"""Pictures for mails and pages, drawn by a child process: the daemon never loads matplotlib."""

from listener.charts.asking import render, render_all
from listener.charts.spec import ChartError, Mark, Spark, Week

__all__ = ["ChartError", "Mark", "Spark", "Week", "render", "render_all"]
