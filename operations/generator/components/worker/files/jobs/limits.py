"""The worker's limits; each may be set in the environment."""

import os

# How often an idle worker looks for work, and how late a due job may therefore begin.
POLL_SECONDS = float(os.environ.get("WORKER_POLL_SECONDS", "1"))
# How long a job stays with a worker that is not heard of any more.
LEASE_SECONDS = int(os.environ.get("WORKER_LEASE_SECONDS", "60"))
# How often a job is tried before it counts as failed.
ATTEMPTS = int(os.environ.get("WORKER_ATTEMPTS", "5"))
FIRST_PAUSE_SECONDS = int(os.environ.get("WORKER_FIRST_PAUSE_SECONDS", "10"))
LONGEST_PAUSE_SECONDS = 3600
BEAT_SECONDS = 5
# A worker that was not heard of for so long is not running.
SILENT_SECONDS = 30
