"""What the bot does about what it heard: each rule, as a table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.hearing import Heard, Picked, Topic
from bot.memory import NOTHING, Memory
from bot.policy import (
    Answer,
    Clarify,
    Decision,
    Escalate,
    Rephrase,
    SmallTalk,
    Standing,
    Stay,
    decide,
    explained,
    unhelpful,
)
from conversations.model import InboxRules
from intents.understanding import Decision as Verdict
from intents.understanding import Reason, Signals, Understanding
from tests.bot.knowing import (
    CARD,
    FEES,
    FRAUD,
    HELLO,
    PIN,
    REFUND,
    TOPICS,
    asked,
    clear,
    furious,
    no_knowledge,
    polite,
    topic,
    torn,
    understood,
    unknown,
)

OWNER = Standing(guest=False)
GUEST = Standing(guest=True)
ONCE = Memory(not_understood=1)
ANSWERED = Memory(answered=True)


def hears(*said: Understanding, memory: Memory = NOTHING, **more: object) -> Decision:
    return decide(replace(Heard(said=said), **more), memory, OWNER, TOPICS)  # type: ignore[arg-type]


def topics_of(decision: Decision) -> tuple[Topic, ...]:
    assert isinstance(decision, Answer)
    return decision.topics


@pytest.mark.parametrize("one", [CARD, PIN])
def test_what_is_clear_is_answered(one: Topic) -> None:
    """An intent with a reply, or an article, that the gate is sure of is answered."""
    decision = hears(clear(one))
    assert topics_of(decision) == (one,)
    assert decision.memory.answered


def test_two_requests_in_one_message_are_both_answered() -> None:
    """Each clear part of a message gets its answer, in the order in which it was asked."""
    both = replace(clear(REFUND), parts=(clear(REFUND), clear(PIN)))
    assert topics_of(hears(both)) == (REFUND, PIN)


def test_two_messages_before_the_answer_are_both_answered() -> None:
    """Messages that came together are one turn."""
    assert topics_of(hears(clear(REFUND), clear(CARD))) == (REFUND, CARD)


def test_the_same_request_twice_is_answered_once() -> None:
    """Saying a thing twice is one request."""
    decision = hears(clear(REFUND), clear(REFUND))
    assert topics_of(decision) == (REFUND,)
    assert not decision.partly  # type: ignore[union-attr]


def test_of_three_requests_it_says_which_it_took() -> None:
    """More requests than fit are not dropped silently."""
    decision = hears(clear(CARD), clear(REFUND), clear(PIN))
    assert isinstance(decision, Answer)
    assert (decision.topics, decision.partly) == ((CARD, REFUND), True)


def test_a_request_left_beside_an_answer_is_not_dropped_silently() -> None:
    """One message is clear, another is about something else: the answer says what it is about."""
    decision = hears(clear(CARD), torn(REFUND, FEES))
    assert isinstance(decision, Answer)
    assert decision.partly


def test_messages_that_only_together_make_sense_are_read_together() -> None:
    """A sentence sent in pieces is understood as one."""
    decision = hears(torn(CARD, REFUND), unknown(), whole=clear(CARD))
    assert isinstance(decision, Answer)
    assert (decision.topics, decision.partly) == ((CARD,), False)


def test_an_intent_without_a_reply_is_named_and_handed_over() -> None:
    """What is for people goes to people, under its title."""
    decision = hears(clear(FRAUD))
    assert isinstance(decision, Escalate)
    assert (decision.reason, decision.topic) == ("no_reply", FRAUD)


def test_an_answer_beside_a_matter_for_people_is_given_too() -> None:
    """Of two requests the one with a reply is answered, and the other brought to a person."""
    decision = hears(clear(CARD), clear(FRAUD))
    assert isinstance(decision, Escalate)
    assert (decision.reason, decision.topic, decision.answers) == ("no_reply", FRAUD, (CARD,))


def test_what_was_archived_meanwhile_is_not_offered() -> None:
    """An understanding may speak of a topic that is no more."""
    gone = topic("gone")
    assert isinstance(hears(clear(gone)), Rephrase)
    decision = hears(torn(gone, CARD, REFUND))
    assert isinstance(decision, Clarify)
    assert decision.choices == (CARD, REFUND)


def test_two_or_three_close_candidates_are_asked_about() -> None:
    """Choices come with the titles that differ."""
    decision = hears(torn(CARD, REFUND, PIN))
    assert isinstance(decision, Clarify)
    assert decision.choices == (CARD, REFUND, PIN)
    assert decision.memory.not_understood == 0


def test_a_single_candidate_is_offered_beside_the_next_likely_one() -> None:
    """A list has at least two choices where the bot knows two things."""
    decision = hears(torn(CARD, others=("late_card", "fees", "refund")))
    assert isinstance(decision, Clarify)
    assert decision.choices == (CARD, FEES)


def test_choices_have_different_titles() -> None:
    """An intent and an article with one title are one choice."""
    twin = topic("art_late", kind=PIN.kind, title=CARD.title.upper())
    decision = decide(Heard((torn(CARD, twin, REFUND),)), NOTHING, OWNER, {**TOPICS, twin.ref: twin})
    assert isinstance(decision, Clarify)
    assert decision.choices == (CARD, REFUND)


@pytest.mark.parametrize("one", [CARD, PIN])
def test_a_picked_choice_is_answered_directly(one: Topic) -> None:
    """No further question after a choice."""
    decision = hears(picked=Picked(one), offered=(CARD.ref, PIN.ref), memory=ONCE)
    assert topics_of(decision) == (one,)
    assert decision.memory.not_understood == 0


def test_a_picked_choice_without_a_reply_goes_to_a_person() -> None:
    """A choice may be a matter for people."""
    decision = hears(picked=Picked(FRAUD), offered=(FRAUD.ref, CARD.ref))
    assert isinstance(decision, Escalate)
    assert (decision.reason, decision.topic) == ("no_reply", FRAUD)


def test_none_of_these_gives_one_chance_to_rephrase_then_a_person() -> None:
    """After "none of these" the visitor may say it in other words once."""
    first = hears(picked=Picked(None), offered=(CARD.ref, REFUND.ref))
    assert isinstance(first, Rephrase)
    assert first.reason == "none_of_these"
    second = hears(torn(FEES, PIN), memory=first.memory)
    assert isinstance(second, Escalate)
    assert second.reason == "not_understood"


def test_none_of_these_after_a_rephrasing_brings_a_person() -> None:
    """The second time nothing fits, it is a person's."""
    decision = hears(picked=Picked(None), offered=(CARD.ref, REFUND.ref), memory=ONCE)
    assert isinstance(decision, Escalate)
    assert decision.reason == "not_understood"


