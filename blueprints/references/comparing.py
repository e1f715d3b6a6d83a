"""After a build: its home beside each reference of the plan, with a score and what it is made of.

Asked for when a build has succeeded, done by the captures worker, and nothing waits for it: a comparison
that fails says why in its row. The app's own address is let through to the browser for this one visit
(`Pass.doors`); it comes from the environment, never from what somebody typed.
"""

from __future__ import annotations

import logging
import os
import uuid
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

import kombu.exceptions
import redis
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from blueprints.models import Blueprint, BlueprintReference, ReferenceComparison
from blueprints.references import facts, layout, pictures
from blueprints.references.capturing import (
    LEASE_SECONDS,
    QUEUE,
    REMIND_AFTER_SECONDS,
    TOKENS,
    HandedBack,
    is_served,
    require_standing_worker,
)
from blueprints.references.likeness import likeness
from blueprints.references.tokens import Tokens, read
from environments.models import Environment
from environments.services import live_url
from studio.celery import app
from studio.core import clock, hub
from studio.core.errors import OrchardError, OutsideFailure

logger = logging.getLogger(__name__)

TASK = "blueprints.tasks.compare"
MOST_ATTEMPTS = 3
LOOPBACK = "127.0.0.1"

Status = ReferenceComparison.Status


def request(*, blueprint: Blueprint, build: uuid.UUID, version: int) -> int:
    """Have what was built compared with the plan's references, once the running transaction has committed.
    How many there are; the same build asked for twice is compared once."""
    captured = blueprint.given_references.filter(status=BlueprintReference.Status.CAPTURED).exclude(
        tokens=None
    )
    rows = [
        ReferenceComparison(
            reference=reference, build=build, version=version, lease_until=clock.later(REMIND_AFTER_SECONDS)
        )
        for reference in captured.defer("facts", "tokens")
    ]
    if rows:
        ReferenceComparison.objects.bulk_create(rows, ignore_conflicts=True)
        hub.announce(blueprint.project_id, "references")
        transaction.on_commit(lambda: _send(build), robust=True)
    return len(rows)


def _send(build: uuid.UUID) -> None:
    try:
        app.send_task(TASK, args=[str(build)], queue=QUEUE, retry=False)
    except (kombu.exceptions.OperationalError, redis.RedisError, OSError) as error:
        logger.warning("Could not ask for the comparison of build %s, the sweeper will: %s", build, error)


def run_comparisons(*, build: uuid.UUID | str, worker: str = "") -> None:
    """Look at what the build made and compare it, if nobody else does. Failures end up in the rows."""
    token = f"{worker or os.getpid()}:{uuid.uuid4().hex}"[-64:]
    queued = ReferenceComparison.objects.filter(build=build, status=Status.QUEUED)
    if not queued.update(
        status=Status.COMPARING, claimed_by=token, lease_until=clock.later(LEASE_SECONDS), error=None
    ):
        return
    ours = ReferenceComparison.objects.filter(build=build, claimed_by=token, status=Status.COMPARING)
    first = ours.select_related("reference__blueprint__project").first()
    if first is None:
        return
    blueprint = first.reference.blueprint
    hub.announce(blueprint.project_id, "references")
    try:
        _compare(blueprint, ours)
    except HandedBack:
        ours.update(status=Status.QUEUED, claimed_by="", lease_until=clock.later(REMIND_AFTER_SECONDS))
        _send(first.build)
    except OrchardError as error:
        _fail(ours, error.code, error.message)
    except Exception:
        logger.exception("Build %s could not be compared", build)
        _fail(ours, "defect", "Something went wrong while comparing; the next build is compared anew.")
    hub.announce(blueprint.project_id, "references")


