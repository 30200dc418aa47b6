"""Handing an invitation to our mail server."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr

from django.conf import settings

from sekisho.gateways import clock
from sekisho.gateways.mail import MailRefused, MailTransport

from ..letters import InvitationFacts, body, subject
from ..models import Invitation
from .inviting import link_of


def deliver_invitation(invitation_id: int, transport: MailTransport) -> Invitation:
    """Send the link, unless it was sent or used. Raises what the transport raises when it should be tried again."""
    invitation = Invitation.objects.select_related("person__organisation").get(pk=invitation_id)
    if invitation.sent_at is not None or invitation.used_at is not None:
        return invitation
    message = _message(invitation)
    try:
        transport.send(message, settings.MAIL_FROM, [invitation.person.email], lambda: None)
        invitation.sent_at, invitation.trouble = clock.now(), ""
    except MailRefused as refusal:
        invitation.trouble = str(refusal)
    invitation.save(update_fields=("sent_at", "trouble"))
    return invitation


def _message(invitation: Invitation) -> EmailMessage:
    person = invitation.person
    facts = InvitationFacts(
        name=person.name,
        organisation=person.organisation.name,
        link=f"{settings.BASE_URL}/invitations/{link_of(invitation)}",
        expires_at=invitation.expires_at,
    )
    message = EmailMessage(policy=SMTP)
    message["From"] = settings.MAIL_FROM
    message["To"] = person.email
    message["Subject"] = subject(person.language)
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = make_msgid(domain=parseaddr(settings.MAIL_FROM)[1].rpartition("@")[2] or "localhost")
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = person.language
    message.set_content(body(facts, person.language), charset="utf-8", cte="base64")
    return message
