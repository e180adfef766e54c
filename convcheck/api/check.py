"""What ``compare`` returns: a check's result, with the reports of the command line."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np

from convcheck import results
from convcheck.api.page import fragment, page
from convcheck.case.bundle import pack
from convcheck.errors import UsageError
from convcheck.quantized.any_case import operands_of
from convcheck.reports.context import Context
from convcheck.reports.json import document
from convcheck.reports.labels import labels
from convcheck.reports.registry import FORMATS, of_file
from convcheck.reports.wording import headline_words
from convcheck.untrusted.text import clean
from convcheck.version import __version__
from convcheck.writing import write_whole

if TYPE_CHECKING:
    import os

    from convcheck.quantized.any_case import AnyCase

_BUNDLE = ".npz"


@dataclass(frozen=True, repr=False)
class Check(results.Check):
    """Everything that was found about one case. ``print(check)`` prints the text report.

    Two are equal that report the same, of outputs with the same values.
    """

    arrays: AnyCase | None = field(default=None, compare=False)
    """The case with its arrays, for a page or a bundle; None where it was not kept."""

    @classmethod
    def of(cls, result: results.Check, case: AnyCase | None = None) -> Check:
        """The result of a check as Python users get it."""
        return cls(**{one.name: getattr(result, one.name) for one in fields(result)}, arrays=case)

    def __str__(self) -> str:
        return FORMATS["text"].render(self, Context())

    def __repr__(self) -> str:
        names = ", ".join(labels(self.judgements).values())
        return f"<convcheck.Check {headline_words(self.verdict, self.exit_code)}: {names}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Check):
            return NotImplemented
        pairs = zip(self.judgements, other.judgements, strict=False)
        return self.to_dict() == other.to_dict() and all(
            _same(a.output.array, b.output.array) for a, b in pairs
        )

    __hash__ = None  # type: ignore[assignment]

    def _repr_html_(self) -> str:
        """What a notebook shows: the text report, and the page to unfold."""
        return fragment(self, self.arrays)

    def to_dict(self) -> dict[str, Any]:
        """The JSON report as nested dicts; ``convcheck compare --format json`` prints it."""
        return document(self, Context())

    def to_json(self) -> str:
        """The JSON report, described by ``compare.schema.json`` in ``convcheck.reports.json``."""
        return FORMATS["json"].render(self, Context())

    def to_html(self) -> str:
        """The page: one file that opens offline, to look at each output and its errors."""
        return page(self, self.arrays, Context())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the report whose format the file's suffix names; ``.npz`` is a bundle to verify.

        Raises UsageError for another suffix, and where the file cannot be written.
        """
        name = str(path)
        if PurePath(name).suffix.lower() == _BUNDLE:
            write_whole(name, self._bundle())
            return
        form = of_file(name)
        if form is None:
            known = [suffix for one in FORMATS.values() for suffix in one.suffixes]
            raise UsageError(
                f"{clean(name)} names no format by its suffix; expected one of "
                f"{', '.join([*known, _BUNDLE])}"
            )
        text = self.to_html() if form == "html" else FORMATS[form].render(self, Context())
        write_whole(name, text.encode() + b"\n")

    def _bundle(self) -> bytes:
        if self.arrays is None:
            raise UsageError("this check has no arrays to record; save one that compare returned")
        outputs = [one.output for one in self.judgements]
        return pack(operands_of(self.arrays), outputs, __version__, self.case.quantization)


def _same(a: results.Array | None, b: results.Array | None) -> bool:
    """Whether two outputs have the same values, in the same dtype; NaN is NaN."""
    if a is None or b is None:
        return a is b
    with_nan = a.dtype.kind not in "iub"
    return a.dtype == b.dtype and bool(np.array_equal(a, b, equal_nan=with_nan))
