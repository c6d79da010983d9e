"""What people say again and again."""

from rules.drivers import terms

QUEUE = [
    "The queue at the till again",
    "An endless QUEUE, I left",
    "queues everywhere today",
    "Why this queue?",
]
CHATTER = ["Coffee at the corner", "Walking past the shop", "New shop at the corner", "Coffee is on"]


def said(*texts, before=(), **more):
    return [term.text for term in terms(texts, before, **more)]


def test_what_is_told_again_and_again_is_counted_once_a_text():
    first = terms([*QUEUE, "queue queue queue"], CHATTER)[0]
    assert (first.text, first.count, first.before) == ("queue", 5, 0)


def test_what_was_always_said_is_no_news():
    shop = [f"shop number {word}" for word in ("red", "blue", "green", "black")]
    assert said(*QUEUE, *shop, before=shop * 3)[0] == "queue"
    assert "shop" not in said(*QUEUE, *shop, before=shop * 3)


def test_the_earlier_count_is_told_even_where_the_comparison_is_with_other_texts():
    found = terms(QUEUE, ["queue again"] * 9, against=CHATTER)
    assert (found[0].text, found[0].before) == ("queue", 9)


def test_a_phrase_stands_in_for_its_words():
    texts = ["Customer service hung up", "the customer service is closed", "so rude, customer service"]
    assert said(*texts) == ["customer service"]


def test_a_phrase_never_reaches_over_a_full_stop_or_a_small_word():
    assert said("lost bag. flight late", "lost bag! flight late") == ["flight late", "lost bag"]
    assert "stock store" not in said("stock in store", "stock in store")


def test_a_denial_makes_a_phrase_but_is_nothing_alone():
    assert said("aplikacja nie działa", "kasa nie działa", "nic nie działa") == ["nie działa"]
    assert said("it is not, no", "never, not") == []


def test_polish_forms_are_one_word_told_as_mostly_written():
    texts = ["Kolejka do kasy", "znowu stałem w kolejce", "i ta kolejka", "przez kolejkę się spóźniłem"]
    first = terms(texts, [])[0]
    assert (first.text, first.count) == ("kolejka", 4)


def test_words_without_diacritics_join_those_with_them():
    first = terms(["brudna łazienka jest", "lazienka zamknieta jest", "w łazience"], [])[0]
    assert (first.text, first.count) == ("łazienka", 3)


def test_addresses_accounts_and_numbers_are_dropped():
    text = "see https://shop.example.org/queue @shop #fail 2026 a@shop.example.org www.shop.example.org &amp;"
    assert said(text, text) == []


def test_the_brand_says_nothing_about_itself_in_any_form():
    texts = ["Żabka: zgniłe pomidory", "w Żabce zgniłe pomidory", "zabki i pomidory zgniłe"]
    assert all("abk" not in text for text in said(*texts, ignore=["Żabka"]))
    assert "Żabka" in said("Nasza Żabka", "Ta Żabka") or "Żabce" in said("W Żabce", "o Żabce")


def test_names_keep_their_capitals_and_shouting_does_not_count():
    assert said("Delays at Heathrow", "stuck at Heathrow", "HEATHROW again")[0] == "Heathrow"


def test_only_so_many_and_always_in_the_same_order():
    texts = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot"] * 2
    found = said(*texts, most=3)
    assert found == said(*texts[::-1], most=3) == ["alpha", "bravo", "charlie"]


def test_nothing_in_nothing_out():
    assert said() == said("once only") == said("", "", before=[""]) == []


def test_hostile_texts_cost_little_and_break_nothing():
    texts = ["a" * 100_000, "\x00\ud800 łoś łoś", "😀 " * 5000, "e\u0301tat ﬁx œuvre ǅ " * 50] * 2
    assert all(isinstance(text, str) for text in said(*texts))
