"""Inviting people, and who may still come in.

An invitation is a person without a password and a link by mail that sets one, once, within INVITATION_DAYS. The
link is computed from the row and the installation's key whenever it is needed, so that no copy of the database
holds a key to anybody's account. These actions know no contract: how many people a contractor may have is
checked above, in ``contracts.actions.accounts``.
"""

from __future__ import annotations

import datetime as dt
import secrets

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from procrastinate.contrib.django import app as queue

from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.refusals import Refused
from sekisho.gateways import clock

from ..models import Invitation, Language, Organisation, Person, Role
from ..permissions import allowed, require
from ..queries import person_by_email

INVITATION_DAYS = 7
NAME_CHARACTERS_MAX = 100
NONCE_BYTES = 16
INVITE_JOB = "accounts.deliver_invitation"
_SALT = "sekisho.invitation"


def invite(
    actor: Actor, *, organisation: Organisation, role: Role, email: str, name: str, language: str = Language.JA
) -> Invitation:
    """A new person of an organisation, who sets a password by the link in the mail."""
    name, email = _one_line(name), email.strip().lower()
    _check_new(organisation, role, email, name)
    with transaction.atomic():
        person = Person(organisation=organisation, role=role, email=email, name=name, language=Language(language))
        person.set_unusable_password()
        person.save()
        record(actor, act="accounts.invite", object=f"person:{person.pk}", details={"role": role})
        return _send(person)


@transaction.atomic
def invite_again(actor: Person, *, person: Person) -> Invitation:
    """A new link for somebody who has not come in yet; the link before stops working."""
    person = _locked(person)
    require_over(actor, person.organisation)
    if person.has_usable_password() or not person.is_active:
        raise Refused(
            "account.no_invitation",
            "招待中のアカウントではありません。",
            "This account does not wait for an invitation to be used.",
        )
    record(actor, act="accounts.invite_again", object=f"person:{person.pk}")
    return _send(person)


def accept_invitation(link: str, *, password: str) -> Person:
    """Set the password of the person whom the link invites. It works once.

    Refused: "invitation.invalid" (unknown, used, outdated, expired: not told apart) or "password.weak", with the
    reasons in the words; the link then stays good.
    """
    with transaction.atomic():
        invitation = invitation_of(link, lock=True)
        person = invitation.person
        try:
            validate_password(password, person)
        except ValidationError as error:
            reasons = " ".join(error.messages)
            raise Refused("password.weak", reasons, reasons) from error
        person.set_password(password)
        person.save(update_fields=("password",))
        # Who read the mail has shown that the address is theirs.
        EmailAddress.objects.update_or_create(
            user=person, email=person.email, defaults={"verified": True, "primary": True}
        )
        invitation.used_at = clock.now()
        invitation.save(update_fields=("used_at",))
        record(person, act="accounts.accept_invitation", object=f"person:{person.pk}")
        return person


def invitation_of(link: str, *, lock: bool = False) -> Invitation:
    """The invitation that a link opens now; Refused "invitation.invalid"."""
    key, _, signature = link.partition("-")
    rows = Invitation.objects.select_related("person__organisation")
    rows = rows.select_for_update(of=("self",)) if lock else rows
    found = rows.filter(pk=int(key)).first() if key.isascii() and key.isdecimal() and len(key) < 19 else None
    if found is None or not constant_time_compare(signature, _signature(found)) or not _is_open(found):
        raise Refused(
            "invitation.invalid",
            "この招待リンクは使えません。期限切れか、使用済みです。管理者に再送を依頼してください。",
            "This invitation does not work: it has expired or was used. Ask for a new one.",
        )
    return found


def link_of(invitation: Invitation) -> str:
    """The secret part of the invitation's address."""
    return f"{invitation.pk}-{_signature(invitation)}"


@transaction.atomic
def deactivate(actor: Person, *, person: Person) -> Person:
    """A person closes another's account. Nobody closes their own, and an administrator is always left."""
    person = _locked(person)
    require_over(actor, person.organisation)
    _check_may_go(actor, person)
    return close_account(actor, person=person, reason="decided")


