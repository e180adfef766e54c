"""What a bad model file is, as data, and the commands that meet it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..case import Content, Hostile

SUFFIXES = {
    "keras": ".keras",
    "h5": ".h5",
    "saved-model": ".saved",
    "onnx": ".onnx",
    "tflite": ".tflite",
    "pt2": ".pt2",
}
"""Kind -> the suffix of its files here."""

BEHIND = {
    "Python in a model",
    "an operator that is none",
    "zeros without end",
    "a shape below 0",
    "an output that is not there",
    "a graph that is not there",
    "a graph below 0",
    "large",
    "endless",
    "a loop without end",
}
"""Wrong behind the last convolution: a model alone is run up to there."""
ANY_RESULT = (0, 1, 2, 3)
"""Of what by chance is right."""


@dataclass(frozen=True)
class BadFile:
    """A model file, or folder, that is refused, unless ``codes`` says that it may be right."""

    name: str
    kind: str
    content: Content
    words: str = ""
    codes: Sequence[int] = (2,)
    beside: Mapping[str, Content] = field(default_factory=dict)
    """Files in its folder that it names."""
    endless: int = 0
    """Seconds after which to end it, where it would run for ever."""

    def met(self, good: Path) -> Iterator[Hostile]:
        """The commands that meet it; ``good`` has a sound file of each kind, ``net`` + suffix."""
        bad, sound = f"bad{SUFFIXES[self.kind]}", f"good{SUFFIXES[self.kind]}"
        files: dict[str, Content] = {
            **self.beside,
            bad: self.content,
            sound: copied(good / f"net{SUFFIXES[self.kind]}"),
        }
        patience = ["--start-timeout", str(self.endless)] if self.endless else []
        for how, arguments in (
            ("B", [sound, "--against", bad]),
            ("A", [bad, "--against", sound]),
            ("alone", [bad]),
        ):
            # The words are the file's, whoever meets it.
            yield Hostile(
                f"{self.kind}: {self.name} ({how})",
                ["model", *arguments, *patience],
                files,
                words=self.words,
                codes=ANY_RESULT if how == "alone" and self.name in BEHIND else self.codes,
                names=bad,
                patience=2.0 * self.endless,
            )


def copied(source: Path) -> Content:
    """A file or a folder as it is."""

    def copy(path: Path) -> None:
        if source.is_dir():
            shutil.copytree(source, path, symlinks=True)
        else:
            shutil.copyfile(source, path)

    return copy
