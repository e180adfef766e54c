"""Is a results file that anybody may have made refused in one line, before anything runs?"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from convcheck.case.request import Request
from convcheck.errors import UsageError
from convcheck.sweep.results import CaseResult, Fault, Row, Smallest
from convcheck.sweep.results_file import ResultsFile
from convcheck.sweep.sweep import result_of, summary_of

from .conftest import Sweep

REQUEST = Request(input="random", input_shape=(1, 4, 4, 1), kernel="random", kernel_size=(1,))
FAULT = Fault("numpy", "outside", "outside", "it is wrong")
RESULT = CaseResult("different", (Row("numpy", "outside-bound", "00", 2.0, "m"),), faults=(FAULT,))
ASKED = {"implementation": ["numpy"], "seed": 0}
FOUND = {"faults": [], "limits": [], "accepted": False, "relations": [], "properties": []}
DEEP = "[" * 100_000


def made(path: Path, *changes: tuple[str, Sequence[object]]) -> Path:
    """A good file, then changed."""
    with ResultsFile(str(path), new=True) as file:
        assert file.add_cases([REQUEST], {"asked": ASKED, "source": "s", "impossible": 0})
        file.add([(1, RESULT)])
        file.add_smallest(("numpy", "outside"), Smallest(REQUEST, 3))
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        for query, values in changes:
            file.execute(query, values)
    return path


def meta(key: str, text: object) -> tuple[str, Sequence[object]]:
    return "INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, text)


def found(**changes: object) -> tuple[str, Sequence[object]]:
    return "UPDATE results SET found = ?", (json.dumps(FOUND | changes),)


def request(text: object) -> tuple[str, Sequence[object]]:
    return "UPDATE cases SET request = ?", (text,)


CHANGES = {
    "another schema": meta("schema", "convcheck.results/9"),
    "a view": ("CREATE VIEW v AS SELECT * FROM rows", ()),
    "a trigger": ("CREATE TRIGGER t AFTER INSERT ON results BEGIN DELETE FROM rows; END", ()),
    "an index": ("CREATE INDEX i ON rows(status)", ()),
    "no JSON": meta("asked", "{"),
    "an array of options": meta("asked", "[]"),
    "no options": ("DELETE FROM meta WHERE key = 'asked'", ()),
    "no implementations": meta("asked", "{}"),
    "a number of them": meta("asked", '{"implementation": 5}'),
    "a limit in words": meta("asked", json.dumps(ASKED | {"max-sum": "x"})),
    "a limit that is none": meta("asked", json.dumps(ASKED | {"max-sum": -1})),
    "accepted numbers": meta("asked", json.dumps(ASKED | {"accept": [5]})),
    "impossible": meta("impossible", "[1]"),
    "versions": meta("versions", '{"numpy": 5}'),
    "versions in versions": meta("versions", '{"numpy": {"numpy": [1]}}'),
    "text that is none": meta("versions", b"\xff"),
    "a broken result": ("UPDATE results SET found = '{'", ()),
    "an empty result": ("UPDATE results SET found = '{}'", ()),
    "a deep result": ("UPDATE results SET found = ?", (DEEP,)),
    "a fault with others": found(faults=[{"x": 1}]),
    "a fault of nulls": found(faults=[dict.fromkeys(Fault.__dataclass_fields__)]),
    "limits of numbers": found(limits=[5]),
    "a relation of arrays": found(relations=[{"implementation": [], "what": {}, "came": 1}]),
    "a verdict": ("UPDATE results SET verdict = 'marvellous'", ()),
    "a status": ("UPDATE rows SET status = 'marvellous'", ()),
    "a status of bytes": ("UPDATE rows SET status = ?", (b"\xff",)),
    "an error in words": ("UPDATE rows SET over_bound = 'text'", ()),
    "a case of arrays": request("[1]"),
    "a deep case": request(DEEP),
    "a case of bytes": request(b"\xff"),
    "a shape in a shape": request('{"input_shape": [[1, [2]], 3]}'),
    "a size in words": request('{"kernel_size": "abc"}'),
    "no strides": request('{"strides": []}'),
    "strides in words": request('{"strides": ["a"]}'),
    "too many strides": request(
        '{"input": "random", "input_shape": [1,4,4,1], "strides": [1,1,1]}'
    ),
    "an empty shape": request('{"input": "random", "input_shape": []}'),
    "groups of null": request('{"groups": null}'),
    "an option that is none": request('{"run": "rm"}'),
    "a seed of many digits": request('{"seed": ' + "9" * 5000 + "}"),
    "a smallest case": ("UPDATE shrunk SET request = '{'", ()),
    "a smallest case of bytes": ("UPDATE shrunk SET cause = ?", (b"\xff",)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_is_a_changed_file_refused(tmp_path: Path, change: tuple[str, Sequence[object]]) -> None:
    from convcheck.cli.run_sweep import _ask_of
    from convcheck.sweep.sweep import Told

    path = str(made(tmp_path / "bad.sqlite", change))
    with pytest.raises(UsageError) as told, ResultsFile(path, new=False) as file:
        result_of(file, _ask_of(file), Told())
    assert "bad.sqlite" in str(told.value)
    assert len(str(told.value)) < 700


def test_is_the_file_itself_read(tmp_path: Path) -> None:
    with ResultsFile(str(made(tmp_path / "good.sqlite")), new=False) as file:
        assert list(file.results()) == [(1, REQUEST, RESULT)]
        assert file.smallest() == {("numpy", "outside"): Smallest(REQUEST, 3)}
        assert summary_of(file).counts == {"different": 1}


def not_sqlite(path: Path) -> None:
    path.write_text("hello" * 500)


def cut(path: Path) -> None:
    whole = made(path).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def of_others(path: Path) -> None:
    with closing(sqlite3.connect(path)) as file:
        file.execute("CREATE TABLE meta (a, b)")


def huge(path: Path) -> None:
    made(path, ("UPDATE results SET found = zeroblob(100000000)", ()))


FILES = {
    "not SQLite": not_sqlite,
    "half of it": cut,
    "somebody's": of_others,
    "a folder": Path.mkdir,
    "a pipe": os.mkfifo,
    "a link to itself": lambda path: path.symlink_to(path),
    "a hundred megabytes": huge,
}
RUNS = {
    "report": ("--report", "bad.sqlite"),
    "only": ("--results", "bad.sqlite", "--only", "1"),
    "resumed": ("--random", "3", "--results", "bad.sqlite", "-i", "python:touches:it"),
    "against": ("--report", "good.sqlite", "--against", "bad.sqlite"),
}
TOUCHES = "def it(*args, **kwargs):\n    open('touched', 'w').close()\n"


# A process takes a second: each file in one way, and one file in each.
PAIRS = [
    *(("not SQLite", how) for how in RUNS),
    *zip(list(FILES)[1:], [*list(RUNS)[1:], "resumed", "only", "report"], strict=True),
]


@pytest.mark.parametrize(("file", "how"), PAIRS)
def test_is_a_file_that_is_none_one_line(sweep: Sweep, tmp_path: Path, file: str, how: str) -> None:
    made(tmp_path / "good.sqlite")
    (tmp_path / "touches.py").write_text(TOUCHES)
    FILES[file](tmp_path / "bad.sqlite")
    if file == "a hundred megabytes" and sys.version_info < (3, 11):
        pytest.skip("SQLite is told the longest value from Python 3.11 on")
    told = sweep(*RUNS[how])
    assert (told.returncode, told.stdout) == (2, ""), told.stderr
    assert len(told.stderr.splitlines()) == 1
    assert "bad.sqlite" in told.stderr
    assert not (tmp_path / "touched").exists()


def test_is_a_full_disk_one_line(sweep: Sweep, tmp_path: Path) -> None:
    # A file may not grow beyond 40 KB: SQLite hears of it as of a disk that is full.
    limited = (
        "import resource, signal, sys, runpy; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (40 << 10, 40 << 10)); "
        "sys.argv[0] = 'convcheck'; runpy.run_module('convcheck', run_name='__main__')"
    )
    words = ("--random", "200", "--input", "random", "-i", "numpy", "--results", "r.sqlite")
    told = subprocess.run(
        [sys.executable, "-c", limited, "sweep", *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (told.returncode, told.stdout) == (2, ""), told.stderr
    assert len(told.stderr.splitlines()) == 1
    assert "r.sqlite" in told.stderr