def test_a_plain_no_to_a_list_means_none_of_these() -> None:
    """Not everyone presses buttons."""
    decision = hears(polite(Reason.UNSOLVED), offered=(CARD.ref, REFUND.ref))
    assert isinstance(decision, Rephrase)
    assert decision.reason == "none_of_these"


def test_a_plain_yes_to_a_single_choice_takes_it() -> None:
    """ "Is this what you mean?" - "Yes"."""
    assert topics_of(hears(polite(Reason.SOLVED), offered=(CARD.ref,))) == (CARD,)


def test_none_of_these_with_new_words_is_read_by_the_words() -> None:
    """Words that came with the refusal are the rephrasing."""
    assert topics_of(hears(clear(FEES), picked=Picked(None), offered=(CARD.ref, REFUND.ref))) == (FEES,)
    decision = hears(torn(FEES, PIN), picked=Picked(None), offered=(CARD.ref, REFUND.ref))
    assert isinstance(decision, Clarify)
    assert decision.memory.not_understood == 1


def test_the_same_list_is_not_shown_twice() -> None:
    """A visitor who writes on instead of choosing is asked in another way."""
    decision = hears(torn(REFUND, CARD), offered=(CARD.ref, REFUND.ref, PIN.ref))
    assert isinstance(decision, Rephrase)
    assert decision.memory.not_understood == 1


