"""From lines in the stream to proofs in a file: over the real loop and a real lake, through the command line."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from sekisho.entry.cli import main
from sekisho.lake.connection import open_writer
from sekisho.lake.lane import Lane

from ..pipeline.test_run import Site, alert, done

ODD = [b"", b"not json", b"\r", b"\xff\xfe\x00", alert(1), alert(1), b"  " + alert(2) + b"  ", b"x" * 70_000]


@pytest.fixture
def environment(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The command line finds this lake; its keys lie in a folder of the test's own."""
    for name, value in {
        "SEKISHO_LAKE_DATABASE_URL": settings.database_url,
        "SEKISHO_LAKE_PATH": str(settings.path),
        "SEKISHO_CA_DIR": str(tmp_path),
        "SEKISHO_BASE_URL": "https://soc.example",
    }.items():
        monkeypatch.setenv(name, value)
    return tmp_path


@pytest.fixture
def batches(writer, contract: str, environment: Path) -> list[str]:
    """What three messages of one device became: lines, a syslog source, and a device that nobody knows."""
    site = Site(contract, writer)

    async def scenario() -> list[str]:
        names = [
            await site.send([*ODD, *(alert(n) for n in range(200))]),
            await site.send([b"<134>a\nb", b"", alert(3)], 5, source="syslog"),
            await site.send([alert(4)], 6, device=f"NOBODY{contract}"),
        ]
        await site.work(done(3))
        return names

    return asyncio.run(scenario())


def prove(capfdbinary, *arguments: object) -> tuple[int, bytes, str]:
    code = main(["evidence", *map(str, arguments)])
    said = capfdbinary.readouterr()
    return code, said.out, said.err.decode()


def public_key(capfdbinary, folder: Path) -> Path:
    path = folder / "log.pub"
    path.write_bytes(prove(capfdbinary, "key")[1])
    return path


def exported(capfdbinary, folder: Path, batch: str, record: int) -> Path:
    code, out, said = prove(capfdbinary, "export", f"{batch}#{record}")
    assert code == 0, said
    path = folder / "line.json"
    path.write_bytes(out)
    return path


def test_every_line_that_came_can_be_proven_byte_for_byte(batches, environment, capfdbinary):
    key = public_key(capfdbinary, environment)
    for record, line in enumerate(ODD):
        file = exported(capfdbinary, environment, batches[0], record)
        assert prove(capfdbinary, "verify", file, "--key", key, "--raw")[:2] == (0, line + b"\n")
    for batch, line in ((batches[1], b"<134>a\nb"), (batches[2], alert(4))):
        file = exported(capfdbinary, environment, batch, 0)
        assert prove(capfdbinary, "verify", file, "--key", key, "--raw")[:2] == (0, line + b"\n")


def test_a_proof_is_checked_without_the_platform(batches, environment, contract, capfdbinary):
    key = public_key(capfdbinary, environment)
    file = exported(capfdbinary, environment, batches[0], 100)
    checked = subprocess.run(
        [sys.executable, "-m", "sekisho.entry.cli", "evidence", "verify", str(file), "--key", str(key)],
        capture_output=True, text=True, check=True, env={"PATH": "/usr/bin:/bin", "PYTHONIOENCODING": "utf-8"},
        cwd=environment,
    )  # fmt: skip
    assert "証明されました" in checked.stdout
    assert f"contract / 契約: {contract}" in checked.stdout
    assert "soc.example" in checked.stdout


def test_an_edited_proof_is_refuted(batches, environment, capfdbinary):
    key = public_key(capfdbinary, environment)
    file = exported(capfdbinary, environment, batches[0], 4)
    told = json.loads(file.read_bytes())
    told["record"] = 5
    told["chunk"][4] = told["chunk"][1]
    file.write_text(json.dumps(told))
    code, _, said = prove(capfdbinary, "verify", file, "--key", key)
    assert (code, "REFUTED" in said) == (1, True)


