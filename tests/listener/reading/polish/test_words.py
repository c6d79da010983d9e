"""The Polish words: the lemma files, and sentences of many trades read by them."""

from __future__ import annotations

from importlib import resources

import pytest

from listener.reading import Reader
from listener.reading.polish.lexicon import Lexicon

FILES = ("adjectives.tsv", "nouns.tsv", "phrases.tsv", "verbs.tsv", "words.tsv")
PARTS = {"adj", "adv", "noun", "phrase", "verb", "word"}

PRAISE = """
Polecam z całego serca, obsługa na najwyższym poziomie.
Polecam z calego serca, obsluga na najwyzszym poziomie.
Pan doktor jest bardzo cierpliwy i empatyczny, wszystko dokładnie wyjaśnił.
Lekarz z powołania, anioł nie człowiek.
Pani doktor mnie wysłuchała i wyleczyła, jestem jej ogromnie wdzięczna.
Zabieg się udał, nic nie bolało, serdecznie dziękuję całemu zespołowi.
Nie mam żadnych zastrzeżeń, profesjonalizm w każdym calu.
Nie ma się do czego przyczepić, wszystko bez zarzutu.
Stanęli na wysokości zadania, brawa dla całej ekipy.
Jedzenie palce lizać, na pewno tu wrócimy.
Pyszna pizza i przemiła obsługa!
Pierogi jak u mamy, a ceny przystępne.
Zupa dnia rewelacja, deser to istne niebo w gębie.
Kawa przepyszna, klimat miejsca cudowny.
Strzał w dziesiątkę, ten telefon jest wart każdej złotówki.
Strzal w dziesiatke, ten telefon jest wart kazdej zlotowki.
Aplikacja działa bez zarzutu, jest szybka i intuicyjna.
Nowa wersja aplikacji jest świetna, dużo wygodniejsza od starej.
Przelew doszedł błyskawicznie, konsultantka bardzo pomocna.
Najlepszy bank, w jakim miałem konto, gorąco polecam.
Kurier przemiły, paczka dotarła przed czasem.
Szybka dostawa i solidnie zapakowane, dziękuję!
Przesyłka doszła błyskawicznie, jestem bardzo zadowolona.
Reklamacja załatwiona od ręki, bez zbędnych pytań, szacun.
Zwrócili pieniądze tego samego dnia, pełen profesjonalizm.
Hotel czyściutki, personel uśmiechnięty, widok zapiera dech.
Pokój przestronny, śniadania wyborne, okolica urokliwa.
Pociąg punktualny, wagon czysty i wygodny.
Kierowca uprzejmy i pomógł mi z wózkiem, wielkie dzięki.
Lot przebiegł spokojnie, załoga sympatyczna i uprzejma.
Sztos! Biorę w ciemno następną część.
Petarda, ten koncert był obłędny.
Zajebisty album, urywa dupę.
Zajebista robota chłopaki, jesteście kozaki.
Elegancko to zrobili, props.
Spoko miejscówka, git muzyka i mega ludzie.
Uwielbiam tę książkę, wzruszyła mnie do łez.
Film genialny, aktorzy wspaniali, arcydzieło.
Kocham ten zespół, jesteście najlepsi na świecie.
Gratulacje dla zwycięzców, jesteśmy dumni!
Brawo chłopaki, piękne zwycięstwo!
Wszystkiego najlepszego, dużo zdrowia i szczęścia!
Miłego dnia kochani, buziaki!
Życzę powodzenia i samych sukcesów.
Nie mogę się doczekać premiery, będzie super.
Czekam z niecierpliwością na kolejny odcinek.
Uratowali mi życie, nigdy im tego nie zapomnę.
Nareszcie ktoś kompetentny, rzeczowy i życzliwy.
Fachowiec pełną gębą, rzetelny i uczciwy.
Mechanik uczciwy, naprawił szybko i tanio.
Jakość świetna, materiał miły w dotyku, buty wygodne.
Produkt zgodny z opisem, solidne wykonanie, polecam.
Krem rewelacyjny, skóra jak nowa.
Przedszkole wspaniałe, panie troskliwe i ciepłe.
Nauczycielka z pasją, dzieci ją uwielbiają.
Prowadzący charyzmatyczny, szkolenie ciekawe i przydatne.
Zasięg świetny, internet śmiga jak marzenie.
Konsultant był kompetentny i rozwiązał mój problem w pięć minut.
Wreszcie operator, który szanuje klienta.
Oby więcej takich urzędników, sprawnie i z uśmiechem.
Sprawę załatwiłam sprawnie, pani w okienku przemiła.
Dobra robota, oby tak dalej!
Szacunek za pomoc potrzebującym, jesteście wielcy.
Piękny gest, chylę czoła.
Cieszę się, że wybrałem tę firmę, nie zawiodłem się.
Nie żałuję ani jednej wydanej złotówki.
Nie tylko smacznie, ale i tanio.
Bałam się zabiegu, ale lekarz był delikatny i wszystko poszło gładko.
Lepszego dentysty nie ma, zero bólu, zero stresu.
Cena w porządku, jakość znakomita.
Super sprawa, gratuluję pomysłowości i odwagi.
Kawusia wyśmienita, ciasto domowe, obsługa kochana.
Uśmiech od ucha do ucha, taki to był udany dzień!
Robi wrażenie, świetnie dopracowany samochód.
Auto niezawodne, ekonomiczne i komfortowe.
Mieszkanie odebrane bez usterek, deweloper godny zaufania.
Siłownia zadbana, trenerzy motywują i wspierają.
Fryzjerka mistrzyni, efekt przerósł moje oczekiwania.
Bardzo ladny pokoj i mila obsluga.
Jestem zachwycona, dziekuje i pozdrawiam serdecznie.
Swietny lekarz, bardzo mi pomogl.
Najlepsza decyzja w życiu, jestem przeszczęśliwa.
Bezproblemowy zwrot i przemiła pani na infolinii.
Jestem pod ogromnym wrażeniem, klasa sama w sobie.
Weterynarz cudowny, uratował naszego psa, polecamy.
Ubezpieczyciel wypłacił odszkodowanie od ręki, brawo.
Kelnerka przesympatyczna, steki soczyste, wino doskonałe.
Jest moc, uwielbiam te klimaty!
"""

