"""JSON Schemas of the heads that ``handler.py`` replies with, by operation."""

from __future__ import annotations

from typing import Any


def _object(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": [*required],
        "properties": {**required, **optional},
        "additionalProperties": False,
    }


_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_NUMBER = {"type": "number", "minimum": 0}
_SHAPE = {"type": ["array", "null"], "items": {"type": ["integer", "null"], "minimum": 0}}
_VERSIONS = {"type": "object", "additionalProperties": _TEXT}
_CALL = _object({"name": _TEXT, "kind": _TEXT})
_MISSED = _object({"name": _TEXT, "kind": _TEXT, "reason": _TEXT})
_INPUT = _object({"name": _TEXT, "shape": _SHAPE, "dtype": _TEXT})
_CLOSED = _object({"closed": {"const": True}})
_CASE = _object({"spec": {"type": "object"}, "data_format": {"enum": ["NHWC", "NCHW"]}})
_MODE = {
    "seconds": _NUMBER,
    "sum_abs": {"type": "number"},  # NaN where outputs are
    "max_abs": {"type": "number"},
    "relative": {"type": ["number", "null"]},
    "unequal": _COUNT,
    "total": _COUNT,
}


def _open_model(reply: dict[str, Any]) -> dict[str, Any]:
    return {"if": {"required": ["closed"]}, "then": _CLOSED, "else": reply}


REPLIES = {
    "model-open": _object({"inputs": {"type": "array", "items": _INPUT}, "versions": _VERSIONS}),
    "model-run": _open_model(
        _object(
            {
                "calls": {"type": "array", "items": _CALL},
                "missed": {"type": "array", "items": _MISSED},
            }
        )
    ),
    "model-call": _open_model(_object({"case": _CASE, "output": {"type": "object"}})),
    "model-mode": _open_model(_object(_MODE)),
}
"""An ``output`` is checked by ``runtimes/replies.py``, a ``spec`` where it is made one."""
