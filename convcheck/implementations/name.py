"""The grammar of an implementation's name: ``NAME[@PYTHON][?key=value[&key=value...]]``."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from convcheck.errors import Mistake

_TARGETED = ("file:", "python:")


@dataclass(frozen=True)
class Name:
    """An implementation's name as the user typed it, and its parts."""

    text: str
    """As typed."""
    base: str
    """``tf``, ``keras``, ``file:``, ``python:`` …"""
    target: str = ""
    """What follows ``file:`` or ``python:``."""
    python: str | None = None
    """Path of another interpreter."""
    environment: tuple[tuple[str, str], ...] = ()
    """Environment variables of its process: the upper-case keys."""
    options: tuple[tuple[str, str], ...] = ()
    """The lower-case keys."""

    def option(self, key: str, default: str = "") -> str:
        """The value of a lower-case key."""
        return dict(self.options).get(key, default)

    def with_option(self, key: str, value: str) -> Name:
        """The same implementation with one option set to another value."""
        options = {**dict(self.options), key: value}
        pairs = [*self.environment, *options.items()]
        stem = self.text.rpartition("?")[0] if self.environment or self.options else self.text
        text = stem + "?" + "&".join(f"{k}={v}" for k, v in pairs)
        return Name(
            text, self.base, self.target, self.python, self.environment, tuple(options.items())
        )


def parse(text: str) -> Name:
    """Parse a name.

    Raises Mistake for text that does not follow the grammar. Whether the name and its keys are
    known is decided in ``registry.py``.
    """
    prefix = next((p for p in _TARGETED if text.startswith(p)), "")
    body, query = _split_query(text[len(prefix) :], targeted=bool(prefix))
    body, python = _split_python(body, targeted=bool(prefix))
    if not (body or prefix):
        raise Mistake(f"'{text}' names no implementation; write for instance tf or keras")
    if prefix and not body:
        expected = "file:PATH.npy" if prefix == "file:" else "python:MODULE:FUNCTION"
        raise Mistake(f"'{text}' lacks its target; expected {expected}")
    if text.endswith("?"):
        raise Mistake(f"'{text}' lacks key=value after its ?; add one or leave the ? out")
    pairs = [_pair(text, part) for part in query.split("&")] if query else []
    keys = [key for key, _ in pairs]
    twice = {key for key in keys if keys.count(key) > 1}
    if twice:
        raise Mistake(f"'{text}' gives {min(twice)} twice; give it once")
    return Name(
        text=text,
        base=prefix or body,
        target=body if prefix else "",
        python=python,
        environment=tuple(p for p in pairs if p[0].isupper()),
        options=tuple(p for p in pairs if not p[0].isupper()),
    )


def _split_query(body: str, *, targeted: bool) -> tuple[str, str]:
    # A path may hold a question mark; only one followed by key=value starts the options.
    cut = body.rfind("?") if targeted else body.find("?")
    if cut < 0 or (targeted and not re.match(r"\w+=", body[cut + 1 :])):
        return body, ""
    return body[:cut], body[cut + 1 :]


def _split_python(body: str, *, targeted: bool) -> tuple[str, str | None]:
    cut = body.rfind("@") if targeted else body.find("@")
    if cut < 0:
        return body, None
    python = os.path.expanduser(body[cut + 1 :])
    runs = os.path.isfile(python) and os.access(python, os.X_OK)
    if targeted and not runs:
        return body, None  # an @ inside a path or module
    if not runs:
        raise Mistake(
            f"'{body[cut + 1 :]}' after @ is not a Python interpreter; "
            "give the path of one, such as other-env/bin/python"
        )
    return body[:cut], python


def _pair(text: str, part: str) -> tuple[str, str]:
    key, equals, value = part.partition("=")
    if not (equals and re.fullmatch(r"[A-Z][A-Z0-9_]*|[a-z][a-z0-9_]*", key)):
        raise Mistake(
            f"'{part}' in '{text}' is not key=value; options are lower-case (mode=predict), "
            "environment variables upper-case (TF_ENABLE_ONEDNN_OPTS=0)"
        )
    return key, value
