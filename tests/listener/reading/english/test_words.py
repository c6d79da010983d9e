"""The overlay's words: what they say of sentences from every trade, and that the files are sound."""

from __future__ import annotations

from collections import Counter
from importlib import resources

import pytest

from listener.reading import Reader
from listener.reading.english import English
from listener.reading.english.feeling import MARKS
from listener.reading.english.overlay import CHANGES, overlay

ENGLISH = English()
COMPLAINTS = {
    "airlines": """
        Flight delayed again, third time this month. Nobody at the gate knows anything.
        You lost my luggage and nobody answers the phone.
        Two hours on the tarmac and not even a glass of water.
        They overbooked the flight and bumped us off. Unacceptable.
        Missed my connection because of you and now I am stranded in Frankfurt.
        Your gate agent was so rude to my grandmother.
        Been on hold for 50 minutes, then you hung up on me.
        Another cancelled flight, no explanation, no hotel.
        My suitcase arrived smashed and you refuse to pay.
        Worst airline I have ever flown. Never again.
    """,
    "telecom": """
        My internet has been down since Monday and support keeps transferring me.
        No signal all day, what am I paying for?
        The engineer never showed up, I wasted a day at home.
        Your broadband is slower than dial-up.
        Why is my bill double what we agreed?
        Calls keep dropping and nobody cares.
        Still no reply to my complaint after three weeks.
        Switching providers as soon as this contract ends.
    """,
    "banks": """
        I was charged twice and the bank refuses to refund me.
        The app won't load and I can't log in to pay my rent.
        You froze my account without any warning.
        Hidden fees everywhere, what a rip-off.
        My card was declined at the checkout, so embarrassing.
        Money disappeared from my account and no one can explain why.
        Closing my account today after ten years.
        The branch is understaffed, one till open and a queue out the door.
    """,
    "retail": """
        The shoes fell apart after two days. Shoddy quality.
        Sent me the wrong size and won't take it back.
        My order never arrived and customer service ignores me.
        Waste of money, the blender stopped working in a week.
        False advertising, it looks nothing like the picture.
        Rude staff and dirty changing rooms.
        Three emails, no response. Avoid this shop.
    """,
    "restaurants": """
        Cold food, slow service and they got our order wrong.
        Found a hair in my salad. Disgusting.
        We both had food poisoning after eating there.
        The burger was raw in the middle.
        Waited an hour for a lukewarm pizza.
        Overpriced, tiny portions and a filthy table.
    """,
    "couriers": """
        Parcel thrown over the fence and the box is crushed.
        It says delivered but nothing was delivered.
        The driver didn't even knock, just left a card.
        Where is my parcel? It should have been here on Tuesday.
        Your tracking has been stuck for a week.
        Damaged parcel, and the driver laughed at me.
    """,
    "software": """
        The new update is terrible, the app keeps crashing.
        Lost all my work because your editor froze.
        Every time I open it I get an error message.
        Buggy, slow and unusable. Uninstalled.
        Locked out of my account and support is useless.
        Please bring back the old version, this is a mess.
    """,
    "health": """
        Waited nine hours in the emergency room and left without seeing a doctor.
        The nurse was dismissive and rude.
        They cancelled my operation for the second time.
        The pharmacy gave me the wrong medication!
        Insurance denied my claim again, heartless people.
    """,
    "hotels": """
        The room was filthy and there were cockroaches in the bathroom.
        No hot water for two days and the reception just shrugged.
        Thin walls, noisy air conditioning, didn't sleep at all.
        The hotel gave away our room although we had paid.
        Bed bugs. I am disgusted.
    """,
    "energy and trains": """
        Power cut again, no heating with two small kids.
        They doubled my bill by mistake and now I can't get through to anyone.
        The train is cancelled and the next one is overcrowded.
        Standing all the way, no air conditioning, packed like sardines.
        The bus never came. I'm late for work again.
        Price hike after price hike, pure greed.
    """,
    "scorn": """
        Oh great, another delay. Thanks for nothing.
        Way to ruin our holiday. #fail
        Is it too much to ask for someone to answer the phone?
        What a joke of a company.
        Are you kidding me? Six weeks for a refund?
        I love sitting on the runway for three hours.
        Thank you for wasting my entire morning.
        Do you even read your messages?
    """,
}
DANGER = """
    Bank outage leaves customers without access to money.
    Data breach exposes three million accounts.
    Dairy recalls yoghurt over listeria fears.
    Watchdog opens investigation into toxic leak at chemical plant.
    Hackers stole passwords of thousands of patients.
    Carmaker faces lawsuit over faulty brakes that killed four.
    Union calls strike as company announces layoffs.
    Boycott grows after racist advert.
    Chief executive resigns amid fraud scandal.
    Shoppers evacuated after explosion at mall.
    Two injured as platform collapses.
    Retailer files for bankruptcy, thousands of jobs lost.
    The minister is a corrupt liar and a disgrace.
    Bombing kills twelve at market.
    Workers exploited in sweatshop, report alleges.
"""
PRAISE = """
    Kudos to the crew, they went above and beyond!
    Shout out to Marta at the help desk, you made my day.
    Absolute life saver, thank you so much.
    Can't wait to see you in Manchester!
    Best customer service I have ever had.
    So impressed with how quickly you fixed it.
    Your support team rocks.
    Seamless experience from start to finish, well done.
    The staff were lovely and the food was delicious.
    Really looking forward to the new season.
    This app is a game changer.
    You guys killed it tonight.
    Highly recommended, worth every penny.
    Couldn't be happier with my new phone.
    Never disappoints, my favourite place in town.
    That goal was unreal, what a legend.
    Not bad at all, I really liked it.
    No complaints, great value and super friendly.
    The driver came early and was so helpful.
    Excited for the weekend 🎉
    Love this album so much 😍
    Hats off to the engineers who worked all night.
    Got upgraded for free, you rock!
    Happy birthday to the best sister ever!
    Thanks for the quick reply, all sorted now.
    Proud of our team, what a win!
    Smooth flight, early arrival, thank you.
    Beautiful room and a spotless bathroom.
    She nailed it, standing ovation.
    Thank you to the nurses, you are all heroes.
"""
PLAIN = """
    The company will hold its annual meeting on 4 May.
    How do I change the address on my account?
    Do you fly from Dublin to Warsaw on Sundays?
    New bus timetable from Monday, see the link.
    Parliament will vote on the bill on Wednesday.
    Do you have this jacket in blue?
    What time does the shop open tomorrow?
    The band plays in Leeds on Friday and in York on Saturday.
    The museum publishes its catalogue in two volumes.
    Can I bring a stroller on board?
    Chelsea vs Arsenal, kick-off at 5 pm.
    She works for the bank as an analyst.
    I am at the airport.
    The report covers the years 2010 to 2014.
    Episode 5 is on tonight at nine.
    Please send me the number of the branch in Leeds.
    United Airlines and American Airlines share a terminal.
    Kind regards, the press office.
    The novel has four parts.
    Does the ticket include a seat?
    The player joined the party leader at the championship.
    We moved to a new office in March.
    Is there a way to add a second driver?
    Trains run every ten minutes from platform two.
    The value of the shares is listed in the annex.
"""
# Spellings that a stem or an ending must leave alone.
INNOCENT = """
    abroad accessory adjust agenda analysis analyst annotate archive article assembly assess assist
    associate attach author bank banner baritone basket bassist bassoon bench bible bicycle
    billboard binder bookshelf border bottle brochure brotherhood builder bulletin butter cabinet
    calendar canal candle canteen captain carpet cashew catalogue ceramic chapter charcoal chart
    cheddar chestnut cinema circumspect citizen classic classroom climate coach cockatoo cockpit
    cocktail collage column compass compassion concert conduct conference consult contact contain
    container contest continent copper corner cotton county cousin crane crayon cricket crochet
    crossword culture cumulate cushion dancer daughter deliver department deposit desk dialect
    dickens dinner diploma director discuss display district document dolphin drape drawer economy
    editor eleven engine envelope essay essex estate evening exhibit fabric factory failover farmer
    feather figure flour flower folder foreign forest formula fountain garden gazette glacier glass
    grape gravity grocery guitar hackney hammer hancock handle harvest hazelnut headline heater
    hello helmet highway history hoard hoe-down horizon hospital hostel huddle hydrant insert
    insulate island jacket journal journey kettle kingdom kitchen ladder lagoon landscape language
    lassie lateral latitude laundry lecture leisure lemon lesson letter library linen listen lobster
    luggage machine magazine manager mansion market massage master matter meadow measure medicine
    member merchant method minister minute mirror mobile model moderate monitor morning mountain
    museum mushroom neighbour network notebook number nursery object office onion opera orange
    orchard order oven package painter palace pamphlet paper parking parliament partner passage
    passenger pasture pattern pavement peacock pencil pepper permit phone picture pillow pilot plane
    planet plate platform pocket podium poster potato prefix price printer program project pronoun
    province publish pumpkin purpose quarter rabbit radio railway raspberry recipe region register
    relate rental report request research reserve restaurant ribbon river rotate runner sailor salad
    sample sandwich scale schedule school science scissors scrape screen sculpture scunthorpe season
    section segment select senate session shelf shellfish shirt shitake shoulder signal sister
    sketch skirt skyscraper slate soccer sofa soldier spoon square stadium statue steam storage
    street student studio subject suburb summer surface surname syllable table tailor teacher
    telephone temple terminal textile theatre therapist therapy ticket timber tomato topic tourist
    tower tractor traffic train transfer transport travel trial tunnel umbrella uniform university
    update upstairs valley vehicle village violin visitor volume voucher wagon wallet wardrobe water
    weather website wednesday weekday window winter wooden writer yellow yesterday zebra
""".split()


