"""People of an organisation: invited by mail, as many as the contracts give, closed and opened again."""

from __future__ import annotations

import datetime as dt
import re
from email import message_from_bytes
from email.policy import default

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from sekisho.apps.accounts import actions as accounts
from sekisho.apps.accounts.actions.mailing import deliver_invitation
from sekisho.apps.accounts.models import Invitation, Person, Role
from sekisho.apps.accounts.queries import people_of
from sekisho.apps.audit.queries import acts_on
from sekisho.apps.contracts import actions as contracts
from sekisho.apps.contracts.actions.accounts import cut_accounts, invite_person, reactivate_person
from sekisho.apps.contracts.queries import told_of
from sekisho.apps.contracts.queries.accounts import account_room, may_act_under
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import entered
from sekisho.gateways.clock import StandingClock
from sekisho.gateways.mail import MailDelayed, MailRefused, MemoryMail
from sekisho.terms.history import FactKind, at_start_of, through

from ..world import EVERYTHING, NOW, TESTER, World

NEW_PASSWORD = "an evening walk by the river"
STOP = dt.date(2026, 6, 30)


@pytest.fixture
def roomy(seeing_all: World) -> World:
    """The owner's contract gives three accounts until the end of June."""
    contracts.tell(
        TESTER, seeing_all.contract, FactKind.EXTRA_ACCOUNTS, 2, at_start_of(dt.date(2026, 4, 1)), through(STOP)
    )
    return seeing_all


def invited(world: World, email: str = "sato@aoba.example", **changes: object) -> Invitation:
    told = {
        "organisation": world.owner.organisation,
        "role": Role.CONTRACTOR_MEMBER,
        "email": email,
        "name": "佐藤",
        **changes,
    }
    return invite_person(world.owner, **told)


def joined(world: World, email: str) -> Person:
    return accounts.accept_invitation(accounts.link_of(invited(world, email)), password=NEW_PASSWORD)


def code_of(act, *given: object, **more: object) -> str:
    with pytest.raises(Refused) as refused:
        act(*given, **more)
    return refused.value.code


def mailed_link(transport: MemoryMail) -> str:
    message = message_from_bytes(transport.taken[-1][2], policy=default)
    found = re.search(r"/invitations/(\S+)", message.get_body().get_content())
    assert found is not None
    return found[1]


@pytest.mark.article("6-1(1)")
def test_a_second_account_without_the_option_is_refused_in_the_terms_words(seeing_all: World) -> None:
    with pytest.raises(Refused) as refused:
        invited(seeing_all)
    assert (refused.value.code, refused.value.article) == ("account.limit_reached", "6-1(1)")
    assert "1個まで" in refused.value.words.ja and "1 account" in refused.value.words.en


@pytest.mark.article("6-1(2)")
def test_two_extra_accounts_allow_three_people_and_no_fourth(roomy: World) -> None:
    invited(roomy, "a@aoba.example")
    invited(roomy, "b@aoba.example")
    assert code_of(invited, roomy, "c@aoba.example") == "account.limit_reached"
    assert account_room(EVERYTHING, roomy.owner.organisation)[:2] == (3, 3)


def test_the_mailed_link_sets_a_password_once_and_the_person_can_come_in(roomy: World, client) -> None:
    transport = MemoryMail()
    invitation = deliver_invitation(invited(roomy).pk, transport)
    assert (invitation.sent_at, transport.taken[0][1]) == (NOW, ("sato@aoba.example",))
    link = mailed_link(transport)
    assert link not in str(Invitation.objects.values()) and link not in str(ProcrastinateJob.objects.values("args"))

    person = accounts.accept_invitation(link, password=NEW_PASSWORD)
    assert person.check_password(NEW_PASSWORD)
    assert code_of(accounts.accept_invitation, link, password=NEW_PASSWORD) == "invitation.invalid"
    acts = [row.act for row in acts_on(f"person:{person.pk}")]
    assert acts == ["accounts.invite", "accounts.accept_invitation"]


def test_a_weak_password_is_refused_and_leaves_the_link_good(roomy: World) -> None:
    link = accounts.link_of(invited(roomy))
    assert code_of(accounts.accept_invitation, link, password="short") == "password.weak"
    assert accounts.accept_invitation(link, password=NEW_PASSWORD).has_usable_password()


@pytest.mark.parametrize("link", ["", "1", "1-", "x-y", "99999999999999999999-aa", "0-" + "0" * 64, "１-00"])
def test_a_link_that_nobody_made_opens_nothing(roomy: World, link: str) -> None:
    assert code_of(accounts.invitation_of, link) == "invitation.invalid"


def test_a_link_is_good_for_a_week_and_a_new_one_ends_the_old(roomy: World, hand: StandingClock) -> None:
    first = invited(roomy)
    second = accounts.invite_again(roomy.owner, person=first.person)
    assert code_of(accounts.invitation_of, accounts.link_of(first)) == "invitation.invalid"
    hand.advance(days=7)
    assert accounts.invitation_of(accounts.link_of(second)) == second
    hand.advance(seconds=1)
    assert code_of(accounts.invitation_of, accounts.link_of(second)) == "invitation.invalid"


def test_who_is_in_is_not_invited_again(roomy: World) -> None:
    assert code_of(accounts.invite_again, roomy.owner, person=joined(roomy, "a@aoba.example")) == (
        "account.no_invitation"
    )


