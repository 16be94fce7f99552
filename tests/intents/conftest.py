"""A small bot of a lamp shop, trained once for all stories."""

from __future__ import annotations

import pytest

from intents.knowledge import KnowledgeIndex
from intents.model import Model
from intents.training import train
from intents.understanding import Article, Example
from tests.intents.house import KnowingHouse
from tests.store.engines import Database, database, postgresql, sqlite, sqlite_template

__all__ = ["database", "postgresql", "sqlite", "sqlite_template"]

SAID = {
    "order_status": """
        where is my order|when will my parcel arrive|track my package please|my order has not come yet
        has my order shipped|how long until my delivery gets here|where is the lamp that I bought
        can I see where my parcel is|order still not here|what is the status of my order
    """,
    "return_item": """
        how do I return a lamp|I want to send this back|can I return my order|what is your return policy
        return label please|I would like to give the lamp back|how many days do I have to return something
        start a return for me|I changed my mind and want to return it|where do I send my return
    """,
    "reset_device": """
        how do I reset the lamp|factory reset|my lamp needs a reset|reset the hub to factory settings
        how to restart the hub|the reset button does nothing|erase all settings of my lamp
        what is the reset sequence|reboot the lamp|set the lamp back to how it came
    """,
    "invoice": """
        I need an invoice|can you send me the bill|where do I find my invoice|invoice with VAT number please
        my company needs a receipt|download the invoice of my purchase|email me the receipt
        the invoice has a wrong address|is there a bill for my purchase|how do I get a copy of my receipt
    """,
    "change_address": """
        change my delivery address|I moved to another street|update my address please
        the address of my account is wrong|how do I edit my shipping address|send it to a different address
        my new address is not saved|correct my street name|I typed the wrong house number
        deliver to my office address instead
    """,
}


def said() -> list[Example]:
    return [
        Example(text.strip(), intent)
        for intent, lines in SAID.items()
        for line in lines.strip().splitlines()
        for text in line.split("|")
    ]


def articles() -> list[Article]:
    return [
        Article(
            "art_hours", "When are you open?", "From nine to five, Monday to Friday.", None, None, ("opening hours",)
        ),
        Article("art_warranty", "How long is the warranty?", "Two years on lamps, one year on batteries."),
        Article("art_wifi", "Which Wi-Fi does the hub need?", "2.4 GHz. Networks of 5 GHz alone do not work.", "setup"),
        Article("art_bulb", "Which bulbs fit?", "Any bulb with an E27 base up to 12 watts.", None, "en"),
        Article("art_bulb_de", "Welche Birnen passen?", "Jede mit E27-Sockel bis 12 Watt.", None, "de"),
    ]


@pytest.fixture(scope="session")
def examples() -> list[Example]:
    return said()


@pytest.fixture(scope="session")
def model(examples: list[Example]) -> Model:
    return train(examples, seed=1)


@pytest.fixture(scope="session")
def knowledge() -> KnowledgeIndex:
    return KnowledgeIndex.build(articles())


@pytest.fixture
async def house(database: Database) -> KnowingHouse:
    """A house with a bot that knows nothing yet, on each engine."""
    return await KnowingHouse.open(database)
