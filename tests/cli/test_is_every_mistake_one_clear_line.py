"""Does every mistake get one clear line and exit code 2, before anything is started?"""

import subprocess
import sys

import numpy as np
import pytest


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
    np.save(tmp_path / "words.npy", np.array(["a", "b"]))
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--kernel", "sevens"], "known are ones, zeros, random"),
        (["--input", "nowhere.png"], "there is no such file"),
        (["--input", "a-folder"], "neither a name that convcheck knows nor a .npy file"),
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
