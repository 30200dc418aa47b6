"""A message and what becomes of it: only the infected part, the subject and our own headers change."""

from __future__ import annotations

import asyncio
import base64
import email
import email.policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sekisho_edge.daemons.frame import Places
from sekisho_edge.lab import site
from sekisho_edge.lab.policy import lab_policy
from sekisho_edge.mail import mime
from sekisho_edge.mail.examine import Findings, Infection, examine
from sekisho_edge.mail.rspamd import Envelope, Opinion
from sekisho_edge.mail.service import unjudged
from sekisho_edge.mail.settings import Settings
from sekisho_edge.mail.treat import Action, treat
from sekisho_edge.render import mail as render_mail
from sekisho_edge.render import nftables
from sekisho_edge.render import rspamd as render_rspamd
from sekisho_edge.render.nftables import Attach
from sekisho_edge.scan import Scanner
from sekisho_wire.policy import IntrusionPrevention, Mail, PortForward, SecurityPolicy

from .test_render import is_golden
from .test_scan import EICAR, SHIPPED, zipped

RULES = Settings(definitions=str(SHIPPED), run="run", spam="tag", virus="remove")
SPAM = Opinion(True, 15.0, 15.0, ("GTUBE",))
HAM = Opinion(False, 0.1, 15.0)


def letter(*attachments: tuple[str, bytes], subject: str = "monthly report", text: str = "Dear all\n.\nbye\n") -> bytes:
    made = EmailMessage(policy=email.policy.SMTP)
    made["From"], made["To"], made["Subject"] = "a@lab.example", "b@lab.example", subject
    made["Message-ID"] = "<1@lab.example>"
    made.set_content(text)
    for name, data in attachments:
        made.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes()


def read(message: bytes) -> EmailMessage:
    return email.message_from_bytes(message, policy=email.policy.SMTP)


def found_in(message: bytes, rules: Settings = RULES) -> Findings:
    quiet = Settings(definitions=rules.definitions, run=rules.run, virus=rules.virus)
    return asyncio.run(examine(message, Envelope(), quiet, Scanner(SHIPPED)))


def attachments(message: bytes) -> dict[str, bytes]:
    return {part.get_filename(): part.get_content() for part in read(message).iter_attachments()}


def test_a_clean_message_is_not_changed_by_a_single_byte():
    message = letter(("a.bin", bytes(range(256)) * 40))
    done = treat(message, RULES, found_in(message))
    assert (done.action, done.message) == (Action.DELIVERED, message)


def test_the_infected_part_goes_and_everything_else_is_delivered():
    message = letter(("photo.bin", b"\x89PNG" * 99), ("bill.com", EICAR), ("plan.txt", b"plan"))
    done = treat(message, RULES, found_in(message))
    assert done.action is Action.CLEANED
    assert attachments(done.message) == {
        "photo.bin": b"\x89PNG" * 99,
        "plan.txt": b"plan",
        None: attachments(done.message)[None],
    }
    notice = attachments(done.message)[None]
    assert "bill.com" in notice and "Eicar-Test-File" in notice and "ウイルス" in notice and "removed" in notice
    parsed = read(done.message)
    assert parsed["Subject"] == "[VIRUS] monthly report"
    assert parsed["X-Sekisho-Virus"] == "removed; threat=Eicar-Test-File"
    assert parsed.get_body().get_content().splitlines() == ["Dear all", ".", "bye"]
    kept = message[: message.index(b'filename="bill.com"')].rpartition(b"--===")[0]
    assert kept.partition(b"monthly report")[2] in done.message


def test_an_infected_member_of_an_archive_takes_the_archive_with_it():
    message = letter(("all.zip", zipped(("x/eicar.com", EICAR))))
    assert "all.zip" in attachments(treat(message, RULES, found_in(message)).message)[None]


def test_a_message_that_is_nothing_but_the_infected_file_keeps_its_headers():
    message = (
        b"From: a@lab.example\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream;\r\n"
        b' name="e.com"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        + base64.encodebytes(EICAR).replace(b"\n", b"\r\n")
    )
    done = treat(message, RULES, found_in(message))
    parsed = read(done.message)
    assert parsed["From"] == "a@lab.example" and parsed["Subject"] == "[VIRUS] x"
    assert parsed.get_content_type() == "text/plain" and "e.com" in parsed.get_content()
    assert done.message.count(b"MIME-Version") == 1


