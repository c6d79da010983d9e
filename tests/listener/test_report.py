"""The account after a crisis: what happened, who did what when, and no stranger's word is markup."""

import re
from datetime import timedelta
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import click
import pytest

from listener import report
from listener.cli import cli
from listener.desk import act
from listener.escalate import escalate
from listener.report.pages import escaped
from listener.store import incidents
from rules.incident import Event
from rules.playbook import to_json
from rules.triggers import Finding
from tests.kit import BRAND, DAY, HOUR, MINUTE, NOON, PEOPLE, SLACK, SOURCE, incident, opened, saved, settings
from tests.running import rows, verb

WARSAW = ZoneInfo("Europe/Warsaw")
EVIL = "<script>alert(1)</script> [click](https://evil.test) **bold** | cell `code` www.evil.test"
QUOTE = {"text": EVIL, "author": "# Mallory <b>", "url": "javascript:alert(1)", "source": "feed",
         "published_at": "2026-03-16T11:58:00.000Z", "label": "negative", "score": -0.9}  # fmt: skip


@pytest.fixture
def config(tmp_path):
    return settings(tmp_path, BRAND, SOURCE, SLACK, PEOPLE)


@pytest.fixture
def store(tmp_path):
    made = opened(tmp_path)
    yield made
    made.close()


def crisis(store, config, **facts):
    """An incident that was found at noon, called, and not yet taken."""
    incident(store, config)
    one = saved(store)
    finding = Finding("spike", NOON - 2 * MINUTE, timedelta(minutes=15), 30, 2.0, 6.0, {})
    with store.write() as db:
        shown = {**one.facts, "terms": [["recall", 0.43]], "quotes": [QUOTE], "negative_share": 0.7, **facts}
        incidents.append(db, one, [], facts=shown)
        kept = {"finding": finding.to_json(), "severity": "alert", "gate": "", "trigger": "spike"}
        incidents.find(db, 1, "surge", finding.at, NOON, "open", kept)
    escalate(store, config, NOON)


def do(store, config, what, minutes, by="Anna", **data):
    assert act(store, config, what, 1, by, NOON + minutes * MINUTE, data).code == "done"


def lived(store, config):
    """The crisis from its finding to its end."""
    crisis(store, config)
    do(store, config, "acknowledge", 4)
    do(store, config, "note", 9, text="The plant confirms it")
    do(store, config, "finish", 12, by="Ewa", task=0)
    do(store, config, "answer", 41, url="https://acme.test/sorry?a=1&b=2")
    do(store, config, "close", 185)


def told(store, locale="en", page=report.as_markdown):
    past = report.gather(store, 1)
    return page(report.account(past, locale, WARSAW, NOON + DAY))


def section(page, title):
    """Return what stands under a heading."""
    return page.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0].strip()


def test_it_says_in_short_what_happened_and_how_fast_we_were(store, config):
    lived(store, config)
    page = told(store)
    assert page.startswith("# Report on incident 1: Acme\n\nMarch 16, 2026\n")
    short = section(page, "In short")
    assert "Acknowledged after 4 min by Anna." in short
    assert "Answered in public after 41 min, in time (agreed: within 1 h)." in short
    assert "after 3 h 5 min: it is over." in short


def test_it_says_when_it_happened_and_when_we_knew(store, config):
    lived(store, config)
    known = section(told(store), "What happened, and when we knew").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in known[2:]]
    assert [(what, after) for what, _, after in cells] == [
        ("The first window that was out of the ordinary began", "−17 min"),
        ("That window ended", "−2 min"),
        ("We noticed", "0 min"),
        ("The ladder and the clocks started", "0 min"),
        ("The first person was called", "0 min"),
        ("Somebody took it", "4 min"),
        ("The public was answered", "41 min"),
        ("It was closed", "3 h 5 min"),
    ]
    assert cells[2][1] == "Mar 16, 13:00"


def test_it_tells_how_much_against_what_is_usual(store, config):
    lived(store, config)
    numbers = section(told(store), "The numbers")
    assert "30 mentions in 5 minutes, usually 2." in numbers and "70%" in numbers
    assert "| Mar 16, 12:58 | Mar 16, 13:00 | surge | 30 | 2 | 15 min | 6 | alert |" in numbers


