"""Results of two models, made by hand, for tests of how they are shown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from convcheck.case.spec import ConvSpec
from convcheck.model.against.results import (
    INPUT,
    AgainstCheck,
    LayerPlace,
    ModelSide,
    OutputDifference,
    PairCheck,
    Place,
    SegmentCheck,
)
from convcheck.results import Check, Experiment, Finding, Verdict

PADDED = ConvSpec((3, 3), (2, 2), ((1, 1), (1, 1)), (1, 1), 1, False, None)
SHIFTED = ConvSpec((3, 3), (2, 2), ((0, 1), (0, 1)), (1, 1), 1, False, None)
TRANSPOSED = ConvSpec((2, 2), (2, 2), ((0, 0), (0, 0)), (1, 1), 1, True, (1, 1))
SIDE = Finding(
    "same-padding-side",
    "B",
    "proved",
    "B pads 0:1, A 1:1",
    (Experiment("1:1 in B", 0.0, "pad before"),),
    fix="pad 1:1 in B",
    also=("spatial-shift",),
)
CLIPPED = Finding("clipped", "B", "supported", "A clips at 6 (relu6), B does not", fix="relu6")


def pair(name: str, verdict: Verdict = Verdict.ROUNDING, b: str = "", **more: Any) -> PairCheck:
    """A pair; ``specs``, ``weights``, ``findings`` and ``checks`` as given."""
    return PairCheck(
        **{
            "a": name,
            "b": b or f"{name}/Relu",
            "how": "weights",
            "specs": (PADDED, PADDED),
            "input_shapes": ((1, 8, 8, 3), (1, 8, 8, 3)),
            "filters": (4, 4),
            "weights": "equal",
            "verdict": verdict,
            **more,
        }
    )


def segment(after: str, before: str, *findings: Finding, units: float = 1.5) -> SegmentCheck:
    """What lies before a convolution; it differs from 12 units on."""
    verdict = Verdict.ROUNDING if units <= 12 else Verdict.DIFFERENT
    parts = ("relu6", None) if findings else (None, None)
    others = [name if name in ("input", "output") else f"{name}/Relu" for name in (after, before)]
    return SegmentCheck(
        *(((after,), (others[0],)), (before, others[1]), verdict, units, 12.0),
        operations=parts,
        findings=findings,
    )


def side(path: str, *names: str, skip: bool = False) -> ModelSide:
    """A model whose convolutions follow each other; ``skip``: the last takes the first's too."""
    layers = [LayerPlace(name, (i - 1 if i else INPUT,)) for i, name in enumerate(names)]
    if skip:
        layers[-1] = LayerPlace(names[-1], (0, len(names) - 2))
    return ModelSide(
        *(path, path.rpartition(".")[2], len(names), "random (1, 8, 8, 3) float32"),
        versions={"keras": "3.1"},
        layers=tuple(layers),
        outputs=((len(names) - 1,),),
    )


def sound(count: int = 3, **more: Any) -> AgainstCheck:
    """Two models that are the same up to rounding."""
    names = [f"conv{i}" for i in range(count)]
    between = zip(["input", *names], [*names, "output"], strict=True)
    return AgainstCheck(
        **{
            "a": side("net.keras", *names, skip=count > 2),
            "b": side("net.tflite", *(f"{name}/Relu" for name in names), skip=count > 2),
            "pairs": tuple(pair(name) for name in names),
            "segments": tuple(segment(*ends) for ends in between),
            "places": (),
            "end_to_end": (OutputDifference("logits", 1.5, 0.5, 0.25, 3, 10),),
            **more,
        }
    )


def different(*checks: Check, **more: Any) -> AgainstCheck:
    """Three pairs, of which one is wrong; a segment that differs, seen twice; one without partner.

    What differs is in run order the segment before conv1 and before the output, then conv2.
    """
    pairs = (
        pair("conv0"),
        pair("conv1", weights="float16"),
        pair(
            "conv2",
            Verdict.DIFFERENT,
            specs=(PADDED, SHIFTED),
            weights="different",
            findings=(SIDE,),
            checks=checks,
        ),
    )
    segments = (
        segment("input", "conv0"),
        segment("conv0", "conv1", CLIPPED, units=3e5),
        segment("conv1", "conv2", units=0.0),
        segment("conv2", "output", CLIPPED, units=math.inf),
    )
    places = (
        Place("conv2 (B: conv2/Relu)", (SIDE,), math.inf, pairs=(2,)),
        Place("between conv0 and conv1", (CLIPPED,), 2.5e4, segments=(1, 3)),
    )
    names = ("conv0", "conv1", "twin", "conv2")
    settings: Mapping[str, Any] = {
        "pairs": pairs,
        "segments": segments,
        "places": places,
        "a": side("net.keras", *names, "lost", skip=True),
        "b": side("net.tflite", "new", "conv0/Relu", "conv1/Relu", "conv2/Relu"),
        "unmatched_a": ("lost",),
        "unmatched_b": ("new",),
        "merged_a": (("twin", "conv1"),),
        "blind_spots": ("no value reached 6 before conv2",),
        "end_to_end": (OutputDifference("logits", message="shapes (1, 2) and (1, 3)"),),
        "left_out": 1,
    }
    return AgainstCheck(**{**settings, **more})


def accepted() -> AgainstCheck:
    """What differs was accepted, and all have a partner."""
    return different(unmatched_a=(), unmatched_b=(), accepted=("clipped", "same-padding-side"))


def unmatched() -> AgainstCheck:
    """Sound, but a convolution of each has no partner."""
    return sound(unmatched_a=("lost",), unmatched_b=("new",))


def empty(**more: Any) -> AgainstCheck:
    """Nothing matched."""
    return sound(0, **{"a": side("a.onnx", "conv"), "segments": (), **more})


def large(count: int = 53) -> AgainstCheck:
    """As many convolutions as ResNet50; some of them are wrong, each in its own way."""
    whole = sound(count)
    findings = [
        Finding("kernel-flip", "B", "proved", f"flipped in {i}", fix="do not") for i in range(3)
    ]
    wrong = {7 * i + 3: finding for i, finding in enumerate(findings)}
    pairs = tuple(
        pair(f"stage{i // 9}/block{i}/depthwise_separable_convolution_{i}", b=f"/model/Conv_{i}",
             weights="int8", verdict=Verdict.DIFFERENT if i in wrong else Verdict.ROUNDING,
             findings=(wrong[i],) if i in wrong else ())
        for i in range(count)
    )  # fmt: skip
    places = tuple(Place(pairs[i].a, pairs[i].findings, math.inf, pairs=(i,)) for i in wrong)
    names = [one.a for one in pairs]
    between = zip(["input", *names], [*names, "output"], strict=True)
    return AgainstCheck(
        side("net.keras", *names),
        side("net.onnx", *(one.b for one in pairs)),
        pairs,
        tuple(segment(*ends) for ends in between),
        places,
        end_to_end=whole.end_to_end,
    )


RESULTS = {
    "against": sound,
    "against-different": different,
    "against-accepted": accepted,
    "against-undecided": unmatched,
    "against-limit": lambda: sound(failures=("--strict: B's weights are float16 in conv1",)),
    "against-empty": empty,
    "against-allowed-empty": lambda: empty(allow_empty=True),
    "against-large": large,
}
"""A result of each kind and outcome."""
