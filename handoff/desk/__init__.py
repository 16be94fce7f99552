"""The desk: everything an agent may do with a conversation, as plain functions `fn(tx, agent_id, ...)`.

Each reads who acts inside its transaction, locks the conversation, and does nothing for whoever may not see
it. Commands name the epoch that their sender saw; one whose effect already holds, by the same sender, is well
again.
"""
