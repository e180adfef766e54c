"""Does the command line answer at once where it needs nothing?"""

import subprocess
import sys

import pytest

HEAVY = (
    "numpy rich asyncio tensorflow keras torch jax onnxruntime scipy sklearn matplotlib PIL".split()
)


def loaded(*arguments: str) -> tuple[set[str], int]:
    """Top-level modules that a command line loads, and its exit code."""
    code = (
        "import sys, io, contextlib\n"
        "from convcheck.cli.main import run\n"
        "exit_code = 0\n"
        "try:\n"
        "    with contextlib.redirect_stdout(io.StringIO()), "
        "contextlib.redirect_stderr(io.StringIO()):\n"
        f"        run({list(arguments)!r})\n"
        "except SystemExit as end:\n"
        "    exit_code = end.code\n"
        "print(exit_code or 0, *{name.partition('.')[0] for name in sys.modules})\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    exit_code, *names = done.stdout.split()
    return set(names), int(exit_code)


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (["--help"], 0),
        (["--version"], 0),
        (["compare", "--help"], 0),
        (["compare", "--strides", "0"], 2),
        (["compare", "--nonsense"], 2),
        (["compare", "-i", "nonsense"], 2),
        (["compare", "--input-shape", "1,2,2,1"], 2),
        (["compare", "--plot", "p.xyz"], 2),
        (["nonsense"], 2),
    ],
)
def test_is_nothing_heavy_loaded_for_help_and_wrong_options(arguments, exit_code):
    names, code = loaded(*arguments)
    assert code == exit_code
    assert "click" in names
    assert not names & set(HEAVY)


def test_is_nothing_heavy_loaded_by_import_alone():
    code = "import sys, convcheck; print(*{n.partition('.')[0] for n in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {*HEAVY, "click"}


def test_would_a_heavy_import_be_noticed():
    code = "import numpy, sys; print(*{n.partition('.')[0] for n in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) & set(HEAVY)


def test_does_this_process_never_import_a_framework(tmp_path):
    """A whole comparison: the frameworks load in their runtimes alone."""
    code = (
        "import sys\n"
        "from convcheck.cli.main import run\n"
        "try:\n"
        "    run(['compare', '--input', 'random', '--kernel-size', '3', '-q'])\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        "print(*{name.partition('.')[0] for name in sys.modules})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    names = set(done.stdout.split())
    assert "numpy" in names
    assert not names & {"tensorflow", "keras", "torch", "jax", "onnxruntime"}
