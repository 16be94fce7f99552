"""Every table of the house, by noun. Shapes only; who may change a row is said where it is changed."""

from conversations.store.tables.columns import metadata
from conversations.store.tables.jobs import deliveries, replies_kept, work
from conversations.store.tables.knowledge import articles, examples, intents, models
from conversations.store.tables.people import agents, offers, presence, queue_items, sessions, team_members, teams
from conversations.store.tables.places import bots, contacts, devices, identities, inboxes, knowledge_bases, workspaces
from conversations.store.tables.talk import attachments, conversations, facts, messages

__all__ = [
    "agents",
    "articles",
    "attachments",
    "bots",
    "contacts",
    "conversations",
    "deliveries",
    "devices",
    "examples",
    "facts",
    "identities",
    "inboxes",
    "intents",
    "knowledge_bases",
    "messages",
    "metadata",
    "models",
    "offers",
    "presence",
    "queue_items",
    "replies_kept",
    "sessions",
    "team_members",
    "teams",
    "work",
    "workspaces",
]
