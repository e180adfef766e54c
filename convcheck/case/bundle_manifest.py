"""The manifest of a bundle: its JSON Schema, and what of it is made of texts."""

from __future__ import annotations

from typing import Any

from convcheck.case.checks import LARGEST
from convcheck.case.dtypes import DTYPES
from convcheck.case.passes import GRADIENTS
from convcheck.results import ACTIVATIONS
from convcheck.untrusted.text import clean

SCHEMA = "convcheck.bundle/1"
MOST_OUTPUTS = 256
MOST_BYTES = 1 << 22
"""Of the manifest as JSON."""
_LONGEST_NAME = 4096  # a path's


def _object(properties: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {**properties, **(optional or {})},
        "required": list(properties),
        "additionalProperties": False,
    }


def _numbers(at_least: int) -> dict[str, Any]:
    number = {"type": "integer", "minimum": at_least, "maximum": LARGEST}
    return {"type": "array", "items": number, "minItems": 1, "maxItems": 3}


_TEXT = {"type": "string", "maxLength": _LONGEST_NAME}
_TEXT_OR_NULL = {"type": ["string", "null"], "maxLength": _LONGEST_NAME}
_PADS = {
    "type": "array",
    "items": {**_numbers(0), "minItems": 2, "maxItems": 2},
    "minItems": 1,
    "maxItems": 3,
}
_SCALE = {"type": "number", "exclusiveMinimum": 0, "maximum": 2.0**128}
_ZERO_POINT = {"type": "integer", "minimum": -(2**15), "maximum": 2**16 - 1}


def _by_channel(one: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": one, "minItems": 1}


_QUANTIZATION = _object(
    {
        "input_scale": _SCALE,
        "input_zero_point": _ZERO_POINT,
        "kernel_scales": _by_channel(_SCALE),
        "kernel_zero_points": _by_channel(_ZERO_POINT),
        "output_scale": _SCALE,
        "output_zero_point": _ZERO_POINT,
        "activation": {"enum": ACTIVATIONS},
    }
)
"""What the integers of a quantized case stand for: ``results.Quantization``."""
MANIFEST = _object(
    {
        "schema": {"const": SCHEMA},
        "convcheck_version": _TEXT,
        "spec": _object(
            {
                "kernel_size": _numbers(1),
                "strides": _numbers(1),
                "padding": {"anyOf": [{"enum": ["same", "valid"]}, _PADS]},
                "dilations": _numbers(1),
                "groups": {"type": "integer", "minimum": 1, "maximum": LARGEST},
                "transposed": {"type": "boolean"},
                "output_padding": {"anyOf": [{"type": "null"}, _numbers(0)]},
            }
        ),
        "data_format": {"enum": ["NHWC", "NCHW"]},
        "sources": {"type": "array", "items": _TEXT, "minItems": 3, "maxItems": 3},
        "dtypes": {
            "type": "object",
            "propertyNames": {"pattern": "^(input|kernel|bias|output_gradient|output_[0-9]{1,3})$"},
            "additionalProperties": {"enum": DTYPES},
            "required": ["input", "kernel"],
        },
        "outputs": {
            "type": "array",
            "maxItems": MOST_OUTPUTS,
            "items": _object(
                {
                    "name": {**_TEXT, "minLength": 1},
                    "call": _TEXT,
                    "dtypes": _object(
                        {
                            "input": {"enum": [*DTYPES, None]},
                            "kernel": {"enum": [*DTYPES, None]},
                            "compute": {"enum": [*DTYPES, "tfloat32", None]},
                            "output": {"enum": [*DTYPES, None]},
                        }
                    ),
                    "versions": {
                        "type": "object",
                        "additionalProperties": _TEXT,
                        "maxProperties": 100,
                    },
                    "device": _TEXT_OR_NULL,
                    "seconds": {"type": ["number", "null"], "minimum": 0, "maximum": 1e12},
                }
            ),
        },
    },
    optional={
        "quantization": _QUANTIZATION,
        "gradient": _object({"pass": {"enum": GRADIENTS}, "source": _TEXT}),
    },
)
"""What ``bundle.pack`` writes, and nothing else."""


def cleaned(part: Any) -> Any:
    """A part of a manifest with every text in it, keys too, fit for a line of a report."""
    if isinstance(part, str):
        return clean(part, _LONGEST_NAME)
    if isinstance(part, list):
        return [cleaned(one) for one in part]
    if isinstance(part, dict):
        return {cleaned(key): cleaned(value) for key, value in part.items()}
    return part
