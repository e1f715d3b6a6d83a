"""The worker: takes one job after the other until it is told to stop."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager

from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone

from jobs import queue
from jobs.limits import BEAT_SECONDS, POLL_SECONDS
from jobs.models import Heartbeat, Job
from jobs.registry import function_of
from jobs.schedule import Schedule, enqueue_due
from jobs.schedules import SCHEDULES

logger = logging.getLogger(__name__)


class Worker:
    """`stop` ends it after the job at hand. A second thread says that it lives and keeps its job."""

    def __init__(self, schedules: tuple[Schedule, ...] = SCHEDULES, name: str = "") -> None:
        self.name = name or f"{socket.gethostname()}:{os.getpid()}"
        self.schedules = schedules
        self._stopping = threading.Event()
        self._current: Job | None = None

    def stop(self, *_: object) -> None:
        self._stopping.set()

    def run(self) -> None:
        """Work until stopped. A database that is away is waited for."""
        logger.info("Worker %s started with %d schedules", self.name, len(self.schedules))
        with self._beating():
            while not self._stopping.is_set():
                worked = self._safely(self.work_once)
                if not worked:
                    self._stopping.wait(POLL_SECONDS)
        logger.info("Worker %s stopped", self.name)

    def work_once(self) -> bool:
        """Queue what is due, do at most one job; whether there was one."""
        for job in enqueue_due(self.schedules):
            logger.info("%s is due", job)
        job = queue.claim(self.name)
        if job is None:
            return False
        self._current = job
        try:
            self._do(job)
        finally:
            self._current = None
        return True

    def beat(self) -> None:
        """Say that this worker lives, and keep the job at hand."""
        Heartbeat.objects.update_or_create(worker=self.name, defaults={"beat_at": timezone.now()})
        job = self._current
        if job is not None:
            queue.renew(job)

    def _do(self, job: Job) -> None:
        began = time.monotonic()
        try:
            result = function_of(job.name)(**job.arguments)
        except Exception as error:
            logger.exception("%s failed at attempt %d", job, job.attempts)
            queue.fail(job, f"{type(error).__name__}: {error}")
            return
        if queue.succeed(job, str(result or "")):
            logger.info("%s done in %.2f s: %s", job, time.monotonic() - began, result)
        else:
            logger.warning("%s was taken over by another worker meanwhile", job)

    @contextmanager
    def _beating(self):  # noqa: ANN202
        over = threading.Event()

        def beat() -> None:
            while True:
                self._safely(self.beat)
                if over.wait(BEAT_SECONDS):
                    break
            connection.close()

        thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            Heartbeat.objects.filter(worker=self.name).delete()

    def _safely(self, act: Callable[[], object]) -> object:
        close_old_connections()
        try:
            return act()
        except DatabaseError:
            logger.exception("The database is away")
            connection.close()
            return None
