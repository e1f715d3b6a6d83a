"""The Studio's Celery application with the tiny workflows beside its own: `celery -A` of tests that need
real workers."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "studio.settings"

import django

django.setup()

from studio.celery import app  # noqa: E402, F401
from tests.operations import tiny  # noqa: E402, F401  registers the workflows
