"""How much memory there is, and a refusal of what needs more, before any of it is taken."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from convcheck.errors import UsageError

_CGROUPS = Path("/sys/fs/cgroup")
_NO_LIMIT = 1 << 62
"""Bytes, more than there are anywhere."""
LITTLE = 1 << 20
"""Bytes that are taken without asking, since asking reads a dozen files: half a millisecond."""
_OWN_CGROUPS = Path("/proc/self/cgroup")


def check_memory(need: int, what: str) -> None:
    """Raises UsageError, with both figures, where ``need`` bytes are more than there are.

    ``what`` begins the message: what needs them.
    """
    if need <= LITTLE:
        return
    free = available()
    if need > free:
        raise UsageError(
            f"{what} needs at least {_shown(need)} of memory, and {_shown(free)} are free; "
            "make it smaller"
        )


def available() -> int:
    """Bytes that this process can still take: free memory, its cgroup's and its own limits."""
    return max(0, min(_free(), _cgroup(), _limit()))


@contextlib.contextmanager
def within_memory(most: int = _NO_LIMIT) -> Iterator[None]:
    """Code that may take ``most`` bytes, and no more than there are: else it gets MemoryError.

    Else the kernel ends a process of its choice. Only Linux counts so.
    """
    import resource

    old = resource.getrlimit(resource.RLIMIT_DATA)
    used = _used()
    if used is None:
        yield
        return
    limit = used + min(most, available())
    if old[0] != resource.RLIM_INFINITY:
        limit = min(limit, old[0])
    resource.setrlimit(resource.RLIMIT_DATA, (limit, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, old)


def _used() -> int | None:
    """Bytes of this process's private memory, as RLIMIT_DATA counts; None where it is not told."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmData:"):
                return int(line.split()[1]) << 10
    return None


def _shown(count: int) -> str:
    unit, size = ("GB", 1e9) if count >= 1e9 else ("MB", 1e6)
    return f"{count / size:,.1f} {unit}"


def _free() -> int:
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) << 10
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")  # macOS has no /proc


def _cgroup() -> int:
    """What the limits of this process's cgroup, and of those around it, leave."""
    most = _NO_LIMIT
    with contextlib.suppress(OSError):
        for line in _OWN_CGROUPS.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers and "memory" not in controllers.split(","):
                continue
            root = _CGROUPS / "memory" if controllers else _CGROUPS
            inner = root / path.strip("/")
            # In a container the path is the host's, and its own group is mounted as the root.
            for folder in {inner, *inner.parents, root}:
                if folder.is_relative_to(root):
                    most = min(most, _left(folder))
    return most


def _left(folder: Path) -> int:
    """Limit less use of one cgroup, of either version; what the kernel can drop is not used."""
    for limit, use in (
        ("memory.max", "memory.current"),
        ("memory.limit_in_bytes", "memory.usage_in_bytes"),
    ):
        with contextlib.suppress(OSError, ValueError):  # "max" is no number
            left = int((folder / limit).read_text()) - int((folder / use).read_text())
            words = (folder / "memory.stat").read_text().split()
            return left + int(words[words.index("inactive_file") + 1])
    return _NO_LIMIT


def _limit() -> int:
    """What this process's address space may still grow by."""
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft == resource.RLIM_INFINITY:
        return _NO_LIMIT
    with contextlib.suppress(OSError, ValueError, IndexError):
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        return soft - pages * os.sysconf("SC_PAGE_SIZE")
    return soft
