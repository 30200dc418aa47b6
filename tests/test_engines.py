"""The embedded engines start from their wheels and are what the platform relies on."""

import os
import pwd
import subprocess

import psycopg
import pytest

from sekisho.entry.engines import unprivileged


def test_the_database_roles_cannot_bypass_row_level_security(database_urls):
    with psycopg.connect(database_urls.owner_url) as owner:
        flags = owner.execute(
            "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname LIKE 'sekisho%'"
        ).fetchall()
    assert len(flags) == 4
    assert not any(is_super or bypasses for _, is_super, bypasses in flags)


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes", "synchronous_commit", "data_checksums"])
def test_an_embedded_cluster_is_laid_out_to_survive_a_power_cut(postgres, setting):
    configured = (postgres.data / "postgresql.conf").read_text()
    assert f"\n{setting} = off" not in configured
    if setting == "data_checksums":
        with psycopg.connect(postgres.admin_url) as admin:
            assert admin.execute("SHOW data_checksums").fetchone() == ("on",)


def test_the_app_may_use_the_owners_tables_but_not_change_them(database_urls):
    with psycopg.connect(database_urls.owner_url) as owner:
        owner.execute("CREATE TABLE probe_of_grants (id int)")
    try:
        with psycopg.connect(database_urls.app_url) as app:
            app.execute("INSERT INTO probe_of_grants VALUES (1)")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute("ALTER TABLE probe_of_grants ADD COLUMN x int")
    finally:
        with psycopg.connect(database_urls.owner_url) as owner:
            owner.execute("DROP TABLE probe_of_grants")


def test_the_bus_syncs_every_message_before_it_acknowledges(nats):
    assert "sync_interval: always" in (nats.folder / "nats.conf").read_text()
    assert nats.ready()


def test_roots_engines_run_as_an_account_that_the_machine_knows_by_name():
    """A fresh machine has no uid 1000, and PostgreSQL looks its own account up."""
    command = unprivileged(["true"])
    mapped = [part.partition("=")[2] for part in command if part.startswith("--map-user")]
    assert all(pwd.getpwuid(int(uid)).pw_uid != 0 for uid in mapped)
    assert bool(mapped) == (os.geteuid() == 0)
    assert subprocess.run(command, timeout=30, check=False).returncode == 0
