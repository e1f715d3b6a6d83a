"""A disk without room, however it makes itself known."""

from __future__ import annotations

import errno

from studio.core.errors import OutsideFailure

_OUT_OF_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


class DiskFull(OutsideFailure):
    status = 507
    code = "disk_full"


def disk_full(error: BaseException) -> DiskFull | None:
    """The error to show for `error`; None when room is not what it lacks. SQLite has only words for it."""
    if not (getattr(error, "errno", None) in _OUT_OF_ROOM or "disk is full" in str(error)):
        return None
    return DiskFull(
        "The Studio's disk is full, so nothing can be kept. Make room on it, then try again; "
        "`manage.py doctor` shows where.",
        retryable=True,
    )
