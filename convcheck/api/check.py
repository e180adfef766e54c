"""What ``compare`` returns: a check's result, with the reports of the command line."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from convcheck import results
from convcheck.reports.context import Context
from convcheck.reports.json import document
from convcheck.reports.labels import labels
from convcheck.reports.registry import FORMATS
from convcheck.reports.wording import headline_words


@dataclass(frozen=True, repr=False)
class Check(results.Check):
    """Everything that was found about one case. ``print(check)`` prints the text report."""

    @classmethod
    def of(cls, result: results.Check) -> Check:
        """The result of a check as Python users get it."""
        return cls(**{one.name: getattr(result, one.name) for one in fields(result)})

    def __str__(self) -> str:
        return FORMATS["text"].render(self, Context())

    def __repr__(self) -> str:
        names = ", ".join(labels(self.judgements).values())
        return f"<convcheck.Check {headline_words(self.verdict, self.exit_code)}: {names}>"

    def to_dict(self) -> dict[str, Any]:
        """The JSON report as nested dicts; ``convcheck compare --format json`` prints it."""
        return document(self, Context())

    def to_json(self) -> str:
        """The JSON report, described by ``compare.schema.json`` in ``convcheck.reports.json``."""
        return FORMATS["json"].render(self, Context())
