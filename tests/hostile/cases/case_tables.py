"""Bad files of ``--cases``: what no project file may be or set either, and wrong tables."""

import functools
import os

from ..case import Content, Hostile
from . import settings
from .arrays import link, sparse

COMMAND = ["compare", "--cases", "c.toml", "--input", "random", "-i", "numpy"]
HEAD = '[[case]]\nname = "a"\n'
TABLES: dict[str, Content] = {
    "empty": "",
    "no TOML": "[[case]\n",
    "no UTF-8": b'[[case]]\nname = "\xff"\n',
    "NULs": b"[[case]]\n\0\0\0",
    "an array": b"\x93NUMPY\x01\x00",
    "case=3": "case = 3\n",
    "one table": '[case]\nname = "a"\n',
    "an empty list": "case = []\n",
    "a list of numbers": "case = [1, 2]\n",
    "a list of lists": "case = [[]]\n",
    "another table": f"{HEAD}[tool]\n",
    "another key": f"strides = 2\n{HEAD}",
    "no name": "[[case]]\nstrides = 2\n",
    "a number as a name": "[[case]]\nname = 1\n",
    "an empty name": '[[case]]\nname = ""\n',
    "a name with escapes": f'[[case]]\nname = "{settings.ESCAPE}"\n',
    "a name that turns": '[[case]]\nname = "a\\u202eb"\n',
    "a long name": f'[[case]]\nname = "{"n" * 100_000}"\n',
    "a name twice": HEAD + HEAD,
    "an unknown key with escapes": f'{HEAD}"{settings.ESCAPE}" = 1\n',
    "a key in two spellings": f"{HEAD}kernel-size = 1\nkernel_size = 1\n",
    "a table in a case": f"{HEAD}[case.strides]\na = 1\n",
    "deep lists": f"{HEAD}strides = " + "[" * 5000 + "]" * 5000,
    "deep tables": f"{HEAD}strides = " + "{a = " * 5000,
    "a number of 5,000 digits": f"{HEAD}strides = {'9' * 5000}\n",
    "20,000 bare tables": "[[case]]\n" * 20_000,
    "200 GB": sparse(200 * 10**9, b"[[case]]\n"),
    "a FIFO": os.mkfifo,
    "a folder": os.mkdir,
    "a link to /dev/zero": link("/dev/zero"),
}


@functools.cache
def cases() -> list[Hostile]:
    """Files that are none, wrong types, what runs code or leaves the folder."""
    found = [
        Hostile(f"--cases: {name}", COMMAND, {"c.toml": content}, "c.toml")
        for name, content in TABLES.items()
    ]
    lines = [f"{key} = {value}" for key, values in settings.WRONG.items() for value in values]
    lines += [*settings.RUNS, "quiet = true", "config = 'c.toml'", "cases = 'c.toml'"]
    found += [
        Hostile(
            f"--cases: {line}",
            COMMAND,
            {"c.toml": f"{HEAD}{line}\n", "evil.sh": "touch evil\n"},
            "c.toml: case 'a'",
        )
        for line in lines
    ]
    return found