BLAME = """
Dno i metr mułu, omijać szerokim łukiem.
Dno i metr mulu, omijac szerokim lukiem.
Nie polecam, strata czasu i pieniędzy.
Nigdy więcej, moja noga tam nie postanie.
Szkoda gadać, ręce opadają.
Pieniądze wyrzucone w błoto.
Porażka na całej linii, obsługa poniżej krytyki.
Lekarz opryskliwy i arogancki, nawet nie zbadał dziecka.
Konował, zaszkodził mi bardziej niż pomógł.
Pani doktor oschła, zbyła mnie po dwóch minutach.
Traktuje pacjentów przedmiotowo, zero empatii.
Rutyniarz, patrzy na zegarek i nie słucha.
Źle postawiona diagnoza, przez niego straciłam pół roku.
Bolało jak diabli, lekarka niedelikatna i nieuprzejma.
Trafiłam do szpitala przez błąd lekarski, koszmar.
Zimne jedzenie, obsługa olewa klientów.
Zupa niesmaczna, mięso surowe, kelner bezczelny.
Brudne sztućce, smród w toalecie, masakra.
Po tym obiedzie całą rodziną mieliśmy zatrucie.
Ciasto zjełczałe, kawa jak lura, tragedia.
Produkt przeterminowany, na półce spleśniałe owoce.
Buty rozleciały się po tygodniu, badziewie.
Badziew i tandeta, rozpadło się po dwóch dniach.
Telefon ciągle się zawiesza, szajs nie sprzęt.
Aplikacja znowu nie działa, wywala błąd przy logowaniu.
Aplikacja znowu nie dziala, wywala blad przy logowaniu.
Po aktualizacji wszystko się tnie, dramat.
Brak zasięgu od trzech dni i zero kontaktu z operatorem.
Internet co chwilę pada, a infolinia wciska kit.
Naliczyli mi ukryte opłaty, złodzieje.
Bank zablokował mi konto bez powodu, skandal.
Oszukali mnie na kredycie, zdziercy i naciągacze.
Robią ludzi w balona, nie dajcie się nabrać.
Wciskają kit, a potem umywają ręce.
Kurier nie przyjechał, paczka zaginęła.
Zgubili paczkę i nikt nie odbiera telefonu.
Paczka zniszczona, kurier rzucił ją pod drzwi i uciekł, żenada.
Czekam na zwrot pieniędzy od miesiąca, cisza w eterze.
Odrzucili reklamację bez uzasadnienia, kpina z klienta.
Odsyłają od Annasza do Kajfasza, spychologia w czystej postaci.
Nikt nie odpisuje na maile, mają klienta w nosie.
Pociąg spóźniony dwie godziny, w wagonie smród i ścisk.
Znowu opóźnienie, ile można?
Odwołany lot, zero informacji, wstyd.
Zgubili mój bagaż i jeszcze byli niemili.
Kierowca chamski, autobus brudny.
Hotel obskurny, w pokoju grzyb i karaluchy.
Pokój śmierdział stęchlizną, pościel brudna, ohyda.
Wyciek danych klientów, hakerzy przejęli hasła.
Prokuratura wszczęła śledztwo w sprawie oszustwa.
Prezes usłyszał zarzuty korupcyjne.
Pracownicy oskarżają firmę o mobbing i molestowanie.
Zwolnienia grupowe w fabryce, ludzie na bruk.
Salmonella w partii jaj, produkt wycofany ze sprzedaży.
Firma ogłosiła upadłość, klienci zostali na lodzie.
Uwaga na fałszywe SMS-y, to phishing.
Zginęły trzy osoby, wielu jest rannych.
Kłamca i złodziej, hańba!
Kurwa, znowu awaria.
K... mać, co za debile to projektowali.
Co za gówniany sklep, wypierdalać z takim podejściem.
Chujowa obsługa, spierdolona robota.
Wkurwia mnie ten operator.
Wkurza mnie to ciągłe zdzieranie kasy.
Jestem wściekły, potraktowali mnie jak śmiecia.
Do dupy z taką promocją.
Film do bani, nudny jak flaki z olejem.
Książka słaba, strasznie się rozczarowałam.
Serial to żenada, aktorzy drewniani, dialogi idiotyczne.
Ale kicha, spodziewałem się czegoś lepszego.
Lipa, przypał i żal.
Cringe, aż mnie ciarki przeszły.
No brawo, kolejna awaria w tym tygodniu.
Dzięki za nic, infolinio.
Gratuluję pomysłu, pół miasta stoi w korku.
Jak można tak traktować ludzi?
Kto to wymyślił? Paranoja.
Nie wstyd wam?
Pożal się Boże fachowcy, wszystko do poprawki.
Mechanik partacz, spartaczył hamulce, mogłem zginąć.
Deweloper oszust, ściany krzywe, dach przecieka.
Urzędniczka nieuprzejma i niekompetentna, biurokracja i chamstwo.
Nauczyciel poniża dzieci, skarga już złożona.
Smutno mi i płakać mi się chce.
Mam już dość, wszystko mnie boli.
Tęsknię i jest mi źle.
Nienawidzę poniedziałków.
Boję się i nie mogę spać.
Cena z kosmosu, a jakość żadna, zdzierstwo.
Za drogo i za mało, porcje mikroskopijne.
Niestety rozczarowanie, obsługa nieogarnięta.
Jestem bardzo niezadowolona, nic nie zrobili.
Obiecywali złote góry, a wyszło jak zwykle, czyli beznadziejnie.
Klient to dla nich zło konieczne.
Strzelili sobie w kolano tą podwyżką.
Bojkot! Nie kupujcie u tych oszustów.
Najgorszy sklep, w jakim byłam.
Ubezpieczyciel zaniżył odszkodowanie i zwleka z wypłatą, krętacze.
Telemarketerzy nękają mnie od tygodnia, natręci.
Wizyta taśmowa, lekarka pretensjonalna i wiecznie spóźniona.
Sprzedali mi uszkodzony rower i nie chcą oddać pieniędzy.
"""