def _compare(blueprint: Blueprint, ours: QuerySet[ReferenceComparison]) -> None:
    tokens, picture = _look_at_app(blueprint)
    for row in ours.select_related("reference"):
        found = likeness(TOKENS.validate_python(row.reference.tokens), tokens)
        row.picture.save("built.webp", ContentFile(picture.webp), save=False)
        row.thumbnail.save("built-thumbnail.webp", ContentFile(picture.thumbnail), save=False)
        ours.filter(pk=row.pk).update(
            status=Status.DONE,
            score=found.score,
            parts=[asdict(part) for part in found.parts],
            picture=row.picture.name,
            thumbnail=row.thumbnail.name,
            lease_until=None,
            completed_at=timezone.now(),
        )
        _forget_pictures(row)


def _forget_pictures(newer: ReferenceComparison) -> None:
    """Of earlier builds the score is kept, the look is not."""
    for row in newer.reference.comparisons.exclude(pk=newer.pk).exclude(picture=""):
        row.picture.delete(save=False)
        row.thumbnail.delete(save=False)
        ReferenceComparison.objects.filter(pk=row.pk).update(picture="", thumbnail="")


def of_build(build: uuid.UUID) -> list[ReferenceComparison]:
    """With its references, in the order of the plan."""
    rows = ReferenceComparison.objects.filter(build=build).select_related("reference__blueprint")
    return list(rows.order_by("reference__created_at"))


def newest(reference: BlueprintReference) -> ReferenceComparison | None:
    """With the last build; None before the first. Reads `comparisons`, prefetched or not."""
    return max(reference.comparisons.all(), key=lambda row: row.created_at, default=None)


def _look_at_app(blueprint: Blueprint) -> tuple[Tokens, pictures.Picture]:
    """The home of the app on staging, at 1920×1080. Raises OrchardError."""
    from blueprints.references.capture import capture  # brings Playwright, which only this worker needs

    staging = blueprint.project.environments.get(name=Environment.Name.STAGING)
    url = f"{live_url(staging)}/"
    seen = capture(url, while_waiting=require_standing_worker, doors=_door(url))
    if "/sign-in" in urlsplit(seen.url).path:
        raise OutsideFailure(
            "The app shows its home only to people who sign in, so there was nothing to compare.",
            code="sign_in",
        )
    desktop = pictures.from_capture(seen.desktop)
    measured = facts.parse(seen.facts)
    if measured is None:
        raise OutsideFailure("The built page could not be measured.", code="not_measured")
    return read(measured, layout.read(measured)), pictures.remake(desktop)


def _door(url: str) -> dict[tuple[str, int], str]:
    """Apps on this machine are reached on loopback; elsewhere they are public, and need no door."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return {(host, parts.port or 80): LOOPBACK}
    return {}


def _fail(ours: QuerySet[ReferenceComparison], code: str, message: str) -> None:
    ours.update(
        status=Status.FAILED,
        error={"code": code, "message": message, "retryable": False},
        lease_until=None,
        completed_at=timezone.now(),
    )


def sweep() -> int:
    """Take up again what a dead worker left or the broker lost; end what nobody will do. How many builds
    it touched."""
    overdue = ReferenceComparison.objects.filter(
        Q(lease_until__lt=clock.now()), status__in=ReferenceComparison.UNFINISHED
    )
    builds: set[Any] = set(overdue.values_list("build", flat=True))
    served = is_served()
    for build in builds:
        rows = overdue.filter(build=build)
        if not served:
            _fail(rows, "no_worker", "Nothing was compared: the captures worker is not running.")
        elif rows.filter(attempt__gte=MOST_ATTEMPTS).exists():
            _fail(rows, "worker_lost", "Looking at the built app ended the browser several times.")
        else:
            for row in rows:
                ReferenceComparison.objects.filter(pk=row.pk, claimed_by=row.claimed_by).update(
                    status=Status.QUEUED,
                    claimed_by="",
                    attempt=row.attempt + 1,
                    lease_until=clock.later(REMIND_AFTER_SECONDS),
                )
            _send(build)
    return len(builds)