def test_not_understood_twice_brings_a_person() -> None:
    """One chance to rephrase, then a person."""
    first = hears(unknown())
    assert isinstance(first, Rephrase)
    second = hears(unknown(), memory=first.memory)
    assert isinstance(second, Escalate)
    assert second.reason == "not_understood"


def test_an_answer_in_between_begins_the_count_anew() -> None:
    """Only failures in a row count."""
    assert hears(clear(CARD), memory=ONCE).memory.not_understood == 0


@pytest.mark.parametrize("said", [asked(), clear(CARD, asks_person=True)])
def test_who_asks_for_a_person_is_brought_to_one(said: Understanding) -> None:
    """Also where a question stands beside it that the bot could answer."""
    decision = hears(said)
    assert isinstance(decision, Escalate)
    assert decision.reason == "asked"


def test_a_yes_to_the_offer_of_a_person_is_taken_at_its_word() -> None:
    """After "or ask for a person" a yes asks for one."""
    offered = unhelpful(ANSWERED).memory
    decision = hears(polite(Reason.SOLVED), memory=offered)
    assert isinstance(decision, Escalate)
    assert decision.reason == "asked"


@pytest.mark.parametrize(
    ("reason", "kind"),
    [(Reason.GREETING, "greeting"), (Reason.THANKS, "thanks"), (Reason.GOODBYE, "goodbye"), (Reason.SOLVED, "solved")],
)
def test_small_talk_is_answered_as_such(reason: Reason, kind: str) -> None:
    """A greeting meets a greeting, whatever came before; it changes nothing that the bot counts."""
    for memory in (ANSWERED, replace(ONCE, answered=True)):
        decision = hears(polite(reason), memory=memory)
        assert isinstance(decision, SmallTalk)
        assert (decision.kind, decision.memory) == (kind, memory)


def test_a_greeting_before_the_question_does_not_hide_it() -> None:
    """ "Hello" and then a question: the question is answered."""
    assert topics_of(hears(polite(Reason.GREETING), clear(CARD), whole=clear(CARD))) == (CARD,)


def test_a_trained_greeting_with_words_of_its_own_wins() -> None:
    """A bot that was taught to greet greets in its own words."""
    own = topic("hello")
    said = understood(Verdict.ANSWER, Reason.INTENT, own, signals=Signals(greeting=True))
    decision = decide(Heard((said,)), NOTHING, OWNER, {own.ref: own})
    assert topics_of(decision) == (own,)


def test_a_trained_greeting_without_words_is_still_a_greeting() -> None:
    """Nobody is brought to a person for saying hello."""
    said = understood(Verdict.ANSWER, Reason.INTENT, HELLO, signals=Signals(greeting=True))
    decision = hears(said)
    assert isinstance(decision, SmallTalk)
    assert decision.kind == "greeting"


def test_a_no_after_an_answer_is_offered_another_way_and_then_a_person() -> None:
    """Unhelpful twice brings a person, as rating it so does."""
    first = hears(polite(Reason.UNSOLVED), memory=ANSWERED)
    assert isinstance(first, Rephrase)
    assert first.reason == "unhelpful"
    second = hears(polite(Reason.UNSOLVED), memory=first.memory)
    assert isinstance(second, Escalate)
    assert second.reason == "unhelpful"


def test_a_no_to_nothing_is_asked_what_it_needs() -> None:
    """A conversation that begins with "no" is asked what it needs; nobody says that "no" was not understood."""
    decision = hears(polite(Reason.UNSOLVED))
    assert isinstance(decision, SmallTalk)
    assert decision.kind == "say_more"


def test_whom_they_talk_to_is_told_also_in_line() -> None:
    """A bot never lets anybody take it for a person, in charge or as a guest; a yes to its offer brings one."""
    told = hears(polite(Reason.WHO))
    assert isinstance(told, SmallTalk)
    assert (told.kind, told.memory.offered_person) == ("who", True)
    agreed = hears(polite(Reason.SOLVED), memory=told.memory)
    assert isinstance(agreed, Escalate)
    assert agreed.reason == "asked"
    in_line = decide(Heard(said=(polite(Reason.WHO),)), NOTHING, GUEST, TOPICS)
    assert isinstance(in_line, SmallTalk)
    assert in_line.kind == "who_guest"


