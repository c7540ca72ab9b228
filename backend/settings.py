"""Settings of the server: one file, which fails loudly when something is missing.

Everything a host may choose comes from the environment: YIKATONG_VAR, YIKATONG_DATABASE,
DATABASE_URL with DATABASE_OWNER_URL, DATABASE_SEALER_URL, BROKER_URL, SECRET_KEY,
SECRET_KEY_FALLBACKS, PAPER_KEY, CARD_DEMO_KEYS, AUDIT_DIR, MATERIALS_DIR, PUBLIC_ORIGIN,
ALLOWED_HOSTS, PROXIES, DEBUG.
"""

import os
import secrets
from pathlib import Path
from typing import Any

import environ
import structlog
from django.core.exceptions import ImproperlyConfigured

from backend import cluster, database_roles
from backend.postgresql.told import WithoutValues, told_with_lines

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = cluster.var_folder()
VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)

env = environ.Env()
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])


def _private_key(name: str) -> str:
    """A key of this host: from the environment, else from a private file made once."""
    given: str = env.str(name.upper(), default="")
    if given:
        return given
    path = VAR_DIR / name
    if not path.exists():
        fresh = VAR_DIR / f"{name}.{os.getpid()}"
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(64), encoding="ascii")
        try:
            os.link(fresh, path)  # the first of several commands wins
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    if path.stat().st_mode & 0o077:
        raise ImproperlyConfigured(f"{path} 只能由本用户读写（chmod 600）。")
    return path.read_text(encoding="ascii")


SECRET_KEY = _private_key("secret_key")
# Its predecessors, latest first: what was sealed, certified or signed under them still counts.
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])
# What makes the check of a printed paper; a check once made is kept, so the key may be changed.
PAPER_KEY = _private_key("paper_key").encode()
# What the software keys of cards are derived from (演示软件密钥): no live database takes them.
CARD_DEMO_KEYS = _private_key("card_demo_keys").encode()
# Where strangers reach this server: printed papers name it for the years to come.
PUBLIC_ORIGIN: str = env.str("PUBLIC_ORIGIN", default="http://127.0.0.1:8000").rstrip("/")

# Proxies of our own before this server: each adds the address it saw to X-Forwarded-For.
PROXIES: int = env.int("PROXIES", default=0)
# Heads of the audit chain outside the database, and the keys that sign them.
AUDIT_DIR = env.str("AUDIT_DIR", default=str(VAR_DIR / "audit"))
# What a terminal signs is read at once: a scan of 20 MB with the form around it.
DATA_UPLOAD_MAX_MEMORY_SIZE = 21 * 1024 * 1024
# Scans of what people hand in: no folder that a server shows.
MATERIALS_DIR = env.str("MATERIALS_DIR", default=str(VAR_DIR / "materials"))

INSTALLED_APPS = [
    "backend.privacy",  # its ``migrate`` stands before Django's
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "backend.audit",
    "backend.web",
    "backend.jobs",
    "backend.access",
    "backend.exports",
    "backend.people",
    "backend.cases",
    "backend.notices",
    "payments",
    "payments.ledger",
    "cards",
    "insurance.policy",
    "insurance.issuing",
    "insurance.enrolment",
    "insurance.accounts",
    "insurance.collection",
    "insurance.benefits",
    "insurance.pension",
    "insurance.pension.adjusting",
    "insurance.unemployment",
    "backend.city",
]

MIDDLEWARE = [
    "backend.web.calls.under_a_call",
    "backend.web.headers.with_headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "backend.web.calls.in_one_transaction",
    "backend.access.looked.noting",
]

ROOT_URLCONF = "backend.urls"
WSGI_APPLICATION = "backend.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]


# A call takes over the connection of the one before: to open one costs more than most calls. What
# every call asks is planned once for a connection.
KEPT_OPEN: dict[str, Any] = {
    "ENGINE": "backend.postgresql",
    "CONN_MAX_AGE": 60,
    "CONN_HEALTH_CHECKS": True,
    "OPTIONS": {"prepare_threshold": 0},
}


ELSEWHERE = "DATABASE_URL" in os.environ or "DATABASE_OWNER_URL" in os.environ


