"""Which modules a command line loads, seen from a process of its own."""

import subprocess
import sys

HEAVY = (
    *"numpy rich asyncio jinja2 tensorflow keras torch jax onnxruntime".split(),
    *"scipy sklearn matplotlib PIL".split(),
)


def modules_of(*arguments: str, cwd: object = None) -> tuple[set[str], int]:
    """All modules that a command line loads, and its exit code."""
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
        "print(exit_code or 0, *sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=cwd
    )
    exit_code, *names = done.stdout.split()
    return set(names), int(exit_code)


def loaded(*arguments: str) -> tuple[set[str], int]:
    """Top-level modules that a command line loads, and its exit code."""
    names, exit_code = modules_of(*arguments)
    return {name.partition(".")[0] for name in names}, exit_code
