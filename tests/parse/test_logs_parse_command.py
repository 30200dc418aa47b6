"""``sekisho logs parse`` as its users run it: a process with pipes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sekisho.entry.commands.logs_parse import PRODUCTS, printable
from sekisho.pipeline import normalise
from sekisho.pipeline.parse import LINE_BYTES_MAX

EVENT = (
    b'{"timestamp":"2016-07-13T22:42:07.199672-0600","event_type":"http","src_ip":"192.168.1.5","src_port":50123,'
    b'"dest_ip":"203.0.113.9","dest_port":80,"proto":"TCP","http":{"hostname":"a.example","url":"/x"}}'
)
COMMAND = [sys.executable, "-m", "sekisho.entry.cli", "logs", "parse"]
SECONDS_MAX = 60


def parse(data: bytes, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *arguments], input=data, capture_output=True, timeout=SECONDS_MAX, check=False)


def objects(output: bytes) -> list[dict]:
    return [json.loads(line) for line in output.splitlines()]


def test_an_event_comes_out_as_one_nested_ocsf_object() -> None:
    done = parse(EVENT + b"\n", "--product", "suricata")
    assert (done.returncode, done.stderr) == (0, b"")
    (event,) = objects(done.stdout)
    assert event["src_endpoint"]["ip"] == "192.168.1.5"
    assert event["dst_endpoint"]["port"] == 80
    assert event["connection_info"]["protocol_name"] == "tcp"
    assert event["http_request"]["url"]["hostname"] == "a.example"
    assert event["metadata"]["product"]["name"] == "Suricata"
    assert event["time"] == 1468471327199
    assert event["class_uid"] == 4002
    assert not {"metadata.tenant_uid", "raw_data"} & set(event)


def test_unreadable_lines_go_to_stderr_with_number_and_reason_and_the_rest_is_read() -> None:
    done = parse(b"\n".join([EVENT, b"\x1b]0;pwned\x07{", b"", EVENT, b'{"a']), "--product", "suricata")
    assert done.returncode == 1
    assert len(objects(done.stdout)) == 2
    complaints = done.stderr.decode().splitlines()
    assert [complaint.split(":")[0] for complaint in complaints] == ["line 2", "line 3", "line 5"]
    assert "not JSON" in complaints[0]
    assert "empty line" in complaints[1]
    assert "truncated" in complaints[2]
    assert b"\x1b" not in done.stderr
    assert b"\x07" not in done.stderr


@pytest.mark.parametrize("data", [b"", b"\n"[:0]])
def test_nothing_in_is_nothing_out(data: bytes) -> None:
    done = parse(data)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_windows_line_ends_and_a_missing_last_one_do_no_harm() -> None:
    done = parse(EVENT + b"\r\n" + EVENT)
    assert (done.returncode, len(objects(done.stdout))) == (0, 2)


def test_the_raw_line_comes_along_on_request() -> None:
    (event,) = objects(parse(EVENT, "--raw").stdout)
    assert event["raw_data"] == EVENT.decode()


def test_home_networks_decide_the_direction() -> None:
    assert objects(parse(EVENT).stdout)[0]["direction"] == "outbound"
    assert objects(parse(EVENT, "--home", "203.0.113.0/24").stdout)[0]["direction"] == "inbound"


def test_files_are_read_in_order_and_named_in_complaints(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(EVENT + b"\nbad\n")
    (tmp_path / "b").write_bytes(EVENT.replace(b"a.example", b"b.example"))
    done = parse(b"", str(tmp_path / "a"), str(tmp_path / "b"))
    assert done.returncode == 1
    assert [event["http_request"]["url"]["hostname"] for event in objects(done.stdout)] == ["a.example", "b.example"]
    assert done.stderr.decode().startswith(f"{tmp_path}/a:2: not JSON")


@pytest.mark.parametrize(
    "arguments", [["--product", "abacus"], ["--home", "10.0.0.1/8"], ["--nonsense"], ["/no/such/file"], ["/"]]
)
def test_wrong_usage_is_told_and_exits_2(arguments: list[str]) -> None:
    done = parse(EVENT, *arguments)
    assert done.returncode == 2
    assert done.stderr
    assert b"Traceback" not in done.stderr


def test_help_has_examples() -> None:
    done = parse(b"", "--help")
    assert done.returncode == 0
    assert b"sekisho logs parse --product suricata < eve.json" in done.stdout


def test_lines_that_no_product_writes_are_all_told() -> None:
    done = parse(b"date=2026-11-01 a=1\ndate=2026-11-01 a=2\n")
    assert (done.returncode, done.stdout, done.stderr.count(b"no product known")) == (1, b"", 2)


def test_a_line_beyond_the_limit_is_told_and_the_next_is_read() -> None:
    done = parse(b'{"a":"' + b"x" * (LINE_BYTES_MAX + 3_000_000) + b'"}\n' + EVENT + b"\n", "--product", "suricata")
    assert (done.returncode, len(objects(done.stdout))) == (1, 1)
    assert done.stderr.startswith(b"line 1: longer than")
    assert len(done.stderr) < 1000


def test_a_reader_that_has_seen_enough_ends_it_quietly() -> None:
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        process.stdin.write(EVENT + b"\n")
        process.stdin.close()
        assert process.wait(SECONDS_MAX) == 0
        assert process.stderr.read() == b""


def test_lines_come_out_while_the_source_stays_open_and_ctrl_c_ends_it() -> None:
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdin.write(EVENT + b"\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["class_uid"] == 4002
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS_MAX) == 130
        assert process.stderr.read() == b""


def test_memory_does_not_grow_with_the_input(tmp_path: Path) -> None:
    """100 MB through it, with less than that in its hands."""
    source = tmp_path / "eve.json"
    padded = EVENT[:-1] + b',"pad":"' + b"x" * 100_000 + b'"}\n'
    with source.open("wb") as file:
        for _ in range(1000):
            file.write(padded)
    peak = (
        "import resource, subprocess, sys; "
        "done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, done.returncode)"
    )
    done = subprocess.run(
        [sys.executable, "-c", peak, *COMMAND, str(source)], capture_output=True, timeout=SECONDS_MAX, check=True
    )
    kilobytes, code = map(int, done.stdout.split())
    assert code == 0
    assert kilobytes < 300_000


def test_it_starts_fast_and_without_django_or_duckdb() -> None:
    """Counted in seconds of processor time: other work on the machine must not fail this."""
    timed = (
        "import sys, time; from sekisho.entry.cli import main; code = main(['logs', 'parse']); "
        "loaded = {'django', 'duckdb', 'psycopg', 'pyarrow'} & set(sys.modules); "
        "print(time.process_time(), code, *loaded)"
    )
    done = subprocess.run(
        [sys.executable, "-c", timed], stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=SECONDS_MAX
    )
    seconds, code, *loaded = done.stdout.decode().split()
    assert (code, loaded) == ("0", [])
    assert float(seconds) < 0.5


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a日本é", "a日本é"), ("\x1b[2J\x07", r"\x1b[2J\x07"), ("\u202e\u200b\ufeff\u2028", r"\u202e\u200b\ufeff\u2028")],
)
def test_nothing_of_a_line_can_act_on_a_terminal(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_the_environment_needs_nothing() -> None:
    done = subprocess.run(
        COMMAND, input=EVENT, capture_output=True, timeout=SECONDS_MAX, env={"PATH": os.environ["PATH"]}, check=False
    )
    assert done.returncode == 0


FORTIGATE = (
    b'date=2026-11-01 time=10:00:00 devname="fw1" devid="FG1" eventtime=1793494800000000000 tz="+0900" '
    b'logid="0000000013" type="traffic" subtype="forward" level="notice" vd="root" '
    b"srcip=192.168.1.5 srcport=50123 dstip=203.0.113.9 "
    b'dstport=443 proto=6 action="deny" policyid=7 service="HTTPS"'
)
SQUID = b"1564576741.982   5756 192.168.0.1 TCP_TUNNEL/200 6295 CONNECT a.example:443 - HIER_DIRECT/192.0.2.1 -"


def test_the_products_that_can_be_named_are_those_of_the_pipeline() -> None:
    assert set(PRODUCTS) == {"auto", *normalise.PRODUCTS}


def test_lines_of_several_products_are_told_apart_and_stay_in_order() -> None:
    done = parse(b"\n".join([EVENT, FORTIGATE, SQUID, EVENT]))
    assert (done.returncode, done.stderr) == (0, b"")
    names = [event["metadata"]["product"]["name"] for event in objects(done.stdout)]
    assert names == ["Suricata", "FortiGate", "Squid", "Suricata"]


def test_a_firewalls_line_has_outcome_rule_and_ends() -> None:
    (event,) = objects(parse(FORTIGATE, "--product", "fortigate").stdout)
    assert (event["outcome"], event["direction"], event["firewall_rule"]["uid"]) == ("blocked", "outbound", "7")
    assert (event["dst_endpoint"]["port"], event["device"]["hostname"]) == (443, "fw1")


def test_the_devices_time_zone_counts_where_the_line_has_none() -> None:
    line = b"<166>Nov 01 2026 10:00:00: %ASA-6-302013: Built inbound TCP connection 1 for a:192.0.2.1/1 (192.0.2.1/1)"
    line += b" to b:10.0.0.1/2 (10.0.0.1/2)"
    for zone, hour in (("UTC", "10"), ("Asia/Tokyo", "01")):
        (event,) = objects(parse(line, "--product", "cisco_asa", "--time-zone", zone).stdout)
        assert event["time_dt"] == f"2026-11-01T{hour}:00:00.000000Z"
    assert parse(line, "--time-zone", "Mars/Olympus").returncode == 2
