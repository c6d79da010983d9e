"""The only sentences: codes and numbers in, what a person reads out, in their language.

    translator   the catalogue of a locale, for gettext and for Jinja's i18n extension
    card         an incident as everybody sees it          direct   the same for one person of the ladder
    entry        one event of the timeline as a sentence   mail     the same as direct, as a mail
    refusal      why a press of a button changed nothing   note   what a rule held back until it was over
    when, number, percent, lasting, within   times, figures and durations as people write them
    severity, phase, role, label, way        what our codes are called
    plain, safe_url                          a stranger's words and addresses, made harmless

English stands in the source, Polish in pl.po; `python -m listener.words` brings pl.po up to date.
"""

from listener.words._card import ACKNOWLEDGE, DISMISS, Button, Card, Link, Said, card, direct
from listener.words._clocks import answered, taken
from listener.words._figures import how_much
from listener.words._held import note
from listener.words._mail import mail
from listener.words._names import label, phase, role, severity, way
from listener.words._plain import cut, plain, safe_url
from listener.words._refusal import REFUSALS, refusal
from listener.words._thread import entry
from listener.words._tongue import lasting, number, percent, translator, when, within
from listener.words.brief import Brief, Entry, Quote

__all__ = [
    "ACKNOWLEDGE",
    "DISMISS",
    "REFUSALS",
    "Brief",
    "Button",
    "Card",
    "Entry",
    "Link",
    "Quote",
    "Said",
    "answered",
    "card",
    "cut",
    "direct",
    "entry",
    "how_much",
    "label",
    "lasting",
    "mail",
    "note",
    "number",
    "percent",
    "phase",
    "plain",
    "refusal",
    "role",
    "safe_url",
    "severity",
    "taken",
    "translator",
    "way",
    "when",
    "within",
]
