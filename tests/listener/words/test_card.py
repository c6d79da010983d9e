"""A card says what happened, how much against what is usual, why, and what has been done."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from listener.words import Brief, Quote, card, direct
from listener.words.brief import Figures, Reason

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TZ = "Europe/Warsaw"
BRIEF = Brief(
    id=12,
    brand="Żabka",
    severity="alert",
    phase="identify",
    rule="angry burst",
    on="negative",
    opened_at=NOON,
    observed=60,
    expected=2.04,
    span=timedelta(minutes=15),
    z=8.43,
    started_at=NOON,
    day_rank=3,
    days=18,
    negative_share=0.87,
    answer_by=NOON + timedelta(hours=1),
    quotes=(Quote("It broke", "ada", "https://f.example/1", "forum", NOON, "negative"),),
)


def told(locale="en", **change):
    return card(replace(BRIEF, **change), locale, TZ)


def lines(locale="en", **change):
    return "\n".join(told(locale, **change).lines)


def state(locale="en", **change):
    return "\n".join(told(locale, **change).state)


def actions(**change):
    return [button.action for button in told(**change).buttons]


def after(minutes):
    return NOON + timedelta(minutes=minutes)


# What happened


def test_a_card_tells_how_much_against_what_is_usual_and_why():
    text = lines()
    assert "60 negative mentions in 15 minutes, usually 2." in text
    assert "z = 8.4, far above normal: at most 2 of the last 18 days saw a stronger surge." in text
    assert "Share of negative mentions: 87%." in text


def test_the_same_card_in_polish():
    text = lines("pl")
    assert "60 negatywnych wzmianek w ciągu 15 minut, zwykle 2." in text
    assert "silniejszy wzrost przyniosły co najwyżej 2 z ostatnich 18 dni." in text
    assert told("pl").title == "Alarm · Żabka"


@pytest.mark.parametrize(
    ("count", "words"),
    [(1, "1 negatywna wzmianka"), (3, "3 negatywne wzmianki"), (25, "25 negatywnych wzmianek")],
)
def test_polish_counts_rightly_on_a_card(count, words):
    assert words in lines("pl", observed=count)


@pytest.mark.parametrize(
    ("on", "words"), [("all", "60 mentions"), ("stories", "60 stories"), ("authors", "60 authors")]
)
def test_what_was_counted_is_named(on, words):
    assert words in lines(on=on)


def test_nothing_usual_is_said_in_words():
    assert "usually none" in lines(expected=0.02)


def test_the_strongest_surge_is_said_to_be_it():
    assert "none of the last 18 days saw a stronger surge" in lines(day_rank=1)


def test_without_days_to_compare_with_only_z_is_told():
    assert "z = 8.4: far above normal." in lines(day_rank=0, days=0)


def test_learning_lateness_and_gates_are_said():
    text = lines(learning=True, history_days=2.5, late=True, detected_at=after(41), gate="author")
    assert "history so far: 2 days 12 h" in text
    assert "it happened at Mar 2, 13:00 and was noticed at 13:41" in text
    assert "comes from one author" in text


def test_lateness_is_told_the_right_way_round_whichever_time_came_first():
    assert "happened at Mar 2, 12:20 and was noticed at 13:00" in lines(late=True, detected_at=after(-40))


def test_a_gate_we_do_not_know_is_named_all_the_same():
    assert "It stays a watch: odd." in lines(gate="odd")


def test_a_watch_says_that_it_starts_nothing():
    assert "it starts nothing, and nobody is called" in lines(severity="watch", started_at=None)
    assert "starts nothing" not in lines()


def test_a_drill_is_marked_and_a_relapse_is_numbered():
    assert told(drill=True, relapses=2).title == "DRILL · Alert · Żabka · relapse 2"


# What has been done


def test_while_nobody_has_it_the_card_says_so_and_offers_both_buttons():
    assert "Nobody has acknowledged it yet." in state()
    assert actions() == ["acknowledge", "dismiss"]


def test_who_has_it_and_since_when():
    taken = {"acknowledged_by": "Anna Nowak", "acknowledged_at": after(5)}
    assert "Acknowledged by Anna Nowak at 13:05." in state(**taken)
    assert actions(**taken) == ["dismiss"]


def test_a_closed_incident_has_no_buttons():
    assert actions(closed_at=after(90), verdict="over") == []


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("over", "it is over"),
        ("no crisis", "not a crisis"),
        ("new normal", "the new normal"),
        ("", "it is over"),
    ],
)
def test_a_closing_says_how_it_ended(verdict, words):
    assert f"Closed at 14:30: {words}" in state(closed_at=after(90), verdict=verdict).replace("this is ", "")


def test_a_verdict_in_a_persons_own_words_stands():
    assert "Closed at 14:30: settled by phone." in state(closed_at=after(90), verdict="settled by phone")


def test_the_public_clock_runs_is_met_or_is_missed():
    assert "Public answer due by 14:00." in state()
    assert "Answered in public after 41 min." in state(answered_at=after(41))
    assert "Public answer missed: it was due by 14:00." in state(breached=True)
    assert "after 1 h 15 min; it was due by 14:00" in state(breached=True, answered_at=after(75))


def test_the_public_answer_is_linked_if_it_is_a_link():
    assert (
        told(answered_at=after(41), answered_url="https://brand.example/a").links[0].url
        == "https://brand.example/a"
    )
    assert told(answered_at=after(41), answered_url="javascript:alert(1)").links == ()


def test_times_are_the_peoples_own_and_another_day_is_named():
    assert "due by Mar 3, 00:30" in state(answer_by=datetime(2026, 3, 2, 23, 30, tzinfo=UTC))
    assert "Phase: identify (1 of 5)." in state()


# What strangers say


def test_a_quote_keeps_its_words_and_loses_what_would_steer():
    said = told(
        quotes=(Quote("a\x1b[2J\u202eb\n<!channel>" + "x" * 400, "ev\x00il", "javascript:x"),)
    ).quotes[0]
    assert said.text.startswith("a[2Jb <!channel>x") and said.text.endswith("…")
    assert (said.byline, said.url, len(said.text)) == ("evil", "", 300)


def test_three_quotes_are_enough():
    assert len(told(quotes=BRIEF.quotes * 5).quotes) == 3


# To one person


def test_a_person_is_told_their_role_and_asked_to_take_it():
    letter = direct(BRIEF, "deputy", "en", TZ)
    assert letter.lines[0].startswith("You are called as deputy spokesperson. Press Acknowledge")
    assert [button.action for button in letter.buttons] == ["acknowledge"]


def test_a_person_who_comes_too_late_is_not_asked():
    letter = direct(replace(BRIEF, acknowledged_by="Anna"), "deputy", "pl", TZ)
    assert letter.lines[0] == "Otrzymujesz to wezwanie w roli: zastępca rzecznika."
    assert letter.buttons == ()


# Why it is that severe

WHY = (
    Reason("z", 12.34, 1),
    Reason("negative_share", 0.7, 1),
    Reason("authors", 45, 1),
    Reason("reach", 120_000, 1),
    Reason("domains", 12, 2),
    Reason("danger", 12, 3, "wyciek"),
)


def test_a_card_says_why_it_is_that_severe():
    text = lines(severity="crisis", judged="crisis", reasons=WHY, crisis_points=6)
    assert (
        "Severity crisis because: z = 12.3; 70% negative;"
        " beyond the usual: 45 authors, reach 120,000, 12 sites; “wyciek” in 12 mentions." in text
    )


def test_an_alert_says_how_near_to_a_crisis_it_is():
    assert "Severity alert (2 of the 6 points of a crisis): z = 12.3; 70% negative." in lines(
        judged="alert", reasons=WHY[:2], crisis_points=6
    )


def test_the_same_reasons_in_polish():
    text = lines("pl", severity="crisis", judged="crisis", reasons=WHY, crisis_points=6)
    assert (
        "Powaga: kryzys, ponieważ: z = 12,3; 70% negatywnych; ponad zwykłą miarę: 45 autorów," in text
        and "12 witryn; „wyciek” w 12 wzmiankach." in text
    )


def test_what_a_rule_asks_of_a_crisis_is_a_reason_of_its_own():
    reasons = (Reason("crisis_when", 0), Reason("z", 13.0, 1))
    text = lines(severity="crisis", judged="crisis", reasons=reasons, crisis_points=6)
    assert "because: all that the rule asks of a crisis holds; z = 13." in text


@pytest.mark.parametrize(
    "change",
    [
        {"reasons": ()},
        {"gate": "author:ada"},
        {"severity": "watch", "judged": "watch"},
        {"severity": "crisis", "judged": "alert"},
    ],
)
def test_reasons_of_something_else_are_not_told(change):
    assert "Severity" not in lines(**{"judged": "alert", "reasons": WHY, "crisis_points": 6, **change})


def test_a_gate_says_who_it_is():
    assert "Nearly all of it comes from one author (ada), so it stays a watch." in lines(gate="author:ada")


# What each trigger finds has its own first lines


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {
                "figures": Figures("swell"),
                "observed": 300,
                "expected": 90.0,
                "span": timedelta(hours=24),
                "days": 0,
            },
            (
                "A slow burn: negative mentions of Żabka pile up.",
                "300 negative mentions in 24 hours, usually 90.",
            ),
        ),
        (
            {
                "figures": Figures("shift", mood=-0.424, usual_mood=-0.05),
                "on": "all",
                "observed": 84,
                "span": timedelta(hours=6),
            },
            (
                "The mood about Żabka has turned.",
                "Mean sentiment −0.42, usually −0.05 (84 mentions in 6 hours).",
                "z = 8.4: far worse than the mood usually sways.",
            ),
        ),
        (
            {
                "figures": Figures("threshold", bar=3.0, query="recall OR wycofanie"),
                "on": "all",
                "observed": 4,
                "span": timedelta(hours=1),
            },
            (
                "Mentions of Żabka that say: recall OR wycofanie.",
                "4 mentions in 1 hour: the threshold is 3.",
            ),
        ),
        (
            {
                "figures": Figures("threshold", bar=50.0),
                "on": "authors",
                "observed": 60,
                "span": timedelta(hours=2),
            },
            (
                "So many mentions of Żabka that somebody should look.",
                "60 authors in 2 hours: the threshold is 50.",
            ),
        ),
    ],
)
def test_a_card_says_what_kind_of_alarm_it_is(change, says):
    text = lines(**change)
    for sentence in says:
        assert sentence in text
    if "threshold" in text:
        assert "z = " not in text


@pytest.mark.parametrize("code", ["swell", "shift", "threshold"])
@pytest.mark.parametrize("on", ["all", "negative", "stories", "authors"])
def test_every_kind_of_alarm_has_polish_words(code, on):
    change = {"figures": Figures(code, bar=3.0, query="pozew"), "on": on}
    english, polish = (told(locale, **change).lines for locale in ("en", "pl"))
    assert not set(english[:2]) & set(polish[:2])


def test_what_a_stranger_cannot_write_a_query_cannot_either():
    text = lines(figures=Figures("threshold", bar=3.0, query="<!channel> *recall*\n" + "x" * 500))
    assert "\nx" not in text
    assert "x" * 130 not in text
