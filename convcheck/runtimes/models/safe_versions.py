"""Which Keras versions open a model file without running, or reading, what the file names."""

from __future__ import annotations

import re


def version_of(text: str) -> tuple[int, ...]:
    """The numbers of a version, three at most."""
    return tuple(int(part) for part in re.findall(r"\d{1,9}", text)[:3])


def is_safe(version: str) -> bool:
    """Whether this Keras's safe mode holds for every model file.

    Before 3.11.3 it did not cover .h5 files (CVE-2025-9905), and a file could switch it off
    (CVE-2025-9906, CVE-2025-49655). 3.12.2 and 3.14.1 are the first that refuse the links by which
    a legacy .h5 reads other files; no 3.13 does.
    """
    numbers = version_of(version)
    return (3, 12, 2) <= numbers < (3, 13) or numbers >= (3, 14, 1)


UPGRADE = "pip install --upgrade 'keras>=3.14.1'"
"""The command that brings one that is."""
