"""Every table of the house, by noun. Shapes only; who may change a row is said where it is changed."""

from conversations.store.tables.columns import metadata
from conversations.store.tables.jobs import deliveries, replies_kept, work
from conversations.store.tables.knowledge import article_images, articles, corrections, examples, intents, models
from conversations.store.tables.people import (
    agents,
    canned_replies,
    offers,
    presence,
    queue_items,
    saved_views,
    sessions,
    team_members,
    teams,
)
from conversations.store.tables.places import bots, contacts, devices, identities, inboxes, knowledge_bases, workspaces
from conversations.store.tables.search import readers, search_entries
from conversations.store.tables.setup import avatars, inbox_words, invitations, mail_settings, one_time_links
from conversations.store.tables.talk import attachments, conversations, facts, messages

__all__ = [
    "agents",
    "article_images",
    "articles",
    "attachments",
    "avatars",
    "bots",
    "canned_replies",
    "contacts",
    "conversations",
    "corrections",
    "deliveries",
    "devices",
    "examples",
    "facts",
    "identities",
    "inbox_words",
    "inboxes",
    "intents",
    "invitations",
    "knowledge_bases",
    "mail_settings",
    "messages",
    "metadata",
    "models",
    "offers",
    "one_time_links",
    "presence",
    "queue_items",
    "readers",
    "replies_kept",
    "saved_views",
    "search_entries",
    "sessions",
    "team_members",
    "teams",
    "work",
    "workspaces",
]
