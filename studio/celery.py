"""The Celery application. Tasks carry ids; what they mean stands in the database."""

import os
import signal
from typing import Any

from celery import Celery
from celery.signals import worker_process_init

from studio.runtime import tether

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.settings")

app = Celery("studio")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["consumer"].add("studio.runtime.heartbeat.Heartbeat")


@worker_process_init.connect  # type: ignore[untyped-decorator]  # Celery has no types
def end_with_worker(**_: Any) -> None:
    """A pool process whose worker was killed would wait for work for ever."""
    tether.end_with_parent(signal.SIGKILL)