def test_a_mail_server_that_says_no_is_shown_and_one_that_is_away_is_tried_again(roomy: World) -> None:
    invitation = invited(roomy)
    with pytest.raises(MailDelayed):
        deliver_invitation(invitation.pk, MemoryMail(_raising(MailDelayed("busy"))))
    said = deliver_invitation(invitation.pk, MemoryMail(_raising(MailRefused("550 no such user"))))
    assert (said.sent_at, said.trouble) == (None, "550 no such user")
    transport = MemoryMail()
    for _ in range(2):
        deliver_invitation(invitation.pk, transport)
    assert len(transport.taken) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"role": Role.PARTNER_ANALYST}, "role_of_other_kind"),
        ({"name": " \u202e\n "}, "account.no_name"),
        ({"email": "not a mail"}, "account.mail"),
        ({"email": "ADMIN@shiranami.example"}, "account.exists"),
    ],
)
def test_what_makes_no_account_is_refused(roomy: World, changes: dict, code: str) -> None:
    assert code_of(invited, roomy, **changes) == code


def test_a_name_can_not_add_lines_to_the_mail(roomy: World) -> None:
    person = invited(roomy, name="佐藤\r\n\r\nBcc: all@aoba.example\u202e").person
    assert person.name == "佐藤 Bcc: all@aoba.example"


def test_an_administrator_manages_the_own_people_only(roomy: World) -> None:
    strangers = roomy.stranger
    assert code_of(invited, roomy, organisation=strangers.organisation) == "not_permitted"
    for act in (accounts.deactivate, reactivate_person, accounts.invite_again):
        assert code_of(act, roomy.owner, person=strangers) == "not_permitted"
    assert code_of(accounts.set_language, roomy.owner, person=strangers, language="ja") == "not_permitted"
    member = joined(roomy, "m@aoba.example")
    assert code_of(accounts.deactivate, member, person=roomy.owner) == "not_permitted"


def test_nobody_closes_the_own_account_or_the_last_administrators(roomy: World) -> None:
    assert code_of(accounts.deactivate, roomy.owner, person=roomy.owner) == "account.yourself"
    roomy.carrier.role = Role.CARRIER_ADMIN
    assert code_of(accounts.deactivate, roomy.carrier, person=roomy.owner) == "account.last_admin"
    invited(roomy, "later@aoba.example", role=Role.CONTRACTOR_ADMIN)  # has not come in yet, so doesn't count
    assert code_of(accounts.deactivate, roomy.carrier, person=roomy.owner) == "account.last_admin"


def test_a_closed_account_makes_room_and_comes_back_where_there_is_room(roomy: World) -> None:
    first = joined(roomy, "a@aoba.example")
    joined(roomy, "b@aoba.example")
    accounts.deactivate(roomy.owner, person=first)
    joined(roomy, "c@aoba.example")
    first.refresh_from_db()
    assert not first.is_active
    assert code_of(reactivate_person, roomy.owner, person=first) == "account.limit_reached"


def test_each_chooses_the_own_language(roomy: World) -> None:
    member = joined(roomy, "m@aoba.example")
    assert accounts.set_language(member, person=member, language="en").language == "en"


@pytest.mark.article("6-1(2)")
def test_when_the_option_ends_two_weeks_are_left_to_choose_then_the_newest_members_go(
    roomy: World, hand: StandingClock
) -> None:
    old, young = joined(roomy, "old@aoba.example"), joined(roomy, "young@aoba.example")
    admin = accounts.accept_invitation(_admin_link(roomy, old), password=NEW_PASSWORD)
    hand.move_to(at_start_of(STOP + dt.timedelta(days=14)))
    assert account_room(EVERYTHING, roomy.owner.organisation) == (3, 1, dt.date(2026, 7, 15))
    assert cut_accounts() == 0

    hand.move_to(at_start_of(dt.date(2026, 7, 15)))
    assert cut_accounts() == 2
    assert cut_accounts() == 0
    active = {person.email for person in people_of(roomy.owner.organisation) if person.is_active}
    assert active == {roomy.owner.email}
    assert acts_on(f"person:{young.pk}")[-1].details == {"reason": "no_room"}
    assert admin.role == Role.CONTRACTOR_ADMIN


@pytest.mark.article("38-5")
def test_after_the_end_people_read_on_until_portal_accounts_are_erased(roomy: World, hand: StandingClock) -> None:
    joined(roomy, "a@aoba.example")
    service = told_of(roomy.contract).of_kind(FactKind.SERVICE)[0]
    contracts.end_fact(TESTER, roomy.contract, service, through(dt.date(2026, 5, 31)))
    assert may_act_under(EVERYTHING, roomy.contract)

    hand.move_to(at_start_of(dt.date(2026, 8, 1)))
    assert cut_accounts() == 0
    assert not may_act_under(EVERYTHING, roomy.contract)
    assert code_of(invited, roomy, "late@aoba.example") == "account.limit_reached"

    hand.move_to(at_start_of(dt.date(2026, 12, 1)))  # six months are over
    assert cut_accounts() == 2
    assert not any(person.is_active for person in people_of(roomy.owner.organisation))


def test_the_cut_leaves_the_carrier_the_partner_and_other_contractors_alone(roomy: World, hand: StandingClock) -> None:
    hand.advance(days=200)
    with entered(EVERYTHING):
        cut_accounts()
    for person in (roomy.carrier, roomy.analyst, roomy.stranger, roomy.owner):
        person.refresh_from_db()
        assert person.is_active


def _admin_link(world: World, leaving: Person) -> str:
    """A second administrator in the place of somebody who leaves."""
    accounts.deactivate(world.owner, person=leaving)
    return accounts.link_of(invited(world, "second@aoba.example", role=Role.CONTRACTOR_ADMIN))


def _raising(error: Exception):
    def answer(message: object) -> None:
        raise error

    return answer
