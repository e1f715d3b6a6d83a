"""Health of the worker: when it was last heard of, and how much waits for it."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Count, Max, Min, Q
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from jobs.limits import SILENT_SECONDS
from jobs.models import Heartbeat, Job


def health(request: HttpRequest) -> JsonResponse:
    """200 while a worker is heard of, else 503."""
    now = timezone.now()
    status = Job.Status
    jobs = Job.objects.aggregate(
        queued=Count("id", filter=Q(status=status.QUEUED, run_at__lte=now)),
        later=Count("id", filter=Q(status=status.QUEUED, run_at__gt=now)),
        running=Count("id", filter=Q(status=status.RUNNING)),
        failed=Count("id", filter=Q(status=status.FAILED)),
    )
    oldest = Job.objects.filter(status=status.QUEUED, run_at__lte=now).aggregate(
        since=Min("run_at")
    )
    beat_at = Heartbeat.objects.aggregate(last=Max("beat_at"))["last"]
    alive = beat_at is not None and now - beat_at < timedelta(seconds=SILENT_SECONDS)
    waiting = (now - oldest["since"]).total_seconds() if oldest["since"] else 0
    answer = {
        "status": "ok" if alive else "missing",
        "last_heartbeat": beat_at.isoformat() if beat_at else None,
        "oldest_queued_seconds": round(waiting),
        **jobs,
    }
    return JsonResponse(answer, status=200 if alive else 503)