def _database(*, role: str, variable: str) -> dict[str, Any]:
    """One alias: from ``variable``, else a role of this checkout's private cluster."""
    if ELSEWHERE:
        url = env.db_url(variable)
        options = {**url.get("OPTIONS", {}), **KEPT_OPEN["OPTIONS"]}
        return {**url, **KEPT_OPEN, "OPTIONS": options, "TEST": {}}
    return {
        "HOST": str(cluster.cluster_of(var=VAR_DIR).socket_folder),
        "NAME": env.str("YIKATONG_DATABASE", default="yikatong"),
        "USER": role,
        **KEPT_OPEN,
    }


# ``default`` is the application, which owns nothing. ``owner`` is the same database as its owner:
# only for migrations and the set-up of tests.
DATABASES = {
    "default": _database(role=database_roles.APPLICATION, variable="DATABASE_URL"),
    "owner": _database(role=database_roles.OWNER, variable="DATABASE_OWNER_URL"),
}
# ``sealer`` writes the audit chain, which the application can not. On a server elsewhere the
# sealer's process alone is told how to come in as it.
if not ELSEWHERE or "DATABASE_SEALER_URL" in os.environ:
    DATABASES["sealer"] = _database(role=database_roles.SEALER, variable="DATABASE_SEALER_URL")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "access.Staff"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_ENGINE = "backend.access.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_ORIGIN.startswith("https://")
CSRF_TRUSTED_ORIGINS = [PUBLIC_ORIGIN]  # what a browser calls it, whatever the proxy calls us
# Whether the browser came by HTTPS a proxy of our own says, nobody else.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXIES else None
SESSION_COOKIE_SAMESITE = "Strict"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_SAMESITE = "Strict"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
# The web app as bin/setup.sh built it, from the root of the site on. Names under assets/ carry a
# digest of what is in them; the page itself is asked for each time.
WHITENOISE_ROOT = VAR_DIR / "web"
WHITENOISE_ROOT.mkdir(exist_ok=True)
WHITENOISE_INDEX_FILE = True
WHITENOISE_IMMUTABLE_FILE_TEST = "^/assets/"
WHITENOISE_MAX_AGE = 0

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["backend.access.callers.Caller"],
    "DEFAULT_PERMISSION_CLASSES": [
        "backend.web.policy.RoutePolicy",  # what is called
        "backend.web.throttles.CallLimits",
        "backend.web.asked.WellAsked",
        "backend.access.scoped.Scoped",  # what of it is seen
    ],
    "DEFAULT_FILTER_BACKENDS": ["backend.web.filters.Filters"],
    "DEFAULT_PAGINATION_CLASS": "backend.web.paging.Cursor",
    "DEFAULT_PARSER_CLASSES": ["backend.web.parsers.StrictJson"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "backend.web.negotiation.Willing",
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "backend.web.schema.Schema",
    "EXCEPTION_HANDLER": "backend.web.problems.problem_response",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "一卡通",
    "DESCRIPTION": "社会保险与社会保障卡后台接口",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "DEFAULT_GENERATOR_CLASS": "backend.web.schema.WrittenOnce",
    "SERVE_PERMISSIONS": REST_FRAMEWORK["DEFAULT_PERMISSION_CLASSES"],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "JobStateEnum": "backend.jobs.models.JobState",
        "RoleEnum": "backend.access.models.Role",
        "DelegationKindEnum": "backend.access.models.DelegationKind",
        "ActChannelEnum": "backend.audit.models.Channel",
        "PaperKindEnum": "insurance.issuing.models.PaperKind",
        "CaseStateEnum": "backend.cases.models.CaseState",
        "MaterialFormEnum": "backend.cases.models.MaterialForm",
        "CardStateEnum": "cards.models.STATES",
        "BankEnum": "payments.banks.profile.BANKS",
        "StatementBankEnum": "payments.banks.statement.BANKS",
        "StatementPartEnum": "payments.ledger.statements.Part",
        "BatchStateEnum": "payments.models.BatchState",
        "BatchStageEnum": "payments.stages.Stage",
        "BatchMarkEnum": "payments.stages.Mark",
        "BatchKindEnum": "payments.models.BatchKind",
        "DiscrepancyKindEnum": "payments.models.DiscrepancyKind",
        "RunStateEnum": "insurance.benefits.models.RunState",
        "DueKindEnum": "insurance.benefits.models.DueKind",
        "HoldReasonEnum": "insurance.benefits.models.HoldReason",
        "CheckFileKindEnum": "insurance.benefits.models.CheckFileKind",
        "ProofMethodEnum": "insurance.benefits.models.ProofMethod",
        "ClaimKindEnum": "insurance.benefits.models.ClaimKind",
        "PartyKindEnum": "backend.people.models.PartyKind",
        "RecusalRelationEnum": "backend.people.models.Relation",
        "FilingKindEnum": "insurance.enrolment.filing_models.FilingKind",
        "FilingStateEnum": "insurance.enrolment.filing_models.FilingState",
        "EnrolmentKindEnum": "insurance.enrolment.models.Kind",
        "EnrolmentFileKindEnum": "insurance.enrolment.models.FileKind",
        "DuplicateKindEnum": "insurance.enrolment.models.DuplicateKind",
        "SchemeEnum": "insurance.enrolment.models.Scheme",
        "EnrolmentSourceEnum": "insurance.enrolment.models.Source",
        "AccountSchemeEnum": "insurance.accounts.models.Scheme",
        "MovingSchemeEnum": "insurance.accounts.models.MOVING",
        "AccountEntryKindEnum": "insurance.accounts.models.EntryKind",
        "AccountEntrySourceEnum": "insurance.accounts.models.EntrySource",
        "InterestRunStateEnum": "insurance.accounts.models.InterestRunState",
        "AccountPartEnum": "insurance.accounts.models.Part",
        "PensionPeriodKindEnum": "insurance.pension.models.PeriodKind",
        "MoneyChannelEnum": "insurance.collection.models.Channel",
        "JobEndReasonEnum": "insurance.unemployment.models.JOB_ENDS",
        "RegistrationEndReasonEnum": "insurance.unemployment.models.EndReason",
        "AwardKindEnum": "insurance.pension.models.AwardKind",
        "PayerKindEnum": "insurance.collection.models.PayerKind",
        "LinePartEnum": "insurance.collection.models.LinePart",
        "BillRunKindEnum": "insurance.collection.models.BillRunKind",
        "MatchKindEnum": "insurance.collection.models.MatchKind",
        "TaxFileKindEnum": "insurance.collection.models.TaxFileKind",
    },
}

