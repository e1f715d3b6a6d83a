"""How much of this machine is ours: a container or a service may have less than the hardware."""

from __future__ import annotations

import os
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")
_MEMORY_LIMITS = ("memory.max", "memory/memory.limit_in_bytes")  # cgroup v2, v1


def cores() -> int:
    """Processors that this process may run on, within the quota of its cgroup; at least 1."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(allowed, _quota() or allowed))


def memory_bytes() -> int:
    """Of the machine, or of its cgroup where that is less."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [_number(_CGROUP / name) for name in _MEMORY_LIMITS]
    return min([total, *(limit for limit in limits if limit)])


def _quota() -> int | None:
    """Whole processors of a cgroup's quota, None for no limit."""
    try:
        quota, period = (_CGROUP / "cpu.max").read_text().split()
        return max(1, int(quota) // int(period))
    except (OSError, ValueError):  # no such file, "max"
        pass
    quota_us, period_us = (_number(_CGROUP / f"cpu/cpu.cfs_{part}_us") for part in ("quota", "period"))
    return max(1, quota_us // period_us) if quota_us and period_us else None


def _number(path: Path) -> int | None:
    try:
        return max(0, int(path.read_text()))
    except (OSError, ValueError):
        return None
