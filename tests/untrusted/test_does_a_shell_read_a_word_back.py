"""Does a shell read a quoted word back, whatever characters it has?"""

import os
import shutil
import subprocess

import pytest

from convcheck.untrusted.shell import quoted

WORDS = [
    *("plain", "a b", "x'y", '"$HOME"', "*", "", "tab\tx\\n", "\\x41\n", "é\x07 ü", "a\u202eb"),
    *("\x1b[31m'\\q", "\udcff'a", "line\nline", "\x1b]0;title\x07", "back\\"),
]


@pytest.mark.parametrize("word", WORDS)
def test_does_a_shell_read_it_back(word):
    assert quoted(word).isprintable()
    if shutil.which("bash") is None:
        pytest.skip("needs bash")
    done = subprocess.run(["bash", "-c", f"printf %s {quoted(word)}"], capture_output=True)
    assert done.stdout == os.fsencode(word)
