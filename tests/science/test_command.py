import csv
import io
import json
import runpy
import sys
from importlib import import_module

import duckdb
import pytest
from tests.science.golden_rows import golden_rows

from kapstone.science.command import main
from kapstone.science.engines import ProgressBar

PK_HEAD = "time_h,amount_mg,route,duration_h,hold_min,swallow,product"


def run(capsys, *words):
    code = main([str(word) for word in words])
    streams = capsys.readouterr()
    return code, streams.out, streams.err


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


def grouped(name):
    found = {}
    for row in golden_rows(name):
        found.setdefault(row["case"], []).append(row)
    return found


PK, WINDOW, TRAIL = (
    grouped(f"golden_{name}.csv") for name in ("pk", "window", "trail")
)  # fmt: skip


def events_file(folder, cell):
    lines = [PK_HEAD]
    for event in json.loads(cell):
        lines.append(
            f"{event['time']!r},{event['amt']!r},{event['route']},{event.get('dur', '')!r},"
            f"{event.get('hold_min', '')},{event.get('swallow', '')},racemic".replace("''", "")
        )
    path = folder / "events.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("case", PK)
def test_profile_prints_the_golden_levels(capsys, tmp_path, case):
    rows = PK[case]
    first = rows[0]
    code, out, err = run(
        capsys, "profile", events_file(tmp_path, first["events_json"]),
        "--weight-kg", first["weight_kg"], "--ddi", first["ddi"], "--site", first["site"],
        "--times", ",".join(row["time_h"] for row in rows),
    )  # fmt: skip
    assert code == 0
    assert out.startswith("time_h,ketamine_ng_ml,norketamine_ng_ml,")
    for found, row in zip(table(out), rows, strict=True):
        for name, golden in (("ketamine_ng_ml", "K_ng_mL"), ("norketamine_ng_ml", "N_ng_mL")):
            assert float(found[name]) == pytest.approx(float(row[golden]), rel=1e-6, abs=1e-9)
    assert "parameters" in err


@pytest.mark.parametrize("case", WINDOW)
@pytest.mark.parametrize("together", [True, False])
def test_window_prints_the_golden_window(capsys, case, together):
    rows = WINDOW[case]
    days, sizes = (json.loads(rows[0][name]) for name in ("dose_days_json", "amps_json"))
    pairs = [f"{day}:{size}" for day, size in zip(days, sizes, strict=True)]
    given = (
        ["--amplitude", *pairs]
        if together
        else [word for pair in pairs for word in ("--amplitude", pair)]
    )
    times = ",".join(row["time_d"] for row in rows)
    code, out, _ = run(capsys, "window", "--times-d", times, *given)
    assert (code, out.splitlines()[0]) == (0, "day,W,M")
    for found, row in zip(table(out), rows, strict=True):
        assert float(found["W"]) == pytest.approx(float(row["W"]), rel=1e-6)
        assert float(found["M"]) == pytest.approx(1.0 + float(row["W"]), rel=1e-6)


def test_window_turns_an_exposure_into_an_amplitude(capsys):
    by_dose = run(capsys, "window", "--times-d", "0,1", "--dose", "0:0.6")
    by_size = run(capsys, "window", "--times-d", "0,1", "--amplitude", "0:1")
    assert by_dose[1] == by_size[1]


@pytest.mark.parametrize("case", TRAIL)
def test_trail_prints_the_golden_map(capsys, tmp_path, case):
    rows = TRAIL[case]
    path = tmp_path / "case.json"
    path.write_text(rows[0]["inputs_json"], encoding="utf-8")
    code, out, _ = run(capsys, "trail", path)
    assert (code, out.splitlines()[0]) == (0, "day,W,E,n,o,q,madrs")
    printed = {row["day"]: row for row in table(out)}
    assert len(printed) == json.loads(rows[0]["inputs_json"])["days"] + 1
    for row in rows:
        for name in ("W", "E", "n", "o", "q", "madrs"):
            found, golden = float(printed[row["day"]][name]), float(row[name])
            assert found == pytest.approx(golden, rel=1e-6, abs=1e-12)


def test_exposure_prints_each_dose(capsys, tmp_path):
    path = tmp_path / "events.csv"
    path.write_text(f"{PK_HEAD}\n0,35,IV,0.6666666666666666,,,\n48,100,SL,,10,1,\n")
    code, out, _ = run(capsys, "exposure", path, "--weight-kg", 70)
    rows = table(out)
    assert code == 0
    assert [row["route"] for row in rows] == ["IV", "SL"]
    assert float(rows[0]["exposure_h"]) == pytest.approx(0.601, abs=0.001)
    assert float(rows[1]["amplitude"]) == pytest.approx(1.058, abs=0.001)


