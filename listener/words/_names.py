"""What our codes are called; a code we do not know stands for itself."""

from __future__ import annotations

from listener.words._tongue import translator


def severity(code: str, locale: str) -> str:
    """Return the name of a severity."""
    t = translator(locale)
    names = {
        "watch": t.pgettext("severity", "watch"),
        "alert": t.pgettext("severity", "alert"),
        "crisis": t.pgettext("severity", "crisis"),
    }
    return names.get(code, code)


def phase(code: str, locale: str) -> str:
    """Return the name of a phase."""
    t = translator(locale)
    names = {
        "identify": t.pgettext("phase", "identify"),
        "assemble": t.pgettext("phase", "assemble"),
        "communicate": t.pgettext("phase", "communicate"),
        "remediate": t.pgettext("phase", "remediate"),
        "monitor": t.pgettext("phase", "monitor"),
        "closed": t.pgettext("phase", "closed"),
    }
    return names.get(code, code)


def role(code: str, locale: str) -> str:
    """Return the name of a role."""
    t = translator(locale)
    names = {
        "spokesperson": t.pgettext("role", "spokesperson"),
        "deputy": t.pgettext("role", "deputy spokesperson"),
        "head": t.pgettext("role", "head of PR"),
        "management": t.pgettext("role", "management"),
        "approver": t.pgettext("role", "approver"),
        "analyst": t.pgettext("role", "analyst"),
        "admin": t.pgettext("role", "administrator"),
    }
    return names.get(code, code)


def label(code: str, locale: str) -> str:
    """Return the name of a label of sentiment, as it is said of a mention."""
    t = translator(locale)
    names = {
        "negative": t.pgettext("label", "negative"),
        "neutral": t.pgettext("label", "neutral"),
        "positive": t.pgettext("label", "positive"),
        "unsure": t.pgettext("label", "unsure"),
    }
    return names.get(code, code)


def way(code: str, locale: str) -> str:
    """Return the name of a way out."""
    t = translator(locale)
    names = {
        "slack": t.pgettext("way", "Slack"),
        "email": t.pgettext("way", "mail"),
        "console": t.pgettext("way", "terminal"),
    }
    return names.get(code, code)


def capital(name: str) -> str:
    """Return the name as it begins a line."""
    return name[:1].upper() + name[1:]
