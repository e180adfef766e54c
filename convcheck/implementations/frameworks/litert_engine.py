"""LiteRT's engines: the kernels that its interpreter is asked to use, and those that it used."""

from __future__ import annotations

from typing import Any

from ai_edge_litert.interpreter import Interpreter, OpResolverType

RESOLVERS = {
    "": OpResolverType.AUTO,
    "xnnpack": OpResolverType.AUTO,
    "builtin": OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    "reference": OpResolverType.BUILTIN_REF,
}
"""Engine -> what is asked for; "" for LiteRT as it comes, which is XNNPACK where that can."""


def interpreter_of(model: bytes, engine: str) -> Any:
    """An interpreter of the model, ready for its input."""
    interpreter = Interpreter(model_content=model, experimental_op_resolver_type=RESOLVERS[engine])
    interpreter.allocate_tensors()
    return interpreter


def operators(interpreter: Any) -> tuple[list[Any], bool]:
    """The operators, as the interpreter describes them, and whether XNNPACK took any.

    A delegate's own node stands at the end of the list, with the operators that it took before.
    """
    # The interpreter has no public list of its operators.
    found = interpreter._get_ops_details()
    own = [operator for operator in found if operator["op_name"] != "DELEGATE"]
    return own, len(own) < len(found)