@transaction.atomic
def close_account(actor: Actor, *, person: Person, reason: str) -> Person:
    """The person can't come in any more, from the next request on; for rules, which have checked who goes."""
    person = _locked(person)
    if person.is_active:
        person.is_active = False
        person.save(update_fields=("is_active",))
        record(actor, act="accounts.deactivate", object=f"person:{person.pk}", details={"reason": reason})
    return person


@transaction.atomic
def reactivate(actor: Person, *, person: Person) -> Person:
    """The person may come in again, with the password of before."""
    person = _locked(person)
    require_over(actor, person.organisation)
    if not person.is_active:
        person.is_active = True
        person.save(update_fields=("is_active",))
        record(actor, act="accounts.reactivate", object=f"person:{person.pk}")
    return person


@transaction.atomic
def set_language(actor: Person, *, person: Person, language: str) -> Person:
    """The language of the person's pages and mails; each their own, and those of whom one manages."""
    if actor.pk != person.pk:
        require_over(actor, person.organisation)
    person.language = Language(language)
    person.save(update_fields=("language",))
    record(actor, act="accounts.set_language", object=f"person:{person.pk}", details={"language": language})
    return person


def require_over(actor: Person, organisation: Organisation) -> None:
    """Refused unless the actor manages people, and these: the carrier all, an administrator the own ones."""
    require(actor, "people.manage")
    if not allowed(actor, "accounts.manage") and actor.organisation_id != organisation.pk:
        raise Refused("not_permitted", "この操作を行う権限がありません。", "Your role does not allow this.")


def _locked(person: Person) -> Person:
    return Person.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=person.pk)


def _check_new(organisation: Organisation, role: Role, email: str, name: str) -> None:
    if Role(role).organisation_kind != organisation.kind:
        raise Refused("role_of_other_kind", "この組織では選べない役割です。", "This organisation can't have that role.")
    if not name:
        raise Refused("account.no_name", "氏名を入力してください。", "Enter the name.")
    try:
        validate_email(email)
    except ValidationError:
        raise Refused("account.mail", "メールアドレスを確認してください。", "Check the mail address.") from None
    if person_by_email(email) is not None:
        raise Refused(
            "account.exists", "このメールアドレスは登録できません。", "This mail address can't be registered."
        )


def _one_line(name: str) -> str:
    """A name as it may stand in a mail: one line, no characters that steer."""
    visible = "".join(c if c.isprintable() else " " for c in name)
    return " ".join(visible.split())[:NAME_CHARACTERS_MAX]


def _check_may_go(actor: Person, person: Person) -> None:
    if actor.pk == person.pk:
        raise Refused(
            "account.yourself", "自分のアカウントは停止できません。", "You can't close the account that you use."
        )
    if person.role in _ADMINS and not _other_admins(person):
        raise Refused(
            "account.last_admin",
            "最後の管理者のアカウントは停止できません。",
            "The last administrator's account can't be closed.",
        )


_ADMINS = (Role.CARRIER_ADMIN, Role.CONTRACTOR_ADMIN)


def _other_admins(person: Person) -> bool:
    others = person.organisation.people.filter(role=person.role, is_active=True).exclude(pk=person.pk)
    return any(other.has_usable_password() for other in others)


def _send(person: Person) -> Invitation:
    """A fresh invitation, and the job that mails it. Invitations before it stop working."""
    now = clock.now()
    invitation = Invitation.objects.create(
        person=person,
        nonce=secrets.token_urlsafe(NONCE_BYTES),
        made_at=now,
        expires_at=now + dt.timedelta(days=INVITATION_DAYS),
    )
    queue.configure_task(INVITE_JOB, lock=f"invitation-{invitation.pk}").defer(invitation_id=invitation.pk)
    return invitation


def _signature(invitation: Invitation) -> str:
    signed = f"{invitation.pk}.{invitation.person_id}.{invitation.nonce}"
    return salted_hmac(_SALT, signed, algorithm="sha256").hexdigest()


def _is_open(invitation: Invitation) -> bool:
    latest = invitation.person.invitations.order_by("-pk").values_list("pk", flat=True).first()
    fresh = invitation.used_at is None and clock.now() <= invitation.expires_at
    return fresh and latest == invitation.pk and invitation.person.is_active
