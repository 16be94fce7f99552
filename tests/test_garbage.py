"""What lives as long as the process is not looked at again and again."""

import subprocess
import sys

LEAVES = """
import gc
before = list(range(10)), {}
from server.garbage import leave_the_living
leave_the_living()
assert gc.get_freeze_count() > 1_000
assert not any(one is before for one in gc.get_objects())
ring = []
ring.append(ring)
address = id(ring)
del ring
assert gc.collect() >= 1
"""


def test_what_lives_as_long_as_the_process_is_left_alone() -> None:
    """After the start a collection walks only what came since, and still finds a cycle that nobody holds."""
    subprocess.run([sys.executable, "-c", LEAVES], check=True, timeout=60)
