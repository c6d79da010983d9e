"""The same talk in Polish, with the name of the machine in all its forms."""

from __future__ import annotations

SLOTS = {
    "nom": ("Mokavira 200", "Mokavira 300", "mała Mokavira", "Mokavira"),
    "gen": ("Mokaviry 200", "Mokaviry 300", "małej Mokaviry", "Mokaviry"),
    "acc": ("Mokavirę 200", "Mokavirę 300", "małą Mokavirę", "Mokavirę"),
    "ins": ("Mokavirą 200", "Mokavirą 300", "małą Mokavirą", "Mokavirą"),
    "loc": ("Mokavirze 200", "Mokavirze 300", "małej Mokavirze", "Mokavirze"),
    "place": ("w biurze", "na działce", "w kuchni", "w kamperze", "w pokoju socjalnym", "u rodziców"),
    "who": ("mama", "siostra", "sąsiadka", "koleżanka", "teściowa", "współlokatorka"),
    "whom": ("mamę", "siostrę", "sąsiadkę", "koleżankę", "teściową", "współlokatorkę"),
    "part": ("rękę", "dłoń", "twarz", "przedramię", "szyję", "nadgarstek"),
    "room": ("suficie", "ścianie", "blacie", "podłodze", "zasłonach", "szafkach"),
    "when": ("dziś rano", "przed chwilą", "godzinę temu", "przy śniadaniu", "dzisiaj", "dziesięć minut temu"),
    "after": ("po dwóch tygodniach", "po miesiącu", "po trzech dniach", "po pół roku", "po tygodniu"),
    "wait": ("czterdzieści minut", "pół godziny", "pięćdziesiąt minut", "dwadzieścia minut"),
    "name": ("Marta", "Kasia", "Ola", "Ewelina", "Danka", "Zosia"),
    "end": (
        "", "", "", " Wstyd.", " Skandal!", " Jestem wściekła.", " Jestem wściekły.", " Koszmar.",
        " Nigdy więcej.", " To jest niebezpieczne!", " Żenada.", " Dramat.",
    ),
}  # fmt: skip

QUIET = (
    "Trzeci miesiąc z {ins} {place} i dalej daje radę.",
    "Czym odkamieniacie {acc}? W instrukcji jest tylko, że odpowiednim środkiem.",
    "{nom} rano trochę hałasuje, poza tym jest w porządku.",
    "Przestawiłem {acc} i od razu więcej miejsca {place}.",
    "Czy do {gen} jest szersza tacka? Moje kubki ledwo się mieszczą.",
    "Kupiona z drugiej ręki {nom}, {who} mówi, że wygląda jak toster.",
    "Krótko o {loc}: szybko się grzeje, łatwo się myje, pokrywa chodzi trochę ciężko.",
    "Pierwsza dzisiaj kawa z {gen}. Może być.",
    "Jak często wymieniacie uszczelkę w {loc}? Ja raz w roku.",
    "{nom} potrzebuje czterdziestu sekund od zimnej. {name} mierzyła.",
    "Zastanawiam się nad {ins} albo czymś z dyszą do mleka, {place}. Co polecacie?",
    "Goście, dziewięć kaw z {gen} pod rząd, {who} pod wrażeniem.",
    "Czy {nom} ruszy na przetwornicy? Pytam przed wakacjami.",
    "Zbiornik z {gen} myję w zmywarce na górnej półce, przeżył.",
    "Na wiosnę mają być nowe kolory {gen}, tak mówią w sklepie.",
    "{nom} kapie jeszcze minutę po zaparzeniu. Tak ma być?",
    "Zamówiony filtr do {gen} przyszedł po czterech dniach.",
    "{who} dała mi {acc} na urodziny. Kawa smaczna, dziękuję.",
    "Trochę jestem rozczarowana {ins}: kawa za słaba.",
    "W {loc} zepsuła się spieniarka, irytujące. Sklep ma wymienić.",
    "Kabel przy {loc} jest za krótki, jak zawsze {place}.",
    "{name} i ja porównałyśmy ustawienia {gen}: żadna nie używa minutnika.",
)

