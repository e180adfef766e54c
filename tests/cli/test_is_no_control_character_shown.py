"""Can a foreign text reach the terminal with escape sequences, or break the report's layout?"""

from __future__ import annotations

import json
import os
import shlex
import subprocess

import numpy as np
import pytest

from convcheck.case.bundle import pack
from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.cli.main import command
from convcheck.reports.context import Context, Setting
from convcheck.reports.registry import FORMATS
from convcheck.results import Dtypes, Output, Status
from tests.reports.checks import made, output, right, small_case

HOSTILE = [
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x1b]8;;http://evil\x1b\\link",
    "bell\x07",
    "two\nlines",
    "back\rover",
    "\u202egnp.x",
    "zero\u200bwidth",
    "\x9b2J",
    "[bold]markup[/x]",
    ":smile:",
    "not\udcffutf8",
    "$x^{$",
]

NAMES = [
    pytest.param(name, marks=[pytest.mark.slow] if i else []) for i, name in enumerate(HOSTILE)
]


def check_plain(done):
    for text in (done.stdout, done.stderr):
        wrong = [c for c in text if c != "\n" and not c.isprintable()]
        assert not wrong, (wrong, text)
    assert "Traceback" not in done.stderr


@pytest.fixture
def run(convcheck_command, tmp_path):
    np.save(tmp_path / "x.npy", np.ones((1, 3, 3, 1), "f4"))
    np.save(tmp_path / "k.npy", np.ones((1, 1, 1, 1), "f4"))

    def run(*arguments, codes):
        done = convcheck_command(*arguments, errors="surrogateescape")
        check_plain(done)
        assert done.returncode in codes, done.stderr
        return done

    return run


@pytest.mark.parametrize("name", NAMES)
def test_is_a_file_s_name_shown_without(run, tmp_path, name):
    name = name.replace("/", "|")
    for file in ("x.npy", "k.npy"):
        os.link(tmp_path / file, tmp_path / f"{name}{file}")
    x, k = f"{name}x.npy", f"{name}k.npy"
    arguments = ("compare", "--input", x, "--kernel", k, "-i", f"file:{x}", "-i", "numpy")
    assert "IDENTICAL" in run(*arguments, codes=[0]).stdout
    document = json.loads(run(*arguments, "--format", "json", codes=[0]).stdout)
    words = document["reproduce"]
    assert words.isprintable()
    again = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {words}"], capture_output=True, check=True
    ).stdout.split(b"\0")
    assert os.fsencode(x) in again
    missing = run("compare", "--input", name + ".npy", codes=[2])
    assert missing.stderr.count("\n") == 1


@pytest.mark.parametrize("name", HOSTILE)
def test_is_a_mistake_shown_without(capsys, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    options = ("--kernel", "--strides", "-o", "-i", "--accept", "--seed", "--no", "--format")
    commands = [("compare", option, f"{name}/{name}") for option in options]
    for arguments in [*commands, ("verify", name), ("model", name), ("explain", name), (name,)]:
        assert command(arguments) == 2
        stdout, stderr = capsys.readouterr()
        assert (stdout, stderr.count("\n")) == ("", 1)
        assert stderr[:-1].isprintable(), arguments


def test_is_what_a_function_says_shown_without(run, tmp_path):
    (tmp_path / "mine.py").write_text(
        f"TEXTS = {HOSTILE!r}\n"
        "def raises(x, kernel, **_): raise ValueError('\\n'.join(TEXTS) * 100)\n"
        "def prints(x, kernel, **_):\n"
        "    import os, sys\n"
        "    os.write(2, '\\n'.join(TEXTS).encode(errors='surrogateescape'))\n"
        "    os.abort()\n"
        "class Named(Exception): pass\n"
        "Named.__name__ = TEXTS[0]\n"
        "def named(x, kernel, **_): raise Named(TEXTS[1])\n"
    )
    small = ("compare", "--input", "x.npy", "--kernel", "k.npy")
    for function in ("raises", "prints", "named"):
        for form in ("text", "json"):
            done = run(*small, "-i", f"python:mine:{function}", "--format", form, codes=[3])
    assert "red" in done.stdout


@pytest.mark.slow
def test_is_what_a_bundle_says_shown_without(run, tmp_path):
    one = np.ones((1, 1, 1, 1), np.float32)
    case = Case(ConvSpec.make((1, 1)), one, one, sources=(HOSTILE[0], HOSTILE[1], HOSTILE[2]))
    outputs = [
        Output(text, text, one, dtypes=Dtypes(), versions={text: text}, device=text)
        for text in HOSTILE
        if "\udcff" not in text
    ]
    (tmp_path / "b.npz").write_bytes(pack(case, outputs, "1"))
    for form in ("text", "json"):
        run("verify", "b.npz", "--format", form, "--plot", "p.png", codes=[2, 3])


@pytest.mark.slow
def test_is_a_settings_file_s_name_shown_without(run, tmp_path):
    name = f"{HOSTILE[0]}.toml"
    (tmp_path / name).write_text('[tool.convcheck]\ninput = "x.npy"\n')
    done = run("compare", "--config", name, "-i", "numpy", codes=[0])
    assert "--input x.npy from" in done.stdout


@pytest.mark.parametrize("form", FORMATS.values(), ids=list(FORMATS))
def test_is_every_text_of_a_result_clean_in_every_format(form):
    y = right(small_case())
    outputs = [output(text, y, versions={text: text}, device=text) for text in HOSTILE]
    outputs += [output("absent", None, message="\n".join(HOSTILE * 50), status=Status.CRASHED)]
    context = Context(
        reproduce=shlex.join(["convcheck", "compare"]),
        settings=tuple(Setting("--input", text, text) for text in HOSTILE),
    )
    text = form.render(made(*outputs), context)
    assert all(c.isprintable() or c == "\n" for c in text)
    if form.name == "json":
        rows = json.loads(text)["implementations"]
        assert all(row["name"].isprintable() for row in rows)
        assert len(rows[-1]["message"]) <= 4000
    else:
        most = 100 if form.name == "html" else 10  # a page shows all 4000 characters, once
        assert " ".join(text.split()).count(":smile: not utf8") < most


@pytest.mark.slow
def test_is_the_picture_drawn_whatever_the_names_are(run, tmp_path):
    name = "$x^{$ \u4e2d \x1b[31m.npy"
    os.link(tmp_path / "x.npy", tmp_path / name)
    arguments = ("--input", name, "--kernel", "k.npy", "-i", f"file:{name}", "-i", "numpy")
    done = run("compare", *arguments, "--plot", "p.png", codes=[0])
    assert done.stderr == ""
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
