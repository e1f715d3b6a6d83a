"""Whether this worker is ending, known to all of its pool processes at the same moment.

A worker that is asked to end (TERM from Kubernetes or a shell, QUIT from whoever knows Celery) takes no
more work and waits for what runs. That would take as long as a build takes, so those who run it look
here and hand it back. Celery's own soft shutdown does not do: it tells the pool processes nothing, sleeps
its whole grace period in any case, and then throws away what they had done since the last checkpoint.
"""

from __future__ import annotations

import mmap

# Anonymous shared memory, made before the pool processes are forked: writing a byte is all that a signal
# handler may safely do.
_ending = mmap.mmap(-1, 1)


def begin() -> None:
    _ending[0] = 1


def has_begun() -> bool:
    return _ending[0] == 1


def forget() -> None:
    """For tests, whose process goes on."""
    _ending[0] = 0
