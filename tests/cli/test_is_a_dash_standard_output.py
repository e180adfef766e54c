"""Does ``-o -`` write the report to standard output, as without ``-o``?"""

from __future__ import annotations

import os

CASE = ("compare", "--input", "random", "--input-shape", "1,5,5,1", "-i", "numpy")


def test_is_a_dash_standard_output(convcheck_command, tmp_path):
    text = convcheck_command(*CASE).stdout
    assert "EQUAL UP TO ROUNDING" in text
    done = convcheck_command(*CASE, "-o", "-")
    assert (done.returncode, done.stdout) == (0, text)
    environment = {**os.environ, "CONVCHECK_OUTPUT": "report.txt"}
    assert convcheck_command(*CASE, "--output", "-", env=environment).stdout == text
    assert not list(tmp_path.iterdir())