def test_an_infected_part_of_an_attached_message_is_cut_out_of_that():
    outer = EmailMessage(policy=email.policy.SMTP)
    outer["Subject"] = "fwd"
    outer.set_content("see below")
    outer.add_attachment(read(letter(("bill.com", EICAR), ("ok.txt", b"fine"))))
    message = outer.as_bytes()
    done = treat(message, RULES, found_in(message))
    (inner,) = [part.get_content() for part in read(done.message).iter_attachments()]
    assert inner["Subject"] == "monthly report"
    assert "ok.txt" in [part.get_filename() for part in inner.iter_attachments()]
    assert base64.encodebytes(EICAR).strip()[:40] not in done.message


def test_tag_leaves_the_part_and_delete_leaves_nothing():
    message = letter(("bill.com", EICAR))
    tag = Settings(definitions=str(SHIPPED), run="run", virus="tag")
    done = treat(message, tag, found_in(message, tag))
    assert (done.action, attachments(done.message)) == (Action.TAGGED, {"bill.com": EICAR})
    assert read(done.message)["X-Sekisho-Virus"].startswith("found")
    delete = Settings(definitions=str(SHIPPED), run="run", virus="delete")
    assert treat(message, delete, found_in(message, delete)).action is Action.DELETED


def test_with_the_function_off_nobody_looks():
    off = Settings(definitions=str(SHIPPED), run="run")
    message = letter(("bill.com", EICAR))
    assert treat(message, off, found_in(message, off)).message == message


def test_spam_is_tagged_or_deleted_and_what_is_none_is_neither():
    message = letter()
    tagged = treat(message, RULES, Findings(SPAM))
    assert read(tagged.message)["Subject"] == "[SPAM] monthly report"
    assert read(tagged.message)["X-Sekisho-Spam"] == "yes; score=15.0; symbols=GTUBE"
    assert treat(message, RULES, Findings(HAM)).message == message
    delete = Settings(definitions="", run="", spam="delete")
    assert treat(message, delete, Findings(SPAM)).action is Action.DELETED
    assert treat(message, delete, Findings(HAM)).action is Action.DELIVERED


def test_a_tag_in_japanese_is_an_encoded_word_and_a_japanese_subject_stays_readable():
    rules = Settings(definitions="", run="", spam="tag", spam_subject="【迷惑メールの可能性があります】")
    message = letter(subject="月次報告書のご送付について")
    done = treat(message, rules, Findings(SPAM))
    assert read(done.message)["Subject"] == "【迷惑メールの可能性があります】月次報告書のご送付について"
    assert done.message.isascii()
    twice = treat(done.message, rules, Findings(SPAM))
    assert read(twice.message)["Subject"] == read(done.message)["Subject"]


def test_a_message_without_a_subject_gets_one():
    done = treat(b"From: a@b\r\n\r\nhello\r\n", RULES, Findings(SPAM))
    assert read(done.message)["Subject"] == "[SPAM]"
    assert done.message.endswith(b"\r\n\r\nhello\r\n")


def test_headers_of_ours_that_come_from_outside_are_taken_out():
    forged = b"X-Sekisho-Virus: clean, honestly\r\nSubject: x\r\nx-sekisho-spam: no\r\n\r\nhello\r\n"
    assert treat(forged, RULES, Findings()).message == b"Subject: x\r\n\r\nhello\r\n"


def test_a_closed_line_puts_off_what_no_engine_could_look_at_and_an_open_one_says_so():
    down = Findings(gaps=("rspamd:engine-down",))
    closed = Settings(definitions="", run="", failure="closed")
    assert treat(letter(), closed, down).action is Action.DEFERRED
    done = treat(letter(), RULES, down)
    assert (done.action, read(done.message)["X-Sekisho-Not-Scanned"]) == (Action.DELIVERED, "rspamd:engine-down")
    encrypted = Findings(gaps=("2:encrypted",))
    assert treat(letter(), closed, encrypted).action is Action.DELIVERED


MIXED = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
ENCODED = b"Content-Transfer-Encoding: base64\r\n\r\n"
STRANGE = b"a+(b)[c]?*"
HOSTILE = {
    "no end of the multipart": MIXED + b"--b\r\n" + ENCODED + b"%s",
    "bare newlines": (MIXED + b"--b\r\n" + ENCODED + b"%s\r\n--b--\r\n").replace(b"\r", b""),
    "spaces after the delimiter": MIXED + b"--b  \r\n" + ENCODED + b"%s\r\n--b--",
    "boundary of every sign": MIXED.replace(b"=b", b'="' + STRANGE + b'"')
    + b"--"
    + STRANGE
    + b"\r\n"
    + ENCODED
    + b"%s",
    "no headers in the part": MIXED + b"--b\r\n\r\n%s\r\n--b--\r\n",
    "folded": MIXED.replace(b": ", b":\r\n ") + b"--b\r\n" + ENCODED.replace(b": ", b":\r\n\t") + b"%s\r\n--b--",
}


