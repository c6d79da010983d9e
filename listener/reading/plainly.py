"""What the words of a text say of its language: the plain ones of English and of Polish, without any model.

Most posts are settled here. The words are common ones of each language that its neighbours do not
share; Polish ones are known with and without their diacritics.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

# Small words that are at home in one language only, among those known here.
_ENGLISH = frozenset(
    "the and with that this they have has had from what been were would could should which their there "
    "about because it's don't i'm you your you're are for not but just when how why my our his her its than "
    "then them these those will can't didn't isn't doesn't won't get got out who where while after before "
    "over into only very more most any every never again still please thanks thank good great love new know "
    "like want need make going come today tomorrow people even much too well really think some here first "
    "last next now day days time year week night one two three back down up off way best better right work "
    "things everyone tonight yesterday monday tuesday wednesday thursday friday saturday sunday says said "
    "going see may might shall between against during since until another other others same every "
    "something anything nothing someone anyone waiting watching getting making having being does doing "
    "went came made gave told asked wasn't aren't haven't hasn't wouldn't couldn't shouldn't that's there's "
    "what's he's she's we're they're i've i'll you'll we'll let's".split()
)
_ENGLISH_TOO = _ENGLISH | frozenset(
    "a i of to is in on it as at be we he she was an or if so me by do no us".split()
)
# Words that people write in Polish only, with and without diacritics; none of Czech, Slovak or Croatian.
_POLISH_WORDS = """
    się jest czy już tylko bardzo przez żeby więc byłem byłam było były mnie jestem jesteś jesteście
    jesteśmy który która które których którym którzy gdzie kiedy teraz wszystko wszyscy wszystkich
    dlaczego może tego jego dla być będzie będę będą bądź przy oraz tej tych masz sobie nawet jeszcze
    znowu gdy aby mój moje twój swój swoje swoją też także gdyby jeśli jeżeli kogoś ktoś coś czegoś
    czemu komu kogo nikt nikogo niczego nigdy zawsze często rzadko trzeba można wolno mogę możesz możemy
    mogą chcę chcesz chce chcą musi muszę musisz wiem wiesz wiedzieć robić robi robię robią mieć miał
    miała mieli mają macie dobrze dobry dobra źle zły lepiej lepszy gorzej gorszy najlepszy dzisiaj dziś
    wczoraj jutro rano wieczorem dzień dnia dni tydzień tygodnia rok roku lat czas czasu godzin godziny
    minut proszę dziękuję dzięki dziękujemy przepraszam witam cześć pozdrawiam polecam pani
    pana panu państwa państwo ludzie ludzi człowiek człowieka życie życia świat świata praca pracy firma
    firmy firmie sklep sklepu sklepie pieniądze pieniędzy złotych złoty zł drogo tanio obsługa obsługi
    klient klienta klientów telefon telefonu działa działają działać chyba raczej naprawdę
    właśnie ponieważ chociaż mimo podczas między przed bez według wobec przeciw niż jako jakie jaki jaka
    takie taki taka tyle ile trochę dużo mało więcej mniej najbardziej całe cały cała każdy każda każde
    inny inna inne nowy nowa nowe pierwszy pierwsza drugi ostatni ostatnio potem później wcześniej zaraz
    ciągle dalej razem sam sama samo ciebie tobie tobą nami wami nim nią nich niego niej jej im ich wam
    nam cię ją jemu oni one tutaj tam stąd skąd dokąd nadal wciąż podobno niestety szkoda masakra
    fajny fajna fajne fajnie świetny świetnie piękny pięknie śliczny kocham lubię lubi
    uwielbiam nienawidzę mówi mówię mówią powiedział powiedziała myślę myśli widzę widać widział słyszał
    oczywiście wiadomo kurwa gówno chuj dupa jebać kurde żal wstyd żenada dramat porażka złodzieje
    oszuści oszustwo reklamacja zwrot paczka paczki paczkę kurier zamówienie dostawa konto konta
    aplikacja aplikacji infolinia lekarz lekarza pacjent wizyta wizyty wizycie mecz meczu polska polski
    polskie polskiej polsce polak polacy wybory rząd rządu prezydent zdjęcie zdjęcia film filmu książka
    piosenka szkoła szkoły matura rodzice dzieci dziecko mama tata mamy ogarnij czemuś weź jakaś jakiś
    jakieś jakby zresztą czyli wtedy skoro dopiero prawie około ponad wreszcie znów żaden żadna żadnych
    dwa trzy cztery pięć sześć siedem osiem dziesięć tysiące obok dlatego jednak albo lub niech zostać
    został została stało stać idę idzie pójść jadę jechać wrócić podoba podobają ładna ładny ładne
    ładnie zestaw hasło uwaga uwagi brawo gratuluję gratulacje gratulujemy zobacz zobaczcie zapraszam
    zapraszamy zapraszają sprawdź pamiętaj nowości artykuł relacja odcinek konkurs wygraj powodzenia
    smacznego miłego wieczór noc nocy weekendu poniedziałek wtorek środa czwartek piątek sobota
    niedziela stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada
    grudnia miasto mieście ulica ulicy droga drogi samochód auto autobus pociąg samolot lotnisko policja
    sąd wyrok ustawa sejm biedny biedna głupi głupia głupie mądry ważne ważny zdrowie
    zdrowia wojna wojny prawda prawdę kłamstwo wstydu kupić kupiłem kupiłam zapłacić czekam czekać
    czekamy spać śpię jem piję oglądam słucham czytam gram
