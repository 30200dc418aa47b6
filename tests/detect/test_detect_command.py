"""`sekisho detect`, as somebody runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import yaml

from .eve import event
from .rows import sigma


def detect(*arguments: str | Path, lines: bytes) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "sekisho.entry.cli", "detect", *map(str, arguments), "-"]
    return subprocess.run(command, input=lines, capture_output=True, timeout=120, check=False)


def rules(folder: Path) -> Path:
    folder.mkdir()
    said = [
        sigma({"s": {"c-uri|contains": "passwd"}, "condition": "s"}, level="high"),
        sigma({"s": {"no_such_field": "x"}, "condition": "s"}, number=2),
    ]
    for number, rule in enumerate(said):
        (folder / f"{number}.yml").write_text(yaml.safe_dump(rule), encoding="utf-8")
    return folder


def test_findings_are_lines_of_json_with_their_reasons_and_silent_rules_are_told(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_text("203.0.113.0/24\n8.8.8.8\n10.0.0.1\n", encoding="utf-8")
    lines = [
        event("flow", dest_ip="8.8.8.8"),
        b"no event",
        event("http", dest_ip="192.0.2.1", http={"url": "/etc/passwd", "http_method": "GET"}),
    ]
    done = detect(
        "--rules", rules(tmp_path / "r"), "--indicators", tmp_path / "bad.txt", "--product", "suricata",
        lines=b"\n".join(lines) + b"\n",
    )  # fmt: skip
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert {(each["rule_id"], each["line"], each["level"]) for each in found} == {
        ("00000000-0000-4000-8000-000000000001", 3, "high"),
        ("indicator:ip:8.8.8.8", 1, "medium"),
    }
    for each in found:
        assert set(each) == {"rule_id", "title", "level", "line", "event", "score", "why"}
        assert each["event"]["src_endpoint"]["ip"] == "192.168.1.10"
        assert abs(sum(reason["points"] for reason in each["why"]) - each["score"]) < 1
    said = done.stderr.decode()
    assert "can't fire: 00000000-0000-4000-8000-000000000002" in said
    assert "no_such_field" in said
    assert "line 2: not JSON" in said
    assert "1 indicators" in said
    assert "2 held back" in said
    assert done.returncode == 1


def test_wrong_usage_is_told_in_one_line(tmp_path: Path) -> None:
    done = detect("--rules", tmp_path / "missing", lines=b"")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