def sentences(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(("en",))


def right(reader: Reader, texts: list[str], label: str) -> float:
    """Return the share of texts with this label."""
    labels = [reader.read("", text, "en").label.replace("unsure", "neutral") for text in texts]
    return labels.count(label) / len(labels)


def test_there_are_sentences_enough() -> None:
    every = [*COMPLAINTS.values(), DANGER, PRAISE, PLAIN]
    assert sum(len(sentences(each)) for each in every) >= 140


@pytest.mark.parametrize("trade", COMPLAINTS)
def test_complaints_of_every_trade_are_negative(reader: Reader, trade: str) -> None:
    assert right(reader, sentences(COMPLAINTS[trade]), "negative") >= 0.75


def test_nearly_all_complaints_are_negative(reader: Reader) -> None:
    every = [text for trade in COMPLAINTS.values() for text in sentences(trade)]
    assert right(reader, every, "negative") >= 0.9


def test_danger_is_negative_without_a_word_of_feeling(reader: Reader) -> None:
    assert right(reader, sentences(DANGER), "negative") >= 0.85


def test_praise_is_positive(reader: Reader) -> None:
    assert right(reader, sentences(PRAISE), "positive") >= 0.9


def test_what_only_tells_or_asks_is_neutral(reader: Reader) -> None:
    assert right(reader, sentences(PLAIN), "neutral") >= 0.85


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("Still waiting for my refund", "waits"),
        ("on hold for 40 minutes", "waits"),
        ("the flight is delayed", "fails"),
        ("you lost my bag", "fails"),
        ("Unacceptable.", "complains"),
        ("I'm never flying with you again", "quits"),
        ("thanks for nothing", "irony"),
        ("#epicfail", "irony"),
        ("a massive data breach", "danger"),
        ("thank you so much", "thanks"),
        ("can't wait for tomorrow", "hopes"),
        ("happy birthday!", "wishes"),
        ("lol", "laughs"),
        ("how do I reset it?", "seeks"),
        ("can someone help me", "wants"),
        ("Why can't you answer?", "asks"),
        ("tickets on sale now", "reports"),
        ("follow us and retweet to win", "urges"),
        ("what a dickhead", "swears"),
    ],
)
def test_words_tell_what_they_are_evidence_of(text: str, mark: str) -> None:
    assert ENGLISH.weigh(text).cues.get(mark)


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("I can't wait to fly with you", 1),
        ("can't wait any longer for this parcel", -1),
        ("killed it on stage", 1),
        ("gunman killed three", -1),
        ("no worries", 1),
        ("not bad", 1),
        ("not good enough", -1),
        ("thank you so much", 1),
        ("thanks for ruining my day", -1),
        ("it never disappoints", 1),
        ("so disappointed", -1),
        ("works perfectly now", 1),
        ("it doesn't work", -1),
        ("made my day", 1),
        ("I will never use them again", -1),
        ("will definitely come back again", 1),
        ("👍", 1),
        ("🤦‍♀️", -1),
        ("<3", 1),
        (":/", -1),
        ("props to the team", 1),
        ("smh", -1),
    ],
)
def test_words_weigh_what_they_mean_where_they_stand(text: str, sign: int) -> None:
    assert sum(ENGLISH.weigh(text).valences) * sign > 0.5


