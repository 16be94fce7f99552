"""What is measured while a server is loaded: its CPU and memory as the kernel counts them, and latencies."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """CPU seconds that a process and all its threads have used, in user and system mode."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def rss_kib(pid: int) -> int:
    """Resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise ProcessLookupError(pid)


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from the moment a message was meant to be sent."""

    p50_ms: float
    p90_ms: float
    p99_ms: float
    max_ms: float

    @classmethod
    def of(cls, seconds: list[float]) -> Latency:
        """Raises ValueError without a single measurement."""
        if not seconds:
            raise ValueError("nothing was measured")
        ordered = sorted(seconds)
        last = len(ordered) - 1
        return cls(*(round(1000 * ordered[round(last * share)], 3) for share in (0.5, 0.9, 0.99, 1.0)))


@dataclass(frozen=True, slots=True)
class Result:
    """One run. `client_cpu` is the share of its core that the load client used while closed-loop; near 1 it was the
    bottleneck. `late_p99_ms` says how late it sent: the open loop is only as good as this. `messages_per_core_s` is
    what a whole core of CPU would have done: on a machine that others use too it says more than `messages_per_s`."""

    mode: str
    connections: int
    deflated: bool
    seconds: float
    sent: int
    completed: int
    unanswered: int
    messages_per_s: float
    messages_per_core_s: float | None
    server_cpu_us: float | None
    server_cpu: float | None
    client_cpu: float
    late_p99_ms: float | None
    latency: Latency

    def as_json(self) -> dict[str, object]:
        return asdict(self)
