"""Models in NumPy that can be cut anywhere, of the few operators that the tests need."""

from __future__ import annotations

import itertools

import numpy as np

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.model.against.pairs.biases import with_biases
from convcheck.model.against.pairs.compensated import with_compensations
from convcheck.model.against.pairs.judge import judge_pair, suspects
from convcheck.model.cuts import cut_models
from convcheck.model.match import match
from convcheck.model.network import Network, network_of
from convcheck.model.segments import segments
from convcheck.runtimes.graphs.graph import Convolution, Graph, Operator, Tensor
from convcheck.runtimes.host import Runtimes
from convcheck.truth.approximate import approximate
from convcheck.verdict.limits import Limits


def convolved(x, kernel, pads, stride=1):
    """A forward convolution of rank 2 in float64, rounded to float32 once."""
    padded = np.pad(x.astype(np.float64), [(0, 0), *pads, (0, 0)])
    taps = kernel.shape[:2]
    sizes = [(n - k) // stride + 1 for n, k in zip(padded.shape[1:3], taps, strict=True)]
    out = 0
    for i, j in itertools.product(*map(range, taps)):
        rows = slice(i, i + (sizes[0] - 1) * stride + 1, stride)
        columns = slice(j, j + (sizes[1] - 1) * stride + 1, stride)
        out = out + padded[:, rows, columns] @ kernel[i, j].astype(np.float64)
    return out.astype(np.float32)


class Toy:
    """A model built operator by operator; each method gives the name of its output."""

    def __init__(self, shape=(1, 8, 8, 3)):
        self.shape = shape
        self.operators, self.convolutions, self.compute, self.constants = [], [], [], {}
        self.outputs = ()

    def add(self, role, function, *inputs, constants=()):
        name = f"t{len(self.operators)}"
        names = []
        for value in constants:
            names.append(f"c{len(self.constants)}")
            self.constants[names[-1]] = np.asarray(value)
        reads = (*inputs, *names)
        self.operators.append(Operator(name, role, role, reads, (name,)))
        self.compute.append(function)
        self.outputs = (name,)
        return name

    def conv(self, x, kernel, pads=((1, 1), (1, 1)), stride=1):
        kernel = np.asarray(kernel, np.float32)
        y = self.add("", lambda v, k: convolved(v, k, pads, stride), x, constants=[kernel])
        self.convolutions.append(
            Convolution(
                len(self.operators) - 1,
                x,
                self.operators[-1].inputs[1],
                None,
                y,
                "NHWC",
                "HWIO",
                (stride, stride),
                (1, 1),
                pads,
            )
        )
        return y

    def general(self, x, kernel, bias=None, **geometry):
        """Any convolution, its bias inside the operator; pads and crops in numbers."""
        kernel = np.asarray(kernel, np.float32)
        constants = [kernel, *([] if bias is None else [np.asarray(bias, np.float32)])]
        spec = ConvSpec.make(kernel.shape[:-2], **{"padding": 0, **geometry})

        def compute(v, k, b=None):
            return approximate(Case(spec, v, k, b)).value.astype(np.float32)

        y = self.add("", compute, x, constants=constants)
        self.convolutions.append(
            Convolution(
                len(self.operators) - 1,
                x,
                self.operators[-1].inputs[1],
                None if bias is None else self.operators[-1].inputs[2],
                y,
                "NHWC",
                "HWOI" if spec.transposed else "HWIO",
                spec.strides,
                spec.dilations,
                spec.padding,
                spec.groups,
                spec.transposed,
                spec.output_padding or (),
            )
        )
        return y

    def dense(self, x, kernel):
        """A dense layer, whose kernel is IO, on what is flattened."""
        y = self.add("", lambda v, k: v @ k, x, constants=[np.asarray(kernel, np.float32)])
        place = len(self.operators) - 1
        kernel_name = self.operators[-1].inputs[1]
        self.convolutions.append(Convolution(place, x, kernel_name, None, y, "NC", "IO"))
        return y

    def flatten(self, x, *, channels_first=False):
        if channels_first:
            x = self.add("transpose", lambda v: np.moveaxis(v, -1, 1), x)
        return self.add("flatten", lambda v: v.reshape(len(v), -1), x)

    def bias(self, x, values):
        return self.add("add", np.add, x, constants=[np.asarray(values, np.float32)])

    def norm(self, x, scale, shift):
        scale, shift = np.asarray(scale, np.float32), np.asarray(shift, np.float32)
        return self.add("batch-norm", lambda v, s, t: v * s + t, x, constants=[scale, shift])

    def pad(self, x, before=1, after=1):
        sides = (before, after)
        return self.add("pad", lambda v: np.pad(v, [(0, 0), sides, sides, (0, 0)]), x)

    def relu(self, x, most=np.inf):
        most = np.float32(most)
        return self.add("relu", lambda v: np.clip(v, np.float32(0), most), x)

    def leaky(self, x, slope):
        slope = np.float32(slope)
        return self.add("leaky-relu", lambda v: np.where(v < 0, v * slope, v), x)

    def join(self, *xs):
        return self.add("concat", lambda *v: np.concatenate(v, -1), *xs)

    def sum(self, x, y):
        return self.add("add", np.add, x, y)

    @property
    def graph(self):
        return Graph(
            "toy",
            "NHWC",
            (Tensor("input", self.shape, "float32"),),
            self.outputs,
            tuple(self.operators),
            tuple(self.convolutions),
        )

    def run(self, feeds, fetches):
        values = {**self.constants, **feeds}
        for one, function in zip(self.operators, self.compute, strict=True):
            if one.outputs[0] not in values and all(name in values for name in one.inputs):
                values[one.outputs[0]] = function(*(values[name] for name in one.inputs))
        return {name: values[name] for name in fetches}

    def network(self, seed=1) -> Network:
        x = np.random.default_rng(seed).normal(size=self.shape).astype(np.float32)
        return network_of(self, {"input": x})


def judged(a, b):
    """(pairs, segments) of two networks, judged as the command does; layers by their numbers."""
    matching = match(a, b)
    cut = cut_models(a, b, matching)
    cut, found = with_biases(cut, segments(cut), matching)
    found = with_compensations(cut, found, suspects(cut, found))
    of_pair = {one.pair: one for one in found}
    biases = {f"conv{one.pair.a}": one.weights.bias_a for one in cut.cuts if one.weights}
    with Runtimes() as runtimes:  # none is started: both models' own calls are there
        pairs = [
            judge_pair(
                cut,
                one,
                of_pair[one.pair],
                ("a", "b"),
                runtimes,
                Limits(),
                biases={n: bias for n, bias in biases.items() if n != f"conv{one.pair.a}"},
            )
            for one in cut.cuts
        ]
    return pairs, found


def kernels(*shapes, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape).astype(np.float32) for shape in shapes]
