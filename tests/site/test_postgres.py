"""The private server: durable, alone on its folder, and back after a crash."""

import os
import stat
import subprocess
import sys
import time

import psycopg
import pytest
from tests.drills.ground import children, end_all
from tests.site.conftest import open_to_the_server

from kapstone.site import binaries, postgres
from kapstone.site.binaries import DatabaseError


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data folder with a running server, shared by the tests that only look."""
    folder = open_to_the_server(tmp_path_factory.mktemp("data"))
    postgres.ensure(folder)
    yield folder
    postgres.stop(folder)


def ask(server, statement, *, user=postgres.SUPERUSER, database=postgres.DATABASE):
    with psycopg.connect(server.conninfo(user=user, database=database)) as connection:
        return connection.execute(statement).fetchone()[0]


def postmaster(server) -> int:
    return int((server.cluster / "postmaster.pid").read_text().splitlines()[0])


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("data_checksums", "on"),
        ("listen_addresses", ""),
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
        ("log_min_error_statement", "panic"),
    ],
)
def test_what_is_confirmed_is_on_the_disk_and_nothing_listens_on_the_network(
    data, setting, value
):
    assert ask(postgres.locate(data), f"SHOW {setting}") == value


@pytest.mark.parametrize(
    ("role", "may_create_databases"), [(postgres.OWNER, True), (postgres.APP, False)]
)
def test_neither_role_may_pass_the_fence(data, role, may_create_databases):
    server = postgres.locate(data)
    with psycopg.connect(server.conninfo()) as connection:
        powers = connection.execute(
            "SELECT rolcreatedb, rolsuper OR rolbypassrls OR rolcreaterole OR rolreplication"
            " FROM pg_roles WHERE rolname = %s",
            [role],
        ).fetchone()
    assert powers == (may_create_databases, False)


def test_the_app_owns_nothing_and_cannot_make_a_table(data):
    server = postgres.locate(data)
    with psycopg.connect(server.conninfo()) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mine ()")
        connection.rollback()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TEMPORARY TABLE mine ()")


def test_only_the_server_user_can_enter_its_folders(data):
    server = postgres.locate(data)
    for folder in (server.folder, server.socket, server.cluster):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert folder.stat().st_uid == binaries.runs_as().uid


def test_a_running_server_is_left_alone(data):
    server = postgres.locate(data)
    before = postmaster(server)
    assert postgres.ensure(data) == server
    assert postmaster(server) == before


def test_a_second_start_is_quick(data_folder):
    postgres.ensure(data_folder)
    assert postgres.stop(data_folder)
    times = []
    for _ in range(3):
        began = time.perf_counter()
        postgres.ensure(data_folder)
        times.append(time.perf_counter() - began)
        postgres.stop(data_folder)
    assert min(times) < 0.5


def test_confirmed_rows_survive_the_death_of_every_process(data_folder):
    server = postgres.ensure(data_folder)
    with psycopg.connect(server.conninfo(user=postgres.OWNER), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (number integer)")
        connection.execute("INSERT INTO kept SELECT generate_series(1, 1000)")
    first = postmaster(server)
    others = children(first)  # each leads a process group of its own
    assert len(others) > 3
    assert end_all([first, *others])
    postgres.ensure(data_folder)
    assert ask(server, "SELECT count(*) FROM kept", user=postgres.OWNER) == 1000


def test_a_pid_file_that_now_names_another_process_is_no_obstacle(data_folder):
    server = postgres.ensure(data_folder)
    postgres.stop(data_folder)
    other = subprocess.Popen(["sleep", "60"])
    pid_file = server.cluster / "postmaster.pid"
    pid_file.write_text(f"{other.pid}\n{server.cluster}\n1\n5432\n{server.socket}\n\n\nready\n")
    os.chown(pid_file, binaries.runs_as().uid, binaries.runs_as().gid)
    assert postgres.ensure(data_folder).is_running()
    assert other.poll() is None
    other.kill()
    other.wait()


def test_many_starters_make_one_server(data_folder):
    words = "from kapstone.site import postgres; postgres.ensure()"
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", words],
            env=os.environ | {"KAPSTONE_DATA": str(data_folder), "PYTHONPATH": "src"},
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    assert [starter.communicate()[1] for starter in starters] == ["", "", "", ""]
    log = (postgres.locate(data_folder).folder / "log").read_text()
    assert log.count("database system is ready to accept connections") == 1


def test_a_second_server_on_the_same_folder_is_refused(data_folder, monkeypatch):
    """As from another container: the first one's process cannot be seen, but its lock can."""
    server = postgres.ensure(data_folder)
    hidden = server.socket.rename(server.folder / "elsewhere")
    monkeypatch.setattr(postgres, "LOCK_SECONDS", 0.2)
    monkeypatch.setattr(postgres, "_is_alive", lambda _: False)
    with pytest.raises(DatabaseError, match="another Kapstone"):
        postgres.ensure(data_folder)
    server.socket.rmdir()
    hidden.rename(server.socket)


def test_an_interrupted_first_start_is_begun_again(data_folder):
    half_made = data_folder / "postgres" / "unfinished"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")
    assert postgres.ensure(data_folder).is_running()
    assert not half_made.exists()


def test_a_cluster_of_another_version_is_named_as_such(data_folder):
    cluster = data_folder / "postgres" / "cluster"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("12\n")
    with pytest.raises(DatabaseError, match="built by PostgreSQL 12"):
        postgres.ensure(data_folder)


def test_a_deep_folder_gets_a_socket_the_system_can_name(data_folder):
    deep = data_folder.parent.joinpath(*["a-rather-long-name"] * 6)
    try:
        server = postgres.ensure(deep)
        assert not server.socket.is_relative_to(deep)
        assert len(os.fsencode(server.socket / ".s.PGSQL.5432")) <= 107
        assert server.is_running()
        assert stat.S_IMODE(server.socket.stat().st_mode) == 0o700
    finally:
        postgres.stop(deep)
        server.socket.rmdir()


def test_a_socket_folder_laid_out_by_somebody_else_is_refused(tmp_path, monkeypatch):
    trap = tmp_path / "trap"
    trap.symlink_to(tmp_path)
    monkeypatch.setattr(postgres, "_socket_folder", lambda _: trap)
    with pytest.raises(DatabaseError, match="belongs to somebody else"):
        postgres.ensure(tmp_path / "data")


def test_a_folder_the_server_cannot_reach_is_replaced_by_a_shelter(data_folder, monkeypatch):
    monkeypatch.setattr(postgres, "SHELTER", data_folder.parent / "shelter")
    monkeypatch.setattr(postgres, "may_reach", lambda _: False)
    server = postgres.ensure(data_folder)
    assert server.folder.parent == data_folder.parent / "shelter"
    assert server.is_running()
    assert postgres.locate(data_folder) == server


def test_stopping_what_does_not_run_says_so(tmp_path):
    assert postgres.stop(tmp_path) is False


def test_a_named_folder_without_the_programs_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("KAPSTONE_PG_BIN", str(tmp_path))
    binaries.binaries.cache_clear()
    try:
        with pytest.raises(DatabaseError, match="no program 'postgres'"):
            binaries.binaries()
    finally:
        binaries.binaries.cache_clear()


def test_a_failing_program_is_quoted():
    with pytest.raises(DatabaseError, match="initdb failed"):
        binaries.run_program("initdb", "--no-such-option")
