"""Where a command's results go, and in which formats."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from convcheck.errors import UsageError
from convcheck.reports.registry import DEFAULT, FORMATS, Format, of_file


@dataclass(frozen=True)
class Target:
    """One report of a command."""

    format: Format
    path: str | None
    """A file; None for stdout."""


@dataclass(frozen=True)
class Reporting:
    """Where a command's results go, and in which formats.

    Raises UsageError for formats that cannot be told which file they are of.
    """

    formats: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    """Files as typed; ``-`` is stdout."""
    preset: bool = False
    """Whether the format was not typed, but set beforehand: a file's known suffix counts more."""
    plot: str | None = None
    verbose: bool = False
    quiet: bool = False

    def __post_init__(self) -> None:
        if [target.path for target in self.targets].count(None) > 1:
            raise UsageError("only one report can go to standard output; give the others -o FILE")

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """The reports to write.

        Each file has its suffix's format, unless there are as many formats as files. One format
        beside several files is that of standard output.
        """
        paths = [None if path == "-" else path for path in self.outputs or ("-",)]
        return tuple(Target(FORMATS[name], path) for name, path in self._paired(paths))

    def _paired(self, paths: list[str | None]) -> list[tuple[str, str | None]]:
        default = self.formats[0] if self.preset else DEFAULT
        formats = () if self.preset else self.formats
        if len(formats) == len(paths):
            return list(zip(formats, paths, strict=True))
        if len(formats) > 1:
            raise UsageError(
                f"{len(formats)} --format and {len(self.outputs)} -o: give each -o a --format of "
                "its own, or none, then each takes its suffix's"
            )
        if formats and None not in paths:
            paths = [None, *paths]
        on_stdout = formats[0] if formats else default
        return [(on_stdout if path is None else of_file(path) or default, path) for path in paths]

    @property
    def shows_numbers(self) -> bool:
        """Whether a report shows parts of the arrays."""
        return any(target.format.shows_numbers for target in self.targets)

    @property
    def maps(self) -> bool:
        """Whether the errors of every output are needed, for a picture."""
        return self.plot is not None or self.shows_numbers

    @property
    def files(self) -> list[str]:
        """The files that reports go to."""
        return [target.path for target in self.targets if target.path is not None]
