"""The fixture ``convcheck_case``: records a case and its output, or holds an output against it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convcheck.pytesting.places import bundle_path

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from convcheck.case.bundle import Bundle
    from convcheck.case.case import Case
    from convcheck.results import Output

_ANEW = "pytest --convcheck-update"


@dataclass(repr=False)
class Recorder:
    """``convcheck_case`` of one test: call it with an output and the case that it is of."""

    test_file: Path
    test: str
    """Its name as pytest has it, with class and parameters."""
    update: bool
    """Whether recordings are written, not verified."""
    written: list[tuple[str, str]] = field(default_factory=list)
    """(file, what is to be said of it) of what was recorded."""
    _paths: list[Path] = field(default_factory=list)

    def __repr__(self) -> str:  # pytest shows it above every failure
        return f"<convcheck_case of {self.test}>"

    def __call__(
        self,
        actual: ArrayLike,
        input: ArrayLike,  # noqa: A002 - the field's word
        kernel: ArrayLike,
        *,
        name: str | None = None,
        bias: ArrayLike | None = None,
        strides: int | Sequence[int] = 1,
        padding: Any = "same",
        dilations: int | Sequence[int] = 1,
        groups: int = 1,
        transposed: bool = False,
        output_padding: int | Sequence[int] | None = None,
        input_layout: str | None = None,
        kernel_layout: str | None = None,
        compute: str | None = None,
        accumulate: str | None = None,
    ) -> None:
        """Hold ``actual`` against what was recorded for this case, as ``convcheck verify`` does.

        It passes where it has the recorded values, or is the convolution up to rounding. With
        ``pytest --convcheck-update`` case and output are recorded instead, in a bundle beside the
        test. ``name`` tells several calls of one test apart; else they are numbered. All else is
        as ``convcheck.assert_equivalent`` takes it. Raises AssertionError where the output, the
        case or its options are not those that were recorded, and where nothing was.
        """
        __tracebackhide__ = True  # pytest shows the test, not this
        # Here: a test session that never calls this loads no NumPy for it.
        from convcheck.api.arrays import in_layout, make_case
        from convcheck.api.failure import given

        path = self._path(name)
        case = make_case(
            input,
            kernel,
            bias=bias,
            strides=strides,
            padding=padding,
            dilations=dilations,
            groups=groups,
            transposed=transposed,
            output_padding=output_padding,
            input_layout=input_layout,
            kernel_layout=kernel_layout,
        )
        output = given(in_layout(actual, input_layout), compute, accumulate)
        why = self._record(path, case, output) if self.update else _verify(path, case, output)
        if why is not None:
            raise AssertionError(why)

    def _path(self, name: str | None) -> Path:
        """The bundle of this call. Raises UsageError where another call has it already."""
        __tracebackhide__ = True
        from convcheck.errors import UsageError

        number = len(self._paths) + 1
        call = name if name is not None else "" if number == 1 else str(number)
        path = bundle_path(self.test_file, self.test, call)
        if path in self._paths:
            raise UsageError(
                f"convcheck_case is called twice with the name {call!r} in {self.test}; give each "
                "call another name="
            )
        self._paths.append(path)
        return path

    def _record(self, path: Path, case: Case, output: Output) -> str | None:
        """Write the bundle, unless it holds the same already. None: nothing can fail."""
        from convcheck.case.bundle import pack
        from convcheck.pytesting.versions import loaded
        from convcheck.version import __version__
        from convcheck.writing import write_whole

        if _is_recorded(path, case, output):
            self.written.append((_near(path), "is as it was"))
            return None
        standing = _standing(case, output)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, pack(case, [replace(output, versions=loaded())], __version__))
        self.written.append((_near(path), standing))
        return None


def _verify(path: Path, case: Case, output: Output) -> str | None:
    """Why the output does not pass; None where it does."""
    from convcheck.api.failure import check_given, message, worst_element
    from convcheck.errors import UsageError
    from convcheck.plan import Plan, as_recorded
    from convcheck.pytesting.changes import same_values
    from convcheck.pytesting.versions import loaded

    if not path.exists():
        return f"nothing is recorded for this case in {_near(path)}; record it: {_ANEW}"
    try:
        bundle = _read(path)
    except UsageError as error:
        return f"{error}; or record it anew: {_ANEW}"
    changed = _changed(bundle, case, output)
    if changed:
        return (
            f"this is not the case that was recorded in {_near(path)}: {'; '.join(changed)}. If "
            f"that is meant, record it anew: {_ANEW}"
        )
    (recorded,) = bundle.outputs
    assert recorded.array is not None
    assert output.array is not None
    if same_values(recorded.array, output.array):
        return None
    recorded = as_recorded(recorded)
    now = replace(output, versions=loaded())
    pairs = [(recorded.name, now.name)]
    check = check_given(Plan(case, (), [recorded], [now], pairs=pairs, verifies=True))
    if not check.exit_code:
        return None
    judgement = check.judgements[-1]
    first = (
        f"this is not what was recorded in {_near(path)}: {worst_element(judgement, case)}. If it "
        f"is right now, record it anew: {_ANEW}"
    )
    return message(first, case, check)


def _read(path: Path) -> Bundle:
    """The bundle that this fixture wrote. Raises UsageError for any other file."""
    from convcheck.case.bundle import unpack
    from convcheck.errors import UsageError

    bundle = unpack(str(path))
    if len(bundle.outputs) != 1:
        raise UsageError(
            f"{_near(path)} holds {len(bundle.outputs)} outputs, expected the one of a test"
        )
    return bundle


def _is_recorded(path: Path, case: Case, output: Output) -> bool:
    """Whether the bundle holds this case and output: then a repository sees no change."""
    from convcheck.errors import UsageError
    from convcheck.pytesting.changes import same_values

    try:
        bundle = _read(path)
    except UsageError:
        return False
    was, now = bundle.outputs[0].array, output.array
    if was is None or now is None or was.dtype != now.dtype or not same_values(was, now):
        return False
    return not _changed(bundle, case, output)


def _changed(bundle: Bundle, case: Case, output: Output) -> list[str]:
    from convcheck.pytesting.changes import changes

    (recorded,) = bundle.outputs
    found = list(changes(bundle.case, case))
    if recorded.name != output.name:  # it holds compute= and accumulate=
        found.append(f"the output was declared {recorded.name} and is {output.name}")
    return found


def _standing(case: Case, output: Output) -> str:
    """What is to be said of a recorded output: "" where it is this convolution."""
    from convcheck.api.failure import worst_element
    from convcheck.results import PASSES
    from convcheck.verdict.judge import judge

    (judgement,) = judge(case, [output]).judgements
    if judgement.status in PASSES:
        return ""
    return f"recorded, but it is not this convolution: {worst_element(judgement, case)}"


def _near(path: Path) -> str:
    """The file as seen from the current folder."""
    return os.path.relpath(path)
