"""What must not be in the repository, and the style that only ever gets stricter.

Run by ``make lint``. Prints every finding with its place; exit 1 when there is one.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE_LINES_MAX = 600
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc", "manager"}
PACKAGE_ADDRESS = re.compile(
    r"https?://(?![^\s/]+\.example/)[^\s\"'<>]*(?:\.whl|\.tgz|\.tar\.gz|\.deb|/simple/?)(?=[\"'#\s]|$)"
)  # hosts below .example can only be examples (RFC 2606)
LOCK_ADDRESS = re.compile(r"https?://")
LOCKS = {"requirements/run.txt", "requirements/dev.txt", "package-lock.json"}
FUNDING_OR_LICENCE = re.compile(r'"(?:url|funding)"')


def main() -> int:
    findings = [finding for path in tracked() for finding in examine(path)]
    for finding in findings:
        print(finding)
    print(f"tidy: {len(findings)} findings" if findings else "tidy: nothing to tidy")
    return int(bool(findings))


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def examine(path: Path) -> Iterator[str]:
    name = path.relative_to(ROOT).as_posix()
    if path.stem in FORBIDDEN_NAMES and path.suffix == ".py":
        yield f"{name}: a file named {path.stem!r} says nothing about what is in it"
    try:
        lines = path.read_text().splitlines()
    except UnicodeDecodeError:
        return
    if path.suffix == ".py" and len(lines) > FILE_LINES_MAX and "migrations" not in path.parts:
        yield f"{name}: {len(lines)} lines; the limit is {FILE_LINES_MAX}"
    checkout = f"{ROOT.parent.as_posix()}/"
    for number, line in enumerate(lines, 1):
        if len(checkout) > 2 and checkout in line:
            yield f"{name}:{number}: a path of this machine"
        if PACKAGE_ADDRESS.search(line):
            yield f"{name}:{number}: the download address of a package"
        if name in LOCKS and LOCK_ADDRESS.search(line) and not FUNDING_OR_LICENCE.search(line):
            yield f"{name}:{number}: an address in a lock file"


if __name__ == "__main__":
    sys.exit(main())