def test_every_event_is_told_as_its_sentence(store, config):
    lived(store, config)
    timeline = section(told(store), "Who did what, and when")
    assert len(re.findall(r"^- \*\*", timeline, re.M)) == len(saved(store).events)
    for words in (
        "Opened.",
        "Told spokesperson: Anna",
        "Anna has taken it",
        "The plant confirms it",
        "Task done",
    ):
        assert words in timeline
    assert timeline.index("Opened.") < timeline.index("Anna has taken it") < timeline.index("Closed")


def test_the_public_answer_is_a_link(store, config):
    lived(store, config)
    assert "<https://acme.test/sorry?a=1&b=2>" in section(told(store), "The clocks")
    assert 'href="https://acme.test/sorry?a=1&amp;b=2"' in told(store, page=report.as_html)


def test_tasks_are_told_with_owner_and_state(store, config):
    lived(store, config)
    tasks = section(told(store), "Tasks")
    assert tasks.startswith("- 4 tasks are open.")
    done, second = tasks.splitlines()[4:6]
    assert "| head of PR |" in done and done.endswith("| Mar 16, 13:12 |") and second.endswith("| open |")


def test_words_that_stood_out_and_headings_to_fill_in(store, config):
    lived(store, config)
    page = told(store)
    assert section(page, "Words that stood out") == "- recall: in 43% of the mentions"
    assert len(re.findall(r"^### .+\?$", section(page, "Lessons"), re.M)) == 5


def test_what_nobody_did_is_said(store, config):
    crisis(store, config)
    escalate(store, config, NOON + 2 * HOUR)
    clocks = section(told(store), "The clocks")
    assert "Nobody acknowledged it." in clocks and "There was no public answer" in clocks
    assert "ran out at Mar 16, 14:00" in clocks
    assert "It is still open." in told(store)


def test_an_acknowledgement_that_expired_is_said(store, config):
    crisis(store, config)
    do(store, config, "acknowledge", 4)
    escalate(store, config, NOON + 50 * MINUTE)
    assert "The acknowledgement expired once" in section(told(store), "The clocks")


def test_each_relapse_has_clocks_of_its_own(store, config):
    lived(store, config)
    again = Event(
        "relapsed", NOON + DAY, data={"severity": "crisis", "playbook": to_json(config.playbooks["standard"])}
    )
    with store.write() as db:
        incidents.append(db, incidents.get(db, 1), [again])
    assert act(store, config, "acknowledge", 1, "Piotr", NOON + DAY + 7 * MINUTE).code == "done"
    page = told(store)
    clocks = section(page, "The clocks").splitlines()
    assert (
        clocks[0] == "- First, Mar 16, 13:00:"
        and "4 min by Anna" in clocks[1]
        and "41 min, in time" in clocks[2]
    )
    assert clocks[3] == "- Relapse 1, Mar 17, 13:00:" and "7 min by Piotr" in clocks[4]
    assert "There was no public answer" in clocks[5]
    # What was said in the first course is told by its own clocks.
    assert "Answered in public after 41 min (Anna)." in section(page, "Who did what, and when")
    assert "It flared up again once." in section(page, "In short")


def test_a_watch_has_no_clocks(store, config):
    incident(store, config, severity="watch")
    assert section(told(store), "The clocks") == "- Only watched: nobody was called."
    assert section(told(store), "Tasks") == "- There were no tasks."


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.links = set(), []

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.links += [value for name, value in attributes if name in ("href", "src")]


