"""Whether the house kept its word: judged from what clients recorded and what rows and facts say, and nothing else."""

from __future__ import annotations

from tests.rig.checker.holders import holders
from tests.rig.checker.messages import ends, numbers, order, readers, stored_once
from tests.rig.checker.queue import offered
from tests.rig.checker.turns import bot, silence
from tests.rig.history import Evidence, Finding


def check(evidence: Evidence) -> list[Finding]:
    """Every broken promise that can be seen, of the invariants 1 to 7, 11, 12 and 17."""
    return [
        *stored_once(evidence),
        *order(evidence),
        *ends(evidence),
        *numbers(evidence),
        *readers(evidence),
        *holders(evidence),
        *offered(evidence),
        *bot(evidence),
        *silence(evidence),
    ]
