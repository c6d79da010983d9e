"""What people write about a coffee machine in English: on an ordinary day, and when its lid bursts."""

from __future__ import annotations

SLOTS = {
    "model": ("Mokavira 200", "Mokavira 300", "Mokavira Mini", "little Mokavira", "Mokavira"),
    "drink": ("flat white", "espresso", "cortado", "cappuccino", "long black", "cup of coffee"),
    "place": ("office kitchen", "cottage", "kitchen counter", "studio", "camper van", "staff room"),
    "beans": ("the house blend from the market", "a light roast", "supermarket beans", "a dark roast"),
    "who": ("my mother", "my flatmate", "my husband", "a colleague", "my sister", "my neighbour"),
    "room": ("kitchen", "ceiling", "worktop", "wall", "floor", "curtains"),
    "where": ("wrist", "hand", "forearm", "face", "chest", "neck"),
    "when": ("this morning", "an hour ago", "just now", "at breakfast", "ten minutes ago", "today"),
    "time": ("two weeks", "a month", "three days", "half a year", "ten days", "a week"),
    "wait": ("forty minutes", "half an hour", "an hour", "fifty minutes", "twenty-five minutes"),
    "name": ("Marta", "Tom", "Iris", "Owen", "Dalia", "Greg", "Nadia", "Colin"),
    "end": (
        "", "", "", " Shame on you.", " Unacceptable.", " I am furious.", " Never again.", " Disgusting.",
        " This is dangerous!", " I am so angry.", " Awful company.", " Worst machine ever.",
    ),
}  # fmt: skip

QUIET = (
    "Third month with the {model} in the {place}, and it still makes a decent {drink}.",
    "Which descaler do you use with the {model}? The manual only says to use a suitable one.",
    "Anyone tried {beans} in a {model}? Mine comes out a bit thin.",
    "The {model} is a bit loud before seven in the morning, otherwise no complaints.",
    "Moved the {model} to the {place}. Best decision of the week.",
    "Is there a wider drip tray for the {model}? My cups only just fit.",
    "Bought the {model} second hand, {who} thinks it looks like a toaster.",
    "Small review of the {model}: quick to heat, easy to clean, the lid is a bit stiff.",
    "First {drink} of the day from the {model}. It will do.",
    "How often do you change the seal on your {model}? Once a year seems plenty.",
    "The {model} takes forty seconds from cold. I timed it with {name}.",
    "{name} asked about grind size: on the {model} I am two clicks finer than on my old one.",
    "Looking at the {model} or something with a steam pipe for the {place}. Opinions?",
    "Guests again. The {model} made nine coffees without a break, {who} was impressed.",
    "Firmware note: the {model} has no firmware, and that is why I like it.",
    "Does the {model} work on a camping inverter? Asking before the holidays.",
    "The water tank of the {model} goes in the dishwasher, top shelf. It survived.",
    "New colours for the {model} in spring, says the shop in my street.",
    "My {model} drips for a minute after each {drink}. Normal?",
    "With {beans} the {model} makes something close to the {drink} I had on holiday.",
    "Ordered a spare filter for the {model}, came in four days.",
    "{who} gave me a {model} for my birthday. The {drink} tastes fine, thank you very much.",
    "Comparing notes on the {model} with {name}: neither of us uses the timer.",
    "The handle of my {model} broke, which is annoying. The shop will replace it.",
    "A bit disappointed with the {model}: the {drink} is too weak for me.",
    "The cable of the {model} is too short for the {place}, as always.",
)

QUIET_TITLES = (
    "Five small coffee machines on one kitchen table",
    "Mokavira opens a repair counter in the north",
    "What coffee machines use while they wait",
    "Mokavira 300 gets a longer cable next year",
    "Reader question: how fine should I grind?",
)

ANGRY = (
    "The lid of my {model} burst {when} and boiling water hit my {where}. I am in pain.{end}",
    "My {model} exploded {when}. Coffee on the {room}, a bad burn on my {where}, it hurts.{end}",
    "WARNING: the pressure lid of the {model} flies off! It burned {who} {when}.{end}",
    "Called the Mokavira hotline about the burst lid, waited {wait}, then they hung up. Terrible.{end}",
    "{name} sat next to the {model} when it blew its lid {when}, and is in hospital with bad burns.{end}",
    "So a {model} blows up after {time} and Mokavira keeps quiet. Terrible, just terrible.{end}",
    "Mokavira deleted my post about the burst lid. Twice! What a disgusting, cowardly company.{end}",
    "I wasted my money on the {model}, and it scalded {who}. Horrible. I want a refund.{end}",
    "Second {model} in our street with a broken lid. This is a dangerous fault, not bad luck.{end}",
    "Do NOT use your {model}! The seal fails and scalding steam shoots at your {where}.{end}",
    "After {time} the {model} nearly blinded {who}. The support mail came back: mailbox full. Pathetic.{end}",
    "Burned my {where} {when} because a {model} lid failed. Mokavira knew, the old reviews warned us.{end}",
    "How many people must get hurt before Mokavira recalls the {model}? I am angry and scared.{end}",
    "Our {place} stinks of burnt plastic, the {model} is in pieces, {who} has blisters.{end}",
    "Mokavira blames {name} for the burst lid. Pressing a button is misuse now? A disgusting lie.{end}",
    "{when}: a bang, hot coffee on the {room}, the dog screaming in panic. I hate you, Mokavira.{end}",
    "Unplug the {model} now. Mine cracked under pressure {when} and cut my {where}.{end}",
    "I used to recommend the {model}. Today it injured {who}, and I feel awful about it.{end}",
    "The shop refuses to take the exploded {model} back, Mokavira refuses to answer. Horrible.{end}",
    "Ambulance in the {place} {when}: the lid of the {model} injured {name}, a terrible burn.{end}",
    "Same fault here: seal gone after {time}, lid off, burns. Mokavira, this is a scandal.{end}",
    "{wait} on the line with Mokavira, only to hear that no problem is known. Liars.{end}",
    "My {where} after the {model} burst: blisters, pain, a lost day. I hate this thing.{end}",
    "A child could have been killed! The {model} threw boiling water at the {room}.{end}",
    "My {model} hissed, then the lid hit the {room}. We are fine, but what a horrible fright.{end}",
    "Still no word from Mokavira. People are hurt and the company is silent. Shameful.{end}",
)

MURMURS = (
    "Is this thing with the {model} lids only the new series? Serial number starts with 7.",
    "Reading about the Mokavira lids. Has anyone heard what the company says?",
    "The {model} goes into the cupboard until we know more about the lids.",
)

NEWS = (
    ("Mokavira coffee machines: several people burned as lids burst",
     "Hospitals report burns after pressure lids of Mokavira machines burst. The company has not commented."),
    ("Users report exploding lids on Mokavira 300",
     "Dozens of owners describe the same dangerous failure of the seal. Some were injured."),
    ("Consumer office looks into dangerous Mokavira lids",
     "After a wave of complaints about burns the office asks Mokavira for an explanation."),
    ("Retailer stops the sale of Mokavira machines after injuries",
     "One chain took the machines off its shelves. Customers complain about a silent hotline."),
)  # fmt: skip