def test_in_html_a_strangers_words_are_text(store, config):
    lived(store, config)
    do_note = {"text": EVIL}
    act(store, config, "note", 1, "Anna", NOON + DAY, do_note)
    page = told(store, page=report.as_html)
    tags = Tags()
    tags.feed(page)
    assert not {"script", "b", "img", "iframe"} & tags.tags
    assert tags.links == ["https://acme.test/sorry?a=1&b=2"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page


def test_in_markdown_a_strangers_words_are_text(store, config):
    lived(store, config)
    said = section(told(store), "What people wrote")
    assert (
        r"\<script\>alert(1)\</script\> \[click\](https\://evil.test) \*\*bold\*\* \| cell \`code\`" in said
    )
    assert r"www\.evil.test" in said and r"> — \# Mallory \<b\>" in said
    assert "javascript" not in said


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# no heading", r"\# no heading"),
        ("1. no list", r"1\. no list"),
        ("- no list", r"\- no list"),
        ("a 1. b - c # d", "a 1. b - c # d"),
        ("~~x~~ &amp; $y$ @team", r"\~\~x\~\~ \&amp; \$y\$ \@team"),
        ("at 12:30, https://a.test", r"at 12:30, https\://a.test"),
    ],
)
def test_markdown_signs_are_shown_and_not_obeyed(text, shown):
    assert escaped(text) == shown


def test_a_quote_that_was_erased_says_so(store, config):
    crisis(store, config, quotes=[{"text": "", "code": "erased"}])
    assert "asked for that" in section(told(store), "What people wrote")


@pytest.mark.parametrize("page", [report.as_markdown, report.as_html])
def test_in_polish_nothing_is_left_in_english(store, config, page):
    lived(store, config)
    polish = told(store, "pl", page)
    for words in (
        "Raport z incydentu 1: Acme",
        "16 marca 2026",
        "Kto, co i kiedy zrobił",
        "Przejęcie incydentu po 4 min",
    ):
        assert words in polish
    assert "4 zadania pozostają otwarte." in polish
    # Titles of tasks and notes are the team's own words.
    for own in (*(duty.title for duty in saved(store).incident.duties), "The plant confirms it"):
        polish = polish.replace(own, "")
    polish = re.sub(r"<style>.*</style>|<[^>]*>", "", polish, flags=re.S)
    assert not re.findall(
        r"\b(?:the|was|were|when|what|told|has|after|of|closed|opened|none)\b", polish, re.I
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    tmp_path = tmp_path_factory.mktemp("house")
    (tmp_path / "config.toml").write_text('[listener]\ndatabase = "listener.db"\n' + BRAND + SOURCE + PEOPLE)
    store = opened(tmp_path)
    lived(store, settings(tmp_path, BRAND, SOURCE, PEOPLE))
    store.close()
    return tmp_path


def test_the_verb_prints_markdown_and_values(folder):
    done = verb(folder, "report", "1")
    assert done.returncode == 0 and done.stdout.startswith("# Report on incident 1: Acme")
    (row,) = rows(folder, "report", "1")
    assert (row["id"], row["opened_at"], row["verdict"]) == (1, "2026-03-16T12:00:00Z", "over")
    (course,) = row["courses"]
    assert (course["acknowledged_after_seconds"], course["answered_after_seconds"]) == (240, 2460)
    assert row["timeline"][0]["text"].startswith("Opened.") and row["tasks"][0]["done_at"]


def asked(folder, *arguments):
    return cli.main(["--config", str(folder / "config.toml"), "report", *arguments], standalone_mode=False)


@pytest.mark.parametrize(
    ("name", "start"), [("a.html", "<!DOCTYPE html>"), ("a.md", "# Report on incident 1")]
)
def test_the_verb_writes_a_file_and_never_over_what_people_filled_in(folder, name, start):
    path = folder / name
    assert asked(folder, "1", "--out", str(path)) == 0
    assert path.read_text(encoding="utf-8").startswith(start)
    path.write_text("filled in")
    with pytest.raises(click.UsageError, match="is there already"):
        asked(folder, "1", "--out", str(path))
    assert path.read_text() == "filled in"
    assert asked(folder, "1", "--out", str(path), "--force") == 0
    assert path.read_text(encoding="utf-8").startswith(start)


@pytest.mark.parametrize(
    "arguments", [["7"], ["9" * 30], ["1", "--out", "report.pdf"], ["1", "--out", "no/such/folder/a.md"]]
)
def test_nonsense_is_refused_with_a_sentence(folder, arguments):
    with pytest.raises(
        click.UsageError, match=r"no incident 7|not in the range|ends in \.html, \.md|cannot be written"
    ):
        asked(folder, *arguments)
