"""``python:MODULE:FUNCTION`` in place of a model, where the function gives none.

Its code is the user's own and may do what it likes; what it does ends in one line all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..case import Content, Hostile
from .bad_file import copied

CODE: dict[str, tuple[str, str]] = {
    "no function": ("", "python:bad:f"),
    "no Python": ("def f(:", "python:bad:f"),
    "null bytes": ("def f():\n  return '\0'", "python:bad:f"),
    "an import that is not there": ("import nobody_has_this\ndef f(): pass", "nobody_has_this"),
    "an import of itself": ("import bad\nbad.f()", "python:bad:f"),
    "raises": ("def f(): raise ValueError('no model')", "ValueError: no model"),
    "raises when imported": ("raise ValueError('no module')", "no module"),
    "raises lines": ("def f(): raise ValueError('a\\nb\\x1b[2Jc' * 1000)", "python:bad:f"),
    "raises what has no text": (
        "class E(Exception):\n  def __str__(self): raise E()\ndef f(): raise E()",
        "",
    ),
    "raises what is no exception": ("def f(): raise BaseException('base')", ""),
    "is interrupted": ("def f(): raise KeyboardInterrupt", ""),
    "needs arguments": ("def f(x): return x", "python:bad:f"),
    "no function but a number": ("f = 7", "python:bad:f"),
    "returns nothing": ("def f(): pass", "returned NoneType"),
    "returns a number": ("def f(): return 7", "returned int"),
    "returns a class": ("def f(): return dict", "returned type"),
    "returns a tuple": ("def f(): return 1, 2", "a tuple of int"),
    "returns what has a bad name": ("def f(): return type('\\x1b[2J', (), {})()", "returned"),
    "exits": ("import sys\ndef f(): sys.exit(0)", "called exit()"),
    "exits when imported": ("import sys\nsys.exit('bye')", ""),
    "ends its process": ("import os\ndef f(): os._exit(0)", "ended with exit code 0"),
    "dies": ("import os\ndef f(): os.kill(os.getpid(), 11)", "died with SIGSEGV"),
    "recurses": ("def f(): return f()", "RecursionError"),
    "wants all memory": ("def f(): return bytearray(1 << 50)", "MemoryError"),
    "prints": ("def f(): print('x\\n' * 100_000)", "returned NoneType"),
    "writes to every file": (
        "import os\n"
        "def f():\n"
        "  for number in range(64):\n"
        "    try: os.write(number, b'x' * 100)\n"
        "    except OSError: pass\n",
        "",
    ),
    "closes every file": ("import os\ndef f(): os.closerange(0, 64)", ""),
    "leaves a process": (
        "import subprocess, sys\n"
        "def f():\n"
        "  code = 'import time; time.sleep(600)'\n"
        "  subprocess.Popen([sys.executable, '-c', code], start_new_session=True)\n",
        "returned NoneType",
    ),
    "forks": ("import os\ndef f(): os.fork()", ""),
}
NAMES = ("python:", "python::", "python:bad", "python:bad:", "python::f", "python:lost:f",
         "python:\x1b[2J:f", "python:bad.f", "python:../bad:f", "python:bad:f?a=b")  # fmt: skip
ENDLESS = "import time\ndef f(): time.sleep(600)"


def functions(good: Path) -> Iterator[Hostile]:
    """Each as A or as B, in turn; ``good`` has a sound ``net.onnx``."""
    sound: dict[str, Content] = {"good.onnx": copied(good / "net.onnx")}
    met = [(name, "python:bad:f", code, words) for name, (code, words) in CODE.items()]
    met += [(repr(name), name, "def f(): pass", "") for name in NAMES]
    for i, (name, path, code, words) in enumerate(met):
        both = ["good.onnx", "--against", path][:: -1 if i % 2 else 1]
        files = {**sound, "bad.py": code}
        yield Hostile(f"a function: {name}", ["model", *both], files, words)
    yield Hostile(
        "a function: endless", ["model", "python:bad:f", "--against", "good.onnx",
        "--start-timeout", "3"], {**sound, "bad.py": ENDLESS}, "within 3 s", patience=6,
    )  # fmt: skip
