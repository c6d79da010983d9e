"""Which language a text is in: py3langid's answers from a model cut down to a few languages.

py3langid keeps 100 MB resident for 140 languages. Only the columns of the languages asked for
stay here, and its automaton, a row of 256 next states each, is folded into shared blocks of 16:
about 10 MB. The arithmetic is the original's (multinomial naive Bayes over byte sequences).
"""

from __future__ import annotations

import ctypes
import gc
import math
import re
import unicodedata
from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from py3langid.langid import MODEL_FILE, LanguageIdentifier

UNDETERMINED = "und"
MOST_CHARACTERS = 500
# Known beside the configured ones, so that a text in one of them is not taken for one of ours.
_NEIGHBOURS = "cs de en es fr hr hu it nl pl pt ro sk sv tr"
# Where all of ours are among these, the letters tell the others, and no columns are kept for them.
_LATIN = frozenset(
    "af ca cs cy da de en es et eu fi fr ga gl hr hu id is it lb lt lv ms mt nb nl nn no pl pt ro sk sl sq "
    "sv sw tr vi".split()
)
_OTHER_SCRIPTS = "ar el he hi ja ko ru uk zh"
_OTHER_LETTER = re.compile("[\u0370-\u1cff\u1f00-\u1fff\u2d00-\u2dff\u3040-\ud7ff\uf900-\ufaff\ufb1d-\ufefc]")
# With less than this for all our languages a text is foreign: a short post in one of them looks
# foreign easily, but never so clearly. More is asked where no small word speaks for one of ours.
_SURELY_FOREIGN = 0.06
_PROBABLY_FOREIGN = 0.1
# So much likelier makes each plain word its language beside the other of ours, as a logarithm. Posts that
# mix them are by people at home in Polish, who quote English; hardly ever the other way round.
_SPEAKS = {"pl": 3.0, "en": 1.0}
# Hardly an English post has none of the small words; it makes up for so much of a Polish one.
_WITHOUT_ENGLISH = 0.7
# Small words that are at home in one language only, among those known here.
_ENGLISH = frozenset(
    "the and with that this they have has had from what been were would could should which their there about "
    "because it's don't i'm you your you're are for not but just when how why my our his her its than then "
    "them these those will can't didn't isn't doesn't won't get got out who where while after before over "
    "into only very more most any every never again still please thanks thank good great love new know like want "
    "need make going come today tomorrow people even much too well really think some here first last next now day "
    "days time year week night one two three back down up off way best better right way work things everyone".split()
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
    uz jsem jsou jsme jste ako proc preco proto preto protoze pretoze kdyz ked kdy kde gdje kada
    zitra zajtra vcera dnes stale vsechno vsetko vsichni vsetci som sme ste bolo budeme jeste este
    velmi velice prosim dekuji dekuju dakujem diky opet opat zase nekdo niekto neco nieco len
    pri pre pro k ve nebo alebo vubec vobec nejlepsi najlepsi hrozne hrozna skvele idemo jedeme
    ideme nije nisu kao ili sta ovo ovaj svi sve vec hvala dobro puno lijepo molim danas sutra jucer
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
_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_NO_ASCII = dict.fromkeys(range(128))
_BLOCK = 16
_MOST_REMEMBERED = 30_000
_ADDRESSES = re.compile(r"https?://\S+|www\.\S+|@\w+")
_TAGS = re.compile(r"#\w+")
_WORD = re.compile(r"[^\W\d_]{2}")


class Languages:
    """Tells the configured languages from each other and from everything else.

    Safe to share between threads. Raises ValueError for a language py3langid does not know.
    """

    def __init__(self, languages: Sequence[str]) -> None:
        self._ours = tuple(dict.fromkeys(languages))
        self._is_latin = _LATIN.issuperset(languages)
        others = _NEIGHBOURS if self._is_latin else f"{_NEIGHBOURS} {_OTHER_SCRIPTS}"
        self._model = Model(tuple(dict.fromkeys([*languages, *others.split()])))

    def of(self, text: str) -> str:
        """Return one of the configured languages, or `und` for another one or too little to go by."""
        words = _words(text)
        if words is None:
            return UNDETERMINED
        said = _quickly(words)
        if said.plainly not in self._ours:
            words = words.lower() if _is_shouted(words) else words
            said = _carefully(words)
        if said.plainly in self._ours:
            return said.plainly
        if self._is_latin and _is_in_another_script(words):
            return UNDETERMINED
        if not said.polish and not said.sure and not _SLAVIC.isdisjoint(words.lower().split()):
            return UNDETERMINED
        shares = self._model.shares(words)
        ours = {language: shares[language] for language in self._ours}
        least = _SURELY_FOREIGN if said.polish or said.english else _PROBABLY_FOREIGN
        if sum(ours.values()) < least:
            return UNDETERMINED
        weights = {"pl": said.polish or (0 if said.english else _WITHOUT_ENGLISH), "en": said.sure}
        return max(
            ours, key=lambda each: math.log(ours[each] + 1e-9) + _SPEAKS.get(each, 0) * weights.get(each, 0)
        )


class _Said(NamedTuple):
    """What the words of a text say: how many are plainly Polish, how many English words it has, and how many
    of these are English alone; `plainly` is the language where they leave no doubt."""

    polish: int
    english: int
    sure: int
    plainly: str


def _quickly(text: str) -> _Said:
    """Count the words as they stand between spaces: most posts need no more."""
    words = set(text.lower().split())
    polish = words & _POLISH
    return _said(text, words, len(polish if text.isascii() else polish | _spelled(text)))


def _carefully(text: str) -> _Said:
    """Count the words without the signs around them, and those that are built as only Polish builds them."""
    words = set(_TOKEN.findall(text.lower()))
    polish = words & _POLISH
    if not text.isascii():
        polish |= _spelled(text)
    said = _said(text, words, len(polish))
    # Where English words stand, one built like a Polish one is a name.
    if said.plainly or (said.english > 1 and not polish):
        return said
    return _said(text, words, len(polish.union(_POLISH_BUILT.findall(text))))


def _spelled(text: str) -> set[str]:
    return set(_POLISH_SPELLED.findall(text))


def _said(text: str, words: set[str], polish: int) -> _Said:
    """Say whether the words leave no doubt.

    Polish wants two words that no neighbour shares, and twice as many as English has. English wants two
    of its own, and none of a neighbour's; with those that others have too, a quarter of the words (a
    sixth will do where there are three); and hardly a letter beyond ASCII.
    """
    english = len(words & _ENGLISH_TOO)
    sure = len(words & _ENGLISH) if english else 0
    plainly = ""
    if polish >= 2 and polish >= 2 * sure:
        plainly = "pl"
    elif (
        not polish
        and sure >= 2
        and (4 if sure == 2 else 6) * english >= len(words)
        and _FOREIGN.isdisjoint(words)
        and (text.isascii() or 20 * sum(map(str.isalpha, text.translate(_NO_ASCII))) < len(text))
    ):
        plainly = "en"
    return _Said(polish, english, sure, plainly)


class Model:
    """py3langid's model for some languages: `shares` is its `rank` with normed probabilities."""

    def __init__(self, languages: Sequence[str]) -> None:
        full = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        unknown = sorted(set(languages) - set(full.nb_classes))
        if unknown:
            raise ValueError(f"py3langid does not know the language {', '.join(unknown)}")
        columns = [i for i, language in enumerate(full.nb_classes) if language in languages]
        self._languages = [full.nb_classes[i] for i in columns]
        self._prior = full.nb_pc[columns]
        self._weights = full.nb_ptc[:, columns].astype(np.float32)
        self._features = array("i", full.tk_output)
        rows = np.asarray(full.tk_row, dtype=np.uint32)
        self._blocks, self._next = _folded(np.asarray(full.tk_nextmove, dtype=np.uint32))
        self._rows = array("I", (rows * (256 // _BLOCK)).astype(np.uint32).tobytes())
        self._steps, self._feature_of = _Remembered(self._step), _Remembered(self._feature)
        del full, rows
        _give_back_memory()

    def shares(self, text: str) -> dict[str, float]:
        """Return the probability of each language, which add up to 1."""
        plain = unicodedata.normalize("NFC", text.lower() if text.isupper() else text)
        data = plain.encode("utf8", errors="surrogatepass")
        scores = self._scores(self._met(data)) / math.sqrt(len(data) or 1)
        likely = np.exp(scores - scores.max()).tolist()
        whole = sum(likely)
        shares = dict.fromkeys(self._languages, 0.0)
        # Some languages have two columns, one for each script.
        for language, share in zip(self._languages, likely, strict=True):
            shares[language] += share / whole
        return shares

    def _met(self, data: bytes) -> Counter[int]:
        """Walk the automaton over the bytes and count the features it meets."""
        steps = self._steps
        state = 0
        met: list[int] = []
        meet = met.append
        for byte in data:
            state = steps[state + byte]
            meet(state)
        counts = Counter(map(self._feature_of.__getitem__, met))
        counts.pop(-1, None)
        return counts

    def _step(self, step: int) -> int:
        """Return the state that follows on a state and a byte; the byte has the last 8 bits, or none has."""
        state, high, low = step >> 8, step >> 4 & 15, step & 15
        following: int = self._next[self._blocks[self._rows[state] + high] + low]
        return following << 8

    def _feature(self, state: int) -> int:
        feature: int = self._features[state >> 8]
        return feature

    def _scores(self, met: Counter[int]) -> NDArray[np.float32]:
        if not met:
            return np.zeros(len(self._languages), dtype=np.float32)
        features = np.fromiter(met.keys(), dtype=np.intp, count=len(met))
        counts = np.fromiter(met.values(), dtype=np.float32, count=len(met))
        scores: NDArray[np.float32] = np.log1p(counts) @ self._weights[features] + self._prior
        return scores


class _Remembered(dict[int, int]):
    """The answers of a function for the numbers that it is asked for again and again, as a rule few."""

    def __init__(self, function: Callable[[int], int]) -> None:
        self._function = function

    def __missing__(self, number: int) -> int:
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        answer = self[number] = self._function(number)
        return answer


def _folded(following: NDArray[np.uint32]) -> tuple[array[int], array[int]]:
    """Return where each block of the automaton's table begins, and the distinct blocks."""
    blocks = np.ascontiguousarray(following).reshape(-1, _BLOCK)
    distinct, which = np.unique(blocks.view(f"V{_BLOCK * 4}").ravel(), return_inverse=True)
    starts = (which * _BLOCK).astype(np.uint32)
    return array("I", starts.tobytes()), array("I", distinct.tobytes())


def _words(text: str) -> str | None:
    """Return the beginning of a text without addresses, names and tags; None if no word is in it.

    Where nothing but tags is left, the tags are its words.
    """
    text = text[:MOST_CHARACTERS]
    if "@" in text or "#" in text or "://" in text or "www." in text:
        text = _ADDRESSES.sub(" ", text)
        bare = _TAGS.sub(" ", text)
        text = bare if _WORD.search(bare) else text.replace("#", " ")
    return text if _WORD.search(text) else None


def _is_in_another_script(text: str) -> bool:
    return not text.isascii() and 2 * len(_OTHER_LETTER.findall(text)) > sum(map(str.isalpha, text))


def _is_shouted(text: str) -> bool:
    return 3 * sum(map(str.isupper, text)) > 2 * sum(map(str.isalpha, text))


def _give_back_memory() -> None:
    """Hand freed memory back to the system, where the C library can."""
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError, TypeError):
        return