def test_a_yes_to_nothing_and_a_smiley_are_asked_for_more() -> None:
    """What says nothing is asked for a few words."""
    for said in (polite(Reason.SOLVED), polite(Reason.EMPTY)):
        decision = hears(said)
        assert isinstance(decision, SmallTalk)
        assert decision.kind == "say_more"


@pytest.mark.parametrize("said", [furious(), torn(CARD, REFUND, angry=True), unknown(angry=True)])
def test_an_angry_visitor_who_is_not_understood_meets_a_person_at_once(said: Understanding) -> None:
    """No list of choices for somebody who is angry."""
    decision = hears(said)
    assert isinstance(decision, Escalate)
    assert decision.reason == "angry"


def test_an_angry_visitor_with_a_clear_question_gets_the_answer_and_the_offer() -> None:
    """Once; the second time a person comes, with the answer."""
    first = hears(clear(CARD, angry=True))
    assert isinstance(first, Answer)
    assert first.angry
    second = hears(clear(REFUND, angry=True), memory=first.memory)
    assert isinstance(second, Escalate)
    assert (second.reason, second.answers) == ("angry", (REFUND,))


def test_an_angry_visitor_needs_one_unhelpful_answer_only() -> None:
    """Anger brings a person sooner."""
    decision = unhelpful(Memory(answered=True, angry=1))
    assert isinstance(decision, Escalate)
    assert decision.reason == "angry"


def test_a_bot_that_was_taught_nothing_hands_over() -> None:
    """Without a model and without articles there is nobody to ask back."""
    decision = hears(no_knowledge())
    assert isinstance(decision, Escalate)
    assert decision.reason == "no_bot"


def test_a_file_alone_is_asked_about_then_a_person_looks_at_it() -> None:
    """The bot says that it cannot look into files."""
    first = hears(files=True)
    assert isinstance(first, Rephrase)
    assert first.reason == "file"
    assert isinstance(hears(files=True, memory=first.memory), Escalate)


def test_an_inbox_for_people_brings_everyone_to_them() -> None:
    """`escalate_directly`: the bot only opens the door."""
    rules = InboxRules(escalate_directly=True)
    decision = decide(Heard((clear(CARD),)), NOTHING, Standing(guest=False, rules=rules), TOPICS)
    assert isinstance(decision, Escalate)
    assert decision.reason == "people_only"
    assert explained(clear(CARD), rules, TOPICS) == decision


def test_nothing_said_is_nothing_answered() -> None:
    """A turn whose messages were all erased has nobody to answer."""
    assert isinstance(hears(), Stay)


@pytest.mark.parametrize(
    "said",
    [
        torn(CARD, REFUND),
        unknown(),
        asked(),
        furious(),
        clear(CARD, angry=True),
        clear(FRAUD),
        polite(Reason.GREETING),
        polite(Reason.THANKS),
        polite(Reason.UNSOLVED),
    ],
)
def test_a_guest_says_nothing_unless_it_is_sure(said: Understanding) -> None:
    """While a person is awaited, nobody is asked back, greeted or escalated again."""
    assert isinstance(decide(Heard((said,)), ANSWERED, GUEST, TOPICS), Stay)


def test_a_guest_answers_what_it_is_sure_of_and_says_once_that_the_place_is_kept() -> None:
    """The place in line is kept, and that is said the first time."""
    first = decide(Heard((clear(CARD),)), NOTHING, GUEST, TOPICS)
    assert isinstance(first, Answer)
    assert first.guest
    second = decide(Heard((clear(REFUND),)), first.memory, GUEST, TOPICS)
    assert isinstance(second, Answer)
    assert not second.guest


def test_a_choice_picked_while_waiting_is_answered() -> None:
    """A list that was open before the queue still works."""
    decision = decide(Heard(picked=Picked(CARD)), NOTHING, GUEST, TOPICS)
    assert topics_of(decision) == (CARD,)
