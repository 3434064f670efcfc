"""The backup that the documentation describes restores, with fences and rights in place."""

import subprocess

import psycopg
import pytest
from django.db import connection

from kapstone.core.people.models import Clinic
from kapstone.site import binaries, postgres


def tool(name, server, *words):
    """Run one of PostgreSQL's tools as ``kapstone database run`` would, as the superuser."""
    return subprocess.run(
        [binaries.binaries() / name, *words],
        env={"PGHOST": str(server.socket), "PGUSER": postgres.SUPERUSER},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def dumped(own_database, tmp_path):
    """A dump of a database that holds two clinics."""
    for slug in ("first", "second"):
        Clinic.objects.create(slug=slug, name=slug, phone="1")
    connection.close()
    file = tmp_path / "kapstone.dump"
    words = ["--format=custom", f"--file={file}", own_database]
    dump = tool("pg_dump", postgres.ensure(), *words)
    assert dump.returncode == 0, dump.stderr
    return file


def test_a_dump_restores_into_a_fresh_folder(dumped, data_folder):
    server = postgres.ensure(data_folder)
    restore = tool("pg_restore", server, "--dbname=kapstone", "--exit-on-error", str(dumped))
    assert restore.returncode == 0, restore.stderr
    with psycopg.connect(server.conninfo()) as app:
        assert app.execute("SELECT count(*) FROM people_clinic").fetchone() == (2,)
        assert app.execute("SELECT count(*) FROM people_patient").fetchone() == (0,)
        forced = app.execute(
            "SELECT relforcerowsecurity FROM pg_class WHERE relname = 'people_patient'"
        )
        assert forced.fetchone() == (True,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("DELETE FROM people_patient")


def test_a_base_backup_starts_as_a_server(data_folder, tmp_path):
    server = postgres.ensure(data_folder)
    with psycopg.connect(server.conninfo(user=postgres.OWNER), autocommit=True) as owner:
        owner.execute("CREATE TABLE kept AS SELECT 42 AS number")
    copy = tmp_path / "base"
    words = [f"--pgdata={copy}", "--wal-method=stream", "--checkpoint=fast"]
    backup = tool("pg_basebackup", server, *words)
    assert backup.returncode == 0, backup.stderr
    assert tool("pg_verifybackup", server, str(copy)).returncode == 0
    with psycopg.connect(server.conninfo(user=postgres.OWNER), autocommit=True) as owner:
        owner.execute("DROP TABLE kept")
    postgres.stop(data_folder)

    user = binaries.runs_as()
    server.cluster.rename(server.folder / "aside")
    subprocess.run(["cp", "-a", copy, server.cluster], check=True)
    subprocess.run(["chown", "-R", f"{user.uid}:{user.gid}", server.cluster], check=True)
    postgres.ensure(data_folder)
    with psycopg.connect(server.conninfo(user=postgres.OWNER)) as owner:
        assert owner.execute("SELECT number FROM kept").fetchone() == (42,)


def test_the_owner_cannot_take_a_dump_that_silently_lacks_rows(own_database, tmp_path):
    words = ["--username=kapstone_owner", f"--file={tmp_path / 'dump'}", own_database]
    refused = tool("pg_dump", postgres.ensure(), *words)
    assert refused.returncode != 0
    assert "row-level security" in refused.stderr
