"""The account after a crisis: what happened, who did what when, and what is left to learn.

gather     an incident and its findings out of the store, course by course
account    the same in words
as_markdown, as_html   the account as a page; a stranger's words stay plain text in both
as_row     the figures of it, for programs
"""

from listener.report.account import Account, account
from listener.report.courses import Course, Past, gather
from listener.report.pages import as_html, as_markdown
from listener.report.row import as_row

__all__ = ["Account", "Course", "Past", "account", "as_html", "as_markdown", "as_row", "gather"]
