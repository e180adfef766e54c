"""Is a graph one that can be walked along and fed: no circles, each tensor given once?"""

from __future__ import annotations

from collections import Counter
from graphlib import CycleError, TopologicalSorter

from convcheck.case.dtypes import DTYPES
from convcheck.errors import UsageError
from convcheck.runtimes.graphs.graph import Graph
from convcheck.untrusted.text import clean


def check_graph(graph: Graph) -> None:
    """Raises UsageError for inputs of no numbers, tensors given twice, lacking ones and circles."""
    for one in graph.inputs:
        if one.dtype not in (*DTYPES, "bool"):
            raise UsageError(
                f"its input '{clean(one.name, 60)}' is of {clean(one.dtype, 40)}, which are no "
                "numbers"
            )
        if any(size is not None and size < 1 for size in one.shape or ()):
            raise UsageError(f"its input '{clean(one.name, 60)}' has an axis below 1")
    given = Counter(one.name for one in graph.inputs)
    given.update(name for one in graph.operators for name in one.outputs if name)
    for name, times in given.items():
        if times > 1:
            raise UsageError(
                f"its tensor '{clean(name, 60)}' is given by {times} operators or inputs"
            )
    if "" in graph.outputs:
        raise UsageError("it gives a tensor without a name")
    for conv in graph.convolutions:
        if not (conv.input and conv.kernel and conv.output):
            operator = graph.operators[conv.operator]
            raise UsageError(
                f"its operator '{clean(operator.name or operator.kind, 60)}' lacks its input, its "
                "kernel or its output"
            )
    before = {
        place: {graph.producers[name] for name in one.inputs if name in graph.producers}
        for place, one in enumerate(graph.operators)
    }
    try:
        TopologicalSorter(before).prepare()
    except CycleError as error:
        operator = graph.operators[error.args[1][0]]
        raise UsageError(
            f"its operator '{clean(operator.name or operator.kind, 60)}' follows from itself"
        ) from error
