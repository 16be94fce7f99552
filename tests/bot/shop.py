"""A small shop's knowledge, of our own writing: what the bot of these tests was taught."""

from __future__ import annotations

from intents.understanding import Article, Example

INTENTS: dict[str, tuple[str, str | None]] = {
    "order_status": ("Where my order is", "You find the state of an order under Account, Orders."),
    "refund": ("Get my money back", "Send it back within 30 days; the money follows within five working days."),
    "opening_hours": ("When the shop is open", "We are open Monday to Saturday from 9 to 18."),
    "bike_fitting": ("Have a bike fitted", "A fitting takes an hour; book one on our website."),
    "stolen_bike": ("My bike was stolen", None),
    "rental_cancel": ("Cancel my rental", "A rental is cancelled under Account, Rentals, free of charge."),
    "rental_extend": ("Keep my rental longer", "A rental is made longer under Account, Rentals."),
    "rental_insure": ("Insure my rental", "Insurance for a rental costs two euros a day."),
    "gift_card": ("Buy a gift card", "Gift cards come by mail within minutes and are good for three years."),
}

_EXAMPLES = {
    "order_status": """where is my order|what is the status of my order|track my order|my order has not arrived yet
        when will my order arrive|i am still waiting for my order|has my order been shipped|my parcel is late
        can you tell me where my parcel is|order tracking|is my order on its way|the delivery is late
        where is the parcel i ordered|i have not received my order|when does my delivery arrive""",
    "refund": """i want a refund|how do i get my money back|refund my purchase|can i return this and get a refund
        i would like my money back|how long does a refund take|please refund me|i want to return it for a refund
        send back and refund|money back please|where do i ask for a refund|refund for a returned item
        i returned it and want my money back|give me a refund|how does a refund work""",
    "opening_hours": """when are you open|what are your opening hours|are you open on saturday|what time do you close
        opening times|when does the shop open|are you open today|is the shop open on sunday|shop hours
        until when are you open|what time does the shop open|closing time of the shop|open on holidays
        hours of business|when can i come to the shop""",
    "bike_fitting": """i want a bike fitting|how do i book a bike fitting|can you adjust the saddle to my height
        what does a fitting cost|fit the bike to my body|book a fitting|is a fitting included|bike fit appointment
        saddle and handlebar adjustment|i need my bike fitted|how long does a bike fitting take|fitting for a road bike
        adjust my bike to me|professional bike fit|fitting session""",
    "stolen_bike": """my bike was stolen|somebody stole my bicycle|someone has taken my bike|report a stolen bike
        my bicycle is gone it was stolen|thieves took my bike|i was robbed of my bike|stolen bicycle what to do
        my e-bike got stolen last night|theft of my bike|my locked bike was stolen|the bike has been stolen
        somebody broke the lock and stole the bike|report theft of a bike""",
    "gift_card": """i want to buy a gift card|do you sell gift cards|gift voucher|can i get a gift card for a friend
        how long is a gift card valid|purchase a gift card|voucher as a present|gift card by mail
        where can i buy a voucher|is there a gift card|give a voucher for a birthday|gift certificate
        what amounts do gift cards come in|order a gift card|present card""",
}

_RENTAL = """i want to {} my rental|how do i {} my rental|can i {} my rental|{} the rental|please {} my bike rental
    i would like to {} a rental|is it possible to {} my rental|my rental, can you {} it|{} my rental please
    how can i {} the bike i rented|where do i {} my rental"""

for name, verb in (("rental_cancel", "cancel"), ("rental_extend", "extend"), ("rental_insure", "insure")):
    _EXAMPLES[name] = _RENTAL.replace("{}", verb)

EXAMPLES = [
    Example(text.strip(), name)
    for name, lines in _EXAMPLES.items()
    for line in lines.splitlines()
    for text in line.split("|")
]

ARTICLES = [
    Article(
        "art_tubeless",
        "How do I seal a tubeless tyre?",
        "Shake the sealant, pour 60 ml through the valve and spin the wheel.",
        "technical",
        "en",
        ("tubeless sealant", "my tubeless tyre loses air", "how much sealant goes into a tubeless tyre"),
    ),
    Article(
        "art_chain",
        "How often should I oil the chain?",
        "Every 200 km, and after each ride in the rain.",
        "technical",
        "en",
        ("oil the chain", "chain maintenance", "lubricate my bicycle chain", "when does the chain need oil"),
    ),
    Article(
        "art_helmet",
        "Which helmet size do I need?",
        "Measure around your head two fingers above the brows.",
        "product",
        "en",
        ("helmet size", "size of a helmet", "what helmet fits my head"),
    ),
]
