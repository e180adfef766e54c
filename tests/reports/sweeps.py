"""Results of sweeps, made by hand, for tests of how they are shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from convcheck.results import Verdict
from convcheck.sweep.results import (
    Axis,
    Change,
    Failure,
    Fault,
    Implementation,
    Kept,
    Shrunk,
    SweepCheck,
)

COMPARE = (
    "convcheck compare --input random --input-shape 1,3,3,1 --kernel random --kernel-size 1 "
    "--strides 2 -i keras"
)
FLIP = Failure(
    Fault(
        "keras", "kernel-flip", "proved", "keras computes the kernel flipped", ("kernel-mirror",)
    ),
    number=17,
    numbers=tuple(range(17, 57)),
    reproduce="convcheck sweep --only 17 --results all.jsonl",
    causes=("kernel-flip", "kernel-transpose"),
    shrunk=Shrunk(COMPARE, 25),
    common=("stride > kernel", "groups > 1"),
    passing_alike=3,
)
ODD = Failure(
    Fault("torch", "unexplained", "unexplained", "2 of 9 outputs leave their bound"),
    number=100,
    numbers=(100,),
    reproduce="convcheck sweep --only 100 --results all.jsonl",
    common=("dtype float16",),
)
RELATION = Failure(
    Fault("torch", "relation:input-negated", "proved", "input-negated: the output is another"),
    number=60,
    numbers=(60, 61, 62),
    reproduce="convcheck sweep --only 60 --results all.jsonl",
)
SHORT = Failure(
    Fault("torch", "wrong-shape", "wrong-shape", "shape (1, 2), expected (1, 3)"),
    number=1999,
    numbers=(1998, 1999),
    reproduce="convcheck sweep --only 1999 --results all.jsonl",
    common=("padding same",),
)
CRASH = Failure(
    Fault("torch", "crashed", "crashed", "died with SIGSEGV"),
    number=7,
    numbers=(7, 8, 9, 10),
    reproduce="convcheck compare --input random -i torch",
)
KERAS = Implementation(
    "keras",
    {"keras": "3.12.2", "tensorflow": "2.21.0"},
    {"exact": 1200, "within-bound": 730, "outside-bound": 40, "unavailable": 30},
    {"ValueError: no groups here. A long explanation": 20, "ValueError: float16": 10},
)
TORCH = Implementation(
    "torch",
    {"torch": "2.9.1"},
    {"exact": 100, "within-bound": 1800, "outside-bound": 1, "wrong-shape": 2, "crashed": 1},
    {f"reason {i} of a framework": 1 for i in range(9)},
)
ABSENT = Implementation(
    "jax", {}, {"unavailable": 2000}, {"ModuleNotFoundError: No module named 'jax'": 2000}
)
NONE_RAN = "jax computes none of the cases: ModuleNotFoundError: No module named 'jax'"
COUNTS = {"identical": 1200, "rounding": 720, "different": 46, "undecided": 4}
AXES = Axis(
    ("stride", "kernel_size"),
    {
        (stride, kernel): {"rounding": 40 - failing, "different": failing}
        for stride, kernel, failing in [
            ("1", "1", 0),
            ("1", "3", 0),
            ("2", "1", 3),
            ("2", "3", 0),
            ("10", "1", 40),
            ("10", "3", 20),
        ]
    },
)


def relations(who: str, failed: int) -> tuple[Kept, ...]:
    return (
        Kept(who, "input-negated", {"held": 90 - failed, "failed": failed, "untested": 10}, 60),
        Kept(who, "kernel-negated", {"held": 90, "untested": 10}),
        Kept(who, "input-times-8", {"held": 100}),
    )


def properties(who: str, within: int) -> tuple[Kept, ...]:
    return (
        Kept(who, "run-again", {"equal": 100}),
        Kept(who, "batch-split", {"equal": 100 - within, "within": within}, 4),
        Kept(who, "exact-on-integers", {"equal": 40, "within": within, "outside": 1}, 5),
    )


CHANGES = (
    Change(3, "keras", "exact", "outside-bound", False, "convcheck sweep --only 3"),
    Change(4, "keras", "exact", "exact", True, "convcheck sweep --only 4"),
    Change(5, "keras", "exact", "exact", True, "convcheck sweep --only 5"),
    Change(3, "torch", "within-bound", "within-bound", True, "convcheck sweep --only 3"),
)


def sound(**more: Any) -> SweepCheck:
    """A sweep in which nothing fails."""
    plain = {
        "source": "2,000 random cases, seed 0",
        "total": 2000,
        "counts": {"identical": 1200, "rounding": 800},
        "implementations": (
            replace(KERAS, by_status={"exact": 1200, "within-bound": 800}, refused={}),
        ),
        "versions": {"numpy": "2.4.0"},
        "seconds": 61.5,
    }
    return SweepCheck(**{**plain, **more})  # type: ignore[arg-type]


def failing(**more: Any) -> SweepCheck:
    """A sweep in which two implementations fail, in four ways."""
    plain = {
        "counts": COUNTS,
        "skipped": 30,
        "impossible": 12,
        "failures": (ODD, RELATION, FLIP, SHORT),
        "implementations": (KERAS, TORCH),
        "relations": (*relations("keras", 0), *relations("torch", 3)),
        "properties": (*properties("keras", 0), *properties("torch", 7)),
        "axes": AXES,
        "results": "all.jsonl",
    }
    return sound(**{**plain, **more})


def limited() -> SweepCheck:
    return sound(limits=("--identical: 800 cases are not identical",))


def grouped(number: int) -> SweepCheck:
    """As many groups of failures, group i of i + 1 cases."""
    groups = tuple(
        replace(
            FLIP,
            fault=replace(FLIP.fault, cause=f"cause-{i:05}"),
            number=i * number,
            numbers=tuple(range(i * number, i * number + i + 1)),
        )
        for i in range(number)
    )
    failing_cases = sum(len(one.numbers) for one in groups)
    return failing(failures=groups, counts={"rounding": 1000, "different": failing_cases})


RESULTS: dict[str, Callable[[], SweepCheck]] = {
    "sound": sound,
    "failing": failing,
    "limit": limited,
    "limit-and-failing": lambda: failing(limits=limited().limits),
    "undecided": lambda: sound(
        counts={"identical": 1996, "undecided": 4},
        implementations=(replace(TORCH, by_status={"exact": 1996, "crashed": 4}),),
        failures=(CRASH,),
    ),
    "crashing-and-failing": lambda: failing(failures=(CRASH, ODD)),
    "absent": lambda: sound(implementations=(KERAS, ABSENT), none_ran=(NONE_RAN,)),
    "unfinished": lambda: sound(counts={"rounding": 800}, unfinished=1200),
    "accepted": lambda: sound(counts={"rounding": 1990, "different": 10}),
    "changed": lambda: sound(changes=CHANGES, against="before.jsonl"),
    "unchanged": lambda: sound(changes=(), against="before.jsonl"),
    "none": lambda: SweepCheck("a grid", 0, {}, impossible=7),
    "skipped": lambda: sound(counts={}, skipped=2000, implementations=(), none_ran=(NONE_RAN,)),
}
"""A sweep of each kind and outcome."""
VERDICTS = {one.value for one in Verdict}
