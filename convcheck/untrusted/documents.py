"""JSON from elsewhere, and documents of any kind held against a JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from convcheck.errors import UsageError
from convcheck.untrusted.text import clean


def parse_json(text: bytes | str, what: str) -> Any:
    """The document in a JSON text; ``what`` names it in messages.

    Raises UsageError for what is no JSON, also where it is nested too deep or has a number that
    is too long to read.
    """
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:  # a wrong encoding is a ValueError too
        raise UsageError(f"{clean(what)} is no JSON: {clean(error)}") from error


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number of JSON")


def check_document(document: object, schema: Mapping[str, Any], what: str) -> None:
    """Raises UsageError, which says where and what was expected, unless the schema holds."""
    # Here: it takes as long to import as the rest of the command line.
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    try:
        worst = best_match(Draft202012Validator(schema).iter_errors(document))
    except RecursionError as error:
        raise UsageError(f"{clean(what)} is nested too deep") from error
    if worst is not None:
        place = "".join(f"[{k}]" if isinstance(k, int) else f".{k}" for k in worst.absolute_path)
        where = f" at {clean(place[1:] if place.startswith('.') else place, 80)}" if place else ""
        raise UsageError(f"{clean(what)}{where}: {clean(worst.message, 160)}")
