"""What the demo says to whoever watches, in their language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from listener.demo.setting import SPOKESPERSON, TIMEZONE
from listener.demo.talk import BRAND
from listener.words import lasting, number, translator, when


class Narrator:
    """Sentences of one locale."""

    def __init__(self, locale: str) -> None:
        self._locale, self._t = locale, translator(locale)

    def beginning(self) -> str:
        text = self._t.gettext(
            "A crisis in two minutes. The brand (%(brand)s, a coffee machine), the people and the three"
            " sources are invented, and all of it happens on this computer: no account, no network."
        )
        return text % {"brand": BRAND}

    def past(self, mentions: int) -> str:
        count = self._t.ngettext("%(count)s mention", "%(count)s mentions", mentions) % {
            "count": number(mentions, self._locale)
        }
        text = self._t.gettext(
            "Three quiet weeks have been imported, so that it is known what is usual: %(mentions)s."
        )
        return text % {"mentions": count}

    def taken_port(self, port: int) -> str:
        return self._t.gettext("Port %(port)s is taken; the status page goes elsewhere.") % {"port": port}

    def running(self, url: str, speed: float) -> str:
        text = self._t.gettext(
            "The daemon is running; its status page is %(url)s. Time goes %(speed)s times as fast: a minute"
            " takes %(seconds)s s."
        )
        facts = {"speed": number(speed, self._locale), "seconds": number(60 / speed, self._locale)}
        return text % {"url": url, **facts}

    def heard(self) -> str:
        return self._t.gettext(
            "All three sources have been heard: a forum (RSS), a board in Polish (Atom) and a news wire"
            " (JSON Feed). So far it is a day like any other."
        )

    def outbreak(self) -> str:
        return self._t.gettext("Now the lids of the machines begin to burst, and people begin to write.")

    def opened(self, posts: int, waited: timedelta) -> str:
        text = self._t.gettext(
            "Noticed after %(waited)s and %(posts)s posts: one card for the team, and %(name)s, the"
            " spokesperson, is called at once."
        )
        facts = {"waited": lasting(waited, self._locale), "posts": number(posts, self._locale)}
        return text % {**facts, "name": SPOKESPERSON}

    def your_turn(self, has_keys: bool) -> str:
        if has_keys:
            text = self._t.gettext(
                "Press a to acknowledge as %(name)s, or wait and see who is called next; q ends the demo."
            )
        else:
            text = self._t.gettext(
                "There is no keyboard here: the demo will acknowledge as %(name)s after a while."
            )
        return text % {"name": SPOKESPERSON}

    def keys(self, now: datetime, is_open: bool) -> str:
        with_a = self._t.gettext("%(time)s · a: acknowledge · q: quit")
        text = with_a if is_open else self._t.gettext("%(time)s · q: quit")
        return text % {"time": when(now, TIMEZONE, self._locale, beside=now)}

    def nothing_yet(self) -> str:
        return self._t.gettext("There is nothing to acknowledge yet.")

    def worse(self) -> str:
        return self._t.gettext(
            "It has become far worse, so the team hears of it once more. Everything else joins the open"
            " incident in silence."
        )

    def called(self, waited: timedelta, people: Sequence[str]) -> str:
        text = self._t.gettext("Nobody has acknowledged for %(waited)s, so the ladder goes on: %(people)s.")
        return text % {"waited": lasting(waited, self._locale), "people": ", ".join(people)}

    def for_you(self) -> str:
        return self._t.gettext("Now the demo acknowledges as %(name)s.") % {"name": SPOKESPERSON}

    def acknowledged(self) -> str:
        return self._t.gettext(
            "Acknowledged: nobody else is called. The clock for the public answer goes on all the same."
        )

    def answered(self) -> str:
        return self._t.gettext("The team has published a statement and takes down where it stands.")

    def digest(self, path: str) -> str:
        return self._t.gettext("The digest of the week is in %(path)s; open it in a browser.") % {
            "path": path
        }

    def summary(self, noticed: timedelta, acknowledged: timedelta, answered: timedelta) -> str:
        text = self._t.gettext(
            "From the first angry post it took %(noticed)s to the card, %(acknowledged)s to the"
            " acknowledgement and %(answered)s to the public answer."
        )
        facts = {"noticed": noticed, "acknowledged": acknowledged, "answered": answered}
        return text % {name: lasting(span, self._locale) for name, span in facts.items()}

    def lingering(self) -> str:
        return self._t.gettext("The status page can be looked at for a little longer; q ends the demo.")

    def stopping(self) -> str:
        return self._t.gettext("Everything stops, and the demo's folder goes away.")