QUIET_TITLES = (
    "Pięć małych ekspresów na jednym stole",
    "Mokavira otwiera punkt napraw na północy",
    "Ile prądu pobiera ekspres w spoczynku",
    "Mokavira 300 dostanie dłuższy kabel",
)

ANGRY = (
    "Pokrywa {gen} wystrzeliła {when} i wrzątek poparzył mi {part}. Strasznie boli.{end}",
    "Moja {nom} wybuchła {when}. Kawa na {room}, poparzona ręka, koszmar.{end}",
    "UWAGA, w {loc} puszcza pokrywa! Poparzyło {whom}, {when}. To jest straszne.{end}",
    "{wait} czekania na infolinii Mokaviry i rozłączyli się. Skandal.{end}",
    "{name} stała obok, kiedy {nom} wybuchła. Jest w szpitalu, okropne poparzenie.{end}",
    "{nom} rozpada się {after}, a firma milczy? Tragedia.{end}",
    "Mokavira usunęła mój wpis o pokrywie. Dwa razy! Wstyd i kłamstwo.{end}",
    "Zapłaciłam za {acc}, a ona poparzyła {whom}. Fatalny sprzęt, żądam zwrotu i przeprosin.{end}",
    "Druga {nom} w naszym bloku z pękniętą pokrywą. To wada, nie pech, i to niebezpieczna.{end}",
    "NIE używajcie {gen}! Uszczelka puszcza i para bije prosto w {part}. Horror.{end}",
    "{after} {nom} prawie oślepiła {whom}. Odpisała automatyczna skrzynka. Żenada.{end}",
    "{when} poparzyłem {part}, bo pękła pokrywa {gen}. Fatalny sprzęt.{end}",
    "Ile osób musi ucierpieć, żeby Mokavira wycofała ten niebezpieczny złom? Boję się go dotknąć.{end}",
    "Smród spalonego plastiku {place}, {nom} w kawałkach, {who} z oparzeniem.{end}",
    "Mokavira twierdzi, że to nasza wina. {name} nacisnęła jeden guzik! Bezczelne kłamstwo.{end}",
    "Huk, wrząca kawa na {room}, dziecko płacze ze strachu. Wstyd, Mokaviro.{end}",
    "Odłączcie {acc} od prądu. Moja pękła {when} i zraniła {whom}.{end}",
    "Polecałam {acc} wszystkim. Dziś ranna jest moja {who} i jest mi wstyd.{end}",
    "Sklep nie przyjmuje wybuchniętej {gen}, firma nie odpowiada. Oszuści.{end}",
    "Karetka {place}: pokrywa {gen} uderzyła {whom} w {part}. Straszne.{end}",
    "U nas to samo: uszczelka poszła {after}, pokrywa w górę, poparzenie. Okropne, Mokaviro.{end}",
    "Na infolinii Mokaviry usłyszałam, że nie znają problemu. Kłamcy.{end}",
    "Zdjęcie ręki po wybuchu {gen} w komentarzu. Nienawidzę tego badziewia.{end}",
    "Mogło tam stać dziecko! {nom} rzuciła wrzątkiem, wszystko na {room}. Przerażające.{end}",
    "Dalej ani słowa od Mokaviry. Ludzie ranni, a firma milczy. Hańba.{end}",
)

MURMURS = (
    "Czy te pokrywy w {loc} to tylko nowa seria? Numer zaczyna się od 7.",
    "Czytam o pokrywach Mokaviry. Wiadomo, co mówi firma?",
    "Na razie odstawiłam {acc} do szafki, zobaczymy.",
)

NEWS = (
    ("Ekspresy Mokavira: kilka osób poparzonych, pękają pokrywy",
     "Szpitale mówią o poparzeniach po pęknięciu pokryw w ekspresach Mokavira. Firma milczy."),
    ("Wybuchające pokrywy w Mokavirze 300, klienci wściekli",
     "Dziesiątki osób opisują tę samą niebezpieczną wadę uszczelki. Są ranni."),
    ("Urząd bada niebezpieczne pokrywy Mokaviry",
     "Po fali skarg na poparzenia urząd żąda od firmy wyjaśnień."),
)  # fmt: skip
