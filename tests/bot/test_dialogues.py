"""Dialogues, as visitors have them: what is said goes through the door in, is really understood, and answered once."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from conversations.model import Choice, InboxRules
from tests.bot.house import House
from tests.bot.shop import ARTICLES, INTENTS

IN_LINE = "You are in line for a person. What you wrote stays here; you need not repeat it."
WHO = "I am a bot, not a person. Tell me what you need; if you would rather talk to a person, say so."
RENTAL_TITLES = {"Cancel my rental", "Keep my rental longer", "Insure my rental"}


def answer(name: str) -> str:
    return INTENTS[name][1] or ""


async def test_a_question_is_answered(any_house: House) -> None:
    """A question that the bot was taught gets its answer, and the conversation waits for the visitor."""
    ana = any_house.visitor()
    assert await ana.says("where is my order?") == answer("order_status")
    now = await ana.conversation()
    assert (now.status, now.waiting_on, now.waiting_since) == ("bot", "visitor", None)
    assert (now.answered_seq, now.turn_due_at, now.turn_leased_until, now.last_seq) == (1, None, None, 2)
    kept = await ana.understanding()
    assert (kept["decision"], kept["intent"], kept["reason"]) == ("answer", "order_status", "intent")
    assert kept["confidence"] > 0.5
    assert kept["took_ms"] > 0


async def test_an_article_answers_what_no_intent_does(house: House) -> None:
    """An article's answer names the article."""
    ana = house.visitor()
    assert await ana.says("how do i seal a tubeless tyre") == ARTICLES[0].answer
    last = (await ana.messages())[-1]
    shown = orjson.loads(last.content or "")["article"]
    assert (shown["id"], shown["question"]) == ("art_tubeless", ARTICLES[0].question)
    assert (await ana.understanding())["article_id"] == "art_tubeless"


async def test_two_questions_in_one_message_are_both_answered(house: House) -> None:
    """A message with two requests gets both."""
    said = await house.visitor().says("Where is my order? And how do I get a refund?")
    assert said == f"Where my order is\n\n{answer('order_status')}\n\nGet my money back\n\n{answer('refund')}"


async def test_messages_in_a_row_are_one_turn_with_one_answer(any_house: House) -> None:
    """What was said before the bot came to answer is answered together."""
    ana = any_house.visitor()
    said = await ana.says("hello", "where is my order?", "and when are you open?")
    assert answer("order_status") in said
    assert answer("opening_hours") in said
    assert [who for who, _ in await ana.sees()] == ["visitor"] * 3 + ["bot"]
    assert (await ana.conversation()).answered_seq == 3


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("Hello", "Hello. What can I help you with?"),
        ("thanks a lot", "You are welcome."),
        ("bye", "Goodbye. Write again whenever you like."),
        ("hello, can you help me?", "Hello. What can I help you with?"),
        ("I have a question", "Tell me in a few words what you need."),
        ("sorry", "Tell me in a few words what you need."),
        ("a problem with my", "Tell me in a few words what you need."),
        ("no", "Tell me in a few words what you need."),
        ("are you a robot?", WHO),
        ("am I talking to a person?", WHO),
    ],
)
async def test_small_talk_is_met_as_such(house: House, text: str, reply: str) -> None:
    """A bot that was taught no greetings greets all the same, and shows no list."""
    ana = house.visitor()
    assert await ana.says(text) == reply
    assert (await ana.messages())[-1].kind == "text"


async def test_an_unclear_question_is_asked_back_about_and_the_choice_is_answered(any_house: House) -> None:
    """Titles to choose from, and "none of these"; what is picked is answered without another question."""
    ana = any_house.visitor()
    assert await ana.says("my rental") == "I found three things that may help. Which one do you mean?"
    titles = await ana.choices()
    assert set(titles[:-1]) == RENTAL_TITLES
    assert titles[-1] == "None of these"
    assert (await ana.understanding())["decision"] == "clarify"
    assert await ana.picks("Cancel my rental") == answer("rental_cancel")
    kept = await ana.understanding()
    assert (kept["decision"], kept["reason"], kept["intent"]) == ("answer", "picked", "rental_cancel")


@pytest.mark.parametrize("said", ["insure my rental.", "  INSURE MY RENTAL"])
async def test_a_choice_may_be_written_instead_of_pressed(house: House, said: str) -> None:
    """Its title in words is a pick."""
    ana = house.visitor()
    await ana.says("my rental")
    assert await ana.says(said) == answer("rental_insure")
    assert (await ana.understanding())["reason"] == "picked"


@pytest.mark.parametrize("number", ["2", "the second one", "second"])
async def test_a_choice_may_be_named_by_its_number(house: House, number: str) -> None:
    """Where there are no buttons, numbers do."""
    ana = house.visitor()
    await ana.says("my rental")
    second = (await ana.choices())[1]
    said = await ana.says(number)
    assert said in {text for title, text in INTENTS.values() if title == second}


