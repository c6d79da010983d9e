"""`[severity]`: what makes it worse, in steps of each number; `[severity.danger]`: words and weights."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from rules.danger import HEAVIEST, key, words
from rules.severity import Table

MOST_STEPS, MOST_WORDS, LONGEST_WORD = 5, 2000, 80
USUAL = Table()


def _rising(steps: tuple[float, ...]) -> tuple[float, ...]:
    if len(steps) > MOST_STEPS or any(low >= high for low, high in pairwise(steps)):
        raise ValueError(f"at most {MOST_STEPS} steps, each above the one before, such as [8, 16]")
    return steps


def _weight(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= HEAVIEST:
        raise ValueError(f"a weight from 1 to {HEAVIEST}, or 0 for a word that is harmless")
    return value


Steps = Annotated[tuple[Annotated[float, Field(gt=0)], ...], AfterValidator(_rising)]
Shares = Annotated[tuple[Annotated[float, Field(gt=0, le=1)], ...], AfterValidator(_rising)]
Weight = Annotated[int, BeforeValidator(_weight)]


class DangerTable(BaseModel):
    """`[severity.danger]`: words and phrases with their weights, beside or instead of the built-in ones."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)
    __pydantic_extra__: dict[str, Weight] = Field(init=False)

    defaults: bool = True

    @model_validator(mode="after")
    def _words(self) -> DangerTable:
        own = self.__pydantic_extra__
        for word in own:
            letters = key(word).replace("*", "").replace(" ", "")
            if len(word) > LONGEST_WORD or len(letters) < 2:
                right = 'words of 2 letters or more, such as "sabotage", "data leak" or "sabot*"'
                raise ValueError(f'{right}: not "{word[:LONGEST_WORD]}"')
        if len(own) > MOST_WORDS:
            raise ValueError(f"at most {MOST_WORDS:,} words, not {len(own):,}")
        return self


class SeverityTable(BaseModel):
    """`[severity]`: each step that a number reaches is a point, and `crisis` of them are a crisis."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, hide_input_in_errors=True)

    crisis: Annotated[int, Field(ge=1, le=100)] = USUAL.crisis
    z: Steps = USUAL.z
    negative_share: Shares = USUAL.negative_share
    authors: Steps = USUAL.authors
    reach: Steps = USUAL.reach
    domains: Steps = USUAL.domains
    danger_authors: Annotated[int, Field(ge=1, le=1000)] = USUAL.danger_authors
    danger_share: Annotated[float, Field(ge=0, le=1)] = USUAL.danger_share
    danger: DangerTable = DangerTable()

    def table(self) -> Table:
        """Return the table that severity is judged by."""
        plain = {name: getattr(self, name) for name in type(self).model_fields if name != "danger"}
        own = tuple(self.danger.__pydantic_extra__.items())
        return Table(**plain, danger=_known(own, self.danger.defaults))


@cache
def _known(own: tuple[tuple[str, int], ...], defaults: bool) -> Any:
    # One value for one table: what looks words up is built once for it.
    return words(dict(own), defaults)
