"""Writes files whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from convcheck.errors import UsageError
from convcheck.untrusted.text import clean


def write_whole(path: str | Path, data: bytes) -> None:
    """Write all of it or nothing: an interrupted write leaves the old file. Raises UsageError."""
    temporary: Path | None = None
    try:
        if os.path.exists(path) and not os.path.isfile(path):  # /dev/stdout, a pipe
            Path(path).write_bytes(data)
            return
        target = Path(os.path.realpath(path))  # what a link leads to is replaced, not the link
        old = target.stat().st_mode & 0o777 if target.exists() else None
        # Named before it exists: whenever an interruption comes, it is known what to remove.
        temporary = target.with_name(f".convcheck-{secrets.token_hex(8)}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with open(os.open(temporary, flags, 0o666), "wb") as file:
            file.write(data)
        if old is not None:
            os.chmod(temporary, old)
        os.replace(temporary, target)
    except BaseException as error:  # an interruption leaves no file either
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            why = error.strerror or error
            raise UsageError(f"cannot write {clean(path)}: {clean(why)}") from error
        raise
