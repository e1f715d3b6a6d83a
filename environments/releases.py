"""The states of releases: each moves by one conditional update on the state it was in."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from environments.models import Environment, Release
from studio.core.errors import Conflict

_ATTEMPTS = 5
_REMEMBERED = 20
_SUPERSEDED = "A newer release went live meanwhile."
Status = Release.Status


def claim(environment: Environment, *, commit: str, key: str) -> Release:
    """The release that `key` stands for: a new one, or the one an earlier call made, preparing again
    if that failed. Raises Conflict when the key was used for another commit."""
    for _ in range(_ATTEMPTS):
        release = (
            Release.objects.select_related("environment__project")
            .filter(environment=environment, key=key)
            .first()
        )
        if release is None:
            newest = environment.releases.aggregate(newest=Max("number"))["newest"] or 0
            try:
                with transaction.atomic():
                    return Release.objects.create(
                        environment=environment, number=newest + 1, commit=commit, key=key
                    )
            except IntegrityError:  # somebody else took the number, or made this very release
                continue
        if release.commit != commit:
            raise Conflict("This deployment was begun for another commit.", code="key_reused")
        _move(release, Status.FAILED, Status.PREPARING, error="")
        return release
    raise Conflict("Too many deployments begin at once; try again.")


def superseded() -> Conflict:
    return Conflict(_SUPERSEDED, code="superseded")


def go_live(release: Release, *, also: Callable[[], None] = lambda: None) -> None:
    """Make it the one live release; `also` is done in the same transaction, and stops it by raising.
    Raises Conflict when it was given up, or a newer one is live."""
    now = timezone.now()
    environment = release.environment
    with transaction.atomic():
        if environment.releases.filter(status=Status.LIVE, number__gt=release.number).exists():
            raise superseded()
        environment.releases.filter(status=Status.LIVE).exclude(pk=release.pk).update(
            status=Status.RETIRED, retired_at=now
        )
        if not _move(release, Status.PREPARING, Status.LIVE, live_at=now):
            raise superseded()
        environment.current_release = release
        environment.save(update_fields=["current_release", "updated_at"])
        also()


def fail(release: Release, *, reason: str) -> bool:
    return _move(release, Status.PREPARING, Status.FAILED, error=reason)


def no_longer_serving(environment: Environment) -> Sequence[Release]:
    """The newest of those that may still have files or processes. Preparations that were left behind
    by a newer live release are given up here."""
    live = environment.releases.filter(status=Status.LIVE).first()
    if live:
        environment.releases.filter(status=Status.PREPARING, number__lt=live.number).update(
            status=Status.FAILED, error=_SUPERSEDED
        )
    over = environment.releases.filter(status__in=[Status.RETIRED, Status.FAILED])
    return list(over.select_related("environment__project")[:_REMEMBERED])


def _move(release: Release, old: str, new: str, **values: object) -> bool:
    """Whether the row was in `old` and is in `new` now; the object follows the row."""
    moved = Release.objects.filter(pk=release.pk, status=old).update(status=new, **values)
    if moved:
        release.status = new
        for name, value in values.items():
            setattr(release, name, value)
    return bool(moved)