PLAIN = """
Sklep jest czynny od dziewiątej do siedemnastej.
Jutro o 12 odbędzie się konferencja prasowa.
Spotkanie przeniesiono na czwartek.
Oddział znajduje się przy ulicy Długiej.
Czy ktoś wie, o której otwierają?
Firma przedstawiła wyniki za trzeci kwartał.
Jadę do Dobrego Miasta przez Olsztyn.
Mam konto w tym banku od dziesięciu lat.
Lekarz przyjmuje we wtorki i czwartki.
Zdjęcie z wczorajszego meczu.
Minister sprawiedliwości spotkał się z dziennikarzami.
Nowy numer miesięcznika w kioskach od jutra.
Kod pocztowy trzeba podać przy zamówieniu.
W sobotę autobusy pojadą inną trasą.
Zamówienie składa się z dwóch części.
Ile kosztuje bilet do Krakowa?
Wizyta trwała pół godziny.
Badanie wykonuje się na czczo.
"""

CERTAIN = [
    ("Polecam!", "positive"),
    ("Nie polecam!", "negative"),
    ("Dno i metr mułu", "negative"),
    ("Szkoda gadać", "negative"),
    ("Palce lizać!", "positive"),
    ("Strzał w kolano", "negative"),
    ("Strzał w dziesiątkę", "positive"),
    ("Bez zarzutu", "positive"),
    ("Do bani", "negative"),
    ("Zajebiste!", "positive"),
    ("Chujowe.", "negative"),
    ("zajebiscie", "positive"),
    ("k**wa mać", "negative"),
    ("ch*jowa robota", "negative"),
    ("beznadziejna obsluga", "negative"),
    ("Nie ma się do czego przyczepić", "positive"),
    ("Omijajcie szerokim łukiem", "negative"),
    ("Ręce opadają", "negative"),
    ("Dzięki za nic", "negative"),
    ("Wszystkiego najlepszego!", "positive"),
    ("Nie mogę się doczekać!", "positive"),
    ("Znowu nie działa", "negative"),
    ("Złodzieje!", "negative"),
    ("Lekarz niekompetentny i arogancki", "negative"),
    ("Kocham was!", "positive"),
    ("To jest dramat", "negative"),
    ("Pieniądze wyrzucone w błoto", "negative"),
    ("Jestem zachwycona", "positive"),
    ("Nie jestem zadowolony", "negative"),
    ("Sztos", "positive"),
    ("Badziewie", "negative"),
    ("Wyciek danych klientów", "negative"),
]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def _rows(name: str) -> list[list[str]]:
    text = resources.files("listener.reading.polish").joinpath(name).read_text(encoding="utf8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [[*line.split("\t"), "", ""] for line in lines]


def _sentences() -> list[tuple[str, str]]:
    groups = (("positive", PRAISE), ("negative", BLAME), ("neutral", PLAIN))
    return [(line, label) for label, text in groups for line in text.strip().splitlines()]


def test_every_file_says_how_it_was_made():
    for name in FILES:
        text = resources.files("listener.reading.polish").joinpath(name).read_text(encoding="utf8")
        assert text.startswith("#")
        assert "by hand" in text[:600]


def test_three_thousand_lemmas_have_a_valence():
    lemmas = {row[0] for name in FILES for row in _rows(name) if row[1] != "phrase" and float(row[2])}
    assert len(lemmas) >= 3_000


def test_three_hundred_phrases_and_more():
    spellings = {each for row in _rows("phrases.tsv") for each in (row[0], *row[3].split())}
    assert len(spellings) >= 300


def test_no_lemma_stands_twice():
    keys = [(row[0], row[1]) for name in FILES for row in _rows(name)]
    assert len(keys) == len(set(keys))


def test_valences_and_parts_are_such():
    for name in FILES:
        for row in _rows(name):
            assert row[1] in PARTS, row
            assert -4 <= float(row[2]) <= 4, row


def test_praise_and_blame_both_are_in_every_part():
    for part in ("adj", "noun", "verb", "word", "phrase"):
        valences = [float(row[2]) for name in FILES for row in _rows(name) if row[1] == part]
        assert min(valences) <= -2.5
        assert max(valences) >= 2.5


def test_no_lemma_is_read_as_its_opposite():
    lexicon = Lexicon()
    rows = [row for name in FILES for row in _rows(name) if row[1] != "phrase"]
    turned = [row[0] for row in rows if lexicon.entry(row[0]).valence * float(row[2]) < 0]
    assert not turned


def test_sentences_of_many_trades_are_read_as_they_are_meant(reader: Reader):
    sentences = _sentences()
    assert len(sentences) >= 200
    wrong = [
        f"{label}: {found}: {text}"
        for text, label in sentences
        if (found := reader.read("", text, "pl").label) != label
        and not (label == "neutral" and found == "unsure")
    ]
    assert len(wrong) <= 0.1 * len(sentences), "\n".join(wrong)


@pytest.mark.parametrize(("text", "label"), CERTAIN)
def test_what_nobody_doubts_is_never_misread(text: str, label: str, reader: Reader):
    assert reader.read("", text, "pl").label == label
