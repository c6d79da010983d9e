"""Forms of a name that were pruned are not met, those that were added are."""

from rules.pruning import inflected, pruned, shown, unknown
from rules.query import Passage, compile, parse

QUERY = '(żabka~ OR "polski bus"~) AND NOT ogród~'


def met(query, text):
    return compile({"it": query}).match(Passage("", text)).get("it")


def test_a_pruned_form_is_not_met():
    query = pruned(QUERY, ["Żabko", "polskie busy"])
    assert not met(query, "Żabko!") and not met(query, "zabko") and not met(query, "polskie busy jadą")
    assert met(query, "w Żabce") and met(query, "polskim busem") and met(query, "polskich busów")


def test_an_added_form_is_met_as_its_name_is_and_never_as_one_under_not():
    query = pruned(QUERY, extra=["żabcia", "PB", "ogródeczek"])
    assert met(query, "w Zabcia") == ("Zabcia",) and met(query, "PB")
    assert met(query, "żabcia w ogródeczek"), "an added form is no form of what must not be"
    assert not met(query, "żabcia w ogrodzie")


def test_a_query_without_names_or_changes_is_as_it_was():
    assert pruned("kettle", ["x"], ["y"]) == parse("kettle") and pruned(QUERY) == parse(QUERY)


def test_names_under_not_are_not_shown():
    assert [term.value for term in inflected(parse(QUERY))] == ["żabka", "polski bus"]


def test_what_is_shown_tells_what_was_pruned_and_added():
    first, _ = shown(pruned(QUERY, ["żabko"], ["żabcia"]))
    assert [cell.pruned for cell in first.cells if cell.pruned] == [("żabko",)]
    assert all("żabko" not in cell.forms for cell in first.cells) and first.added == ("żabcia",)


def test_what_no_name_has_is_told_with_the_nearest_form():
    assert unknown(parse(QUERY), ["żabko", "Polskiego Busa"]) == ()
    assert unknown(parse(QUERY), ["żabkoo", "xyz"]) == (("żabkoo", "żabko"), ("xyz", ""))
