"""The Studio's settings in a home of its own that lives as long as the test run, whatever the machine's
environment and `.env` say. `TEST_DATABASE_URL` and `TEST_REDIS_URL` run the suite on outside servers
(`make test-postgres`): each test process has its own database on both."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

FOREIGN = (
    "ORCHARD_",
    "ANTHROPIC_",
    "OPERATION_",
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "DEBUG",
    "ALLOWED_HOSTS",
    "CSRF_",
)

if "TEST_HOME" not in os.environ:  # set: a test worker, or a process that a test started, with what it said
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        del os.environ[name]
    os.environ["TEST_HOME"] = tempfile.mkdtemp(prefix="orchard-test-")
    atexit.register(shutil.rmtree, os.environ["TEST_HOME"], ignore_errors=True)
    os.environ |= {"ORCHARD_ENV_FILE": os.devnull, "LOG_LEVEL": "WARNING"}
    if "TEST_DATABASE_URL" in os.environ:
        os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]

# Test workers share nothing. (pytest-django gives each its own database.)
_worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
os.environ["ORCHARD_HOME"] = str(Path(os.environ["TEST_HOME"], _worker))
if "TEST_REDIS_URL" in os.environ:
    _server, _, _first = os.environ["TEST_REDIS_URL"].rpartition("/")
    _number = 0 if _worker == "main" else 1 + int(_worker.removeprefix("gw"))
    os.environ["REDIS_URL"] = f"{_server}/{int(_first) + _number}"

from studio.settings import *  # noqa: E402, F403
from studio.settings import DATABASES, ORCHARD_HOME, STATIC_ROOT, STORAGES  # noqa: E402

# A file, not memory: threads and processes of a test see the same rows, under the real locking.
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["TEST"] = {"NAME": str(ORCHARD_HOME / "test.sqlite3")}
else:
    # Most tests are one long transaction, in which the connection is idle most of the time.
    DATABASES["default"]["OPTIONS"]["options"] += " -c idle_in_transaction_session_timeout=0"
    # Tests serve requests in threads that end, as a web process does, whose pool takes connections back at once.
    DATABASES["default"]["CONN_MAX_AGE"] = 0
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns about a missing folder
