"""Django's settings, all from the environment; nothing here is secret and nothing is guessed.

Two aliases reach the same database: ``default`` as the app's role, which row-level security binds,
and ``owner``, which only migrations use. An empty SEKISHO_SECRET_KEY stays empty: Django refuses to
work without one, so no installation ever runs on a key that is printed in its source.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from psycopg.conninfo import conninfo_to_dict

from sekisho.web.csp import CONTENT_SECURITY_POLICY  # noqa: F401 - a setting
from sekisho.web.fonts import font_directories

HERE = Path(__file__).resolve().parent
VAR = Path(os.environ.get("SEKISHO_VAR") or "var").absolute()

BASE_URL = os.environ.get("SEKISHO_BASE_URL", "http://127.0.0.1:8080").rstrip("/")
_base = urlsplit(BASE_URL)
HTTPS = _base.scheme == "https"

DEBUG = False
SECRET_KEY = os.environ.get("SEKISHO_SECRET_KEY", "")
ALLOWED_HOSTS = [_base.hostname or "localhost", *os.environ.get("SEKISHO_ALLOWED_HOSTS", "").split()]
CSRF_TRUSTED_ORIGINS = [BASE_URL]

INSTALLED_APPS = [
    "sekisho.web",
    "sekisho.portal",
    "sekisho.console",
    "sekisho.api",
    "sekisho.apps.audit",
    "sekisho.apps.accounts",
    "sekisho.apps.notices",
    "sekisho.apps.documents",
    "sekisho.apps.tariff",
    "sekisho.apps.contracts",
    "sekisho.apps.fleet",
    "sekisho.apps.billing",
    "sekisho.apps.registers",
    "sekisho.apps.incidents",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "procrastinate.contrib.django",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "sekisho.web.middleware.PersonLanguageMiddleware",
    "sekisho.web.middleware.SecondFactorMiddleware",
    "sekisho.web.middleware.ScopeMiddleware",
]

ROOT_URLCONF = "sekisho.web.urls"
WSGI_APPLICATION = "sekisho.web.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "sekisho.web.context.page",
            ],
        },
    }
]

# --- Database ---------------------------------------------------------------------------------

CONNECTION_AGE_SECONDS_MAX = 600
"""A new connection costs as much as several pages: a process of PostgreSQL that has read nothing yet."""


def database(url: str, **settings: Any) -> dict[str, Any]:
    """Django's form of a PostgreSQL URL. An empty URL is an alias that a test or a tool fills in."""
    parts = conninfo_to_dict(url) if url else {}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "")),
        "OPTIONS": parts,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,  # they outlive the transaction that holds the scope
        **settings,
    }


DATABASES = {
    "default": database(
        os.environ.get("SEKISHO_APP_DATABASE_URL", ""), ATOMIC_REQUESTS=True, CONN_MAX_AGE=CONNECTION_AGE_SECONDS_MAX
    ),
    "owner": database(os.environ.get("SEKISHO_DATABASE_URL", "")),
}

# One cache for all web processes: the limits of log-in attempts must not multiply with them.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "web_cache",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    },
    # Parts of pages that are the same for many people; each process has its own.
    "fragments": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "fragments"},
}

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
# What failed stays to be looked at; what succeeded has left its own rows behind.
PROCRASTINATE_WORKER_DEFAULTS = {"delete_jobs": "successful"}

# --- People -----------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.Person"
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # an address is unique in any case: constraint person_by_email
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_CHARACTERS_MIN = 12
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": PASSWORD_CHARACTERS_MIN},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
CSRF_FAILURE_VIEW = "sekisho.web.errors.csrf_refused"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "sekisho.web.adapters.ClosedAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # addresses are entered by staff, nobody signs up
ACCOUNT_CHANGE_EMAIL = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key", "reset_password": "5/m/ip,3/h/key"}
ACCOUNT_TRUSTED_PROXY_COUNT = int(os.environ.get("SEKISHO_TRUSTED_PROXIES", "0"))
ALLAUTH_TRUSTED_PROXY_COUNT = ACCOUNT_TRUSTED_PROXY_COUNT
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = False
MFA_TOTP_ISSUER = "Sekisho"
MFA_TOTP_TOLERANCE = 1
MFA_ADAPTER = "sekisho.web.adapters.EncryptedSecretAdapter"
# A passkey needs https, except on the machine itself.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS and _base.hostname in ("localhost", "127.0.0.1")

# --- Cookies, headers -------------------------------------------------------------------------

SESSION_SECONDS_MAX = 12 * 3600
HSTS_SECONDS = 365 * 24 * 3600

SESSION_COOKIE_AGE = SESSION_SECONDS_MAX
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SECURE_HSTS_SECONDS = HSTS_SECONDS if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = False
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- Language, time, files --------------------------------------------------------------------

LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", "日本語"), ("en", "English")]
LOCALE_PATHS = [HERE / "locale"]
TIME_ZONE = "Asia/Tokyo"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
# Whoever names the folder has collected into it (`entry.processes.prepare`), and serves from it alone.
_collected = bool(os.environ.get("SEKISHO_STATIC_ROOT"))
STATIC_ROOT = Path(os.environ.get("SEKISHO_STATIC_ROOT") or VAR / "static")
STATICFILES_DIRS = font_directories()
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        # Names carry a hash of their content once `collectstatic` has run.
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if _collected
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not _collected

# --- The world outside ------------------------------------------------------------------------

SMTP_URL = os.environ.get("SEKISHO_SMTP_URL", "")
MAIL_FROM = os.environ.get("SEKISHO_MAIL_FROM", "soc@sekisho.example")
_smtp = urlsplit(SMTP_URL)
EMAIL_HOST, EMAIL_PORT = _smtp.hostname or "127.0.0.1", _smtp.port or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _smtp.username or "", _smtp.password or ""
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = MAIL_FROM
CA_DIR = Path(os.environ.get("SEKISHO_CA_DIR") or VAR / "ca")
NATS_URL = os.environ.get("SEKISHO_NATS_URL", "")
EDGE_CENTRES = [c for c in os.environ.get("SEKISHO_EDGE_LISTEN", "").split(",") if c]
"""Where an edge dials for the log link, as host:port; told to it when it enrols."""

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {f"procrastinate.{part}": {"level": "WARNING"} for part in ("blueprints", "periodic", "tasks")},
    "root": {"handlers": ["stderr"], "level": os.environ.get("SEKISHO_LOG_LEVEL", "INFO")},
}
