"""The weekly digest: a week's numbers, what they mean, and the mail that tells it.

gather    the numbers of a week out of the store        page      the same as subject, text, HTML, pictures
letter    the digest to one recipient, for the outbox   as_eml, as_html   as a file
due, enqueue, tick   which week's digest is to go out, once
isoweek   weeks as people count them: key_of, ended_before; WeekError where there is no such week
"""

from listener.digest.gathering import gather
from listener.digest.isoweek import WeekError, ended_before, key_of
from listener.digest.mail import as_eml, as_html, letter, message_id
from listener.digest.page import Digest, page
from listener.digest.schedule import due, enqueue, tick
from listener.digest.values import Week

__all__ = [
    "Digest",
    "Week",
    "WeekError",
    "as_eml",
    "as_html",
    "due",
    "ended_before",
    "enqueue",
    "gather",
    "key_of",
    "letter",
    "message_id",
    "page",
    "tick",
]
