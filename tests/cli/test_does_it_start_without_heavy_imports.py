"""Does the command line answer at once where it needs nothing?"""

import subprocess
import sys

import pytest

from convcheck.cli import main
from tests.cli.loading import HEAVY, loaded, modules_of


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (["--help"], 0),
        (["--version"], 0),
        (["compare", "--help"], 0),
        (["conformance", "--help"], 0),
        (["conformance", "nonsense"], 2),
        (["completion", "bash"], 0),
        (["compare", "--strides", "0"], 2),
        (["compare", "--nonsense"], 2),
        (["compare", "-i", "nonsense"], 2),
        (["compare", "--input-shape", "1,2,2,1"], 2),
        (["compare", "--quantize", "int4"], 2),
        (["compare", "--quantize", "int8", "--input-scale", "1"], 2),
        (["compare", "--input-scale", "0"], 2),
        (["compare", "--input-scale", "1"], 2),
        (["compare", "--input", "separating"], 2),
        (["compare", "--plot", "p.xyz"], 2),
        (["nonsense"], 2),
    ],
)
def test_is_nothing_heavy_loaded_for_help_and_wrong_options(arguments, exit_code):
    names, code = loaded(*arguments)
    assert code == exit_code
    assert "click" in names
    assert not names & set(HEAVY)


COMMANDS = {f"convcheck.cli.commands.{name}" for name in main.COMMANDS}


@pytest.mark.parametrize(
    ("arguments", "own"),
    [
        (["--help"], set()),
        (["--version"], set()),
        (["explain", "rounding"], {"convcheck.cli.commands.explain"}),
        (["compare", "--help"], {"convcheck.cli.commands.compare"}),
        (["model", "nowhere.keras"], {"convcheck.cli.commands.model"}),
        (["nonsense"], set()),
    ],
)
def test_is_only_the_command_loaded_that_is_asked_for(arguments, own, tmp_path):
    names, _ = modules_of(*arguments, cwd=tmp_path)
    assert names & COMMANDS == own


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
