"""Which mentions tell one story.

One story are copies, cuts, quotes and edits of each other, in whatever place: a wire report and
its reprints under other headlines, a post and those who pass it on, an article and a post that
links to it. Two stories are a template with another number, name, place, day or turn in it.
Few words (under six) are one story only where something says that they were passed on: many
people write "X is down" by themselves, and each of them is a voice of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from listener.reading.stories import address, sketch
from listener.reading.stories.judge import edited, told_alike
from listener.reading.stories.telling import SHORT, Telling, telling

__all__ = ["Said", "Tale", "same_story", "tale"]


class Said(Protocol):
    """What a mention says, as far as its story goes."""

    @property
    def title(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def author(self) -> str: ...


def same_story(one: Said, other: Said) -> bool:
    """Tell whether two mentions tell one story."""
    return told_alike(_telling(one), _telling(other))


def _telling(said: Said) -> Telling:
    return telling(said.title, said.text, said.url, said.author)


@dataclass(frozen=True, slots=True)
class Tale:
    """What a mention tells, ready to be looked up and compared.

    `keys` are shared with others of its story, most likely. `content` is the same for the same
    author and words; `page` is where it stands, 0 where that is a whole site; `brief` says that
    there are so few words that anybody may have written them.
    """

    title: str
    text: str
    url: str
    author: str
    keys: tuple[int, ...]
    content: int
    page: int
    brief: bool

    def like(self, other: Said) -> bool:
        """Tell whether a mention tells the same story."""
        return same_story(self, other)

    def edits(self, other: Said) -> bool:
        """Tell whether this is a mention of the same page and author, with little changed in it."""
        return self.author == other.author and edited(_telling(self), _telling(other))

    def again(self, other: Said, *, dated_alike: bool | None, crowded: bool) -> bool:
        """Tell whether this is an item that the same feed brought before, with the same words and author.

        `dated_alike` is None where one of them has no date; `crowded` says that others wrote on its page.
        """
        there, here = address.canonical(other.url), address.canonical(self.url)
        if not here or here != there or not self.page:
            return self._again_elsewhere(here, there, dated_alike)
        # The same few words of one author in a thread, later: "+1" once more.
        return dated_alike is not False or not (self.brief and crowded)

    def _again_elsewhere(self, here: str, there: str, dated_alike: bool | None) -> bool:
        if here != there:
            return dated_alike is not False and not self.brief and address.is_alike(here, there)
        if self.author:
            return True
        return dated_alike is True or (dated_alike is None and not self.brief)


def tale(title: str, text: str, url: str, author: str) -> Tale:
    """Return what a mention tells."""
    page = address.canonical(url)
    links = address.links(f"{title} {text}") if "://" in text or "://" in title else ()
    return Tale(
        title,
        text,
        url,
        author,
        tuple(sketch.keys(title, text, links)),
        sketch.hashed(f"{author}\0{title}\0{text}"),
        sketch.hashed(page) if address.has_place(page) else 0,
        title.count(" ") + text.count(" ") < SHORT - 1,
    )
