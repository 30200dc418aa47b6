"""Tokens: who may make them, what is kept of them, and how they end."""

from __future__ import annotations

import hashlib

import pytest

from sekisho.apps.accounts.actions import issue_token, revoke_token
from sekisho.apps.accounts.actions.tokens import TOKEN_DAYS_MAX, TOKENS_AN_ORGANISATION_MAX, actor_of
from sekisho.apps.accounts.models import ApiToken, Organisation, Person, Role, TokenScope
from sekisho.apps.accounts.queries import tokens_of
from sekisho.apps.accounts.token_actor import TokenActor
from sekisho.apps.audit.models import AuditRow
from sekisho.apps.contracts.queries import scope_of
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import entered
from sekisho.entry.cli import main
from sekisho.gateways.clock import StandingClock

from ..apps.world import EVERYTHING, World
from .callers import Caller, admin_of_carrier

READ = [TokenScope.CONTRACTS_READ]


@pytest.fixture
def admin(world: World) -> Person:
    return admin_of_carrier(world.carrier.organisation)


def issue(
    by: Person, organisation: Organisation, role: Role = Role.CONTRACTOR_ADMIN, **changes
) -> tuple[ApiToken, str]:
    given = {"name": "bank", "scopes": READ, "days": 30, **changes}
    return issue_token(by, organisation=organisation, role=role, **given)


def test_only_the_hash_of_a_token_is_kept_and_no_row_that_stays_has_its_name(admin: Person, world: World) -> None:
    token, text = issue(admin, world.owner.organisation, name="経理 田中の連携")
    secret = text.rpartition(token.public_id + "_")[2]
    assert text.startswith("sekisho_")
    assert token.secret_hash == hashlib.sha256(secret.encode()).hexdigest()
    with entered(EVERYTHING):
        row = AuditRow.objects.get(act="accounts.issue_token")
    assert secret not in str(vars(row))
    assert "田中" not in str(vars(row))


def test_a_token_sees_what_a_person_of_its_role_sees(admin: Person, world: World) -> None:
    for person in (world.carrier, world.analyst, world.owner, world.stranger):
        actor = actor_of(Caller(admin, person).text)
        seen, by_person = scope_of(actor), scope_of(person)
        assert (seen.sees_all, seen.contract_ids) == (by_person.sees_all, by_person.contract_ids)


def test_a_contractors_admin_makes_tokens_for_their_own_organisation_alone(world: World) -> None:
    own, _ = issue(world.owner, world.owner.organisation)
    assert own.organisation_id == world.owner.organisation_id
    for organisation, role in (
        (world.stranger.organisation, Role.CONTRACTOR_ADMIN),
        (world.carrier.organisation, Role.CARRIER_DESK),
    ):
        with pytest.raises(Refused, match="not_permitted"):
            issue(world.owner, organisation, role)
    with pytest.raises(Refused, match="not_permitted"):
        revoke_token(world.stranger, token=own)


@pytest.mark.parametrize("who", ["carrier", "analyst"])
def test_nobody_else_makes_tokens(world: World, who: str) -> None:
    person = getattr(world, who)
    with pytest.raises(Refused, match="not_permitted"):
        issue(person, person.organisation, person.role)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"scopes": []}, "token.no_scope"),
        ({"name": " "}, "token.name"),
        ({"name": "x" * 101}, "token.name"),
        ({"days": 0}, "token.too_long"),
        ({"days": TOKEN_DAYS_MAX + 1}, "token.too_long"),
        ({"role": Role.CARRIER_ADMIN}, "role_of_other_kind"),
    ],
)
def test_a_token_without_bounds_is_refused(admin: Person, world: World, changes: dict, code: str) -> None:
    with pytest.raises(Refused) as refused:
        issue(admin, world.owner.organisation, **changes)
    assert refused.value.code == code
    assert not ApiToken.objects.exists()


def test_an_organisation_has_only_so_many_live_tokens(admin: Person, world: World, hand: StandingClock) -> None:
    made = [issue(admin, world.owner.organisation)[0] for _ in range(TOKENS_AN_ORGANISATION_MAX)]
    with pytest.raises(Refused, match=r"token\.too_many"):
        issue(admin, world.owner.organisation)
    revoke_token(admin, token=made[0])
    issue(admin, world.owner.organisation)
    hand.advance(days=30)
    issue(admin, world.owner.organisation)
    assert len(tokens_of(world.owner.organisation)) == TOKENS_AN_ORGANISATION_MAX + 2


def test_a_token_ends_on_its_day_or_when_it_is_revoked(admin: Person, world: World, hand: StandingClock) -> None:
    _, text = issue(admin, world.owner.organisation, days=1)
    other, revoked = issue(admin, world.owner.organisation)
    assert isinstance(actor_of(text), TokenActor)
    revoke_token(admin, token=other)
    revoke_token(admin, token=other)
    assert actor_of(revoked) is None
    hand.advance(days=1, microseconds=-1)
    assert actor_of(text) is not None
    hand.advance(microseconds=1)
    assert actor_of(text) is None
    with entered(EVERYTHING):
        assert AuditRow.objects.filter(act="accounts.revoke_token").count() == 1


@pytest.mark.parametrize(
    "text", ["", "sekisho_", "sekisho_0_x", "\0", "x" * 100_000, "sekisho_000000000000_" + "あ" * 43]
)
def test_what_is_no_token_is_nobody(db: None, text: str) -> None:
    assert actor_of(text) is None


def test_tokens_are_made_listed_and_ended_from_the_command_line(
    admin: Person, world: World, hand: StandingClock, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEKISHO_APP_DATABASE_URL", "the tests' own, which is connected already")
    by = ["--by", admin.email]
    issued = ["tokens", "issue", *by, "--like", world.owner.email, "--name", "bank", "--scope", "contracts:read"]
    assert main(issued) == 0
    text = capsys.readouterr().out.strip()
    actor = actor_of(text)
    assert (actor.organisation, actor.role) == (world.owner.organisation, Role.CONTRACTOR_ADMIN)
    assert main(["tokens", "list", "--organisation-of", world.owner.email]) == 0
    assert "never used" in capsys.readouterr().out
    assert main(["tokens", "revoke", *by, actor.token.public_id]) == 0
    assert actor_of(text) is None
    for wrong in (["tokens", "revoke", *by, "nothing"], [*issued, "--scope", "everything"], [*issued, "--days", "0"]):
        assert main(wrong) == 1
        assert capsys.readouterr().err.startswith("sekisho tokens: ")
