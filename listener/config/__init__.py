"""What the operator wrote in config.toml, as values; every mistake in it told at once."""

from listener.config.problems import ConfigError, Problem
from listener.config.reading import load, parse
from listener.config.settings import (
    Brand,
    CrisisWhen,
    Digest,
    Email,
    Person,
    Privacy,
    Rule,
    Settings,
    Slack,
    Source,
)
from listener.config.values import WeekTime

__all__ = [
    "Brand",
    "ConfigError",
    "CrisisWhen",
    "Digest",
    "Email",
    "Person",
    "Privacy",
    "Problem",
    "Rule",
    "Settings",
    "Slack",
    "Source",
    "WeekTime",
    "load",
    "parse",
]
