"""The demonstration's seed: whole, once, and only into an empty database."""

from __future__ import annotations

from sekisho.apps.accounts.queries import person_by_email
from sekisho.apps.contracts.queries import contracts_of, scope_of
from sekisho.apps.demonstration import seed_demo
from sekisho.apps.scope import entered


def test_the_seed_moves_everybody_in_once(db: None) -> None:
    seeded = seed_demo()

    assert [d["device"] for d in seeded["devices"]] == ["UTM100001", "UTM100002", "UTM100003"]
    assert {p["part"] for p in seeded["people"]} >= {"desk", "analyst", "story_contractor"}
    assert seed_demo() is None


def test_every_seeded_person_has_a_second_factor_where_it_is_due_and_sees_what_is_theirs(db: None) -> None:
    seen = {}
    for row in seed_demo()["people"]:
        person = person_by_email(row["email"])
        assert person.check_password(row["password"])
        assert bool(row["totp_secret"]) == (row["role"].split("_")[0] != "contractor")
        with entered(scope_of(person)) as scope:
            seen[row["part"]] = [contract.number for contract in contracts_of(scope)]
    assert seen["desk"] == ["SK100001", "SK100002", "SK100003"]
    assert seen["analyst"] == ["SK100001", "SK100002"]
    assert seen["entry_contractor"] == ["SK100003"]
