"""The configuration as values: what every stage is handed, and nothing that can be changed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from listener.config.values import (
    AtWeekTime,
    Duration,
    File,
    Filled,
    Host,
    HostPort,
    Language,
    Mailbox,
    MailboxOrNone,
    Name,
    OneLine,
    QuietHours,
    WebAddress,
    WebFolder,
    WebRoot,
    WeekTime,
    Zone,
    within,
)
from rules.playbook import Playbook
from rules.pruning import pruned
from rules.query import Query
from rules.severity import Table

Role = Literal["spokesperson", "deputy", "head", "management", "approver", "analyst", "admin"]
Severity = Literal["watch", "alert", "crisis"]


class Frozen(BaseModel):
    """What all tables share: no unknown keys, no change, no input in an error."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, hide_input_in_errors=True, populate_by_name=True
    )


class Listener(Frozen):
    """`[listener]`"""

    database: File = Field(description='the path of the database file, such as "listener.db"')
    timezone: Zone = ZoneInfo("UTC")
    locale: Literal["en", "pl"] = "en"
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("en", "pl")
    dashboard: HostPort = ("127.0.0.1", 8377)
    public_url: WebRoot = ""
    heartbeat: WebAddress = ""
    contact: OneLine = ""


class Brand(Frozen):
    """`[[brand]]`: whom we listen for. The query is the name as it stands, unless one is given."""

    name: Name = Field(description='the name of the brand, such as "Żabka"')
    query: str = ""
    must_match: tuple[Filled, ...] = ()
    must_not_match: tuple[Filled, ...] = ()
    without_forms: tuple[Filled, ...] = ()
    with_forms: tuple[Filled, ...] = ()
    rivals: tuple[Name, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _query_from_name(cls, given: Any) -> Any:
        if isinstance(given, dict) and "query" not in given and isinstance(given.get("name"), str):
            return {**given, "query": as_query(given["name"])}
        return given

    @property
    def listens(self) -> Query:
        """The query, understood; its names have some forms less and some more."""
        return pruned(self.query, self.without_forms, self.with_forms)


class Source(Frozen):
    """`[[source]]`: one place to listen at; `options` is an instance of its connector's Options."""

    name: Name = Field(description='a name of your own, such as "news"')
    kind: str = Field(description="the kind of the source: the name of a file in connectors/")
    every: Annotated[Duration, within(timedelta(seconds=5), timedelta(days=31))] = timedelta(minutes=5)
    fastest: Annotated[Duration, within(timedelta(seconds=5), timedelta(days=31))] | None = None
    weight: Annotated[float, Field(ge=0, le=1000)] = 1.0
    private: bool = False
    pause: bool = False
    options: Any = Field(default=None, repr=False)

    @model_validator(mode="after")
    def _not_slower_than_every(self) -> Source:
        if self.fastest is not None and self.fastest > self.every:
            raise ValueError("a fastest that is not longer than every: `every` is the slowest pace")
        return self

    @property
    def quickest(self) -> timedelta:
        """The quickest pace a source may be visited at, when its pages are overrun."""
        return self.fastest or min(max(self.every / 5, timedelta(seconds=30)), self.every)


class CrisisWhen(Frozen):
    """What makes a crisis of an alert: all that is given must hold."""

    z: Annotated[float, Field(gt=0)] | None = None
    negative_share: Annotated[float, Field(ge=0, le=1)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> CrisisWhen:
        if self.z is None and self.negative_share is None:
            raise ValueError("z, negative_share or both, such as { z = 12.0, negative_share = 0.6 }")
        return self


BudgetSpan = Annotated[Duration, within(timedelta(minutes=1), timedelta(days=31))]


class Budget(Frozen):
    """How many incidents a rule may tell of in any span of that length, over all brands."""

    most: Annotated[int, Field(ge=1, le=1000)] = Field(description="a number of incidents, such as 3")
    within: BudgetSpan = timedelta(hours=24)


class Rule(Frozen):
    """`[[rule]]`: when it is an alarm. `options` is an instance of its trigger's Options.

    `budget` and `quiet_hours` hold back what is no crisis; a `shadow` rule records and tells nobody.
    """

    name: Name = Field(description='a name of your own, such as "angry burst"')
    brand: str | None = None
    query: str | None = None
    trigger: str = "spike"
    preset: Literal["sensitive", "balanced", "quiet"] = "balanced"
    on: Literal["all", "negative", "stories", "authors"] = "all"
    severity: Severity = "alert"
    crisis_when: CrisisWhen | None = None
    playbook: str = "standard"
    shadow: bool = False
    budget: Budget | None = None
    quiet_hours: QuietHours = ()
    options: Any = None


class Person(Frozen):
    """`[[person]]`: whom the ladder reaches, and what they may do."""

    name: Name = Field(description='the name of the person, such as "Anna Nowak"')
    email: MailboxOrNone = ""
    slack: OneLine = ""
    roles: tuple[Role, ...] = ()


class Slack(Frozen):
    """`[slack]`"""

    bot_token: SecretStr = Field(
        min_length=1, description='the token of the app, as "${env:SLACK_BOT_TOKEN}"'
    )
    app_token: Annotated[SecretStr, Field(min_length=1)] | None = None
    channel: Name = Field(description='a channel such as "#pr-alerts"')
    sources_channel: OneLine = ""
    api: WebFolder = "https://slack.com/api/"


class Email(Frozen):
    """`[email]`: the server that takes our mails."""

    host: Host = Field(description='the mail server, such as "smtp.example.org"')
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    user: OneLine = ""
    password: SecretStr | None = None
    from_: Mailbox = Field(alias="from", description='the sender, such as "listener@example.org"')
    tls: Literal["auto", "none", "ssl", "starttls"] = "auto"


class Digest(Frozen):
    """`[digest]`: who gets the weekly mail, and when."""

    to: tuple[Mailbox, ...] = ()
    at: AtWeekTime = WeekTime(0, 8, 0)


class Privacy(Frozen):
    """`[privacy]`: how long mentions are kept, and how much of their authors."""

    keep: Annotated[Duration, within(timedelta(days=1))] = timedelta(days=180)
    authors: Literal["plain", "pseudonym", "none"] = "plain"


class ReadingTable(Frozen):
    """`[reading]`: `overlay` adds to VADER what it does not know of the English that customers write."""

    overlay: bool = True


class Settings(Frozen):
    """The whole configuration. `path` is the file it came from, `database` is absolute."""

    path: Path
    database: Path
    timezone: ZoneInfo
    locale: str
    languages: tuple[str, ...]
    dashboard: tuple[str, int] | None
    public_url: str
    heartbeat: str = Field(repr=False)
    contact: str
    brands: tuple[Brand, ...]
    sources: tuple[Source, ...]
    rules: tuple[Rule, ...]
    severity: Table = Table()
    people: tuple[Person, ...]
    playbooks: dict[str, Playbook]
    slack: Slack | None
    email: Email | None
    digest: Digest
    privacy: Privacy
    reading: ReadingTable = ReadingTable()


def as_query(name: str) -> str:
    """Return the query for a name as it stands: a phrase, so that no word of it is an operator."""
    return '"' + "".join(letter for letter in name if letter not in '"„”“«»') + '"'