def test_the_file_may_name_weight_and_medicine(capsys, tmp_path):
    path = tmp_path / "events.csv"
    path.write_text("TIME,AMT,ROUTE,WT,DDI\n0,150,PO,82,grapefruit\n")
    from_file = run(capsys, "profile", path, "--times", "1")
    path.write_text("TIME,AMT,ROUTE\n0,150,PO\n")
    said = run(
        capsys, "profile", path, "--times", "1", "--weight-kg", 82, "--ddi", "grapefruit"
    )
    assert from_file[1] == said[1]


PROTOCOL = 'name = "one"\ndays = 12\n[[doses]]\ndays = [0]\nmg_per_kg = 0.5\nroute = "IV"\n'


def test_cohort_writes_the_same_bytes_for_every_engine(capsys, tmp_path):
    path = tmp_path / "protocol.toml"
    path.write_text(PROTOCOL)
    tables = []
    for engine, partitions in (("threads", 2), ("processes", 1)):
        out = tmp_path / engine
        code, written, err = run(
            capsys, "cohort", path, "--n", 5000, "--seed", 1, "--out", out,
            "--engine", engine, "--workers", 1, "--partitions", partitions,
        )  # fmt: skip
        assert code == 0
        assert "5,000 of 5,000 people" in err
        assert str(out / "summary.parquet") in written
        tables.append((out / "summary.parquet").read_bytes())
    assert tables[0] == tables[1]
    note = json.loads((out / "run.json").read_text())
    assert (note["people"], note["seed"], note["protocol"]["name"]) == (5000, 1, "one")


def test_cohort_writes_the_first_people_day_by_day(capsys, tmp_path):
    path = tmp_path / "protocol.toml"
    path.write_text(PROTOCOL)
    code, _, _ = run(
        capsys, "cohort", path, "--n", 100, "--seed", 1, "--out", tmp_path / "o'ut",
        "--engine", "threads", "--series", 3,
    )  # fmt: skip
    assert code == 0
    query = "SELECT count(*), max(day), max(person) FROM read_parquet(?)"
    found = duckdb.execute(query, [str(tmp_path / "o'ut" / "series.parquet")]).fetchone()
    assert found == (39, 12, 2)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["profile", "absent.csv", "--times", "1"], "absent.csv: No such file"),
        (["window", "--times-d", "1"], "give --dose or --amplitude"),
        (["window", "--times-d", "1", "--dose", "0:9"], "exposure must be from 0 to 6 h"),
        (["window", "--times-d", "1", "--amplitude", "0:-1"], "amplitude must be"),
        (["trail", "absent.json"], "absent.json"),
    ],
)
def test_a_refusal_is_said_and_coded(capsys, words, message):
    code, out, err = run(capsys, *words)
    assert (code, out) == (2, "")
    assert message in err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--age-years", "15"], "made for adults"),
        (["--weight-kg", "10"], "30 to 250 kg"),
        (["--ddi", "tea"], "unknown interaction"),
    ],
)
def test_a_person_outside_the_studied_is_refused(capsys, tmp_path, options, message):
    path = tmp_path / "events.csv"
    path.write_text("time_h,amount_mg,route\n0,35,IV\n")
    code, out, err = run(capsys, "profile", path, "--times", "1", *options)
    assert (code, out) == (2, "")
    assert message in err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--seed", "-1"], "seed must be 0 or more"),
        (["--series", "101"], "--series must be 0 to 100"),
        (["--n", "0"], "a cohort holds"),
    ],
)
def test_an_impossible_cohort_is_refused(capsys, tmp_path, options, message):
    path = tmp_path / "protocol.toml"
    path.write_text(PROTOCOL)
    words = ["cohort", path, "--n", "100", "--seed", "1", "--out", tmp_path / "out"]
    code, _, err = run(capsys, *words, "--engine", "threads", *options)
    assert code == 2
    assert message in err


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["profile"],
        ["window", "--times-d", "a,b", "--dose", "0:1"],
        ["window", "--times-d", "1", "--dose", "01"],
        ["profile", "x.csv", "--times", "1", "--site", "hair"],
    ],
)
def test_a_wrong_line_is_explained(capsys, words):
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 2
    assert "usage: kapstone science" in capsys.readouterr().err


def test_the_package_runs_by_itself(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["science", "window", "--times-d", "0", "--dose", "0:1"])
    with pytest.raises(SystemExit) as stop:
        runpy.run_module("kapstone.science", run_name="__main__")
    assert stop.value.code == 0
    assert capsys.readouterr().out.startswith("day,W,M\n0,0,1")


def test_to_import_it_runs_nothing(capsys):
    import_module("kapstone.science.__main__")
    assert capsys.readouterr().out == ""


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_sees_the_bar_move():
    stream = Terminal()
    bar = ProgressBar(200, stream)
    bar(100)
    bar(200)
    assert stream.getvalue() == (
        "\r[###############...............] 100 of 200 people"
        "\r[##############################] 200 of 200 people\n"
    )


def test_a_file_sees_the_end_alone():
    stream = io.StringIO()
    bar = ProgressBar(200, stream)
    bar(100)
    assert stream.getvalue() == ""
    bar(200)
    assert stream.getvalue() == "200 of 200 people\n"
