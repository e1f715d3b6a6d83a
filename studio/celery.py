"""The Celery application. Tasks carry ids; what they mean stands in the database."""

import os
import signal
import time
from typing import Any

from celery import Celery
from celery.exceptions import Reject
from celery.signals import worker_process_init, worker_ready, worker_shutting_down

from studio.runtime import shutdown, tether

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.settings")

# Nobody else may be there to take it, and this worker takes messages for a moment yet.
REFUSE_SECONDS = 0.5

app = Celery("studio")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["consumer"] |= {"studio.runtime.heartbeat.Heartbeat", "studio.runtime.chores.Chores"}
app.steps["worker"].add("studio.runtime.watchdog.Watchdog")


@worker_process_init.connect  # type: ignore[untyped-decorator]  # Celery has no types
def end_with_worker(**_: Any) -> None:
    """A pool process whose worker was killed would wait for work for ever."""
    tether.end_with_parent(signal.SIGKILL)


@worker_ready.connect  # type: ignore[untyped-decorator]
def quit_as_on_term(**_: Any) -> None:
    """One way to end (`studio.runtime.shutdown`), whichever signal asks for it."""
    signal.signal(signal.SIGQUIT, signal.getsignal(signal.SIGTERM))


@worker_shutting_down.connect  # type: ignore[untyped-decorator]
def hand_work_back(**_: Any) -> None:
    shutdown.begin()


def refuse_when_ending() -> None:
    """Called by a task before it begins: a message that still reaches an ending worker goes back."""
    if shutdown.has_begun():
        time.sleep(REFUSE_SECONDS)
        raise Reject("this worker is ending", requeue=True)
