"""Does every mistake get one clear line and exit code 2, before anything is started?"""

import subprocess
import sys

import numpy as np
import pytest

from convcheck.cli.main import command


def run(folder, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "convcheck", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        timeout=60,
    )


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "broken.npy").write_bytes(b"\x93NUMPY nonsense")
    (tmp_path / "text.npy").write_text("1 2 3")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG nonsense")
    (tmp_path / "empty.npy").write_bytes(b"")
    (tmp_path / "a-folder").mkdir()
    np.save(tmp_path / "flat.npy", np.ones((4, 4)))
    np.save(tmp_path / "kernel5.npy", np.ones((3, 3, 5, 1), np.float32))
    np.save(tmp_path / "vector.npy", np.ones(3, np.float32))
    (tmp_path / "linked.npy").symlink_to(tmp_path / "flat.npy")
    np.save(tmp_path / "words.npy", np.array(["a", "b"]))
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--kernel", "sevens"], "known are ones, zeros, random"),
        (["--input", "nowhere.png"], "there is no such file"),
        (["--input", "a-folder"], "neither a name that convcheck knows nor an array file"),
        (["--input", "broken.npy"], "cannot read the input broken.npy"),
        (["--input", "text.npy"], "cannot read the input text.npy"),
        (["--input", "empty.npy"], "cannot read the input empty.npy"),
        (["--input", "broken.png"], "cannot read the image broken.png"),
        (["--input", "words.npy"], "does not hold one array of numbers"),
        (["--input", "flat.npy"], "expand_dims"),
        (["--kernel", "kernel5.npy"], "takes 5 input channels"),
        (["--kernel", "vector.npy"], "expected spatial axes"),
        (["--kernel-size", "428", "--padding", "valid"], "does not fit into the 427 positions"),
        (["--strides", "0"], "must be 1 or more"),
        (["--strides", "1,2,3"], "give one number, or one for each axis"),
        (["--padding", "some"], "is not a padding"),
        (["-o", "a-folder"], "is a directory"),
        (["-o", "nowhere/report.txt"], "there is no folder nowhere"),
        (["--plot", "p.xyz"], "ends in .png, .svg, .pdf"),
        (["--plot", "a-folder"], "ends in"),
        (["--input-shape", "1,8,8,3"], "--input-shape goes with --input random"),
        (["--input", "cancellation:1e6"], "add --kernel random"),
        (["--input", "cancellation"], "such as --input cancellation:1e6"),
        (["--input", "cancellation:0.5"], "a finite number from 1 on"),
        (["--input", "cancellation:inf"], "a finite number from 1 on"),
        (["--input", "cancellation:\x1b[2J"], "a finite number from 1 on"),
        (["--input", "cancellation:1e99", "--kernel", "random"], "1.41e+14 is the largest"),
        (["--input", "wide:3"], "wide takes no number; write --input wide"),
        (["--input", "wide", "--input-layout", "NCHW"], "'wide', which convcheck makes as NHWC"),
        (["--input", "wide", "--input-dtype", "int8"], "or take --input integers"),
        (["--input", "overflow", "--kernel", "zeros"], "nothing but 0"),
        (["--kernel", "integers"], "it goes with convcheck compare --input"),
        (["--kernel", "kernel5.npy", "--kernel-size", "3"], "leave --kernel-size out"),
        (["-i", "tff"], "did you mean tf?"),
        (["-i", "tf", "-i", "tf"], "given twice"),
        (["-i", "keras?color=red"], "has no option 'color'"),
        (["-i", "keras?mode=fast"], "expected one of call, predict, graph"),
        (["-i", "tf?"], "lacks key=value after its ?"),
        (["-i", "tf@/nowhere/python"], "is not a Python interpreter"),
        (["--input-dtype", "float23"], "float23"),
        (["--max-sum", "-1"], "--max-sum"),
        (["--timeout", "0"], "--timeout"),
        (["--kernle", "ones"], "--kernel"),
        (["surplus"], "surplus"),
    ],
)
def test_is_a_mistake_one_line_and_exit_2(folder, arguments, words):
    done = run(folder, "compare", *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("convcheck: ")
    assert done.stderr.count("\n") == 1
    assert words in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["compare", "--timeout", "nan"], "not a finite number"),
        (["compare", "--timeout", "inf"], "not a finite number"),
        (["compare", "--start-timeout", "nan"], "not a finite number"),
        (["compare", "--start-timeout", "-1"], "--start-timeout"),
        (["compare", "--max-sum", "nan"], "not a finite number"),
        (["compare", "--max-sum", "1_0x"], "not a finite number"),
        (["compare", "--seed", "9" * 5000], "is not from 0 to"),
        (["compare", "--strides", "9" * 5000], "is not numbers"),
        (["compare", "--padding", "1:" + "9" * 5000], "is not a padding"),
        (["compare", "--filters", "1e3"], "is not a whole number"),
        (["compare", "-o", "a" * 300], "File name too long"),
        (["compare", "-o", "x.npy", "--input", "x.npy"], "would overwrite --input"),
        (["compare", "-o", "linked.npy", "--input", "flat.npy"], "would overwrite --input"),
        (["compare", "-o", "a-folder/../k.npy", "--kernel", "k.npy"], "would overwrite --kernel"),
        (["compare", "-o", "b.npy", "--bias", "./b.npy"], "would overwrite --bias"),
        (["compare", "-o", "y.npy", "-i", "file:y.npy?dtype=float32"], "would overwrite -i file:"),
        (["compare", "--plot", "y.png", "-i", "file:y.png"], "would overwrite -i file:"),
        (["compare", "--save", "y.npz", "-i", "file:y.npz"], "would overwrite -i file:"),
        (["compare", "-o", "same.png", "--plot", "same.png"], "would overwrite -o"),
        (["compare", "-o", "same.npz", "--save", "./same.npz"], "would overwrite -o"),
        (["verify", "g.npz", "-o", "g.npz"], "would overwrite the bundle"),
        (["verify", "g.npz", "--plot", "y.svg", "-i", "file:y.svg"], "would overwrite -i file:"),
        (["model", "m.keras", "-o", "m.keras"], "would overwrite the model"),
        (["model", "m.keras", "-o", "x.npy", "--input", "x.npy"], "would overwrite --input"),
        (["model", "m.keras", "--save-case", "a/b", "-o", "a.b.case/input.npy"], "overwrite files"),
        (["model", "a.case/m.keras", "--save-case", "a"], "overwrite files in a.case"),
    ],
)
def test_is_a_number_or_a_path_that_makes_no_sense_one_line(
    folder, monkeypatch, capsys, arguments, words
):
    monkeypatch.chdir(folder)
    for name in ("a.b.case", "a.case"):
        (folder / name).mkdir()
    assert command(arguments) == 2
    stdout, stderr = capsys.readouterr()
    assert (stdout, stderr.count("\n")) == ("", 1)
    assert stderr.startswith("convcheck: ")
    assert words in stderr


