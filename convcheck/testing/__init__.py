"""Runs the conformance suite: is an implementation right on the whole family of convolutions?

One list of specs, :func:`specs`, over spatial rank, strides, dilations, padding, groups, depthwise
and transposed convolutions, bias, layouts, batches and operand types. Each is computed by the
implementation, in a process of its own, and judged by the exact result and the rounding bounds
alone, with no tolerance and no other framework to compare with.

For whoever registers an implementation of their own (the entry-point group
``convcheck.implementations``, or ``python:MODULE:FUNCTION``)::

    from convcheck.testing import conformance

    report = conformance("my-plugin")
    print(report.counts)            # {"specs": …, "within": …, "exact": …, "unavailable": …, …}
    assert not report.failures

As a test for each spec, with pytest::

    import pytest
    from convcheck.testing import Suite, specs

    @pytest.fixture(scope="module")
    def suite():
        with Suite("my-plugin") as running:
            yield running

    @pytest.mark.parametrize("spec", specs(), ids=str)
    def test_conforms(suite, spec):
        result = suite.run(spec)
        assert not result.failure, result.failure

``unavailable`` is no failure: an implementation says what it cannot do by raising, and
``report.unavailable`` lists the reasons. A failure that is known and not yours is an
:class:`Expectation`; pass yours as ``expected=``. On the command line ``convcheck conformance``
says why specs fail; the table of counts alone, for all that can run here or for those named::

    python -m convcheck.testing [NAME...] [--reasons]
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convcheck.testing.counts import table
    from convcheck.testing.expectation import Expectation
    from convcheck.testing.expectations import EXPECTED
    from convcheck.testing.families import specs
    from convcheck.testing.named_spec import NamedSpec
    from convcheck.testing.suite import Report, Result, Suite, conformance

_FILES = {
    "EXPECTED": "expectations",
    "Expectation": "expectation",
    "NamedSpec": "named_spec",
    "Report": "suite",
    "Result": "suite",
    "Suite": "suite",
    "conformance": "suite",
    "specs": "families",
    "table": "counts",
}
__all__ = [
    "EXPECTED",
    "Expectation",
    "NamedSpec",
    "Report",
    "Result",
    "Suite",
    "conformance",
    "specs",
    "table",
]


def __getattr__(name: str) -> Any:
    # Loaded when first used: ``python -m convcheck.testing`` hears signals before it loads NumPy.
    if name in _FILES:
        return getattr(importlib.import_module(f"{__name__}.{_FILES[name]}"), name)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
