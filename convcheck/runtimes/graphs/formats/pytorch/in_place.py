"""Programs that change tensors in place, written as ones in which each tensor has one value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from convcheck.errors import UsageError
from convcheck.runtimes.graphs.formats.pytorch.arguments import NAMES_ONE
from convcheck.runtimes.graphs.formats.pytorch.calls import Call
from convcheck.untrusted.text import clean


class ChangesAPart(UsageError):
    """A program that changes a part of a tensor, or what has another name too."""


class _Names:
    """What a program's names stand for after each call."""

    def __init__(self) -> None:
        self.latest: dict[str, str] = {}
        """Name -> the tensor that holds what it stands for now, where it was changed."""
        self._memory: dict[str, str] = {}
        """Name -> the first tensor of the memory that it shares; a view shares it with others."""
        self._stale: dict[str, str] = {}
        """Name whose memory was changed under another name -> the operator that did it."""

    def check(self, names: Sequence[str]) -> None:
        """Raise ChangesAPart where one of them was changed under another name."""
        for name in names:
            if name in self._stale:
                raise ChangesAPart(
                    f"its operator {clean(self._stale[name], 60)} changes a part of a tensor in "
                    "place, which is not read here; export it again, with "
                    "program.run_decompositions({})"
                )

    def shared(self, call: Call) -> None:
        """A call whose results may be its argument's memory."""
        start = self._memory.get(call.inputs[0], call.inputs[0])
        self._memory |= dict.fromkeys((*filter(None, call.outputs), call.inputs[0]), start)

    def changed(self, call: Call) -> None:
        """A call that changed its argument."""
        old, new = call.inputs[0], call.outputs[0]
        before = self.latest.get(old, old)
        self.latest |= {name: new for name, last in self.latest.items() if last == before}
        self.latest |= {old: new, before: new}
        self.shared(call)
        for name, start in self._memory.items():
            if start == self._memory[old] and name != new and self.latest.get(name) != new:
                self._stale[name] = call.target


def without_changes(
    calls: Sequence[Call], outputs: Sequence[str]
) -> tuple[list[Call], tuple[str, ...]]:
    """The calls and outputs, where a changed argument is a new tensor that later calls read.

    Raises ChangesAPart where a program reads what was changed under another name, a part of it say.
    """
    names, found = _Names(), []
    for call in calls:
        names.check(call.inputs)
        arguments = tuple(
            (name, named, _renamed(said, names.latest)) for name, named, said in call.arguments
        )
        inputs = tuple(names.latest.get(name, name) for name in call.inputs)
        found.append(replace(call, inputs=inputs, arguments=arguments))
        if call.changes_its_argument:
            names.changed(call)
        elif call.gives_its_argument:
            names.shared(call)
    names.check(outputs)
    return found, tuple(names.latest.get(name, name) for name in outputs)


def _renamed(said: Any, names: Mapping[str, str]) -> Any:
    if isinstance(said, dict):
        return {
            key: names.get(value, value)
            if key in NAMES_ONE and isinstance(value, str)
            else _renamed(value, names)
            for key, value in said.items()
        }
    return [_renamed(one, names) for one in said] if isinstance(said, list) else said