def test_may_an_output_have_the_name_of_a_built_in_input(folder):
    arguments = ["--input", "random", "--kernel", "ones", "--kernel-size", "1", "-i", "numpy"]
    assert run(folder, "compare", *arguments, "-o", "ones").returncode == 0
    assert (folder / "ones").is_file()


def test_does_a_picture_that_fails_lose_nothing_else(folder):
    """As where Matplotlib lacks a font, or memory runs out."""
    code = (
        "import convcheck.reports.plot.draw as plot\n"
        "def fails(*_): raise RuntimeError('no\\x1b[31m ink')\n"
        "plot.draw = fails\n"
        "from convcheck.cli.main import run\n"
        "run(['compare', '--input', 'random', '-i', 'numpy', '--plot', 'p.png', '--save', 'b.npz'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=folder
    )
    assert done.returncode == 2
    assert "EQUAL UP TO ROUNDING" in done.stdout
    assert done.stderr == (
        "convcheck: --plot p.png could not be drawn, all else is done: RuntimeError: no ink\n"
    )
    assert (folder / "b.npz").is_file()
    assert not (folder / "p.png").exists()


def test_does_a_report_that_fails_lose_nothing_else(folder):
    arguments = ["compare", "--input", "random", "-i", "numpy", "--save", "b.npz"]
    done = subprocess.run(
        ["bash", "-c", f"'{sys.executable}' -m convcheck {' '.join(arguments)} >/dev/full"],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert (folder / "b.npz").is_file()


def test_does_the_environment_set_options(folder, monkeypatch):
    monkeypatch.setenv("CONVCHECK_STRIDES", "0")
    done = run(folder, "compare")
    assert done.returncode == 2
    assert "--strides" in done.stderr


def test_does_pyproject_set_options(folder):
    (folder / "pyproject.toml").write_text('[tool.convcheck]\nkernel = "sevens"\n')
    assert "sevens" in run(folder, "compare").stderr
    (folder / "pyproject.toml").write_text("[tool.convcheck.compare]\nstrides = [0, 1]\n")
    assert "--strides" in run(folder, "compare").stderr
    (folder / "pyproject.toml").write_text('[tool.convcheck]\nkernle = "ones"\n')
    assert "unknown key 'kernle'" in run(folder, "compare").stderr
    (folder / "pyproject.toml").write_text("[tool.convcheck\n")
    assert "not valid TOML" in run(folder, "compare").stderr
