"""Does every command in the README run, and print what stands below it?"""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.readme.blocks import blocks, run


@pytest.mark.slow
def test_do_its_commands_print_what_it_shows(tmp_path):
    shown = 0
    for block in (one for one in blocks() if one.kind == "console" and one.runs):
        for command in block.commands():
            done = run(command, tmp_path)
            assert done.returncode in (0, 1, 3), f"{command}\n{done.stderr}"
        if block.output is not None:
            shown += 1
            assert block.same(done.stdout), f"{command} printed\n{done.stdout}"
    assert shown >= 3


@pytest.mark.slow
def test_do_its_lines_of_python_run(tmp_path):
    """As a test file: with a function where the README leaves the reader's own."""
    code = "\n\n".join(one.code for one in blocks() if one.kind == "python" and one.runs)
    (tmp_path / "test_readme.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_readme.py"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_is_each_block_read_whole():
    found = blocks()
    assert {one.kind for one in found} == {"console", "python"}
    main = next(one for one in found if "compare --kernel ones" in one.code and one.output)
    assert "EQUAL UP TO ROUNDING" in main.output
    assert all(one.code.strip() for one in found)
    heres = [one for one in found if "<<'" in one.code]
    assert all(command.count("\n") > 1 for one in heres for command in list(one.commands())[:1])
