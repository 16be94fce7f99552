"""What the house of the stories knows: a small lamp shop's articles, of our own writing."""

from __future__ import annotations

from conversations.store import Tx
from intents.knowledge_rows import create_article
from intents.sources import ArticleRow
from tests.whole.house import TestHouse

ARTICLES = [
    ("Where is my parcel?",
     "Parcels take two to four working days. Your mail has a tracking link.",
     ("my parcel has not arrived", "track my order", "when will my delivery come", "the package is late")),
    ("How do I pair my lamp with the app?",
     "Open the app, tap Add, and hold the button on the lamp for five seconds until it blinks.",
     ("connect my lamp to the app", "lamp will not pair", "add a new lamp", "set up my lamp in the app")),
    ("Why does my lamp flicker?",
     "Screw the bulb in firmly and turn the dimmer off. If it still flickers, the driver is worn.",
     ("my lamp is flickering", "light goes on and off", "lamp blinks by itself", "flickering light")),
    ("How do I return my lamp?",
     "You may send it back within thirty days. Print the label from your account.",
     ("send my lamp back", "return an order", "I do not want the lamp any more", "give my lamp back")),
    ("How can I pay?",
     "We take cards, PayPal and bank transfer.",
     ("which payment methods are there", "can I pay by card", "do you take paypal", "pay by invoice")),
    ("How do I cancel my subscription?",
     "Open Account, then Subscription, and choose Cancel. It runs until the end of the paid month.",
     ("stop my subscription", "end the plan", "I want to unsubscribe from plus", "cancel plus")),
]  # fmt: skip


async def teach(house: TestHouse) -> None:
    """Write the articles and let the bot take them up."""

    def write(tx: Tx) -> None:
        for question, answer, phrasings in ARTICLES:
            row = ArticleRow(question=question, answer=answer, category=None, locale="en", phrasings=phrasings)
            create_article(tx, house.founded.knowledge_base_id, row, by="system")

    await house.served.house.store.write(write)
    await house.served.house.refresh()
