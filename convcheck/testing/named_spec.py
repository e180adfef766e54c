"""A spec with a name: the geometry of a conformance test and the arrays it is tried on."""

from __future__ import annotations

import shlex
import zlib
from dataclasses import dataclass
from functools import cached_property

from convcheck.case.build import build
from convcheck.case.case import Case
from convcheck.case.passes import FORWARD
from convcheck.case.request import Request
from convcheck.case.spec import ConvSpec
from convcheck.testing.written import options_of


@dataclass(frozen=True)
class NamedSpec:
    """A spec and the arrays it is tried on: standard normal numbers, from a seed of its own."""

    spec: ConvSpec
    spatial: tuple[int, ...]
    """Input positions along each spatial axis."""
    batch: int = 2
    channels: int = 4
    filters: int = 4
    bias: bool = False
    """Whether there is one, in the kernel's dtype."""
    dtypes: tuple[str, str] = ("float32", "float32")
    """Of input and kernel."""
    data_format: str = "NHWC"
    pass_: str = FORWARD
    """What of the convolution is computed; output gradients are normal numbers too."""

    def __str__(self) -> str:
        return self.id

    @cached_property
    def id(self) -> str:
        """Its name: what it varies, in characters that a shell and ``pytest -k`` take."""
        spec = self.spec
        words = [f"conv{spec.rank}d" + ("_transpose" if spec.transposed else "")]
        words.append("x".join(map(str, spec.kernel_size)))
        for word, values in (("strides", spec.strides), ("dilations", spec.dilations)):
            if max(values) > 1:
                words.append(f"{word}={_short(values)}")
        words.append(self._padding)
        if spec.output_padding:
            words.append(f"output_padding={_short(spec.output_padding)}")
        if self.spatial != SPATIAL[spec.rank]:
            words.append("input=" + "x".join(map(str, self.spatial)))
        defaults = {"batch": 2, "channels": 4, "filters": 4}
        words += [f"{w}={getattr(self, w)}" for w, v in defaults.items() if getattr(self, w) != v]
        words += [f"groups={spec.groups}"] if spec.groups > 1 else []
        words += ["bias"] if self.bias else []
        words += [self.data_format] if self.data_format != "NHWC" else []
        x, kernel = self.dtypes
        if self.dtypes != ("float32", "float32"):
            words.append(x if x == kernel else f"{x}*{kernel}")
        words += [self.pass_] if self.pass_ != FORWARD else []
        return "-".join(words)

    @property
    def _padding(self) -> str:
        padding = self.spec.padding
        if isinstance(padding, str):
            return padding
        return "padding=" + ",".join(f"{before}:{after}" for before, after in padding)

    @property
    def seed(self) -> int:
        """Seed of its arrays, which follows from its name."""
        return zlib.crc32(self.id.encode()) % 10_000

    @property
    def request(self) -> Request:
        """The spec with its arrays, as the options of ``compare``."""
        spec = self.spec
        return Request(
            input="random",
            input_shape=(self.batch, *self.spatial, self.channels),
            input_dtype=self.dtypes[0],
            kernel="random",
            kernel_size=spec.kernel_size,
            filters=self.filters,
            kernel_dtype=self.dtypes[1],
            bias="random" if self.bias else "none",
            strides=spec.strides,
            padding=spec.padding,
            dilations=spec.dilations,
            groups=spec.groups,
            transposed=spec.transposed,
            output_padding=spec.output_padding,
            data_format=self.data_format,
            pass_=self.pass_,
            seed=self.seed,
        )

    @cached_property
    def case(self) -> Case:
        """The spec with its arrays, made at the first use; a gradient as the convolution it is."""
        return build(self.request)

    @property
    def depthwise(self) -> bool:
        """Whether each channel is a group of its own."""
        return self.spec.is_depthwise(self.channels)

    def command(self, implementation: str) -> str:
        """The command line that runs this very case."""
        words = ["convcheck", "compare", *options_of(self.request), "-i", implementation]
        return shlex.join(words)


SPATIAL = {1: (9,), 2: (7, 8), 3: (5, 6, 4)}
"""Input positions by rank, where a spec says nothing else."""


def _short(values: tuple[int, ...]) -> str:
    return str(values[0]) if len(set(values)) == 1 else _list(values)


def _list(values: tuple[int, ...]) -> str:
    return ",".join(map(str, values))
