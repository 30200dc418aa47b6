"""What the firewall's log reader makes of the kernel's messages; that real ones reach it is ``test_firewall``."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.pipeline.normalise import netfilter
from sekisho_edge.helper.packet_log import GROUP, describe, packets
from sekisho_edge.render.expressions import LOG_GROUP

from .packets import Packet


def attributes(packet: bytes) -> dict[int, bytes]:
    return {10: b"DROP default-deny \0", 9: packet}


@pytest.mark.parametrize(
    ("packet", "wanted"),
    [
        (Packet("10.0.0.1", "10.0.0.2", "tcp", 4711, 80), {"PROTO": "TCP", "SPT": "4711", "DPT": "80", "flags": "SYN"}),
        (Packet("10.0.0.1", "10.0.0.2", "udp", 4711, 53), {"PROTO": "UDP", "SPT": "4711", "DPT": "53"}),
        (Packet("10.0.0.1", "10.0.0.2", "icmp", icmp_type=8), {"PROTO": "ICMP", "TYPE": "8", "CODE": "0"}),
        (Packet("10.0.0.1", "10.0.0.2", "gre"), {"PROTO": "47"}),
    ],
)
def test_the_centre_reads_what_the_edge_writes(packet: Packet, wanted: dict[str, str]):
    line = f"2026-11-23T00:00:00.000000+00:00 utm kernel: {describe(attributes(packet.raw(7)))}"
    assert netfilter.recognises(line)
    head, fields = netfilter.read(line)
    assert head.host == "utm"
    assert fields.items() >= (wanted | {"prefix": "DROP default-deny", "SRC": "10.0.0.1", "ID": "7"}).items()


@given(st.binary(max_size=200))
def test_no_packet_stops_the_log(packet: bytes):
    assert describe(attributes(packet)).startswith("DROP default-deny IN= OUT= MAC=")


@given(st.binary(max_size=200))
def test_no_message_stops_it_either(message: bytes):
    list(packets(message))


def test_several_packets_of_one_message_are_told_apart():
    body = struct.pack("=HH", 8, 10) + b"ab\0\0"
    message = struct.pack("=IHHII", 20 + len(body), 4 << 8, 0, 0, 0) + b"\0\0\0\0" + body
    assert [found[10] for found in packets(message * 3)] == [b"ab\0\0"] * 3


def test_reader_and_rules_mean_the_same_group():
    assert GROUP == LOG_GROUP
