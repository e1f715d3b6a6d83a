"""What can be put into the queue from anywhere: `enqueue("tidy-jobs")`. Add your own beside it."""

from __future__ import annotations

from jobs import queue
from jobs.registry import job


@job("tidy-jobs")
def tidy_jobs(days: int = 7) -> str:
    """Forget jobs that were done, or given up, longer ago than this."""
    return f"{queue.forget(days=days)} old jobs forgotten"
