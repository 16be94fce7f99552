"""The packet of an offer: what an agent knows before the first word."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conversations import visitor
from handoff.desk import claiming, talking
from handoff.packet import ASKED_LIMIT, Spoken, heard, packet_of
from handoff.summary import clip, summarise
from tests.handoff.desk import Desk

KEYS = {
    "asked",
    "summary",
    "intent",
    "confidence",
    "alternatives",
    "articles_shown",
    "choices_made",
    "steps",
    "slots",
    "reason",
    "page",
    "contact",
    "earlier",
}


async def test_an_agent_need_not_ask_again(desk: Desk) -> None:
    """What was asked, what the bot understood and showed, what was picked, why it came, who it is."""
    ana = await desk.visitor("Ana")
    await ana.says("hello")
    await ana.answered_by_bot("Hello. What can I help you with?", decision="answer", intent=None, reason="greeting")
    await ana.says("I was charged twice for order 4711. Can I get the money back?")
    await ana.answered_by_bot(
        "Refunds take five days.",
        decision="answer",
        intent="refund_status",
        confidence=0.83,
        alternatives=[{"intent": "double_charge", "confidence": 0.11}],
        reason="confident",
        content={"article": {"id": "art_1", "question": "How long does a refund take?"}},
    )
    await ana.says("No, that is not it.")
    await ana.asks()
    packet = await desk.store.read(packet_of, ana.conversation_id)
    assert packet.keys() == KEYS
    assert packet["asked"] == "I was charged twice for order 4711. Can I get the money back?"
    assert "order 4711" in packet["summary"]
    assert (packet["intent"], packet["confidence"]) == ("refund_status", 0.83)
    assert packet["alternatives"] == [{"intent": "double_charge", "confidence": 0.11}]
    assert packet["articles_shown"] == [{"id": "art_1", "question": "How long does a refund take?"}]
    assert packet["reason"] == "asked"
    assert packet["contact"]["name"] == "Ana"
    assert (packet["steps"], packet["slots"], packet["choices_made"], packet["earlier"]) == ([], {}, [], [])


async def test_earlier_conversations_come_along(desk: Desk) -> None:
    """What the same person asked before is there, but not what belongs to a team that the agent may not see."""
    billing = await desk.team("Billing")
    boss = await desk.agent("Boss", role="supervisor", seats=9)
    ana = await desk.visitor("Ana")
    for text, team_id in (("first question", None), ("a secret invoice", billing)):
        await ana.says(text)
        await ana.asks(team_id=team_id)
        await boss.resolves(ana)
        desk.clock.forward(100 * 3_600_000)
    now = await ana.says("third question")
    assert now.conversation.previous_id is not None
    packet = await desk.store.read(packet_of, ana.conversation_id)
    assert [(one["asked"], one["status"], one["resolution"]) for one in packet["earlier"]] == [
        ("first question", "resolved", "agent")
    ]
    assert packet["earlier"][0]["created_at"].endswith("Z")


async def test_after_reopening_only_the_new_question_counts(desk: Desk) -> None:
    """A chat that was closed and is written to again is about what is asked now."""
    sam = await desk.agent("Sam")
    ana = await desk.waiting("My old problem with a bulb.")
    await sam.picks(ana)
    await sam.resolves(ana)
    await ana.says("My new problem with a sensor.")
    packet = await desk.store.read(packet_of, ana.conversation_id)
    assert packet["asked"] == "My new problem with a sensor."
    assert "bulb" not in packet["summary"]
    await desk.do(visitor.end, ana.identity_id, ana.conversation_id)
    assert (await desk.store.read(packet_of, ana.conversation_id))["asked"] == "My new problem with a sensor."


async def test_what_was_withdrawn_or_private_is_not_in_it(desk: Desk) -> None:
    """Notes are not what the visitor said, and erased words are gone."""
    sam = await desk.agent("Sam")
    ana = await desk.waiting()
    await sam.does(claiming.take_over, ana)
    await desk.do(talking.note, sam.id, ana.conversation_id, "n", "a bit difficult")
    said = (await sam.replies(ana, "oops, wrong window")).message
    await desk.do(talking.withdraw, sam.id, said.id)
    packet = repr(await desk.store.read(packet_of, ana.conversation_id))
    assert "difficult" not in packet
    assert "wrong window" not in packet


def test_a_pick_is_told_as_a_pick() -> None:
    """What was picked among choices is listed with its title, and is not taken for the question."""
    spoken = [
        Spoken("visitor", "it does not work", {}, {}),
        Spoken("bot", "Which one?", {"choices": []}, {"decision": "clarify", "intent": "lamp_dead", "confidence": 0.4}),
        Spoken("visitor", "The lamp stays dark", {"choice": {"message_id": "msg_1", "value": "1"}}, {}),
    ]
    found = heard(spoken)
    assert found.asked == "it does not work"
    assert found.choices_made == [{"title": "The lamp stays dark", "value": "1"}]
    assert found.intent == "lamp_dead"


def test_a_bare_wish_for_a_person_is_still_something() -> None:
    """Where nothing else was said, the wish itself is what was asked; an empty chat asks nothing."""
    spoken = [Spoken("visitor", "human please", {}, {}), Spoken("bot", "I am bringing you.", {}, {"reason": "asked"})]
    assert heard(spoken).asked == "human please"
    assert heard([]).asked == ""


def test_what_stands_beside_the_wish_for_a_person_is_wanted() -> None:
    """Who tells the trouble and asks for a person in one message need not tell it again."""
    spoken = [
        Spoken("visitor", "How long does delivery take?", {}, {}),
        Spoken("bot", "Two to four days.", {}, {"reason": "confident"}),
        Spoken("visitor", "My lamp flickers in every socket. Can I talk to somebody?", {}, {}),
        Spoken("bot", "I am bringing you.", {}, {"reason": "asked"}),
    ]
    assert heard(spoken).summary == "How long does delivery take? My lamp flickers in every socket."


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=2)
)
messages = st.lists(
    st.builds(
        Spoken,
        author_kind=st.sampled_from(["visitor", "bot", "agent", "system"]),
        text=st.text(max_size=1_000),
        content=st.dictionaries(st.sampled_from(["article", "articles", "choice", "said"]), json_values, max_size=3),
        understanding=st.dictionaries(st.sampled_from(["intent", "reason"]), st.text(max_size=5), max_size=2),
    ),
    max_size=20,
)


@given(messages)
def test_a_packet_is_bounded_whatever_was_said(spoken: list[Spoken]) -> None:
    """Any texts and contents give a packet within its limits."""
    found = heard(spoken)
    assert len(found.asked) <= ASKED_LIMIT
    assert len(found.summary) <= 400


@given(st.lists(st.text(max_size=1_000), max_size=20), st.integers(1, 400))
def test_a_summary_is_within_its_limit(texts: list[str], limit: int) -> None:
    """However much was said; and something is kept where something was said."""
    summary = summarise(texts, limit)
    assert len(summary) <= limit
    assert bool(summary) == any(text.split() for text in texts)


@given(st.lists(st.sampled_from(["My lamp is dark.", "It was fine.", "Order 4711 failed!", "هل يعمل؟"]), max_size=8))
def test_a_summary_invents_nothing(texts: list[str]) -> None:
    """Every sentence of it was said, once, in its order."""
    summary = summarise(texts)
    kept = [sentence for sentence in dict.fromkeys(texts) if sentence in summary]
    assert sum(len(one) + 1 for one in kept) - 1 == len(summary) or not texts


def test_what_carries_the_matter_is_kept() -> None:
    """Of a long story the sentences with numbers and recurring words stay."""
    story = [
        "Good morning to you all.",
        "The lamp flickers. I bought the lamp in May with order 4711. The weather is nice here by the way.",
        "So I would like a new lamp, or my money for order 4711.",
    ]
    summary = summarise(story, 140)
    assert "4711" in summary
    assert "lamp" in summary
    assert "weather" not in summary
    assert clip("abcdef", 4) == "abc…"
