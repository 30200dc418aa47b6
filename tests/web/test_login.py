"""Coming in: password, second factor, limits, and what ends a session."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from sekisho.apps.accounts.actions import set_totp
from sekisho.apps.accounts.models import Person
from sekisho.apps.audit.models import AuditRow
from sekisho.apps.scope import entered
from sekisho.gateways.clock import SystemClock

from ..apps.world import EVERYTHING, PASSWORD, TESTER, World

LOGIN = "/accounts/login/"
FAILURES_MAX = 5


@pytest.fixture(autouse=True)
def fresh_limits(db: None) -> None:
    cache.clear()


def log_in(client: Client, person: Person, password: str = PASSWORD):
    return client.post(LOGIN, {"login": person.email, "password": password})


def who(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def code_for(secret: str) -> str:
    return f"{hotp_value(secret, int(time.time()) // 30):06d}"


def test_a_contractor_comes_in_with_a_password(world: World) -> None:
    client = Client()
    answer = log_in(client, world.owner)

    assert (answer.status_code, answer.url) == (302, "/")
    assert who(client) == str(world.owner.pk)


def test_an_address_is_the_same_in_capitals(world: World) -> None:
    world.owner.email = world.owner.email.upper()
    client = Client()
    log_in(client, world.owner)
    assert who(client) == str(world.owner.pk)


def test_the_partner_needs_the_code_too_and_a_code_works_once(world: World) -> None:
    secret = generate_totp_secret()
    set_totp(TESTER, person=world.analyst, secret=secret)
    client = Client()
    answer = log_in(client, world.analyst)
    assert (answer.url, who(client)) == (reverse("mfa_authenticate"), None)
    client.post(answer.url, {"code": "000000"})
    assert who(client) is None
    code = code_for(secret)
    client.post(answer.url, {"code": code})
    assert who(client) == str(world.analyst.pk)

    again = Client()
    again.post(log_in(again, world.analyst).url, {"code": code})
    assert who(again) is None


def test_without_a_second_factor_carrier_and_partner_see_only_its_set_up(world: World) -> None:
    for person in (world.carrier, world.analyst):
        client = Client()
        client.force_login(person)
        for path in ("/", reverse("console:overview"), reverse("console:triage")):
            assert client.get(path).url == reverse("mfa_activate_totp")
        assert client.get("/healthz").status_code == 200


def test_second_factor_secrets_rest_encrypted_and_still_work(world: World) -> None:
    secret = generate_totp_secret()
    set_totp(TESTER, person=world.analyst, secret=secret)
    kept = Authenticator.objects.get(user=world.analyst, type=Authenticator.Type.TOTP)

    assert secret not in str(kept.data)
    assert TOTP(kept).validate_code(code_for(secret))
    assert Authenticator.objects.filter(user=world.analyst, type=Authenticator.Type.RECOVERY_CODES).exists()


def test_guessing_is_stopped_even_with_the_right_password_at_last(world: World) -> None:
    client = Client()
    for _ in range(FAILURES_MAX):
        log_in(client, world.owner, "wrong guess")
    log_in(client, world.owner)
    assert who(client) is None


def test_the_answer_does_not_tell_whether_an_address_is_known(world: World) -> None:
    known = log_in(Client(), world.owner, "wrong guess")
    world.owner.email = "nobody@nowhere.example"
    unknown = log_in(Client(), world.owner, "wrong guess")

    def errors(answer) -> list[str]:
        return [str(error) for error in answer.context["form"].non_field_errors()]

    assert errors(known)
    assert (known.status_code, errors(known)) == (unknown.status_code, errors(unknown))


def test_who_comes_in_and_who_tries_is_written_down(world: World) -> None:
    log_in(Client(), world.owner, "wrong guess")
    log_in(Client(), world.owner)
    with entered(EVERYTHING):
        rows = AuditRow.objects.filter(object=f"person:{world.owner.pk}", act__startswith="accounts.log_in")
        found = [(row.act, row.actor_id, row.details) for row in rows.order_by("id")]
    assert found == [
        ("accounts.log_in_failed", None, {"address": "127.0.0.1"}),
        ("accounts.log_in", world.owner.pk, {"address": "127.0.0.1"}),
    ]


def test_an_unknown_address_is_not_kept_because_it_may_be_a_password(world: World) -> None:
    world.owner.email = "my-secret@typed.example"
    log_in(Client(), world.owner)
    with entered(EVERYTHING):
        row = AuditRow.objects.get(act="accounts.log_in_failed")
    assert "my-secret" not in f"{row.object}{row.details}{row.actor_name}"


def test_nobody_signs_up(world: World) -> None:
    client = Client()
    people = Person.objects.count()
    client.post(reverse("account_signup"), {"email": "new@b.example", "password1": PASSWORD, "password2": PASSWORD})
    assert Person.objects.count() == people


def test_logging_in_changes_the_session(world: World) -> None:
    client = Client()
    client.session.save()
    client.cookies["session"] = planted = client.session.session_key
    log_in(client, world.owner)

    assert who(client) == str(world.owner.pk)
    assert client.session.session_key != planted


def test_a_new_password_ends_every_session(world: World) -> None:
    clients = [Client(), Client()]
    for client in clients:
        client.force_login(world.owner)
    world.owner.set_password("another long password")
    world.owner.save()

    assert [client.get("/").status_code for client in clients] == [302, 302]
    assert all(client.get("/").url.startswith(LOGIN) for client in clients)


def test_a_person_who_left_is_out_at_once(world: World) -> None:
    client = Client()
    client.force_login(world.owner)
    world.owner.is_active = False
    world.owner.save()
    assert client.get("/").url.startswith(LOGIN)


def test_pages_come_in_the_persons_language_unless_the_browser_chose(world: World) -> None:
    client = Client(headers={"Accept-Language": "ja"})
    client.force_login(world.stranger)
    assert client.get("/").headers["Content-Language"] == "en"
    client.cookies["django_language"] = "ja"
    assert client.get("/").headers["Content-Language"] == "ja"


def test_every_page_forbids_what_is_not_ours(world: World) -> None:
    headers = Client().get(LOGIN).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert (headers["X-Frame-Options"], headers["X-Content-Type-Options"]) == ("DENY", "nosniff")


def test_the_health_page_needs_nobody(db: None) -> None:
    assert Client().get("/healthz").content == b"ok\n"
    connection.ensure_connection()


def settings_of(expression: str, **environment: str) -> str:
    """A setting as a fresh process has it."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    program = f"import django; from django.conf import settings; {expression}"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**kept, "DJANGO_SETTINGS_MODULE": "sekisho.web.settings", **environment},
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def test_behind_https_cookies_are_secure_and_the_browser_is_told_to_stay() -> None:
    shown = settings_of(
        "print(settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.SESSION_COOKIE_NAME,"
        " settings.SECURE_HSTS_SECONDS > 0, settings.DEBUG)",
        SEKISHO_BASE_URL="https://portal.example",
        SEKISHO_SECRET_KEY="x" * 50,
    )
    assert shown == "True True __Host-session True False"


def test_there_is_no_secret_key_but_the_installations_own() -> None:
    assert "SECRET_KEY setting must not be empty" in settings_of("settings.SECRET_KEY")


def test_the_platforms_clock_is_in_utc() -> None:
    assert SystemClock().now().utcoffset().total_seconds() == 0
