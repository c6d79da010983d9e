"""Everyday words that a form of a name may happen to be, though they have nothing to do with it.

`OTHERS` are Polish and English words that are never taken for a form of a name (wedle is no
Wedel, zaraz no Zara); a name that is one of them itself stays what it is. `ENGLISH` are
English words that names are made of: their -s is a word of its own (plays, oranges, shells).
"""

from __future__ import annotations

_POLISH = """
    wart warto warte duke ole pola pole polu polem polach polom manga mangi mangą mangę kokos kokosy
    fort forty fortem fortu nice koka koki koku kota koty wina mata maty rola role roli aby albo ale
    bardzo bez beze bo bowiem by byle byli bym był była było były bywa być będzie będą cała całe cali
    chyba ci cię ciebie co coś czego czemu czy czyj czyli czym dal dala dali dał dla dlatego do dobra
    dobre dobry dobrze doba dole dom dwa dwie dwoje dwu dół gdy gdyby gdzie go godzin góra góry i ich
    idę idzie ile im inna inne inni inny iż ja jak jaka jaki jakie jako je jeden jedna jedne jedno jego
    jej jemu jest jestem jeszcze jeśli już ją kiedy kilka kim kogo komu kto która które który którzy ku
    lat lata lecz lub ma macie mają mam mama mamy masz mali mało mały mi mieć miał miała mili mimo mną
    mnie mniej mogą mogę moi moim moja moje może można mój mu musi my na nad nam nami nas nasi nasz
    nasza nasze nic nich nie nigdy nim nimi niej niego niemu nią niż no nowa nowe nowi nowy o obok od
    oko on ona one oni ono oraz pan pani pana panu po pod poza póki pół prawie przed przez przy pora
    pory raz razem raza razy rok roku roki rzecz sam sama same sami samo są sen siebie się siły skąd
    sobie sobą sto swe swego swoi swoja swoje ta tą tak taka taki takie tam te tę tego tej temu ten
    teraz też to tobą tobie trzeba trzy tu tutaj twoi twoja twoje twój ty tych tyle tylko tym tymi u w
    wam wami was wasi wasz wasza we wedle według wiele wiem wie wszyscy wszystko wy z za zaraz zanim
    zawsze ze zły złe zła że żaden żadna żeby dnia dni dnie dzień dziś lato bara bary bar ludzi ludzie
    miasto mil mile miły miła czas czasu czasie drugi kara kary karze stan stany stanie dana dane danych
    dany danym siła winy wino wola woli wolę kasa kasy sala sale tona tony ton para parę pary las lasy
    dach dachu dachy ruch ruchu prawa prawo prawy moda mody ręce list listy lista liście miejsce mieście
    goście gości toast tost lekarze wodze morze orze orle orla orły dzieje lotnisko lotnik lotny plusk
    plusz pluszu playlista mapa mapie mapy graj gra gry grze kora kory korze bór boru borze tura
    tury turze kura kury kurze bura bury burze pióra cery cera cerze mera mery mer
    """
_PLAIN_ENGLISH = """
    a all am an and any are as at ate be been being by can come coma did do does done each ended every
    far for from get go goes gone had has have he her here him his how i if in into is it item its join
    just last let lets list made make man many me mean men mine more most much must my near new news no
    nor not now of off often on once one only or other our out own page pages part past per plays real
    same see seem seen shall she should sits so some son sons soon stem such than that the their them
    then there these they this those too toss us use used very was way we were what when where which
    while who whom whose why will with would yes yet you your area idea ideas data media drama diploma
    comma oven even ever seven open taken poem totem system modem problem teach reach beach coach peach
    roach bach approach random custom bottom freedom kingdom boom room inga inge
    """
_MARKED = """
    żar żaru żarze żary żarów żarom żarami żarach ząbek ząbki ząbków ząbkom ząbkami ząbkach kąt
    kąta kątem kącie kąty kątów bąk bąka bąki bąków mąka mąki mące mąkę mąką łąka łąki łące łąkę łąką
    sąd sądu sądem sądzie sądy sądów dąb dębu dębem dębie dęby pąk pąki pączek pączka pączki pączków
    łata łaty łatę łatą łap łapa łapy łapę łapą łaska łaski łasce łaskę łaską ława ławy ławę ławie
    róg rogów płyta płyty płycie żyła żyły żyle żyto żyta życie życia życiem życiu mól móle ból bólu
    bóle bólem pół półka półki półce półkę półką dół dołu dołem łoś łosia łosie łosiem kość kości
    """
