"""Ratings in figures, stars and school marks, in both languages."""

import pytest

from listener.reading import Reader
from listener.reading.ratings import rating

READER = Reader()


@pytest.mark.parametrize(
    ("text", "language", "label"),
    [
        ("10/10", "en", "positive"),
        ("10/10 would fly again!", "en", "positive"),
        ("9/10, only the parking lets it down", "en", "positive"),
        ("3/10 would not go back", "en", "negative"),
        ("1/5, cold food", "en", "negative"),
        ("2 stars, and that is generous", "en", "negative"),
        ("One star from me", "en", "negative"),
        ("5 stars", "en", "positive"),
        ("10/10 wrócimy na pewno", "pl", "positive"),
        ("9/10, odejmuję punkt za parking", "pl", "positive"),
        ("Ocena 4,8/5 mówi sama za siebie.", "pl", "positive"),
        ("2/10, tylko lokalizacja ratuje sytuację", "pl", "negative"),
        ("1/5, jedzenie zimne", "pl", "negative"),
        ("5 gwiazdek za podejście", "pl", "positive"),
        ("Jedna gwiazdka, bo mniej się nie da.", "pl", "negative"),
        ("Wszystko na 5+", "pl", "positive"),
        ("Obsługa na piątkę z plusem", "pl", "positive"),
        ("Jedzenie na dwóję", "pl", "negative"),
    ],
)
def test_a_rating_says_how_it_feels(text, language, label):
    assert READER.read("", text, language).label == label


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Open 24/7", "en"),
        ("The sale starts on 9/10", "en"),
        ("We explain the new tariff (1/5)", "en"),
        ("9/10 people own a phone", "en"),
        ("We stayed at a 2 star hotel in Leeds", "en"),
        ("Infolinia czynna 24/7", "pl"),
        ("9/10 Polaków ma telefon", "pl"),
        ("Mieszkamy na 5 piętrze", "pl"),
        ("Jedziemy linią 5", "pl"),
        ("Nocleg w hotelu trzy gwiazdki", "pl"),
    ],
)
def test_other_figures_are_no_rating(text, language):
    assert READER.read("", text, language).label in ("neutral", "unsure")


def test_only_shares_of_five_and_ten_are_ratings():
    assert (
        rating("10/10")
        == rating("5/5")
        > rating("8/10")
        > rating("3/5")
        == 0
        > rating("2/5")
        > rating("0/10")
    )
    assert rating("100/10") > 0
    assert all(rating(each) is None for each in ("24/7", "9/5", "11/10", "1/3", "10/10/2026", "/10", ""))
