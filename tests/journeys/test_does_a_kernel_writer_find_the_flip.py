"""Someone who writes a kernel in Python, and a test of it with ``assert_equivalent``."""

from __future__ import annotations

import re

from tests.causes.fixing import codes

from .conftest import User

TEST = '''
import numpy as np
import convcheck


def my_conv(x, kernel):
    """VALID, by the textbook's definition of a convolution."""
    {fix}
    kernel = kernel[::-1, ::-1]
    h, w = x.shape[1] - kernel.shape[0] + 1, x.shape[2] - kernel.shape[1] + 1
    y = np.zeros((x.shape[0], h, w, kernel.shape[-1]), "f4")
    for i in range(kernel.shape[0]):
        for j in range(kernel.shape[1]):
            y += x[:, i : i + h, j : j + w] @ kernel[i, j]
    return y


def test_my_conv():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 9, 8, 3)).astype("f4")
    kernel = rng.standard_normal((3, 5, 3, 4)).astype("f4")
    convcheck.assert_equivalent(my_conv(x, kernel), x, kernel, padding="valid")
'''


def test_does_the_failure_say_the_cause_and_its_fix_pass(user: User) -> None:
    file = user.folder / "test_mine.py"
    file.write_text(TEST.replace("{fix}", ""))
    failed = user.tests("test_mine.py")
    assert failed.returncode == 1
    said = re.sub(r"\nE {0,7}", "\n", failed.stdout)
    assert "kernel-flip (proved): " in said
    assert "times the most that rounding" in said
    # Under CI pytest prints the whole message once more, in its closing summary.
    (fix,) = {" ".join(one.split()) for one in re.findall(r"^  fix +((?:.+\n)+?)\n", said, re.M)}
    file.write_text(TEST.replace("{fix}", dict(codes(fix))["numpy"]))
    assert user.tests("test_mine.py").returncode == 0


def test_is_the_function_s_fix_the_same_on_the_command_line(user: User) -> None:
    source = TEST.partition("def test_my_conv")[0].replace("import convcheck", "")
    source += "\n\ndef f(input, kernel, **_):\n    return my_conv(input, kernel)\n"
    (user.folder / "mine.py").write_text(source.replace("{fix}", ""))
    case = ("--input", "random", "--kernel", "random", "--kernel-size", "3,5", "--padding", "valid")
    report = user.asks("compare", *case, "-i", "python:./mine.py:f")
    assert (report.code, report.cause) == (1, "kernel-flip")
    (user.folder / "mine.py").write_text(source.replace("{fix}", report.codes()["numpy"]))
    assert user.asks("compare", *case, "-i", "python:./mine.py:f").code == 0
