"""Policy -> the settings of our mail service. Pure."""

from __future__ import annotations

import msgspec

from sekisho_edge.daemons.frame import FOLDER, Daemon, Places
from sekisho_edge.mail.settings import Forward, Settings
from sekisho_edge.render import clamd, rspamd
from sekisho_edge.render.redirects import MAIL_POP3_PORT, MAIL_SMTP_PORT, published_mail, takes_mail
from sekisho_wire.policy import SecurityPolicy

NAME = "mail"


def render(policy: SecurityPolicy, places: Places) -> Daemon | None:
    """None where no mail is examined."""
    if not takes_mail(policy):
        return None
    mail = policy.mail
    settings = Settings(
        definitions=str(places.definitions),
        run=f"{FOLDER}/run",
        spam=mail.spam,
        spam_subject=mail.spam_subject,
        virus=mail.virus,
        virus_subject=mail.virus_subject,
        failure=mail.failure,
        archive_depth_max=policy.malware.archive_depth_max,
        smtp_port=MAIL_SMTP_PORT,
        pop3_port=MAIL_POP3_PORT,
        rspamd_port=rspamd.PORT if mail.spam != "off" else 0,
        clamd_port=clamd.PORT if places.clamd and mail.virus != "off" else 0,
        forwards=tuple(
            Forward(item.address, item.port, item.to_address, item.to_port) for item in published_mail(policy)
        ),
    )
    text = msgspec.json.format(msgspec.json.encode(settings), indent=1).decode() + "\n"
    return Daemon(NAME, {"mail.json": text}, failure=mail.failure)
