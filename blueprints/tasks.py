"""Celery's side of the conversation: an id in, one call."""

from __future__ import annotations

from celery import shared_task

from blueprints import services
from blueprints.references import capturing, comparing
from studio.celery import refuse_when_ending


@shared_task(bind=True, name="blueprints.tasks.reply", ignore_result=True)
def reply(self, reply_id: str) -> None:  # type: ignore[no-untyped-def]
    refuse_when_ending()
    services.run_reply(reply_id=reply_id, worker=self.request.hostname or "")


@shared_task(bind=True, name="blueprints.tasks.capture", ignore_result=True)
def capture(self, reference_id: str) -> None:  # type: ignore[no-untyped-def]
    refuse_when_ending()
    capturing.run_capture(reference_id=reference_id, worker=self.request.hostname or "")


@shared_task(bind=True, name="blueprints.tasks.compare", ignore_result=True)
def compare(self, build: str) -> None:  # type: ignore[no-untyped-def]
    refuse_when_ending()
    comparing.run_comparisons(build=build, worker=self.request.hostname or "")


@shared_task(name="blueprints.tasks.sweep", ignore_result=True)
def sweep() -> None:
    services.sweep_replies()
    capturing.sweep()
    comparing.sweep()
