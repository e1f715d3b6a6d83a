"""Settings of the Studio. Every choice is one environment variable with a default that works on a laptop.

`ORCHARD_HOME` holds all state: database, keys, repositories, apps, sockets, logs.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from studio.runtime.layout import socket_folder

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(env.str("ORCHARD_ENV_FILE", default=str(BASE_DIR / ".env")))

ORCHARD_HOME = Path(env.str("ORCHARD_HOME", default=str(BASE_DIR / "var"))).expanduser().resolve()
ORCHARD_PORT = env.int("ORCHARD_PORT", default=8000)
# The host name under which apps get theirs: <project>.<domain>. "localhost" resolves to loopback in browsers.
ORCHARD_DOMAIN = env.str("ORCHARD_DOMAIN", default="localhost")
ORCHARD_SCHEME = env.str("ORCHARD_SCHEME", default="http")
ORCHARD_URL = env.str("ORCHARD_URL", default=f"{ORCHARD_SCHEME}://{ORCHARD_DOMAIN}:{ORCHARD_PORT}")
# Where the front door listens: this machine alone, unless told otherwise.
ORCHARD_LISTEN = env.list("ORCHARD_LISTEN", default=["127.0.0.1", "::1"])
DEBUG = env.bool("DEBUG", default=False)


def secret_file(name: str) -> str:
    """The secret in `ORCHARD_HOME/secrets/<name>`, made on first use, readable by the owner only.

    Written aside and linked into place: two processes that start together read the same one.
    """
    path = ORCHARD_HOME / "secrets" / name
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor, draft = tempfile.mkstemp(dir=path.parent)
            with os.fdopen(descriptor, "w") as handle:
                handle.write(secrets.token_urlsafe(48))
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
            os.unlink(draft)
        return path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"ORCHARD_HOME={ORCHARD_HOME} cannot be used ({error.strerror}): choose a folder of yours with free space."
        ) from error


SECRET_KEY = env.str("SECRET_KEY", default="") or secret_file("secret_key")
# Newest first: the first one encrypts, all of them decrypt. Empty: kept in ORCHARD_HOME/secrets/encryption_keys.
ORCHARD_ENCRYPTION_KEYS = env.list("ORCHARD_ENCRYPTION_KEYS", default=[])
# What Prometheus sends to read /metrics. Empty: kept in ORCHARD_HOME/secrets/metrics_token.
ORCHARD_METRICS_TOKEN = env.str("ORCHARD_METRICS_TOKEN", default="") or secret_file("metrics_token")
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS",
    default=[urlsplit(ORCHARD_URL).hostname or "", ORCHARD_DOMAIN, "localhost", "127.0.0.1", "[::1]"],
)
CSRF_TRUSTED_ORIGINS = env.list(
    "CSRF_TRUSTED_ORIGINS",
    default=[ORCHARD_URL, f"http://127.0.0.1:{ORCHARD_PORT}", f"http://localhost:{ORCHARD_PORT}"],
)

INSTALLED_APPS = [
    # Serves the development `runserver`, so it stands before staticfiles. Only there: with Twisted it
    # costs every process half a second of start.
    *(["daphne"] if DEBUG else []),
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "studio",
    "environments",
    "blueprints",
    "platform_services",
    "operations",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "studio.core.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "studio.workspace.errors.OrchardErrorMiddleware",
]

# The API's addresses have no trailing slash, so what is included below them begins with one.
SILENCED_SYSTEM_CHECKS = ["urls.W002"]

ROOT_URLCONF = "studio.urls"
ASGI_APPLICATION = "studio.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "studio.workspace.context.frame",
            ],
        },
    },
]

# Measured: IMMEDIATE transactions in WAL mode never meet "database is locked" under four writers.
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{ORCHARD_HOME / 'orchard.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 30,
        "transaction_mode": "IMMEDIATE",
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; "
            "PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=27103364;"
        ),
    }
else:
    # Statements that take longer are stuck; who waits for a lock that long is better told so. A session that
    # fell asleep in a transaction keeps what it locked: for less than a lease, or nobody could take its work
    # over. What the URL says (`?options=…`) goes first, and PGAPPNAME names the process in pg_stat_activity.
    DATABASES["default"]["OPTIONS"] = {
        "fallback_application_name": "orchard",
        "connect_timeout": 10,
        "options": "-c statement_timeout=60s -c lock_timeout=20s -c idle_in_transaction_session_timeout=25s",
    } | DATABASES["default"].get("OPTIONS", {})
    # A web process answers each request in a thread of its own, so that nothing but a pool bounds its
    # connections (studio.asgi asks for one). Workers have few threads and keep theirs for a while.
    DATABASE_POOL_SIZE = env.int("DATABASE_POOL_SIZE", default=0)
    if DATABASE_POOL_SIZE:
        DATABASES["default"]["OPTIONS"]["pool"] = {
            "min_size": min(2, DATABASE_POOL_SIZE),
            "max_size": DATABASE_POOL_SIZE,
            "max_idle": 60,
            "timeout": 30,
        }
    else:
        DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The embedded mode's unix sockets; a deep ORCHARD_HOME has them elsewhere, where their paths fit.
ORCHARD_SOCKETS = socket_folder(ORCHARD_HOME)
SUPERVISOR_SOCKET = ORCHARD_SOCKETS / "supervisor.sock"
CADDY_ADMIN_SOCKET = ORCHARD_SOCKETS / "caddy-admin.sock"
WEB_SOCKET = ORCHARD_SOCKETS / "web.sock"
REDIS_SOCKET = ORCHARD_SOCKETS / "redis.sock"
EMBEDDED_REDIS_URL = f"unix://{REDIS_SOCKET}"
REDIS_URL = env.str("REDIS_URL", default="") or EMBEDDED_REDIS_URL
REDIS_IS_EMBEDDED = REDIS_URL == EMBEDDED_REDIS_URL

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
# One name per instance: browsers share cookies between the ports of a host. With the prefix, which needs
# https, no app below our domain can plant one of these in a browser.
_COOKIE_PREFIX = "__Host-" if ORCHARD_SCHEME == "https" else ""
SESSION_COOKIE_NAME = f"{_COOKIE_PREFIX}orchard_session_{ORCHARD_PORT}"
CSRF_COOKIE_NAME = f"{_COOKIE_PREFIX}orchard_csrf_{ORCHARD_PORT}"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ORCHARD_SCHEME == "https"
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

STATIC_URL = "/static/"
# Swagger UI for the API's documentation page: a package that is nothing but a box of static files.
_SWAGGER_UI = files("drf_spectacular_sidecar") / "static" / "drf_spectacular_sidecar" / "swagger-ui-dist"
STATICFILES_DIRS = [BASE_DIR / "static", ("swagger-ui", str(_SWAGGER_UI))]
STATIC_ROOT = ORCHARD_HOME / "static"
MEDIA_ROOT = ORCHARD_HOME / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": env.str(
            "STATICFILES_BACKEND", default="whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "studio.access.ApiKeyAuthentication",
        "studio.access.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["studio.access.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "studio.api.openapi.EndpointSchema",
    "EXCEPTION_HANDLER": "studio.api.problem_response",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Orchard Studio",
    "DESCRIPTION": "Software made through conversation: projects, blueprints, operations.",
    "VERSION": "0.1.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [],
    "SWAGGER_UI_SETTINGS": {
        "deepLinking": True,
        "displayRequestDuration": True,
        "persistAuthorization": False,
    },
}

# Celery carries ids only; the database row is the truth (operations.engine).
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=", 1)
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "health_check_interval": 25,
    "socket_keepalive": not REDIS_URL.startswith("unix://"),
    # A request that starts work must not wait for a broker that is away: the sweeper sends again.
    "max_retries": 1,
}
CELERY_TASK_DEFAULT_QUEUE = "builds"
CELERY_TASK_ROUTES = {
    "operations.tasks.run_operation": {"queue": "builds"},
    "blueprints.tasks.reply": {"queue": "architect"},
    "blueprints.tasks.capture": {"queue": "captures"},
}
# Each worker runs these every few seconds beside its work; beat is one more who does.
ORCHARD_SWEEPS = ["operations.tasks.sweep", "blueprints.tasks.sweep", "operations.tasks.fold_counters"]
CELERY_BEAT_SCHEDULE = {
    task: {"task": task, "schedule": seconds, "options": {"queue": "architect", "expires": seconds}}
    for task, seconds in {
        **dict.fromkeys(ORCHARD_SWEEPS, 5.0),
        "operations.tasks.prune": 3600.0,
    }.items()
}
# After how long a worker that takes no work, though there is some and it has a place free, ends itself.
ORCHARD_WORKER_DEAF_SECONDS = env.float("ORCHARD_WORKER_DEAF_SECONDS", default=60)

# Ports: which implementation stands behind each, by dotted path.
ANTHROPIC_API_KEY = env.str("ANTHROPIC_API_KEY", default="")
ANTHROPIC_BASE_URL = env.str("ANTHROPIC_BASE_URL", default="")
ANTHROPIC_MODEL = env.str("ANTHROPIC_MODEL", default="claude-sonnet-5-5")
# Of silence, before the first byte or between two.
ANTHROPIC_TIMEOUT_SECONDS = env.float("ANTHROPIC_TIMEOUT_SECONDS", default=60)
ANTHROPIC_MAX_RETRIES = env.int("ANTHROPIC_MAX_RETRIES", default=2)
# Prices of models that blueprints/architect/prices.py does not know: my-model=3/15, dollars a million tokens.
ANTHROPIC_PRICES = env.list("ANTHROPIC_PRICES", default=[])
# Dollars that Claude may cost; "none" lifts a limit. Months are those of UTC.
ORCHARD_BUDGET_MESSAGE = env.str("ORCHARD_BUDGET_MESSAGE", default="1")
ORCHARD_BUDGET_PROJECT_MONTH = env.str("ORCHARD_BUDGET_PROJECT_MONTH", default="25")
ORCHARD_BUDGET_MONTH = env.str("ORCHARD_BUDGET_MONTH", default="100")
ORCHARD_ARCHITECT = env.str("ORCHARD_ARCHITECT", default="") or (
    "blueprints.architect.claude.ClaudeArchitect"
    if ANTHROPIC_API_KEY
    else "blueprints.architect.offline.OfflineArchitect"
)
ORCHARD_SANDBOX = env.str("ORCHARD_SANDBOX", default="studio.core.sandbox.local.LocalSandbox")
ORCHARD_DEPLOYER = env.str("ORCHARD_DEPLOYER", default="environments.adapters.deployer_local.LocalDeployer")
ORCHARD_DATABASES = env.str(
    "ORCHARD_DATABASES", default="environments.adapters.databases_sqlite.SqliteDatabases"
)
ORCHARD_DNS = env.str("ORCHARD_DNS", default="environments.adapters.dns_localhost.LocalhostDns")
ORCHARD_GATEWAY = env.str("ORCHARD_GATEWAY", default="environments.adapters.gateway_caddy.CaddyGateway")

# Event streams that one person may have open at once, per web process.
ORCHARD_STREAMS_PER_PERSON = env.int("ORCHARD_STREAMS_PER_PERSON", default=100)

# Captures of references. A browser on PATH is found by itself. Networks that a reference may lead into
# although they are not public, such as "10.1.0.0/16": a choice for an intranet, never for a public Studio.
ORCHARD_CHROMIUM = env.str("ORCHARD_CHROMIUM", default="")
ORCHARD_CAPTURE_ALLOW = env.list("ORCHARD_CAPTURE_ALLOW", default=[])

# Engine: a lease outlives six missed heartbeats before anybody else may claim the work.
OPERATION_LEASE_SECONDS = env.int("OPERATION_LEASE_SECONDS", default=30)
OPERATION_HEARTBEAT_SECONDS = env.int("OPERATION_HEARTBEAT_SECONDS", default=5)
OPERATION_MAX_ATTEMPTS = env.int("OPERATION_MAX_ATTEMPTS", default=3)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {"httpx": {"level": "WARNING"}, "django.channels": {"level": "WARNING"}},
}
