"""``python -m sekisho_edge.helper.packet_log FOLDER``: packets that the firewall logs, as lines in FOLDER/firewall.log.

The rules copy what they log to an NFLOG group of this network namespace (the kernel's own log is not written in
namespaces). Lines look as the kernel would write them, so that any parser of netfilter logs reads them, with UTC time
in front. What the kernel could not hand over is counted and said in a line of its own. Ends by signal.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path

GROUP = 100
COPY_BYTES_MAX = 128
RECEIVE_BYTES = 4 * 1024 * 1024
MESSAGE_BYTES_MAX = 256 * 1024
WAIT_CENTISECONDS_MAX = 20
PACKETS_PER_MESSAGE = 64

_ULOG = 4
_PACKET, _CONFIG = 0, 1
_BIND, _COPY_PACKET, _NUMBERED = 1, 2, 1
_ACKNOWLEDGE = 0x5
_ERROR = 2
_STAMP, _IN, _OUT, _PAYLOAD, _PREFIX, _NUMBER, _FRAME = 3, 4, 5, 9, 10, 12, 16
_FLAGS = ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR")
_PROTOCOLS = {1: "ICMP", 6: "TCP", 17: "UDP", 47: "47", 50: "ESP", 51: "AH", 132: "SCTP"}


def main(folder: str) -> None:
    log, host = Log(Path(folder) / "firewall.log"), socket.gethostname()
    with _subscribed() as netlink:
        expected = None
        while True:
            lines = []
            try:
                data = netlink.recv(MESSAGE_BYTES_MAX)
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                continue  # the next number says how many were lost
            for attributes in packets(data):
                number = int.from_bytes(attributes.get(_NUMBER, b"\0"), "big")
                if expected is not None and number > expected:
                    lines.append(
                        f"{_clock(time.time())} {host} sekisho-edge: {number - expected} log entries were lost\n"
                    )
                expected = number + 1
                lines.append(f"{_moment(attributes)} {host} kernel: {describe(attributes)}\n")
            log.write(lines)


class Log:
    """Appends; when somebody has renamed the file, goes on in a new one of the old name."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("a")

    def write(self, lines: list[str]) -> None:
        if not self._is_there():
            self._file.close()
            self._file = self._path.open("a")
        self._file.writelines(lines)
        self._file.flush()

    def _is_there(self):
        with contextlib.suppress(FileNotFoundError):
            return self._path.stat().st_ino == os.fstat(self._file.fileno()).st_ino
        return False


def packets(data: bytes) -> Iterator[dict[int, bytes]]:
    """The attributes of each packet in what the kernel sent."""
    while len(data) >= 16:
        length, kind = struct.unpack_from("=IH", data)
        if kind == (_ULOG << 8 | _PACKET):
            yield dict(_attributes(data[20:length]))
        data = data[(length + 3) & ~3 or len(data) :]


def describe(attributes: dict[int, bytes]) -> str:
    """``PREFIX IN=lan OUT=wan MAC=... SRC=... PROTO=TCP SPT=... SYN``, as the kernel would say it."""
    prefix = attributes.get(_PREFIX, b"").rstrip(b"\0").decode(errors="replace")
    frame = attributes.get(_FRAME, b"").hex(":")
    where = f"IN={_interface(attributes, _IN)} OUT={_interface(attributes, _OUT)} MAC={frame}"
    return f"{prefix}{where} {_packet(attributes.get(_PAYLOAD, b''))}".rstrip()


def _packet(packet):
    if len(packet) < 20 or packet[0] >> 4 != 4:
        return ""
    tos, length, number, fragment, ttl, protocol = struct.unpack_from(">xBHHHBB", packet)
    words = [f"SRC={socket.inet_ntoa(packet[12:16])} DST={socket.inet_ntoa(packet[16:20])} LEN={length}"]
    words.append(f"TOS=0x{tos & 0x1E:02X} PREC=0x{tos & 0xE0:02X} TTL={ttl} ID={number}")
    words += ["DF"] * bool(fragment & 0x4000) + [f"PROTO={_PROTOCOLS.get(protocol, protocol)}"]
    body = packet[(packet[0] & 15) * 4 :]
    return " ".join([*words, *([] if fragment & 0x1FFF else _transport(protocol, body))])


def _transport(protocol, body):
    if protocol == 6 and len(body) >= 20:
        *ports, flags, window, urgent = struct.unpack_from(">HH9xBHxxH", body)
        said = [name for bit, name in enumerate(_FLAGS) if flags >> bit & 1]
        return [f"SPT={ports[0]} DPT={ports[1]} WINDOW={window} RES=0x00", *said, f"URGP={urgent}"]
    if protocol in (17, 132) and len(body) >= 8:
        source, destination, length = struct.unpack_from(">HHH", body)
        return [f"SPT={source} DPT={destination}", *([f"LEN={length}"] if protocol == 17 else [])]
    return [f"TYPE={body[0]} CODE={body[1]}"] if protocol == 1 and len(body) >= 8 else []


def _moment(attributes):
    if stamp := attributes.get(_STAMP):
        seconds, micros = struct.unpack(">QQ", stamp)
        return _clock(seconds + micros / 1e6)
    return _clock(time.time())  # packets of the edge itself carry no time


def _clock(seconds):
    whole = int(seconds)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(whole))}.{int((seconds - whole) * 1e6):06}+00:00"


def _interface(attributes, which):
    index = int.from_bytes(attributes.get(which, b"\0"), "big")
    with contextlib.suppress(OSError):
        return socket.if_indextoname(index) if index else ""
    return f"if{index}"


def _attributes(data):
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        if length < 4:
            return
        yield kind & 0x3FFF, data[4:length]
        data = data[(length + 3) & ~3 :]


def _subscribed():
    netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
    netlink.bind((0, 0))
    netlink.setsockopt(socket.SOL_SOCKET, 33, RECEIVE_BYTES)  # SO_RCVBUFFORCE
    for attribute, value in (
        (1, struct.pack("B", _BIND)),
        (2, struct.pack(">IBx", COPY_BYTES_MAX, _COPY_PACKET)),
        (4, struct.pack(">I", WAIT_CENTISECONDS_MAX)),
        (5, struct.pack(">I", PACKETS_PER_MESSAGE)),
        (6, struct.pack(">H", _NUMBERED)),
    ):
        _configure(netlink, attribute, value)
    return netlink


def _configure(netlink, attribute, value):
    body = struct.pack("=HH", len(value) + 4, attribute) + value + b"\0" * (-len(value) % 4)
    general = struct.pack(">BBH", socket.AF_UNSPEC, 0, GROUP)
    head = struct.pack("=IHHII", 20 + len(body), _ULOG << 8 | _CONFIG, _ACKNOWLEDGE, 0, 0)
    netlink.send(head + general + body)
    while True:
        answer = netlink.recv(MESSAGE_BYTES_MAX)
        kind, code = struct.unpack_from("=4xH10xi", answer)
        if kind == _ERROR:
            if code:
                raise OSError(-code, f"NFLOG group {GROUP}: {os.strerror(-code)}")
            return


if __name__ == "__main__":
    main(sys.argv[1])
