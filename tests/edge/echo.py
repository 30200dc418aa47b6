"""Asks a host for an echo every 20 ms until SIGTERM, waits for what is on its way, and prints how many it sent and got.

``python -m tests.edge.echo ADDRESS``, on a host of the lab. Needs root, for the raw socket.
"""

from __future__ import annotations

import select
import signal
import socket
import struct
import sys
import time

EVERY_SECONDS = 0.02
LAST_ANSWER_SECONDS = 2.0
REQUEST, REPLY = 8, 0
IP_HEADER_BYTES = 20


def main(address: str) -> None:
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
    missing, sent = set(), 0
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as link:
        until = None
        while until is None or (missing and time.monotonic() < until):
            if not stop:
                link.sendto(_request(sent), (address, 0))
                missing.add(sent)
                sent += 1
            elif until is None:
                until = time.monotonic() + LAST_ANSWER_SECONDS
            missing -= _answered(link)
    print(sent, sent - len(missing), flush=True)


def _request(number: int) -> bytes:
    plain = struct.pack(">BBHHH", REQUEST, 0, 0, 0x5E15, number & 0xFFFF)
    total = sum(struct.unpack(">4H", plain))
    total = (total & 0xFFFF) + (total >> 16)
    return plain[:2] + struct.pack(">H", ~total & 0xFFFF) + plain[4:]


def _answered(link: socket.socket) -> set[int]:
    """Numbers of the echoes that came within one pause."""
    came, end = set(), time.monotonic() + EVERY_SECONDS
    while (left := end - time.monotonic()) > 0:
        if select.select([link], [], [], left)[0]:
            kind, _, _, mark, number = struct.unpack(">BBHHH", link.recv(1500)[IP_HEADER_BYTES : IP_HEADER_BYTES + 8])
            if kind == REPLY and mark == 0x5E15:
                came.add(number)
    return came


if __name__ == "__main__":
    main(sys.argv[1])