def test_the_audit_finds_the_one_line_that_was_changed_in_the_lake(batches, environment, settings, writer, capfdbinary):
    code, out, _ = prove(capfdbinary, "audit")
    assert (code, b" 0 were changed" in out) == (0, True), out
    writer.close()
    connection = open_writer(settings)
    connection.execute("UPDATE lake.events SET raw = 'edited'::BLOB WHERE batch = ? AND record = 50", [batches[0]])
    connection.close()
    code, out, _ = prove(capfdbinary, "audit")
    assert (code, f"{batches[0]}: 208 lines are not the 208 that came" in out.decode()) == (1, True), out
    code, _, said = prove(capfdbinary, "export", f"{batches[0]}#60")
    assert (code, "not those that were received" in said) == (1, True)
    connection = open_writer(settings)
    connection.execute("DELETE FROM lake.events WHERE batch = ?", [batches[0]])
    connection.execute("DELETE FROM lake.unparsed WHERE batch = ?", [batches[0]])
    connection.close()
    code, out, _ = prove(capfdbinary, "audit")
    assert (code, b"1 are no longer kept, 0 were changed" in out) == (0, True), out
    code, _, said = prove(capfdbinary, "export", f"{batches[0]}#60")
    assert (code, "only their hashes are left" in said) == (2, True)


def test_the_log_itself_is_refused_every_change_by_the_database(batches, settings):
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        for statement in (
            "UPDATE lake.sekisho_evidence SET data = ''",
            "DELETE FROM lake.sekisho_evidence",
            "TRUNCATE lake.sekisho_evidence_nodes",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
                connection.execute(statement)


def test_a_checkpoint_that_somebody_kept_shows_that_the_log_only_grew(
    batches, environment, contract, writer, capfdbinary, monkeypatch
):
    kept = environment / "kept"
    kept.mkdir()
    monkeypatch.setenv("SEKISHO_CHECKPOINT_DIR", str(kept))
    code, out, said = prove(capfdbinary, "publish")
    assert code == 0, said
    note = Path(out.decode().strip())
    key = kept / "evidence.pub"

    async def more() -> None:
        site = Site(contract, writer)
        await site.send([alert(9)], 9)
        await site.work(done(1))

    asyncio.run(more())
    code, out, said = prove(capfdbinary, "growth", note)
    assert code == 0, said
    proof = environment / "growth.json"
    proof.write_bytes(out)
    assert prove(capfdbinary, "verify", proof, "--key", key)[0] == 0
    told = json.loads(proof.read_bytes())
    proof.write_text(json.dumps(told | {"proof": told["proof"][:-1]}))
    code, _, said = prove(capfdbinary, "verify", proof, "--key", key)
    assert (code, "rewritten" in said) == (1, True)


def test_nobody_to_publish_to_is_an_error_that_says_what_to_set(batches, environment, capfdbinary):
    code, _, said = prove(capfdbinary, "publish")
    assert (code, "SEKISHO_CHECKPOINT_DIR" in said) == (2, True)


def test_a_crash_between_the_lake_and_the_ledger_still_leads_every_batch_into_the_log_once(
    writer, contract, environment, capfdbinary, monkeypatch
):
    site = Site(contract, writer)
    with monkeypatch.context() as power:
        power.setattr(Lane, "note", lambda *_: (_ for _ in ()).throw(OSError("power cut")))

        async def cut_short() -> str:
            name = await site.send([alert(1)])
            with pytest.raises(AssertionError, match="not in time"):
                await site.work(done(1), seconds_max=1)
            return name

        batch = asyncio.run(cut_short())
    asyncio.run(site.work(done(1)))
    key = public_key(capfdbinary, environment)
    file = exported(capfdbinary, environment, batch, 0)
    assert prove(capfdbinary, "verify", file, "--key", key, "--raw")[:2] == (0, alert(1) + b"\n")
