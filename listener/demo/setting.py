"""The set: a folder with a config.toml, a database of three quiet weeks, and the people of a PR team."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from listener.config import Settings, load
from listener.demo.talk import BRAND, Post
from listener.importing import Report, import_file
from listener.intake import intake
from listener.reading import Reader
from listener.store import Store

TIMEZONE = "Europe/Warsaw"
TEAM = (
    ("Anna Nowak", "spokesperson"),
    ("Piotr Zieliński", "deputy"),
    ("Ewa Lis", "head"),
    ("Marek Wrona", "management"),
)
SPOKESPERSON = TEAM[0][0]


def write_config(folder: Path, locale: str, port: int, sources: Mapping[str, str]) -> Path:
    """Write the configuration as a person would; return where it is."""
    tables = [
        f'[listener]\ndatabase  = "demo.db"\ntimezone  = "{TIMEZONE}"\nlocale    = "{locale}"\n'
        f'languages = ["en", "pl"]\ndashboard = "127.0.0.1:{port}"\n',
        f'[[brand]]\nname  = "{BRAND}"\nquery = "{BRAND}~"\n'
        'must_match     = ["Pokrywa Mokaviry pękła", "my Mokavira leaks"]\n'
        'must_not_match = ["Mocha on the veranda"]\n',
    ]
    tables += [
        f'[[source]]\nname    = "{name}"\nkind    = "rss"\nurl     = "{url}"\n'
        'every   = "5s"\nprivate = true\n'
        for name, url in sources.items()
    ]
    tables += [f'[[person]]\nname  = "{name}"\nroles = ["{role}"]\n' for name, role in TEAM]
    path = folder / "config.toml"
    path.write_text("\n".join(tables), encoding="utf-8")
    return path


def read_config(path: Path) -> Settings:
    """Read the configuration back, as `listener run` does; nothing in it comes from the environment."""
    return load(path, {})


def import_past(folder: Path, settings: Settings, posts: Iterable[Post], now: datetime) -> Report:
    """Import the posts through a file, as `listener import` does."""
    path = folder / "past.ndjson"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(_row(post), ensure_ascii=False) + "\n" for post in posts)
    store = Store(settings.database)
    try:
        reader = Reader(settings.languages, settings.reading.overlay)
        return import_file(store, intake(store, settings, reader), path, now)
    finally:
        store.close()


def _row(post: Post) -> dict[str, str]:
    return {
        "id": post.id,
        "published_at": post.at.isoformat(),
        "url": post.url,
        "author": post.author,
        "title": post.title,
        "text": post.text,
    }


def free_port(wanted: int) -> int:
    """Return the wanted port of this machine if it is free, another one if not."""
    for port in (wanted, 0):
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(tried.getsockname()[1])
    raise OSError("no port is free on 127.0.0.1")
