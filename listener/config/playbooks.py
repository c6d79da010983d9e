"""The [playbook.NAME] tables; what one of them does not say is as in the built-in standard playbook."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from string import Formatter
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from listener.config.settings import Frozen, Role
from listener.config.values import Duration, Filled, within
from rules.playbook import STANDARD, Playbook, Step, Task, Template


def _template(text: str) -> str:
    try:
        places = [place for _, place, _, _ in Formatter().parse(text) if place is not None]
    except ValueError:
        places = [""]
    if not all(place.isidentifier() for place in places):
        raise ValueError("a text whose places are single words in brackets, such as {what}")
    return text


class StepTable(Frozen):
    """One entry of `ladder`."""

    after: Duration
    tell: Role
    by: Annotated[tuple[Literal["slack", "email"], ...], Field(min_length=1)] = ("slack",)


class TaskTable(Frozen):
    """One [[playbook.NAME.task]]."""

    phase: Literal["identify", "assemble", "communicate", "remediate", "monitor"]
    title: Filled
    role: Literal["", "spokesperson", "deputy", "head", "management", "approver", "analyst", "admin"] = ""
    due: Duration | None = None


class StatementTable(Frozen):
    """One [playbook.NAME.statement.KEY]."""

    text: Annotated[Filled, AfterValidator(_template)]


class PlaybookTable(Frozen):
    """What may stand in a [playbook.NAME]."""

    answer_within: Annotated[Duration, within(timedelta(minutes=1))] = STANDARD.answer_within
    ack_expires: Annotated[Duration, within(timedelta(minutes=1))] = STANDARD.ack_expires
    repeat: Annotated[int, Field(ge=0, le=50)] = STANDARD.repeat
    ladder: tuple[StepTable, ...] = ()
    task: tuple[TaskTable, ...] = ()
    statement: dict[str, StatementTable] = Field(default_factory=dict)


def playbook(name: str, table: PlaybookTable) -> Playbook:
    """Return the playbook of a table, its ladder in the order of time."""
    said = table.model_fields_set
    given: dict[str, Any] = {}
    if "ladder" in said:
        steps = (Step(step.after, step.tell, step.by) for step in table.ladder)
        given["ladder"] = tuple(sorted(steps, key=lambda step: step.after))
    if "task" in said:
        given["tasks"] = tuple(Task(t.phase, t.title, t.role, t.due) for t in table.task)
    if "statement" in said:
        given["statements"] = tuple(Template(key, s.text) for key, s in table.statement.items())
    return replace(
        STANDARD,
        name=name,
        answer_within=table.answer_within,
        ack_expires=table.ack_expires,
        repeat=table.repeat,
        **given,
    )
