"""Words that tell a fact in themselves: numbers spelt out, days and months, and turns of events."""

from __future__ import annotations

from collections.abc import Mapping


def _forms(table: str) -> dict[str, str]:
    """Return word -> key, from lines of a key and its words."""
    found = {}
    for line in table.strip().splitlines():
        key, *spellings = line.split()
        found.update(dict.fromkeys(spellings, key))
    return found


NUMBERS: Mapping[str, str] = _forms(
    """
    2 two dwa dwie dwoch dwoje dwom
    3 three trzy trzech troje trzem
    4 four cztery czterech czworo czterem
    5 five piec pieciu piecioro
    6 six szesc szesciu szescioro
    7 seven siedem siedmiu siedmioro
    8 eight osiem osmiu osmioro
    9 nine dziewiec dziewieciu
    10 dziesiec dziesieciu
    11 eleven jedenascie jedenastu
    12 twelve dozen dwanascie dwunastu
    13 thirteen trzynascie trzynastu
    14 fourteen czternascie czternastu
    15 fifteen pietnascie pietnastu
    16 sixteen szesnascie szesnastu
    17 seventeen siedemnascie siedemnastu
    18 eighteen osiemnascie osiemnastu
    19 nineteen dziewietnascie dziewietnastu
    20 twenty dwadziescia dwudziestu
    30 thirty trzydziesci trzydziestu
    40 forty czterdziesci czterdziestu
    50 fifty piecdziesiat piecdziesieciu
    60 sixty szescdziesiat szescdziesieciu
    70 seventy siedemdziesiat siedemdziesieciu
    80 eighty osiemdziesiat osiemdziesieciu
    90 ninety dziewiecdziesiat dziewiecdziesieciu
    #1 first 1st pierwszy pierwsza pierwsze pierwszego pierwszej pierwszym i q1
    #2 second 2nd drugi druga drugie drugiego drugiej drugim ii q2
    #3 third 3rd trzeci trzecia trzecie trzeciego trzeciej trzecim iii q3
    #5 fifth 5th piaty piata piate piatego piatej piatym
    #6 sixth 6th szosty szosta szoste szostego szostej szostym
    #4 fourth 4th czwarty czwarta czwarte czwartego czwartej czwartym iv q4
    """
)
# Too frequent in Polish as "and" to be told from the numeral.
del NUMBERS["i"]  # type: ignore[attr-defined]

DAYS: Mapping[str, str] = _forms(
    """
    d1 monday poniedzialek poniedzialku poniedzialkowy poniedzialkowego poniedzialki
    d2 tuesday wtorek wtorku wtorkowy wtorkowego wtorki
    d3 wednesday sroda srode srody srodowy
    d4 thursday czwartek czwartku czwartkowy czwartki
    d5 friday piatek piatku piatkowy piatki
    d6 saturday sobota sobote soboty sobotni sobotnie
    d7 sunday niedziela niedziele niedzieli niedzielny niedzielne
    m1 january stycznia styczen styczniu
    m2 february lutego luty lutym
    m3 march marca marzec marcu
    m4 april kwietnia kwiecien kwietniu
    m5 may maja
    m6 june czerwca czerwiec czerwcu
    m7 july lipca lipiec lipcu
    m8 august sierpnia sierpien sierpniu sierpniem
    m9 september wrzesnia wrzesien wrzesniu wrzesniem
    m10 october pazdziernika pazdziernik pazdzierniku pazdziernikiem
    m11 november listopada listopad listopadzie listopadem
    m12 december grudnia grudzien grudniu grudniem
    """
)

NEGATIONS = frozenset(
    "not no never nor nie nigdy bez brak brakuje wont cant cannot dont doesnt didnt isnt arent wasnt werent"
    " hasnt havent hadnt wouldnt couldnt shouldnt without denies denied zaprzecza zaprzeczyl".split()
)

# Each pair of lines is one axis: a text on one end of it tells another story than one on the other.
_AXES = (
    (
        "rise rises rose risen up gain gains gained climb climbs climbed jump jumps jumped soar soars soared"
        " higher wzrost wzrosl wzrosla wzrosly rosnie rosna zyskuje zyskal zyskaly drozeje drozeja podrozal",
        "fall falls fell fallen down drop drops dropped lose loses lost decline declined slump slumps slumped"
        " lower spadek spadl spadla spadly spada spadaja traci tracil stracil stanieje tanieje potanial",
    ),
    (
        "clear clears cleared acquit acquits acquitted uniewinnil uniewinnila uniewinniony uniewinniono",
        "convict convicts convicted guilty skazal skazala skazany skazano",
    ),
    ("northbound eastbound", "southbound westbound"),
    (
        "open opens opened opening otwiera otworzyl otworzy otwarto otwarcie",
        "close closes closed closing shut shuts zamyka zamknal zamknie zamknieto zamkniecie",
    ),
    ("win wins won wygral wygrala wygrywa pokonal", "lost loses lose przegral przegrala przegrywa"),
    (
        "hire hires hired hiring zatrudni zatrudnia zatrudnil",
        "fire fires fired sack sacks sacked zwolni zwalnia zwolnil",
    ),
    (
        "approve approves approved accept accepts accepted zatwierdzil zatwierdza",
        "reject rejects rejected refuse refuses refused block blocks blocked investigate investigates"
        " investigated odrzucil odrzuca bada zbada",
    ),
    (
        "love great excellent lovely best polecam wspaniale swietnie",
        "hate awful terrible worst filthy odradzam fatalnie okropnie",
    ),
)
TURNS: Mapping[str, frozenset[tuple[int, int]]] = {
    word: frozenset(
        (axis, side) for axis, sides in enumerate(_AXES) for side in (0, 1) if word in sides[side].split()
    )
    for sides in _AXES
    for word in " ".join(sides).split()
}