"""
_MARKS = str.maketrans("ąćęłńóśźż", "acelnoszz")
# Some of them lose their language with their marks, or are at home with a neighbour too.
_SHARED = frozenset(
    """
    sie jest bez sam sama samo dobry dobra tam dam mama mamy tata dva rok roku dnia dni lat im ich
    oni one ile pani pana panu pan film filmu telefon telefonu minut firma firmy konto konta masz ma
    moje drama dramat potem pred nam wam vam nim jej ja coz moze tego nowe nova super zwrot mimo aby
    gdy juz takze nas dla tej cos chce vas zal drugi trzy idzie polska polski polskie prezydent zle
    rano jako czas swoje jaki jaka taki taka prace pracy stac dali robi robia jem gram niz wolno
    inne wiem lubi cala cale caly lekarz albo tych przed jadu minuty wizyta stalo cely jedno male
    malo tyle spac zaraz masakra fajny fajna maja kocham kogo komu znow dalej
    """.split()
)
_POLISH = frozenset(
    word for written in _POLISH_WORDS.split() for word in {written, written.translate(_MARKS)} - _SHARED
)
_NEIGHBOURLY = (
    "der die das und ist nicht ich ein eine mit auf für von zu het een van de niet dat le la les et est que "
    "pas el los las un una por con para il che di per non não uma com som och att det är den je se na ve ze "
    "si to jsem jsou byl hogy egy az és este nu şi bir bu için"
)
_FOREIGN = (_POLISH | frozenset(_NEIGHBOURLY.split())) - _ENGLISH_TOO
# Czech, Slovak and Croatian as people write them without marks, close to Polish by their letters alone.
_SLAVIC = frozenset(
    """
    uz jsem jsou jsme jste ako preco proto preto protoze pretoze kdyz ked kdy kde gdje kada
    zitra zajtra vcera dnes vsechno vsetko vsichni vsetci som bolo budeme jeste este
    velmi velice prosim dekuji dekuju dakujem diky opet zase nekdo niekto neco nieco
    pri nebo alebo vubec vobec nejlepsi najlepsi hrozne hrozna idemo jedeme
    ideme nije nisu kao ili ovo ovaj svi sve vec hvala puno lijepo molim danas sutra jucer
    jos
    """.split()
)
# A word in small letters with a letter that Polish alone has: a name such as Świątek says nothing.
_POLISH_SPELLED = re.compile("(?<![^\\W_])[a-zćó]*[łąęśżźń][a-ząćęłńóśźż]*")
# Clusters that neighbours spell otherwise (przy is při, dzień is den): in small letters, as names travel.
_POLISH_BUILT = re.compile(
    r"(?<![^\W_])[a-z]*(?:szcz|prz|krz|brz|grz|trz|dzi|wsz|sci|czy|czn|cze|wiec|owac|ujem|ujes|alem\b|alam\b"
    r"|(?:iej|osc|zcie|ajcie|wego|skiego|lnego|nnego|dnego|owie|esz|asz|isz|ysz|wiem)\b)[a-z]*"
)
# Typed in every language, or on the keyboard with a fist.
_NOISE = re.compile(
    r"ok|okay|okej|lo+l|omg|wtf|x+d+|(?:a?ha|he|hi|xa)+h?|hm+|mhm|wow|a+|o+|ee+|"
    r"[^\W\d_]*[bcdfghjklmnpqrstvwxz]{5}[^\W\d_]*|[bcdfghjklmnpqrstvwxz]{3,}|asdf\w*|qwe\w*"
)
# From so many words of each on, a text that mixes two languages is in neither.
_EVENLY = 3
_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_NO_ASCII = dict.fromkeys(range(128))
_LISTED = _POLISH | _ENGLISH_TOO | _FOREIGN


class Said(NamedTuple):
    """What the words of a text say: how many are plainly Polish, how many are English, and how many of these
    English alone; in which language it plainly is, whether a word is of a Slavic neighbour, and all words."""

    polish: int
    english: int
    sure: int
    plainly: str
    slavic: bool
    words: list[str]


def quickly(text: str) -> str:
    """Return in which language the words between spaces plainly are: most posts need no more."""
    words = set(text.lower().split())
    listed = words & _LISTED
    polish = listed & _POLISH
    if not text.isascii():
        polish |= _spelled(text)
    return _plainly(text, listed, len(words), len(polish), len(listed & _ENGLISH))


def carefully(text: str) -> Said:
    """Count the words without the signs around them, and those that are built as only Polish builds them."""
    every = _TOKEN.findall(text.lower())
    words = set(every)
    listed = words & _LISTED
    polish = listed & _POLISH
    if not text.isascii():
        polish |= _spelled(text)
    english, sure = len(listed & _ENGLISH_TOO), len(listed & _ENGLISH)
    plainly = _plainly(text, listed, len(words), len(polish), sure)
    # Where English words stand, one built like a Polish one is a name.
    if not plainly and (english <= 1 or polish):
        polish.update(_POLISH_BUILT.findall(text))
        plainly = _plainly(text, listed, len(words), len(polish), sure)
    return Said(len(polish), english, sure, plainly, not _SLAVIC.isdisjoint(words), every)


def _spelled(text: str) -> set[str]:
    return set(_POLISH_SPELLED.findall(text))


def _plainly(text: str, listed: set[str], many: int, polish: int, sure: int) -> str:
    """Return the language where the words, so many, leave no doubt; `listed` are those that lists have.

    Polish wants two words that no neighbour shares, and twice as many as English has. English wants two
    of its own, and none of a neighbour's; with those that others have too, a quarter of the words (a
    sixth will do where there are three); and hardly a letter beyond ASCII.
    """
    if polish >= 2 and polish >= 2 * sure:
        return "pl"
    if (
        not polish
        and sure >= 2
        and (4 if sure == 2 else 6) * len(listed & _ENGLISH_TOO) >= many
        and _FOREIGN.isdisjoint(listed)
        and (text.isascii() or 20 * sum(map(str.isalpha, text.translate(_NO_ASCII))) < len(text))
    ):
        return "en"
    return ""


def says_nothing(said: Said) -> bool:
    """Tell whether a text is half one language and half another, or no words of any."""
    less, more = sorted([said.polish, said.sure])
    if less >= _EVENLY and more < 2 * less:
        return True
    if said.polish or said.sure:
        return False
    return 2 * sum(map(_is_noise, said.words)) > len(said.words)


@lru_cache(maxsize=4096)
def _is_noise(word: str) -> bool:
    return _NOISE.fullmatch(word) is not None
