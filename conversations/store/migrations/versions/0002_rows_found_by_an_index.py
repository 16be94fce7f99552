"""Rows found by an index: conversations of a thread, a conversation's queue items, chats that were taken."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

THREAD = sa.text("thread_key IS NOT NULL")
TAKEN = sa.text("state = 'taken'")


def upgrade() -> None:
    op.create_index(
        "ix_conversations_thread",
        "conversations",
        ["inbox_id", "thread_key", "number"],
        sqlite_where=THREAD,
        postgresql_where=THREAD,
    )
    op.create_index("ix_queue_items_conversation", "queue_items", ["conversation_id", "created_at"])
    op.create_index(
        "ix_queue_items_taken",
        "queue_items",
        ["workspace_id", "closed_at"],
        sqlite_where=TAKEN,
        postgresql_where=TAKEN,
    )


def downgrade() -> None:
    op.drop_index("ix_queue_items_taken", table_name="queue_items")
    op.drop_index("ix_queue_items_conversation", table_name="queue_items")
    op.drop_index("ix_conversations_thread", table_name="conversations")
