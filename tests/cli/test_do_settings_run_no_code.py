"""Can a pyproject.toml run code, read outside its folder, write, or break the command?"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import numpy as np
import pytest

from convcheck.cli.main import command, main
from convcheck.errors import UsageError

COMPARE = ("compare", "--input", "random", "--kernel-size", "1")


def mistake(*arguments):
    """The line of a command that ends with a mistake, in this process."""
    with pytest.raises((click.ClickException, UsageError)) as caught:
        main.main(list(arguments), standalone_mode=False, obj={})
    error = caught.value
    return error.format_message() if isinstance(error, click.ClickException) else str(error)


@pytest.fixture
def project(tmp_path):
    """A project whose settings may name what makes ``marker`` when it runs; run the command."""
    folder = tmp_path / "project"
    folder.mkdir()
    code = f"open({str(tmp_path / 'marker')!r}, 'w')\n"
    for place in (tmp_path, folder):
        (place / "evil.sh").write_text(f"#!/bin/sh\ntouch {tmp_path}/marker\nexit 1\n")
        (place / "evil.sh").chmod(0o755)
        (place / "evil.py").write_text(code + "def f(x, kernel, **_): return x\n")
    (folder / "site").mkdir()
    (folder / "site" / "sitecustomize.py").write_text(code)
    np.save(tmp_path / "secret.npy", np.ones((1, 4, 4, 1), "f4"))
    np.savez(tmp_path / "secret.npz", a=np.ones((1, 4, 4, 1), "f4"))
    (folder / "link.npy").symlink_to(tmp_path / "secret.npy")
    (folder / "link.npz").symlink_to(tmp_path / "secret.npz")
    (folder / "away").symlink_to(tmp_path)

    class Project:
        marker = tmp_path / "marker"
        files = sorted(path.name for path in folder.iterdir())

        def __init__(self):
            self.folder = folder

        def __call__(self, text, *arguments):
            (folder / "pyproject.toml").write_text(text)
            return subprocess.run(
                [sys.executable, "-m", "convcheck", *arguments],
                capture_output=True,
                text=True,
                check=False,
                cwd=folder,
                timeout=60,
            )

        def written(self):
            names = sorted(path.name for path in folder.iterdir())
            return set(names) - {*self.files, "pyproject.toml"}

    return Project()


@pytest.mark.parametrize(
    ("setting", "arguments"),
    [
        ('implementation = ["python:evil:f"]', COMPARE),
        ('implementation = ["numpy@./evil.sh"]', COMPARE),
        ('implementation = ["numpy@../evil.sh"]', COMPARE),
        ('implementation = ["numpy?PYTHONPATH=site"]', COMPARE),
        ('implementation = ["numpy", "keras?device=cpu&LD_PRELOAD=./evil.so"]', COMPARE),
        ('implementation = ["trouble-right"]', COMPARE),
        ('implementation = "python:evil:f"', COMPARE),
        ('implementation = ["file:../secret.npy"]', COMPARE),
        ('implementation = ["file:link.npy"]', COMPARE),
        ('implementation = ["file:link.npz:a"]', COMPARE),
        ('implementation = ["file:away/secret.npy?dtype=float32"]', COMPARE),
        ('implementation = ["file:~/secret.npy"]', COMPARE),
        ('implementation = ["file:/dev/zero"]', COMPARE),
        ('implementation = ["file:site/y.npy@./evil.sh"]', COMPARE),
        ('input = "../secret.npy"', ("compare", "-i", "numpy")),
        ('input = "link.npy"', ("compare", "-i", "numpy")),
        ('input = "link.npz:a"', ("compare", "-i", "numpy")),
        ('kernel = "away/secret.npz:a"', COMPARE),
        ('kernel = "/dev/zero"', COMPARE),
        ('bias = "away/secret.npy"', COMPARE),
        ('output = "report.txt"', COMPARE),
        ('plot = "p.png"', COMPARE),
        ('save = "b.npz"', COMPARE),
        ('config = "other.toml"', COMPARE),
        ("unsafe = true", ("model", "m.keras")),
        ('import = ["evil"]', ("model", "m.keras")),
        ('imports = ["evil"]', ("model", "m.keras")),
        ('save-case = "layer"', ("model", "m.keras")),
        ("trust = true", ("verify", "b.npz")),
    ],
)
def test_is_what_a_file_may_not_set_refused(project, setting, arguments, monkeypatch):
    monkeypatch.chdir(project.folder)
    for table in ("tool.convcheck", f"tool.convcheck.{arguments[0]}"):
        (project.folder / "pyproject.toml").write_text(f"[{table}]\n{setting}\n")
        line = mistake(*arguments)
        assert "pyproject.toml: [tool.convcheck" in line
        assert setting.partition(" ")[0] in line
        assert "type it: " in line or "site/y.npy" in setting
    assert not project.marker.exists()
    assert not project.written()


@pytest.mark.parametrize(
    "setting", ['implementation = ["python:evil:f"]', 'implementation = ["numpy@../evil.sh"]']
)
def test_does_the_command_refuse_it_in_one_line(project, setting):
    done = project(f"[tool.convcheck]\n{setting}\n", *COMPARE)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert not project.marker.exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["python:evil:f", "numpy@./evil.sh", "numpy?PYTHONPATH=site"])
def test_would_the_marker_appear_if_it_ran(project, name):
    project("", *COMPARE, "-i", name)
    assert project.marker.exists()


def test_do_variables_stay_the_user_s_own(project, monkeypatch):
    monkeypatch.setenv("CONVCHECK_IMPLEMENTATION", "python:evil:f")
    done = project("", *COMPARE, "--input-shape", "1,4,4,1")
    assert done.returncode == 0, done.stderr
    assert project.marker.exists()
    assert "from CONVCHECK_IMPLEMENTATION" in done.stdout


@pytest.mark.slow
def test_is_nothing_imported_from_the_current_folder(project, monkeypatch):
    """As the installed command does; ``python -m`` has the folder first on its path by itself."""
    for module in ("numpy", "scipy", "click", "json", "rich", "tensorflow"):
        (project.folder / f"{module}.py").write_text(f"open({str(project.marker)!r}, 'w')\n")
    code = (
        "import sys; sys.path[:] = [path for path in sys.path if path]; "
        "from convcheck.__main__ import start; start()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *COMPARE, "-i", "numpy", "-i", "scipy"],
        capture_output=True,
        text=True,
        check=False,
        cwd=project.folder,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert not project.marker.exists()


VALUES = [
    *("3", "-1", "1.5", "nan", "-inf", "true", '""', "[]", "[1, 2]", "[[1]]", "[true]", "{}"),
    *("{a = 1}", "[{}]", "1979-05-27", "1979-05-27T07:32:00Z", "07:32:00", "[1979-05-27]"),
    *(f'"{"9" * 5000}"', "9" * 4000, "9" * 5000, "1e400", '"a\\u0000b"', '"\\u001b[31m"'),
    *('"~"', '""" a\nb"""', '["file:"]', '["numpy?"]', '["numpy?mode=1"]', '["\\uFFFD"]'),
]
KEYS = sorted(
    {
        (name, str(option.name).replace("_", "-"))
        for name in ("compare", "model", "verify")
        for option in main.get_command(click.Context(main), name).params
        if isinstance(option, click.Option)
    }
)


FILES = {"compare": ("-i", "nobody"), "model": ("nowhere.keras",), "verify": ("nowhere.npz",)}


@pytest.mark.parametrize(("name", "key"), KEYS)
def test_is_every_value_taken_or_a_mistake(name, key, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for value in VALUES:
        text = f"[tool.convcheck.{name}]\n{key} = {value}\n"
        (tmp_path / "pyproject.toml").write_text(text)
        line = mistake(name, *FILES[name])
        assert line, text


@pytest.mark.parametrize(
    "text",
    [
        "[tool.convcheck\n",
        "tool = 3\n# convcheck\n",
        "[tool]\nconvcheck = 3\n",
        "[tool]\nconvcheck = [1]\n",
        "[tool.convcheck]\ncompare = 3\n",
        "[[tool.convcheck]]\nstrides = 2\n",
        "[tool.convcheck]\nstrides = 1\nstrides = 2\n",
        "[tool.convcheck]\nstrides = " + "[" * 5000,
        "[tool.convcheck]\n" + "a." * 30_000 + "b = 1\n",
        "[tool.convcheck]\nstrides = " + "9" * 5000,
        "[tool.convcheck]\n'\\u001b[31m' = 1\n",
        '[tool.convcheck]\n"\\u001b[31m" = 1\n',
        "[tool.convcheck]\n" + "#" * 300_000,
        b"[tool.convcheck]\nlayers = '\xff'\n",
        b"\xef\xbb\xbf\x00[tool.convcheck]\n",
    ],
)
def test_is_a_broken_file_one_line(tmp_path, monkeypatch, capsys, text):
    monkeypatch.chdir(tmp_path)
    Path("settings.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    assert command(["compare", "--config", "settings.toml"]) == 2
    stdout, stderr = capsys.readouterr()
    assert (stdout, stderr.count("\n")) == ("", 1)
    assert stderr.startswith("convcheck: ")
    assert stderr[:-1].isprintable()
    assert len(stderr) < 1100


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe", "endless", "a\0b", ""])
def test_is_a_settings_file_that_is_none_one_line(tmp_path, monkeypatch, capsys, kind):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    Path("endless").symlink_to("/dev/zero")
    Path("folder").mkdir()
    assert command(["compare", "--config", kind]) == 2
    stdout, stderr = capsys.readouterr()
    assert (stdout, stderr.count("\n")) == ("", 1)
    assert stderr.startswith("convcheck: cannot read the settings in ")


STRANGE = ["", " ", "x", "nan", "-1", "1e400", "9" * 5000, "\udcff", "\x1b[31m", "1,2", "é" * 300]


@pytest.mark.parametrize(("name", "key"), KEYS)
def test_is_every_variable_taken_or_a_mistake(name, key, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for value in STRANGE:
        monkeypatch.setenv("CONVCHECK_" + key.replace("-", "_").upper(), value)
        assert mistake(name, *FILES[name])