OTHERS = frozenset(f"{_POLISH} {_PLAIN_ENGLISH}".split())
# Words that are told by their marks, where a name was typed without any.
MARKED = frozenset(word for word in (*_MARKED.split(), *OTHERS) if not word.isascii())
ENGLISH = frozenset(
    """
    about accord ace active adventure alien align alpha always amazon amber anchor angel apple apply arc
    arch argo arm arrow art aspect atlas atom aurora auto avatar axe axis baby back bacon badge bait
    bake ball ban band bank bar bark barrel base basket bat bath battle bay beacon beam bean bear beat
    beauty bed bee beer bell best beyond bike bill bird bishop bit black blade blaze blend block blog
    blue board boat body bolt bond bone book boot boots born boss bounce bow bowl box boy brake brand
    brave bravo bread break breeze brick bridge bright bring brother brown brush bubble buck bud buddy
    bug build bull bump burger burn bus butter button buy buzz cable cafe cake call calm camel camp can
    canal candle canon cap captain car card care cargo carter case cash cast castle cat catch cell
    center central century chain chair champion chance change channel chart chase chat check cheer chef
    cherry chest chief child chill chip choice chrome church circle citizen city clash class clean clear
    click cliff climb clip clock close cloud clover club coach coal coast coat cobra code coffee coin
    cold color comet comfort command community compass complete concept concert connect contact cook
    cookie cool copper copy core corn corner corona corsair cosmos count country courier court cover cow
    cradle craft crane crash crazy cream create credit crew cross crown cruise crystal cup curve cycle
    dance dash data date dawn day deal dear deer delta desk dial diamond dig diner direct disc discover
    dish dock dog door dot double dove down dragon dream dress drift drill drink drive drop drum duck
    duel dynamo eagle earth ease east easy echo edge egg element elite ember empire enable end energy
    engage engine enter epic equal era escape estate event ever every exact example excel exchange
    expert explore express eye fable face fact fair faith falcon fall family fan farm fashion fast
    father feather feed feel fiesta fiend file film find fine finger fire firm first fish fit fix flag
    flame flash flat fleet flight flip float flow flower fly focus fog fold food foot force forest
    forever forge form forward fox frame free freedom fresh friend front frost fruit fuel full fund
    fusion future galaxy game gap garden gas gate gear gem general genius gentle giant gift girl give
    glass globe glory glow go goal gold golden golf good grab grace grade grand granite grape graph
    grass gravity great green grid grill grind grip ground group grow guard guardian guest guide gulf
    gun habit hair half hall halo hammer hand happy harbor harvest hat hawk head health heart heat hello
    helm help hero hill hint hit hive hold home honey honor hood hook hope horizon horn horse host hot
    hotel hour house hub human hunt hunter ice icon idea image impact inch index indie ink inn inside
    insight inspire iron island ivory jaguar jar jet jewel job join joint joker journal journey joy
    judge juice jump jungle junior just keep key kick kid kind king kiss kit kitchen kite knife knight
    know lab lace lady lake lamp lance land lane laser last launch law lay layer lead leader leaf leap
    learn leather legacy legend lemon lens less letter level liberty library life lift light like lily
    lime limit line link lion list little live load loan local lock loft logic long look loop lord lot
    love loyal luck lunch lynx magic magnet mail main maker mall mango map maple march mark market mars
    mask master match mate matrix matter maze meadow meal measure medal meet mega melon member memory
    mentor menu mercury merit metal meteor method metro micro might mile milk mill mind mine mini mint
    minute mirror mission mist mix mobile mode model modern moment monday money monitor monster month
    moon more morning most mother motion motor mountain mouse move movie muse museum music nail name
    nation native nature navy near nest net network new news next night ninja noble node north note nova
    novel now number nut oak oasis ocean offer office olive one open optic option oracle orange orbit
    orchard order origin otter outlet oven owl own pace pack pact page paint pair palace palm pan panda
    panel panther paper paradise park part partner party pass passion past path patriot patrol pay peace
    peach peak pear pearl pen people pepper perfect phantom phase phoenix phone photo piano pick picture
    piece pilot pin pine pink pioneer pipe pirate pitch pixel place plain plan plane planet plant plate
    play player plaza pledge plot plug plum plus pocket poem point polar pole police pony pool pop port
    portal post pot power premier present press pretty price pride prime prince princess print prize pro
    product profile program project promise proof protect provider public pulse puma pump pure purple
    push puzzle pyramid quality quantum quarter queen quest quick quiet quote rabbit race radar radio
    rail rain rainbow raise ranch range ranger rapid rate raven ray razor reach ready real rebel record
    red reed reef reflex relay remedy report rescue reserve resort rest return reward rhythm ribbon rice
    rich ride rider right ring rise rival river road robin rock rocket roll roof room root rope rose
    round route rover row royal ruby rule run runner rush safe sage sail saint sale salon salt sand
    satellite saturn save scale scan scene school score scout screen sea seal search season seat second
    secret secure seed sense sentry serve service seven shade shadow shake shape share shark sharp shell
    shelter shield shift shine ship shirt shoe shop shore short shot show side sign signal silk silver
    simple single site six size skill skin sky slack slate sleep slice slide slim smart smile smoke snap
    snow soap social soda sofa soft solar sole solo solution song sonic soul sound soup source south
    space spark speak spear speed spider spike spirit splash sport spot spray spring sprint square stage
    stamp stand star start state station stay steal steam steel step stick sting stock stone stop store
    storm story stove strategy stream street strike string stripe strong studio style sub subway success
    sugar suit summer summit sun sunday super supply support surf sweet swift swing switch sword symbol
    system table tag tail talent talk tank target task taste taxi tea teacher team tech temple ten tent
    terminal test text theory thing think three thunder ticket tide tie tiger tile time tin tip titan
    title toast today token tomato tool top torch total touch tour tower town toy track trade trail
    train transfer transit travel treasure treat tree trek trend tribe trick trip trophy truck true
    trust truth try tube tulip tune turbo turn turtle twin twist type ultra umbrella uncle under union
    unit universe upper urban urge use user valley value van vector velvet venture venus verb version
    victor victory video view villa village vine vintage violet viper virgin virtue visa vision visit
    vista vital voice volt volume vote voyage wafer wage wagon walk wall wander war warm warrior wash
    watch water wave wax way wealth web week welcome well west whale wheat wheel whisper white whole
    wild will win wind window wine wing winner winter wire wisdom wise wish witch wolf woman wonder wood
    wool word work world wrap write yard year yellow yes young zebra zen zero zone zoom
    """.split()
)
