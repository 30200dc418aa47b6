"""Lines that the Linux packet filter logs: ``PREFIX IN=eth0 OUT= MAC=... SRC=... DST=... PROTO=TCP SPT=... SYN``. Pure.

``MAC`` is destination, source and type of the frame; LEN stands twice for UDP, first that of the packet.
"""

from __future__ import annotations

import re

from sekisho.pipeline.parse import ParseError

BEGINS = re.compile(r"\bIN=\S{0,64} OUT=")
_KERNEL = re.compile(r"(?:.*?kernel: )?(?:\[ *\d+\.\d+\] ?)?", re.DOTALL)
_PAIR = re.compile(r"([A-Z][A-Za-z]{1,15})=(\S*)")
_FLAGS = re.compile(r" (SYN|ACK|FIN|RST|PSH|URG|ECE|CWR|DF|MF|CE)(?= |\Z)")
PREFIX_CHARACTERS_MAX = 256


def parse(message: str) -> dict[str, str]:
    """``prefix`` (what the rule's author wrote in front), ``flags``, and the pairs; or ParseError."""
    match = BEGINS.search(message)
    if match is None:
        raise ParseError("no IN= and OUT= of a packet filter")
    body = message[match.start() :].partition(" [")[0]
    found: dict[str, str] = {}
    for key, value in _PAIR.findall(body):
        found.setdefault(key, value)
    found["prefix"] = _KERNEL.sub("", message[: match.start()], count=1).strip()[-PREFIX_CHARACTERS_MAX:]
    found["flags"] = " ".join(_FLAGS.findall(body))
    frame = found.get("MAC", "").split(":")
    if len(frame) >= 12:
        found["mac_destination"], found["mac_source"] = ":".join(frame[:6]), ":".join(frame[6:12])
        del found["MAC"]
    return found