# The broker is only a doorbell: what must be done stands in the job table.
BROKER_DIR = VAR_DIR / "broker"
CELERY_BROKER_URL = env.str("BROKER_URL", default="filesystem://localhost")
if CELERY_BROKER_URL.startswith("filesystem"):
    for _folder in ("queue", "processed", "control"):
        (BROKER_DIR / _folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        # Beside the queue, or kombu copies each message across file systems.
        "processed_folder": str(BROKER_DIR / "processed"),
        "control_folder": str(BROKER_DIR / "control"),
        "store_processed": True,
        "polling_interval": 0.05,
    }
else:
    # kombu looks for abandoned messages only at every n-th timer call.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 120,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
    }
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
# What nobody took in time is stale: it must not pile up without a worker.
CELERY_BEAT_SCHEDULE = {
    name: {"task": task, "schedule": seconds, "options": {"expires": 5 * seconds}}
    for name, task, seconds in (
        ("sweep", "backend.jobs.tasks.sweep", 2.0),
        ("go_on", "backend.city.tasks.go_on", 5.0),
        ("pay_again", "backend.city.tasks.pay_again", 60.0),
        ("forget_nonces", "backend.access.tasks.forget_nonces", 60.0),
        ("forget_exports", "backend.exports.tasks.forget", 600.0),
        ("forget_calls", "backend.web.tasks.forget_calls", 600.0),
        ("forget_answers", "backend.web.tasks.forget_answers", 3600.0),
    )
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "run" / "beat-schedule")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"without_values": {"()": WithoutValues}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    # Three lines for each sweep would drown the rest; jobs are rows anyway.
    "loggers": {
        "celery.app.trace": {"level": "WARNING", "filters": ["without_values"]},
        "celery.beat": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "django.request": {"filters": ["without_values"]},
    },
}
# One line for each event, and tracebacks without the values of variables and of rows that were
# refused: those are people's data.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.ExceptionRenderer(told_with_lines),
        structlog.processors.KeyValueRenderer(key_order=["event"]),
    ],
    wrapper_class=structlog.stdlib.BoundLogger,
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