@pytest.mark.parametrize("text", ["bike", "my bike", "a problem with my bike"])
async def test_a_word_that_many_topics_share_is_asked_back_about(house: House, text: str) -> None:
    """One word that fittings, thefts and rentals all have tells none of them from the others."""
    ana = house.visitor()
    assert await ana.says(text) == "I found three things that may help. Which one do you mean?"
    assert {"Have a bike fitted", "My bike was stolen"} <= set(await ana.choices())
    again = await ana.says(text)
    assert again == "I did not understand that. Say it in other words, or ask for a person."


async def test_none_of_these_then_other_words_are_answered(house: House) -> None:
    """One chance to rephrase."""
    ana = house.visitor()
    await ana.says("my rental")
    assert await ana.picks("None of these") == "Then tell me in other words what you need, or ask for a person."
    assert await ana.says("what are your opening hours") == answer("opening_hours")
    assert (await ana.conversation()).status == "bot"


async def test_none_of_these_then_nothing_clear_brings_a_person(house: House) -> None:
    """After the one chance a person comes."""
    ana = house.visitor()
    await ana.says("my rental")
    await ana.picks("None of these")
    said = await ana.says("xyzzy plugh")
    assert said == "I do not understand this well enough, so I am bringing you to a person."
    assert (await ana.sees())[-1] == ("system", IN_LINE)
    assert (await ana.conversation()).status == "queued"


async def test_an_older_list_can_still_be_chosen_from(house: House) -> None:
    """A list further up keeps working."""
    ana = house.visitor()
    await ana.says("my rental")
    first = (await ana.messages())[-1]
    await ana.says("where is my order")
    titles = {one["title"]: one["value"] for one in orjson.loads(first.content or "")["choices"]}
    await ana.writes("", choice=Choice(first.id, titles["Keep my rental longer"]))
    await house.turn(ana.conversation_id)
    assert (await ana.sees())[-1] == ("bot", answer("rental_extend"))


async def test_not_understood_twice_brings_a_person(any_house: House) -> None:
    """First other words, then a person, with the reason kept."""
    ana = any_house.visitor()
    first = await ana.says("xyzzy plugh")
    assert first == "I did not understand that. Say it in other words, or ask for a person."
    await ana.says("frobnicate the quux")
    now = await ana.conversation()
    assert (now.status, now.waiting_on) == ("queued", "us")
    assert now.waiting_since is not None
    entered = [fact for fact in await any_house.facts(now.id) if fact.kind == "queue_entered"]
    assert [fact.data["reason"] for fact in entered] == ["not_understood"]


async def test_asking_for_a_person_in_words_brings_one(any_house: House) -> None:
    """In words as by the button."""
    ana = any_house.visitor()
    assert await ana.says("can I talk to a human please") == "I am bringing you to a person."
    assert (await ana.sees())[-1] == ("system", IN_LINE)
    now = await ana.conversation()
    assert (now.status, now.epoch) == ("queued", 2)
    kinds = [fact.kind for fact in await any_house.facts(now.id)]
    assert kinds.count("person_requested") == 1
    assert kinds.count("status_changed") == 1


async def test_a_matter_for_people_is_named_and_handed_over(house: House) -> None:
    """An intent without a reply goes to a person under its title, with its category."""
    ana = house.visitor()
    said = await ana.says("my bike was stolen last night")
    assert said.startswith("You ask about: My bike was stolen.")
    now = await ana.conversation()
    assert (now.status, now.category) == ("queued", "orders")
    kept = await ana.understanding()
    assert (kept["decision"], kept["reason"], kept["intent"]) == ("escalate", "no_reply", "stolen_bike")


async def test_anger_brings_a_person_sooner(house: House) -> None:
    """Nothing but anger brings one at once; anger beside a question brings the answer and the offer, then a person."""
    bo = house.visitor()
    await bo.says("you idiots!!")
    assert (await bo.conversation()).status == "queued"
    ana = house.visitor()
    said = await ana.says("this is useless, where is my order")
    assert said == f"{answer('order_status')}\n\nIf you would rather talk to a person, say so."
    await ana.says("this is ridiculous, where is my order")
    now = await ana.conversation()
    assert now.status == "queued"
    entered = [fact for fact in await house.facts(now.id) if fact.kind == "queue_entered"]
    assert entered[0].data["reason"] == "angry"


async def test_an_answer_that_did_not_help_is_met_with_an_offer_then_a_person(house: House) -> None:
    """Said in words, twice."""
    ana = house.visitor()
    await ana.says("where is my order")
    assert await ana.says("that did not help") == "That did not help, then. Tell me more about it, or ask for a person."
    await ana.says("when are you open")
    await ana.says("no, that did not help")
    assert (await ana.conversation()).status == "queued"


