"""The garbage collector, set for a process that serves: it leaves alone what lives as long as the process.

Python walks every container there is each time enough new ones have come. A server holds some hundred thousand that
never go (modules, statements, models), so a collection stopped the loop for 60 to 130 ms, and cost a sixth of the CPU
of a message.
"""

import gc

YOUNG = 50_000
MIDDLE = 20
OLD = 50


def leave_the_living() -> None:
    """Collect once, then never look again at what there is by now; look at what comes after it less often.

    What was alive is still freed once nothing refers to it; only cycles of it stay. For the end of a start.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
