"""Does a worker import of convcheck only what computes, and NumPy not before it is needed?"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import convcheck

PACKAGE = Path(convcheck.__file__).parent
MAY_IMPORT = set(
    "runtimes implementations case quantized orders untrusted results errors spelling".split()
)
FILES = [
    path.relative_to(PACKAGE)
    for folder in ("runtimes", "implementations", "quantized", "orders", "case", "untrusted")
    for path in sorted((PACKAGE / folder).rglob("*.py"))
]


def imported(text: str) -> set[str]:
    """The packages of convcheck that a file's text imports, wherever it does."""
    return set(re.findall(r"(?:from|import) convcheck\.(\w+)", text))


@pytest.mark.parametrize("file", FILES, ids=str)
def test_does_a_file_that_workers_import_keep_to_its_packages(file):
    assert imported((PACKAGE / file).read_text()) <= MAY_IMPORT


def test_would_another_package_be_noticed():
    assert imported("    from convcheck.verdict.judge import judge\n") == {"verdict"}
    assert imported((PACKAGE / "check" / "real.py").read_text()) - MAY_IMPORT


def test_does_a_worker_start_without_numpy():
    code = "import sys, convcheck.runtimes.worker; sys.exit('numpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
