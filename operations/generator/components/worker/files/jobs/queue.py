"""The queue: rows of Job, each moved by one conditional update on the state it was in.

So any number of workers may run, on any database, and none of them does another's work.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from jobs.limits import ATTEMPTS, FIRST_PAUSE_SECONDS, LEASE_SECONDS, LONGEST_PAUSE_SECONDS
from jobs.models import Job

CANDIDATES = 5


def enqueue(
    name: str, *, key: str | None = None, run_at: datetime | None = None, **arguments: Any
) -> Job | None:
    """Put a job into the queue; None when one with this `key` has been there before."""
    try:
        with transaction.atomic():
            return Job.objects.create(
                name=name, key=key, arguments=arguments, run_at=run_at or timezone.now()
            )
    except IntegrityError:
        if key is None:
            raise
        return None


def claim(worker: str) -> Job | None:
    """The next job that is due, now this worker's; also one whose worker was lost."""
    now = timezone.now()
    for job in ready(now)[:CANDIDATES]:
        mine = Job.objects.filter(pk=job.pk, status=job.status, attempts=job.attempts).update(
            status=Job.Status.RUNNING,
            worker=worker,
            attempts=job.attempts + 1,
            leased_until=now + timedelta(seconds=LEASE_SECONDS),
        )
        if mine:
            job.refresh_from_db()
            return job
    return None


def ready(now: datetime) -> QuerySet[Job]:
    waiting = Q(status=Job.Status.QUEUED, run_at__lte=now)
    lost = Q(status=Job.Status.RUNNING, leased_until__lt=now)
    return Job.objects.filter(waiting | lost).order_by("run_at", "id")


def renew(job: Job) -> bool:
    """Keep a job that takes long; False when it is no longer ours."""
    until = timezone.now() + timedelta(seconds=LEASE_SECONDS)
    return bool(ours(job).update(leased_until=until))


def succeed(job: Job, result: str) -> bool:
    return bool(
        ours(job).update(
            status=Job.Status.DONE, result=result, error="", finished_at=timezone.now()
        )
    )


def fail(job: Job, error: str) -> bool:
    """Try again after a pause that doubles each time; after ATTEMPTS give up."""
    if job.attempts >= ATTEMPTS:
        over = {"status": Job.Status.FAILED, "finished_at": timezone.now()}
        return bool(ours(job).update(error=error, **over))
    run_at = timezone.now() + timedelta(seconds=pause_seconds(job.attempts))
    return bool(ours(job).update(status=Job.Status.QUEUED, run_at=run_at, error=error))


def pause_seconds(attempts: int) -> int:
    return min(FIRST_PAUSE_SECONDS * 2 ** (attempts - 1), LONGEST_PAUSE_SECONDS)


def forget(*, days: int) -> int:
    """Delete what ended longer ago than this."""
    before = timezone.now() - timedelta(days=days)
    return Job.objects.filter(finished_at__lt=before).delete()[0]


def ours(job: Job) -> QuerySet[Job]:
    """The job's row, as long as nobody else has taken it since."""
    return Job.objects.filter(
        pk=job.pk, status=Job.Status.RUNNING, worker=job.worker, attempts=job.attempts
    )
