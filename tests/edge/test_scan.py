"""The scanner: what it finds, where it looks, and that it says what it did not look at."""

from __future__ import annotations

import asyncio
import bz2
import gzip
import hashlib
import io
import lzma
import random
import shutil
import struct
import subprocess
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho_edge.scan import DefinitionsError, Gap, Limits, Outcome, Reason, Scanner, Verdict
from sekisho_edge.scan.clamd import Clamd

from .conftest import wait_until

SHIPPED = Path(__file__).parents[2] / "src" / "sekisho_edge" / "definitions"
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
NOISE = random.Random(7).randbytes(100_000)


def zipped(*members: tuple[str, bytes], **how) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def tarred(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def scan(data, name="file", limits=Limits(), definitions=SHIPPED, clamd=None) -> Verdict:  # noqa: B008 - frozen
    return asyncio.run(Scanner(definitions, clamd).scan(data, name, limits))


def reasons(verdict: Verdict) -> list[Reason]:
    return [gap.reason for gap in verdict.gaps]


def test_the_test_file_is_found_by_its_digest_and_a_clean_file_is_clean():
    found = scan(EICAR)
    assert (found.outcome, found.threat, found.engine) == (Outcome.INFECTED, "Eicar-Test-File", "hash-list")
    clean = scan(b"Dear all, the meeting is at ten.")
    assert (clean.outcome, clean.gaps, clean.engines) == (Outcome.CLEAN, (), ("hash-list", "yara-x"))
    assert clean.sha256 == hashlib.sha256(b"Dear all, the meeting is at ten.").hexdigest()


def test_a_rule_finds_what_no_digest_could_know():
    found = scan(b"\n\n" + EICAR + b"\r\n")
    assert (found.outcome, found.engine, found.threat) == (Outcome.INFECTED, "yara-x", "Eicar-Test-File")


@pytest.mark.parametrize("pack", [
    lambda data: zipped(("letter.txt", b"hello"), ("in/eicar.com", data)),
    lambda data: tarred(("letter.txt", b"hello"), ("eicar.com", data)),
    gzip.compress, bz2.compress, lzma.compress, lambda data: zstandard.compress(data),
    lambda data: b"MZ a program that unpacks itself" * 9 + zipped(("eicar.com", data)),
    lambda data: gzip.compress(tarred(("a.zip", zipped(("eicar.com", data))))),
], ids=["zip", "tar", "gzip", "bzip2", "xz", "zstd", "behind a program", "zip in tar in gzip"])  # fmt: skip
def test_it_looks_into_archives(pack: Callable[[bytes], bytes]):
    assert scan(pack(EICAR)).outcome is Outcome.INFECTED
    assert scan(pack(b"clean")).outcome is Outcome.CLEAN


def test_it_says_where_in_the_archive_the_threat_lies():
    nested = zipped(("outer/inner.zip", zipped(("eicar.com", EICAR))))
    assert scan(nested, "all.zip").member == "outer/inner.zip/eicar.com"


def test_what_is_nested_too_deep_is_not_scanned_and_the_verdict_says_so():
    data = EICAR
    for _ in range(3):
        data = zipped(("next.zip", data))
    assert scan(data, limits=Limits(archive_depth_max=3)).outcome is Outcome.INFECTED
    shallow = scan(data, limits=Limits(archive_depth_max=2))
    assert (shallow.outcome, shallow.gaps) == (
        Outcome.UNSCANNED, (Gap("next.zip/next.zip", Reason.TOO_DEEP),)
    )  # fmt: skip
    assert reasons(scan(data, limits=Limits(archive_depth_max=0))) == [Reason.TOO_DEEP]


def test_a_file_over_the_limit_is_only_looked_up_by_its_digest(tmp_path: Path):
    large = NOISE + EICAR
    assert reasons(scan(large, limits=Limits(file_bytes_max=1000))) == [Reason.TOO_LARGE]
    (tmp_path / "hashes.sha256").write_text(f"# ours\n\n{hashlib.sha256(large).hexdigest()}\n")
    known = scan(large, limits=Limits(file_bytes_max=1000), definitions=tmp_path)
    assert (known.outcome, known.threat) == (Outcome.INFECTED, "known-bad-file")


def test_a_member_over_the_limit_is_a_gap_and_the_others_are_scanned():
    data = zipped(("large", bytes(50_000)), ("eicar.com", EICAR))
    assert scan(data, limits=Limits(file_bytes_max=10_000)).outcome is Outcome.INFECTED
    data = zipped(("large", bytes(50_000)), ("letter", b"hello"))
    assert scan(data, limits=Limits(file_bytes_max=10_000)).gaps == (Gap("large", Reason.TOO_LARGE),)


def test_a_bomb_costs_no_more_than_the_limit():
    bomb = zipped(*((f"{n}.zip", zipped(("zeros", bytes(4 << 20)))) for n in range(30)))
    verdict = scan(bomb, limits=Limits(expanded_bytes_max=16 << 20))
    assert verdict.outcome is Outcome.UNSCANNED
    assert Reason.EXPANDS_TOO_FAR in reasons(verdict)


def test_an_archive_of_too_many_members_is_left_off_and_one_that_claims_a_huge_directory_is_not_even_read():
    many = zipped(*((f"{n}", b"") for n in range(60)), ("x", b"y"))
    assert reasons(scan(many, limits=Limits(members_max=50))) == [Reason.TOO_MANY]
    end = many.rfind(b"PK\5\6")
    lying = many[: end + 12] + struct.pack("<I", 0x7FFFFFFF) + many[end + 16 :]
    assert reasons(scan(lying)) == [Reason.TOO_MANY]


def test_encrypted_members_are_named():
    data = bytearray(zipped(("letter", b"hello"), ("secret.xlsx", b"hidden")))
    data[data.rfind(b"PK\1\2") + 8] |= 1
    assert scan(bytes(data)).gaps == (Gap("secret.xlsx", Reason.ENCRYPTED),)


@pytest.mark.parametrize(
    "damaged",
    [zipped(("a", NOISE))[:-2000], gzip.compress(NOISE)[:5000], lzma.compress(NOISE)[:9000]],
    ids=["zip", "gzip", "xz"],
)
def test_damage_is_a_reason_and_never_an_error(damaged: bytes):
    assert reasons(scan(damaged)) == [Reason.DAMAGED]


def test_what_can_be_read_of_a_damaged_archive_is_scanned():
    torn = gzip.compress(EICAR + b"\n" * 9 + NOISE, compresslevel=0)[:50_000]
    assert scan(torn).outcome is Outcome.UNSCANNED  # the rule wants small files
    (cut,) = scan(torn).gaps
    assert cut.reason is Reason.DAMAGED
    packed = bytearray(zipped(("eicar.com", EICAR + b"\n")))
    packed[packed.find(b"PK\1\2") + 16] ^= 1  # the checksum is wrong, and some readers don't mind
    assert scan(bytes(packed)).outcome in (Outcome.INFECTED, Outcome.UNSCANNED)


def test_kinds_that_only_clamd_opens_are_a_gap_without_it():
    assert reasons(scan(b"7z\xbc\xaf\x27\x1c" + NOISE)) == [Reason.UNSUPPORTED]


def test_files_and_open_files_are_scanned_like_bytes(tmp_path: Path):
    path = tmp_path / "x"
    path.write_bytes(b"\n" + EICAR)
    assert scan(path).outcome is Outcome.INFECTED
    with path.open("rb") as file:
        assert scan(file).outcome is Outcome.INFECTED
        assert not file.closed


def test_large_members_wait_on_disk_and_are_found_there(tmp_path: Path):
    data = zipped(("big.bin", b"needle" + bytes(12 << 20)))
    (tmp_path / "yara").mkdir()
    (tmp_path / "yara" / "needle.yar").write_text(
        'rule needle { strings: $a = "needle" condition: $a at 0 and filesize > 10MB }'
    )
    assert scan(data, definitions=tmp_path).threat == "needle"


def test_bad_definitions_are_refused_with_their_place_and_the_good_ones_stay(tmp_path: Path):
    (tmp_path / "hashes.sha256").write_text(f"{hashlib.sha256(b'bad').hexdigest()} Bad\n")

    async def story():
        scanner = Scanner(tmp_path)
        assert not await scanner.refresh()
        (tmp_path / "hashes.sha256").write_text("nonsense\n")
        with pytest.raises(DefinitionsError, match=r"hashes.sha256:1"):
            await scanner.refresh()
        assert (await scanner.scan(b"bad")).threat == "Bad"
        (tmp_path / "hashes.sha256").write_text(f"{hashlib.sha256(b'worse').hexdigest()} Worse\n")
        assert await scanner.refresh()
        assert (await scanner.scan(b"bad")).outcome is Outcome.CLEAN
        (tmp_path / "yara").mkdir()
        (tmp_path / "yara" / "broken.yar").write_text("rule x {")
        with pytest.raises(DefinitionsError, match=r"broken\.yar"):
            await scanner.refresh()

    asyncio.run(story())


@pytest.fixture(scope="module")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """ClamAV's own daemon with one signature of ours, which no other engine here knows."""
    program = shutil.which("clamd") or shutil.which("/usr/sbin/clamd")
    if program is None:
        pytest.skip("clamd is not installed")
    folder = tmp_path_factory.mktemp("clamd")
    (folder / "db").mkdir()
    (folder / "db" / "test.ndb").write_text(f"Test.Only.Clamd:0:*:{b'only clamd knows this'.hex()}\n")
    (folder / "clamd.conf").write_text(
        f"DatabaseDirectory {folder}/db\nLocalSocket {folder}/clamd.sock\nForeground yes\nLogFile {folder}/clamd.log\n"
        "StreamMaxLength 1M\nMaxFileSize 1M\nMaxScanSize 1M\nAlertExceedsMax yes\nAlertEncrypted yes\n"
    )
    with (folder / "console").open("wb") as console:
        daemon = subprocess.Popen([program, "-c", folder / "clamd.conf"], stdout=console, stderr=console)
    try:
        wait_until((folder / "clamd.sock").exists)
        yield folder / "clamd.sock"
    finally:
        daemon.terminate()
        daemon.wait(10)


def test_clamd_finds_what_only_it_knows_also_inside_an_archive(clamd: Path):
    data = b"only clamd knows this"
    assert scan(data).outcome is Outcome.CLEAN
    found = scan(data, clamd=clamd)
    assert (found.outcome, found.engine, found.threat) == (Outcome.INFECTED, "clamd", "Test.Only.Clamd.UNOFFICIAL")
    assert scan(zipped(("x", data)), clamd=clamd).outcome is Outcome.INFECTED
    clean = scan(b"hello", clamd=clamd)
    assert (clean.outcome, clean.engines) == (Outcome.CLEAN, ("hash-list", "yara-x", "clamd"))


def test_what_is_too_long_for_clamd_is_a_gap(clamd: Path):
    assert reasons(scan(NOISE * 30, clamd=clamd)) == [Reason.TOO_LARGE]


def test_what_clamd_could_not_open_or_finish_is_a_gap_and_no_threat(clamd: Path):
    bomb = scan(zipped(("zeros", bytes(3 << 20))), clamd=clamd)
    assert (bomb.outcome, reasons(bomb)) == (Outcome.UNSCANNED, [Reason.EXPANDS_TOO_FAR])


def test_clamd_says_which_database_it_has(clamd: Path):
    assert asyncio.run(Clamd(clamd).version()).startswith("ClamAV 1.")


def test_a_clamd_that_does_not_answer_is_a_gap(tmp_path: Path):
    verdict = scan(b"hello", clamd=tmp_path / "nobody.sock")
    assert (verdict.outcome, reasons(verdict), verdict.engines) == (
        Outcome.UNSCANNED, [Reason.ENGINE_DOWN], ("hash-list", "yara-x"),
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=400),
    st.sampled_from([b"PK\3\4", b"\x1f\x8b", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"BZh91AY&SY", b""]),
)
def test_no_content_makes_it_fail(data: bytes, magic: bytes):
    assert scan(magic + data).outcome in Outcome


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_no_change_of_an_archive_makes_it_fail(data):
    packed = bytearray(zipped(("a/b.txt", b"hello" * 50), ("c.zip", zipped(("d", b"e")))))
    for _ in range(data.draw(st.integers(1, 4))):
        packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    assert scan(bytes(packed)).outcome in Outcome
