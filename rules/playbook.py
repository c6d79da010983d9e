"""What was agreed before the crisis: who is told when, what has to be done, what may be said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

PHASES = ("identify", "assemble", "communicate", "remediate", "monitor", "closed")
SEVERITIES = ("watch", "alert", "crisis")
ROLES = ("spokesperson", "deputy", "head", "management", "approver", "analyst", "admin")


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of the ladder: `after` that long without a taker, tell this role, by these ways."""

    after: timedelta
    tell: str
    by: tuple[str, ...] = ("slack",)


@dataclass(frozen=True, slots=True)
class Task:
    """What `role` has to do in `phase`, within `due` of the start of the incident."""

    phase: str
    title: str
    role: str = ""
    due: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """A text for the public, with {places} that people fill."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Playbook:
    """A playbook as it is frozen into an incident.

    The ladder is walked once and then `repeat` times more. `answer_within` is the public
    clock; an acknowledgement without an entry for `ack_expires` is taken back.
    """

    name: str
    ladder: tuple[Step, ...] = ()
    repeat: int = 0
    answer_within: timedelta = timedelta(hours=1)
    ack_expires: timedelta = timedelta(minutes=30)
    tasks: tuple[Task, ...] = ()
    statements: tuple[Template, ...] = ()

    @property
    def round_length(self) -> timedelta:
        """How long one walk up the ladder takes, until the next one begins."""
        waits = [b.after - a.after for a, b in zip(self.ladder, self.ladder[1:], strict=False)]
        rest = next((wait for wait in waits if wait), timedelta(minutes=10))
        return (self.ladder[-1].after if self.ladder else timedelta(0)) + rest

    def warnings(self) -> tuple[timedelta, ...]:
        """When the public clock is called out: at half, three quarters and eleven twelfths of it."""
        return tuple(self.answer_within * share / 12 for share in (6, 9, 11))


NONE = Playbook("")

STANDARD = Playbook(
    name="standard",
    ladder=(
        Step(timedelta(0), "spokesperson"),
        Step(timedelta(minutes=10), "deputy"),
        Step(timedelta(minutes=20), "head", ("slack", "email")),
        Step(timedelta(minutes=35), "management"),
    ),
    repeat=2,
    tasks=(
        Task("identify", "Confirm the facts with the department concerned", "head", timedelta(minutes=15)),
        Task("assemble", "Call the team together and hand out the roles", "head", timedelta(minutes=25)),
        Task("communicate", "Publish the holding statement", "spokesperson", timedelta(minutes=60)),
        Task("remediate", "Name an owner and a date for the cause", "head", timedelta(hours=4)),
        Task("monitor", "Compare volume and mood with the day before", "analyst", timedelta(hours=24)),
    ),
    statements=(
        Template(
            "holding",
            "We know about {what}. {fact} We are working on {action} and will write again by {next_update}.",
        ),
    ),
)


def merged(frozen: Playbook, added: Playbook) -> Playbook:
    """Return the frozen playbook with the steps and tasks of another; nothing is taken away."""
    if frozen.name == added.name:
        return frozen
    ladder = frozen.ladder + tuple(step for step in added.ladder if step not in frozen.ladder)
    both = replace(
        frozen,
        ladder=tuple(sorted(ladder, key=lambda step: step.after)),
        repeat=max(frozen.repeat, added.repeat),
        answer_within=min(frozen.answer_within, added.answer_within),
        ack_expires=min(frozen.ack_expires, added.ack_expires),
        tasks=frozen.tasks + tuple(task for task in added.tasks if task not in frozen.tasks),
        statements=frozen.statements + tuple(s for s in added.statements if s not in frozen.statements),
    )
    return frozen if both == frozen else replace(both, name=f"{frozen.name}+{added.name}")


def to_json(playbook: Playbook) -> dict[str, Any]:
    """Return the playbook as JSON values; durations are in seconds."""
    return {key: _plain(value) for key, value in asdict(playbook).items()}


def from_json(value: Mapping[str, Any]) -> Playbook:
    """Return the playbook that `to_json` wrote."""
    return Playbook(
        name=value["name"],
        ladder=tuple(Step(_span(s["after"]), s["tell"], tuple(s["by"])) for s in value["ladder"]),
        repeat=value["repeat"],
        answer_within=_span(value["answer_within"]),
        ack_expires=_span(value["ack_expires"]),
        tasks=tuple(Task(t["phase"], t["title"], t["role"], _maybe(t["due"])) for t in value["tasks"]),
        statements=tuple(Template(s["name"], s["text"]) for s in value["statements"]),
    )


def _plain(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


def _span(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def _maybe(seconds: float | None) -> timedelta | None:
    return None if seconds is None else _span(seconds)