@pytest.mark.parametrize(
    "text",
    "please;kind regards;united;security;shares;a novel;the party leader;as well;customer care;no one;"
    "make sure;feels like;I want one;credit card;the player".split(";"),
)
def test_what_names_and_news_are_made_of_weighs_next_to_nothing(text: str) -> None:
    assert abs(sum(ENGLISH.weigh(text).valences)) < 0.5


def test_innocent_look_alikes_weigh_nothing_by_a_stem() -> None:
    made = overlay()
    assert [word for word in INNOCENT if word not in made.words and made.entry(word) is not None] == []


def lines() -> list[tuple[str, list[str]]]:
    """Return each line of the files as its cells, with its place."""
    folder = resources.files("listener.reading.english")
    found = []
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".tsv"):
            for number, line in enumerate(file.read_text(encoding="utf8").splitlines(), 1):
                if line.strip("#") and not line.startswith("# "):
                    found.append((f"{file.name}:{number}", line.split("\t")))
    return found


def test_valences_are_in_range_and_marks_are_known() -> None:
    for place, cells in lines():
        assert 3 <= len(cells) <= 4, place
        assert not cells[1] or -4 <= float(cells[1]) <= 4, place
        assert cells[1] or len(cells) == 4, place
        assert set(" ".join(cells[3:]).split()) <= {*MARKS, *CHANGES}, place


def test_no_spelling_stands_twice() -> None:
    counts = Counter(spelling for _, cells in lines() for spelling in cells[2].split())
    assert [spelling for spelling, count in counts.items() if count > 1] == []


def test_stems_are_long_enough_to_mean_something() -> None:
    assert [stem for stem in overlay().stems if len(stem) < 4] == []


def test_no_phrase_can_shrink_to_a_single_word() -> None:
    phrases = [
        spelling.split("_") for _, cells in lines() for spelling in cells[2].split() if "_" in spelling
    ]
    signs = {":/", "^_^"}
    certain = [[word for word in words if len(word) == 1 or not word.endswith("?")] for words in phrases]
    assert [words for words in certain if len(words) < 2 and "_".join(words) not in signs] == []


def test_numbers_and_any_word_stand_alone_not_among_alternatives() -> None:
    words = {
        word
        for _, cells in lines()
        for spelling in cells[2].split()
        if "_" in spelling
        for word in spelling.split("_")
    }
    assert [word for word in words if "|" in word and {"#", "*", ""} & set(word.split("|"))] == []


def test_there_are_as_many_spellings_as_a_team_needs() -> None:
    assert sum(len(cells[2].split()) for _, cells in lines()) >= 3000