async def test_a_solved_question_is_met_with_a_kind_word(house: House) -> None:
    """ "Yes, that helped" ends nothing and asks nothing."""
    ana = house.visitor()
    await ana.says("where is my order")
    assert await ana.says("yes that helped") == "Good to hear. Write again if anything else comes up."
    assert (await ana.conversation()).status == "bot"


async def test_the_bot_goes_on_as_a_guest_and_the_place_is_kept(any_house: House) -> None:
    """In line, what is clear is answered; the rest is left for the person, and the waiting goes on."""
    ana = any_house.visitor()
    await ana.says("I want to talk to a human")
    waiting = await ana.conversation()
    said = await ana.says("when are you open?")
    assert said == f"{answer('opening_hours')}\n\nYou keep your place in line."
    now = await ana.conversation()
    assert (now.status, now.epoch, now.waiting_on, now.waiting_since) == ("queued", 2, "us", waiting.waiting_since)
    assert await ana.says("where is my order?") == answer("order_status")
    for text in ("hello?", "my rental", "xyzzy plugh", "I want a human", "this is ridiculous!"):
        assert await ana.says(text) == ""
    now = await ana.conversation()
    assert (now.status, now.epoch, now.turn_due_at) == ("queued", 2, None)


async def test_what_a_guest_left_unanswered_is_answered_when_the_request_is_taken_back(house: House) -> None:
    """A guest's silence answers nothing: the bot in charge does, once the chat is its own again."""
    ana = house.visitor()
    await ana.says("I want to talk to a human")
    assert await ana.says("my rental") == ""
    await ana.cancels()
    await house.turn(ana.conversation_id)
    assert (await ana.messages())[-1].kind == "choices"


async def test_an_inbox_without_a_guest_is_quiet_in_line(house: House) -> None:
    """`bot_as_guest` off: nothing is due while a person is awaited, and what was is let go."""
    ana = house.visitor()
    await ana.writes("where is my order")
    house.inbox = replace(house.inbox, rules=InboxRules(bot_as_guest=False))
    await ana.asks_for_a_person()
    assert (await house.turn(ana.conversation_id)).how == "stayed"
    assert (await ana.conversation()).turn_due_at is None
    assert [who for who, _ in await ana.sees()] == ["visitor", "system"]


async def test_a_person_holds_the_chat_and_the_bot_is_silent_until_it_is_handed_back(any_house: House) -> None:
    """Nothing is due while Sam has it; what the visitor says after the hand-back is answered again."""
    ana = any_house.visitor()
    await ana.says("where is my order")
    await ana.met_by_sam()
    assert await ana.says("when are you open?") == ""
    await ana.handed_back()
    await any_house.turn(ana.conversation_id)
    assert (await ana.sees())[-1] == ("bot", answer("opening_hours"))


async def test_an_inbox_for_people_brings_everyone_to_them(house: House) -> None:
    """`escalate_directly`: the first message already."""
    house.inbox = replace(house.inbox, rules=InboxRules(escalate_directly=True))
    ana = house.visitor()
    assert await ana.says("where is my order") == "A person will answer you here."
    assert (await ana.conversation()).status == "queued"


async def test_an_inbox_that_lost_its_bot_brings_its_visitors_to_people(house: House) -> None:
    """A chat that was with the bot when it was taken away is not forgotten."""
    ana = house.visitor()
    await ana.writes("where is my order")
    house.inbox = replace(house.inbox, bot_id=None)
    await house.turn(ana.conversation_id)
    now = await ana.conversation()
    assert now.status == "queued"
    entered = [fact for fact in await house.facts(now.id) if fact.kind == "queue_entered"]
    assert entered[0].data["reason"] == "no_bot"


async def test_a_visitor_is_answered_in_their_language(house: House) -> None:
    """The house's own sentences follow the conversation's locale."""
    ana = house.visitor(locale="de-AT")
    assert await ana.says("hallo") == "Guten Tag. Womit kann ich Ihnen helfen?"
    await ana.says("my rental")
    assert (await ana.choices())[-1] == "Nichts davon"


async def test_a_long_monologue_is_read_in_pieces_and_nothing_is_skipped(house: House) -> None:
    """More messages than one turn reads are answered by the turns after it."""
    ana = house.visitor()
    for number in range(60):
        await ana.writes(f"xyzzy {number}")
    done = await house.turn(ana.conversation_id)
    now = await ana.conversation()
    assert (done.how, now.answered_seq) == ("spoke", 50)
    assert now.turn_due_at is not None
    assert now.waiting_on == "us"
    await ana.writes("where is my order")
    await house.turn(ana.conversation_id)
    now = await ana.conversation()
    assert (now.answered_seq, now.turn_due_at, now.waiting_on) == (now.visitor_seq, None, "visitor")
