"""A worker of its own process that runs one operation: for tests that kill it."""

import os
import sys
import uuid

os.environ["DJANGO_SETTINGS_MODULE"] = "studio.settings"

if __name__ == "__main__":
    import django

    django.setup()

    from operations.engine import runner
    from tests.operations import tiny  # noqa: F401  registers the workflows

    runner.run(uuid.UUID(sys.argv[1]))
