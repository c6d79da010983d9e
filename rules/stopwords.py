"""Words that say nothing about the matter, in English and Polish, as `rules.fold` spells them."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ENGLISH = _words(
    """
    a about above across actually after again against ago ain all almost along already also although
    always am among amp an and another any anybody anymore anyone anything anyway are aren arent around
    as ask asked at away back be became because become been before began being below between both btw
    but by came can cannot cant cc com come comes coming could couldn couldnt day days did didn didnt dm
    do does doesn doesnt doing don done dont down during each either else end enough etc even ever every
    everybody everyone everything far few finally for from further fyi gave get gets getting give given
    gives go goes going gone gonna got gotta gt guess guys had hadn hadnt half has hasn hasnt have haven
    havent having he hello her here heres hers herself hey hi him himself his hour hours how however
    http https i id if ill im imo in instead into is isn isnt it its itself ive just keep keeps kind
    know last later least left less let lets like likely ll lmao lol look looking lot lots lt made make
    makes making many may maybe me mean means might mine minute minutes month months more most much must
    mustn my myself nbsp near need needs neither never new next no nobody none nor not nothing now of
    off often oh ok okay omg on once one ones only onto or other others our ours ourselves out over own
    part people per perhaps pic please pls plz probably put quite r rather re really right rt said same
    saw say saying says second see seem seems seen several shall she should shouldn shouldnt show since
    so some somebody someone something sometimes soon still stuff such sure take taken takes taking tell
    than that thats the their theirs them themselves then there theres these they theyre theyve thing
    things think this those though thought three through thus time times to today together told tomorrow
    tonight too took toward tried try trying turn twice two u under unless until up upon ur us use used
    uses using ve very via wait want wanted wants was wasn wasnt way we week weeks well went were weren
    werent weve what whatever whats when where whether which while who whole whom whose why will with
    within without won wont would wouldn wouldnt wtf www yeah year years yes yesterday yet you youd
    youll your youre yours yourself youve
    """
)

POLISH = _words(
    """
    a aby ach acz aczkolwiek aha albo ale ani az ba bardziej bardzo bd beda bedac bede bedzie bedziemy
    bedzmy bo bowiem by byc byl byla bylam bylby bylem byli bylismy bylo byly bym bys byscie cala cale
    calkiem caly calym chca chce chcial chciala choc chociaz chodzi chyba ci ciagle cie co cokolwiek cos
    czasami czasem czego czegos czemu czesc czy czyli czym daje dal dala dalej dali dla dlaczego dlatego
    dni do dobra dokad dopiero dosc duzo dzieki dzien dzis dzisiaj ej gdy gdyby gdyz gdzie gdzies godz
    godzin godzine godziny haha hehe hej i ich ide ile im imo inaczej inna inne innego inny innych itd
    itp iz ja jak jaka jakas jakby jaki jakich jakie jakies jakis jako jakos jakze jeden jedna jednak
    jednego jednej jedno jednym jego jej jemu jesli jest jestem jestesmy jeszcze jezeli juz kazda kazde
    kazdego kazdej kazdy kazdym kiedy kiedys kilka kto ktora ktore ktorego ktorej ktory ktorych ktorym
    ktorzy ktos ku kurcze lecz lub ludzie ma maja malo mam mamy masz mi mial miala mialam mialem mieli
    mimo minut minuty mna mnie moga moge mogl mogla moim moj moja moje mojego mojej moze mozecie mozemy
    mozna mu musi musial musze my na nad nadal nagle nam nami napisal naprawde nas nasz nasza nasze
    naszego naszej natomiast nawet ne nia nic nich nie niech nigdy nigdzie nikogo nikt nim nimi niz no
    nowy np nwm o od odkad ok oka okolo on ona one oni ono oprocz oraz oto owszem pan pana pani panie
    pare pl po pod podczas pomimo ponad poniewaz potem powiedzial powinien powinna powinno prawie
    przecie przeciez przed przede przez przy przyklad przyszla przyszlo raczej raz razem razu razy robi
    robia robic roku rowniez sa sam sama same samego samo samym sie skad soba sobie sposob swoim swoj
    swoja swoje ta tak taka taki takich takie takiego takim tam te tego tej temu ten teraz tez tj to
    toba tobie totez troche trzeba tu tutaj twoj twoja twoje ty tych tydzien tygodnia tygodniu tyle
    tylko tym tzn u w wam wami was wasz wasza wasze we wedlug wgl wiadomo widac widze wie wiec wiecej
    wiele wiem wlasciwie wlasne wlasnie ws wszyscy wszystkich wszystkie wszystkim wszystko wtedy wy xd
    xdd z za zaczal zaden zadna zadne zadnych zapewne zaraz zas zawsze ze zeby zly znaczy znow znowu
    zostac zostal zostala zrobic zrobil
    """
)

# How people felt, not what it was about: a list of complaints that reads "bad, terrible" tells nothing.
FELT = _words(
    """
    absolute absolutely amazing angry annoyed annoying appalling appreciate appreciated atrocious
    awesome awful bad badly beautiful best better beznadzieja beznadziejna beznadziejne beznadziejny
    brilliant chujowo chujowy cool crap crappy damn delighted disappointed disappointing disappointment
    disaster disgrace disgraceful disgusted disgusting dno dobra dobre dobry dobrze dokladnie doskonale
    dramat dziekuje dziekujemy enjoy enjoyed excellent fail failed fajna fajne fajnie fajny fantastic
    fatalna fatalne fatalnie fatalny favorite favourite fine fucking genialne genialny good gorsze
    gorszy gowno great happy hate hated horrible horrid idealnie idealny impressed joke kiepska kiepski
    kiepskie koszmar koszmarny kurwa lepsze lepszy lousy love loved lovely loving lubie masakra mila
    milo mily najgorsza najgorsze najgorszy najlepsza najlepsze najlepszy nice niestety odradzam ok
    okropna okropne okropny paskudne pathetic perfect pieknie piekny pleased polecam polecic poor
    porazka prosze przykro rewelacja rewelacyjne ridiculous sad shame shit shocking skandal slaba slabe
    slabo slaby smutne sorry straszne strasznie stupid suck sucks super swietna swietne swietnie swietny
    szczesliwy terrible thank thanks thx tragedia tragiczne tragiczny ugh unacceptable unhappy useless
    uwielbiam wonderful worse worst wow wsciekly wspaniale wspanialy wstyd yay zadowolona zadowolony
    zajebiste zajebisty zalosne zenada zla zle
    """
)

# Alone they say nothing, but "not working" and "nie działa" are what it was about.
DENIALS = _words(
    """
    bez brak cannot cant couldnt didnt doesnt dont hasnt havent isnt never nie no not wasnt wont wouldnt
    zero
    """
)
