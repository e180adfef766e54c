"""The formats of reports. To add one: its module, and its line here.

A format's module has ``render(result, context) -> str``, for each type of result in
``by_result``, from ``Check`` to the list of implementations. It is imported when its format is
asked for; this file imports nothing heavy, because the commands take their options from it.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import PurePath

from convcheck.errors import UsageError
from convcheck.reports.context import Context
from convcheck.reports.harmless import harmless, harmless_anywhere
from convcheck.reports.shown import shown


@dataclass(frozen=True)
class Format:
    """A format that a report can have."""

    name: str
    """As ``--format`` takes it."""
    suffixes: tuple[str, ...]
    """Of files in this format, such as ``.json``; () where a file's name cannot tell."""
    module: str
    """Where ``render`` is."""
    hidden_by_quiet: bool = False
    """Whether ``--quiet`` leaves it out: it is for people, not for programs."""
    has_commands: bool = False
    """Whether its lines are commands to a program that shows them as its log."""
    shows_numbers: bool = False
    """Whether it shows parts of the arrays: ``Context.excerpts``."""
    needs: tuple[tuple[str, str], ...] = ()
    """Packages that an install without frameworks may lack: what is imported, what to install."""

    @property
    def missing(self) -> tuple[str, ...]:
        """What to install first."""
        return tuple(name for module, name in self.needs if find_spec(module) is None)

    def check_installed(self) -> None:
        """Raises UsageError where something that it needs is not installed."""
        if self.missing:
            raise UsageError(
                f"the report in {self.name} needs what is not installed here; "
                f"pip install {' '.join(self.missing)}"
            )

    def render(self, result: object, context: Context) -> str:
        """The report of a result in this format."""
        context = replace(context, settings=shown(context.settings))
        text: str = importlib.import_module(self.module).render(shown(result), context)
        return harmless_anywhere(text) if self.has_commands else harmless(text)


FORMATS = {
    form.name: form
    for form in (
        Format("text", (".txt",), "convcheck.reports.text", hidden_by_quiet=True),
        Format("json", (".json",), "convcheck.reports.json"),
        Format("junit", (".xml",), "convcheck.reports.junit"),
        Format("markdown", (".md", ".markdown"), "convcheck.reports.markdown"),
        Format("github", (), "convcheck.reports.github", has_commands=True),
        Format(
            "html",
            (".html", ".htm"),
            "convcheck.reports.html",
            shows_numbers=True,
            needs=(("jinja2", "jinja2"), ("PIL", "pillow")),
        ),
    )
}
"""Name -> format, the default first."""
DEFAULT = next(iter(FORMATS))


def of_file(path: str) -> str | None:
    """The name of the format that a file's suffix stands for; None where it stands for none."""
    ending = PurePath(path).suffix.lower()
    return next((form.name for form in FORMATS.values() if ending in form.suffixes), None)
