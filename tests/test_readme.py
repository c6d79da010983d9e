"""What the README shows works as it stands there."""

import json
import re
import sys
import types
from datetime import UTC, datetime
from pathlib import Path

import connectors
from connectors import Answer, Get
from listener.config import parse
from listener.notify.slack import NEEDED

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def block(language, holding):
    blocks = re.findall(rf"^ *```{language}\n(.*?)^ *```$", README, re.S | re.M)
    return next(text for text in blocks if holding in text)


def test_the_connector_it_shows_reads_an_answer(monkeypatch):
    board = types.ModuleType("board")
    monkeypatch.setitem(sys.modules, "board", board)
    exec(block("python", "def fetch"), board.__dict__)
    conversation = board.fetch(board.Options("https://board.example.org/new.json"), None)
    assert isinstance(next(conversation), Get)
    post = {
        "id": 7,
        "link": "https://board.example.org/7",
        "by": "ada",
        "html": "it <b>leaks</b>",
        "at": 1_000_000,
    }
    try:
        conversation.send(Answer(body=json.dumps({"posts": [post]}).encode()))
    except StopIteration as end:
        (mention,) = end.value.mentions
    assert (mention.id, mention.text) == ("7", "it leaks")
    assert mention.published_at == datetime.fromtimestamp(1_000_000, UTC)


def test_the_slack_tables_it_shows_load(tmp_path):
    text = '[listener]\ndatabase = "l.db"\n' + block("toml", "bot_token").replace("\n   ", "\n")
    settings = parse(text, tmp_path, {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"})
    assert settings.slack.channel == "#pr-alerts"
    assert settings.people[0].roles == ("spokesperson",)


def test_the_sources_it_shows_load(tmp_path):
    part = README.partition("## Sources, kind by kind")[2].partition("## Verbs")[0]
    shown = "\n".join(re.findall(r"^```toml\n(.*?)^```$", part, re.S | re.M))
    shown = re.sub(r"(?m)^# (?=\w+ = )", "", shown)
    secrets = dict.fromkeys(re.findall(r"\$\{env:(\w+)\}", shown), "a-token-of-some-length")
    (tmp_path / "imap-password").write_text("a-password")
    settings = parse(f'[listener]\ndatabase = "l.db"\n[[brand]]\nname = "Żabka"\n{shown}', tmp_path, secrets)
    assert {s.kind for s in settings.sources} == set(connectors.kinds()) - {"rss", "hackernews"}
    folder = next(s.options.path for s in settings.sources if s.kind == "file")
    assert folder == str(tmp_path / "inbox")


def test_the_manifest_asks_for_the_scopes_that_check_looks_for():
    asked = re.search(r"bot: \[([^\]]*)\]", block("yaml", "display_information"))[1].split(", ")
    assert set(NEEDED) <= set(asked)
