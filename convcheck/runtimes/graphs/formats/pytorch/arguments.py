"""Arguments of the calls in a .pt2 archive: which tensors they name, and their values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from convcheck.errors import UsageError
from convcheck.untrusted.text import clean

NAMES_ONE = ("name", "as_name")
"""Keys whose value is the name of a tensor or of a size."""
_PLAIN = {"as_int", "as_ints", "as_float", "as_floats", "as_bool", "as_bools", "as_string"}
DTYPES = {
    1: torch.uint8,
    2: torch.int8,
    3: torch.int16,
    4: torch.int32,
    5: torch.int64,
    6: torch.float16,
    7: torch.float32,
    8: torch.float64,
    12: torch.bool,
    13: torch.bfloat16,
}
"""Number of a dtype in an archive -> the dtype."""
_MEMORY = {
    1: torch.contiguous_format,
    2: torch.channels_last,
    3: torch.channels_last_3d,
    4: torch.preserve_format,
}


def names_in(said: Mapping[str, Any]) -> tuple[str, ...]:
    """The tensors and sizes that an argument, or an output, names."""
    ((form, value),) = said.items()
    if form == "as_tensor":
        return (value["name"],)
    if form == "as_tensors":
        return tuple(one["name"] for one in value)
    if form == "as_optional_tensors":
        return tuple(one["as_tensor"]["name"] for one in value if "as_tensor" in one)
    if form in ("as_sym_int", "as_sym_bool", "as_sym_float"):
        return (value["as_name"],) if "as_name" in value else ()
    if form in ("as_sym_ints", "as_sym_bools", "as_sym_floats"):
        return tuple(one["as_name"] for one in value if "as_name" in one)
    return ()


def value_of(said: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
    """An argument's value where the tensors and sizes that it names have these values.

    Raises UsageError for what is no data: graphs, objects.
    """
    ((form, value),) = said.items()
    if form in _PLAIN:
        return value
    if form == "as_none":
        return None
    if form == "as_tensor":
        return values[value["name"]]
    if form == "as_tensors":
        return [values[one["name"]] for one in value]
    if form == "as_optional_tensors":
        return [values[one["as_tensor"]["name"]] if "as_tensor" in one else None for one in value]
    if form in ("as_sym_int", "as_sym_bool", "as_sym_float"):
        return _size(value, values)
    if form in ("as_sym_ints", "as_sym_bools", "as_sym_floats"):
        return [_size(one, values) for one in value]
    if form == "as_scalar_type" and value in DTYPES:
        return DTYPES[value]
    if form == "as_memory_format" and value in _MEMORY:
        return _MEMORY[value]
    if form == "as_device":
        return torch.device("cpu")
    if form == "as_layout":
        return torch.strided
    raise UsageError(f"it gives an operator {clean(form, 40)}, which is not read here")


def _size(said: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
    return values[said["as_name"]] if "as_name" in said else next(iter(said.values()))
