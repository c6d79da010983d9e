"""The mail to one person of the ladder: the direct card with a plain twin."""

from __future__ import annotations

from datetime import tzinfo
from functools import lru_cache

from jinja2 import Environment, PackageLoader, select_autoescape

from listener.words._card import Card, direct
from listener.words._names import role
from listener.words._plain import cut, safe_url
from listener.words._tongue import language, translator
from listener.words.brief import Brief

COLOURS = {"watch": "#8a6d00", "alert": "#b34700", "crisis": "#b00020"}


def mail(brief: Brief, tell_role: str, locale: str, tz: tzinfo | str, link: str = "") -> tuple[str, str, str]:
    """Return subject, plain text and HTML; `link` is the incident's page, where one can be reached."""
    letter = direct(brief, tell_role, locale, tz)
    page = safe_url(link)
    asked = letter.lines[0] if page else _without_button(brief, tell_role, locale, letter)
    subject = cut(f"{letter.title}: {letter.lines[2]}", 150)
    return subject, _text(letter, asked, page, locale), _html(letter, asked, page, locale)


def _without_button(brief: Brief, tell_role: str, locale: str, letter: Card) -> str:
    """Ask for the acknowledgement on Slack: a mail without a link has nothing to press."""
    if not letter.buttons:
        return letter.lines[0]
    t = translator(locale)
    called = t.gettext("You are called as %(role)s.") % {"role": role(tell_role, locale)}
    return f"{called} {t.gettext('Please acknowledge the incident on Slack if you take it.')}"


def _text(letter: Card, asked: str, page: str, locale: str) -> str:
    t = translator(locale)
    parts = ["\n".join((letter.title, "", asked, *letter.lines[1:]))]
    if letter.state:
        parts.append("\n".join(letter.state))
    if page:
        parts.append(f"{t.gettext('Open the incident')}: {page}")
    parts += [f"{link.label}: {link.url}" for link in letter.links]
    if letter.quotes:
        said = [
            "\n".join(line for line in (f"> {q.text}", f"  {q.byline}", f"  {q.url}") if line.strip())
            for q in letter.quotes
        ]
        parts.append("\n\n".join((letter.quoted, *said)))
    return "\n\n".join((*parts, "--\n" + letter.foot)) + "\n"


def _html(letter: Card, asked: str, page: str, locale: str) -> str:
    template = _environment(language(locale)).get_template("mail.html")
    colour = COLOURS.get(letter.severity, "#333333")
    return template.render(card=letter, asked=asked, page=page, colour=colour, lang=language(locale))


@lru_cache(maxsize=4)
def _environment(code: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("listener.words", "."),
        autoescape=select_autoescape(default=True, default_for_string=True),
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(translator(code), newstyle=True)  # type: ignore[attr-defined]
    return environment