@pytest.mark.parametrize("form", HOSTILE.values(), ids=HOSTILE)
def test_strange_forms_hide_nothing(form: bytes):
    encoded = EICAR if b"base64" not in form.lower() else base64.encodebytes(EICAR).replace(b"\n", b"\r\n")
    message = form % encoded
    done = treat(message, RULES, found_in(message))
    assert done.action is Action.CLEANED
    assert encoded.strip()[:40] not in done.message


def test_noise_and_padding_inside_base64_hide_nothing():
    halves = base64.b64encode(EICAR[:33]) + b"!*!\r\n" + base64.b64encode(EICAR[33:35]) + base64.b64encode(EICAR[35:])
    message = b"Content-Transfer-Encoding: base64\r\n\r\n" + halves
    assert mime.content(message, mime.leaves(message)[0]) == EICAR


def test_what_only_the_whole_message_shows_replaces_the_whole_content():
    message = b"Subject: x\r\nContent-Type: text/html\r\n\r\nbad\r\n"
    done = treat(message, RULES, Findings(infections=(Infection("T", "clamd"),)))
    assert read(done.message).get_content_type() == "text/plain" and b"bad" not in done.message


def test_nesting_has_an_end():
    message = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3_000))
    assert len(mime.leaves(message)) == 1


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_damage_makes_it_fail_and_cutting_leaves_the_other_parts(data):
    message = bytearray(letter(("a.bin", b"x" * 50), ("b.com", EICAR)))
    for _ in range(data.draw(st.integers(0, 5))):
        message[data.draw(st.integers(0, len(message) - 1))] = data.draw(st.integers(0, 255))
    text = bytes(message)
    parts = mime.leaves(text)
    assert all(0 <= part.start <= part.body <= part.end <= len(text) for part in parts)
    part = data.draw(st.sampled_from(parts))
    done = treat(text, RULES, Findings(SPAM, (Infection("T\r\nX: y", "e", part),)))
    assert done.action is Action.CLEANED
    assert b"\r\nX: y" not in done.message


BOX = Places(Path("/var/edge"), Path("/var/edge/definitions/current"), resolvers=("192.0.2.53",))


def mail_policy(**how) -> SecurityPolicy:
    forward = PortForward("mx", "wan", site.WAN_ADDRESS, "tcp", 25, site.SERVER_ADDRESS, 25)
    base = replace(lab_policy(IntrusionPrevention(mode="off")), schema=2, port_forwards=(forward,))
    return replace(base, mail=Mail(**({"protocols": ("smtp", "pop3"), "spam": "tag", "virus": "remove"} | how)))


def test_the_engines_settings_are_rendered_as_before():
    assert is_golden("mail.json", render_mail.render(mail_policy(), BOX).files["mail.json"])
    files = render_rspamd.render(mail_policy(), BOX).files
    assert is_golden("mail.rspamd", "".join(f"# {name}\n{files[name]}" for name in sorted(files)))
    turned = [line for line in nftables.render(mail_policy(), Attach.TAP).splitlines() if '"to_mail"' in line]
    assert is_golden("mail.nft.json", "\n".join(turned) + "\n")


def test_engines_that_nobody_asks_for_are_not_rendered():
    assert render_rspamd.render(mail_policy(spam="off"), BOX) is None
    assert render_mail.render(mail_policy(spam="off", virus="off"), BOX) is None
    assert "to_mail" not in nftables.render(mail_policy(spam="off", virus="off"), Attach.TAP)
    assert "3110" not in nftables.render(mail_policy(protocols=("smtp",)), Attach.TAP)


def test_a_mistake_of_ours_over_one_message_is_an_engine_that_is_down():
    closed = Settings(definitions="", run="", failure="closed")
    assert unjudged(b"x", closed)[0].action is Action.DEFERRED
    treated, findings = unjudged(b"x", RULES)
    assert (treated.action, treated.message, findings.engine_down) == (Action.DELIVERED, b"x", True)
