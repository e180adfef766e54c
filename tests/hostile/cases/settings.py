"""Bad project files and environment variables: what runs code, wrong types, and no TOML at all."""

import functools
import os

from ..case import Content, Hostile
from .arrays import link, sparse

MARK = "python:evil:touch"
ESCAPE = "\\u001b[2J\\u0007"
WRONG = {
    "strides": "1.5 nan inf {} [[1]] {a=1} 1979-05-27 07:32:00".split(),
    "padding": "true 1.5 nan {} 1979-05-27 07:32:00 {a=1}".split(),
    "filters": "true nan inf {} [] [1,2] 1979-05-27 1.5 -1".split(),
    "timeout": "true nan {} [] [1,2] 1979-05-27 -1 0".split(),
    "max-sum": "nan {} [] [1,2] 1979-05-27 -1".split(),
    "strict": '{} [] [1] 1979-05-27 7 "maybe" nan'.split(),
    "identical": '{} [] 1979-05-27 "x" 2.5'.split(),
    "format": "1 {} [] [1] true 1979-05-27".split(),
    "kernel": "1 {} [] true 1979-05-27 nan".split(),
    "accept": '1 {} true 1979-05-27 [1] "nothing"'.split(),
    "implementation": '1 {} true 1979-05-27 [1] [[1]] "tff" ["tf","tf"]'.split(),
    "seed": "-1 {} [] true nan 1979-05-27 1.5".split(),
    "groups": "0 {} [] true nan 1979-05-27".split(),
    "input-shape": "0 {} nan 1979-05-27 [[1]] true".split(),
}
TABLES: dict[str, Content] = {
    "no TOML": "[tool.convcheck\n",
    "no UTF-8": b"[tool.convcheck]\nkernel = '\xff\xfe'\n",
    "tool=3": "tool = 3 # [tool.convcheck",
    "convcheck=3": "[tool]\nconvcheck = 3 # [tool.convcheck",
    "a list": "[[tool.convcheck]]\nkernel = 'ones'\n",
    "a command that is no table": "[tool.convcheck]\ncompare = 3\n",
    "deep lists": "[tool.convcheck]\nstrides = " + "[" * 5000 + "]" * 5000,
    "deep tables": "[tool.convcheck]\nstrides = " + "{a = " * 5000,
    "an unknown key": "[tool.convcheck]\nkernle = 'ones'\n",
    "an unknown key with escapes": f'[tool.convcheck]\n"{ESCAPE}" = 1\n',
    "a key twice": "[tool.convcheck]\nkernel = 'ones'\nkernel = 'zeros'\n",
    "a number of 5,000 digits": f"[tool.convcheck]\nstrides = {'9' * 5000}\n",
    "NULs": b"[tool.convcheck]\n\0\0\0",
    "200 GB": sparse(200 * 10**9, b"[tool.convcheck]\n"),
    "a FIFO": os.mkfifo,
    "a link to /dev/zero": link("/dev/zero"),
}
RUNS = (
    f'implementation = ["{MARK}"]',
    'implementation = ["numpy@./evil.sh"]',
    'implementation = ["numpy?LD_PRELOAD=./evil.so"]',
    'implementation = ["numpy?PYTHONPATH=."]',
    'implementation = ["file:/etc/passwd"]',
    'implementation = ["file:../x.npy"]',
    'output = "evil"',
    'plot = "evil.png"',
    'save = "evil.npz"',
    "trust = true",
    'input = "/etc/passwd.npy"',
    'input = "../x.png"',
    'kernel = "../k.npy"',
    'bias = "/x.npy"',
)
VARIABLES = {
    "CONVCHECK_STRIDES": ("0", "x", "1.5", "9" * 5000, "\x1b[2J"),
    "CONVCHECK_PADDING": ("some", "9" * 5000, "\x1b[2J", "-1"),
    "CONVCHECK_FILTERS": ("0", "x", "9" * 5000),
    "CONVCHECK_TIMEOUT": ("nan", "0", "x"),
    "CONVCHECK_MAX_SUM": ("nan", "-1", "x"),
    "CONVCHECK_STRICT": ("maybe", "\x07"),
    "CONVCHECK_FORMAT": ("xml", "\x1b]0;t\x07"),
    "CONVCHECK_KERNEL": ("sevens", "n" * 300, "\x1b[2J"),
    "CONVCHECK_IMPLEMENTATION": ("tff", "\x1b[2J", "tf tf"),
    "CONVCHECK_SEED": ("-1", "x"),
    "CONVCHECK_OUTPUT": ("nowhere/r.txt", "."),
    "CONVCHECK_ACCEPT": ("nothing", "\x1b[2J"),
}
SMALL = ["compare", "--input", "random", "-i", "numpy"]


@functools.cache
def cases() -> list[Hostile]:
    """Files that are none, wrong types, what runs code, and variables."""
    found = [
        Hostile(f"pyproject: {name}", SMALL, {"pyproject.toml": content})
        for name, content in TABLES.items()
        # What is no regular file, or has no such table, is no project file of ours.
        if name not in ("a FIFO", "a link to /dev/zero")
    ]
    found += [
        Hostile(f"pyproject: {name}", SMALL, {"pyproject.toml": TABLES[name]}, codes=(0, 2))
        for name in ("a FIFO", "a link to /dev/zero")
    ]
    found += [
        Hostile(
            f"pyproject: {key} = {value}",
            ["compare"],
            {"pyproject.toml": f"[tool.convcheck]\n{key} = {value}\n"},
        )
        for key, values in WRONG.items()
        for value in values
    ]
    found += [
        Hostile(
            f"pyproject: {line}",
            ["compare", "--input", "random"] if not line.startswith("input") else ["compare"],
            {"pyproject.toml": f"[tool.convcheck]\n{line}\n", "evil.sh": "touch evil\n"},
            "pyproject.toml",
        )
        for line in RUNS
    ]
    found += [
        Hostile(
            f"a variable: {name}={value[:24]!r} of {len(value)}",
            ["compare"] if name == "CONVCHECK_IMPLEMENTATION" else SMALL,
            environment={name: value},
        )
        for name, values in VARIABLES.items()
        for value in values
    ]
    return found
