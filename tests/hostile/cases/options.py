"""Bad numbers, names, limits and sizes on the command line."""

import functools

from ..case import Hostile

DIGITS = "9" * 5000
NUMBERS = {
    "--strides": ("0", "-1", "x", "", ",", "1,", "1,2,3,4,5", "1.5", "1e9", DIGITS, "9" * 30, "٣x"),
    "--dilations": ("0", "-1", "x", "1,2,3", DIGITS, "9" * 30, "nan"),
    "--kernel-size": ("0", "-1", "x", "", "1,2,3,4", DIGITS, "9" * 30, "1000000", "2147483648"),
    "--filters": ("0", "-1", "x", "", "1.5", DIGITS, "9" * 30, "1000000000"),
    "--groups": ("0", "-1", "x", "2", DIGITS, "9" * 30, "1000000000"),
    "--output-padding": ("0", "-1", "x", DIGITS, "9" * 30),
    "--padding": (
        "some", "-1", "1:", ":1", "1:2:3", "x", "", "1,2,3", DIGITS, "9" * 30, f"1:{DIGITS}",
        "1000000", "same,same", "2147483648", "0:-1",
    ),
    "--seed": ("-1", "x", "", "1.5", "nan"),
    "--timeout": ("nan", "0", "-1", "x", "", "-inf"),
    "--max-sum": ("nan", "-1", "x", "", "-inf"),
    "--input-dtype": ("float23", "O", "", "complex64", "\x1b[2J"),
    "--kernel-dtype": ("float23", "V2", "", DIGITS),
    "--data-format": ("CHWN", "", "\x07"),
    "--format": ("xml", "", "\x1b]0;t\x07"),
    "--accept": ("nothing", "", "\x1b[31m", DIGITS),
    "--kernel": ("sevens", "", "\x1b[2J", "ones\n", DIGITS, "n" * 300),
    "--bias": ("sevens", "", "ones", "\x1b[2J"),
    "--quantize": ("int4", "", "float16", "\x1b[2J", DIGITS),
    "--input-scale": ("0", "-1", "nan", "inf", "1e-39", "1e39", "x", "", "0.5", DIGITS, "\x1b[2J"),
    "--output-scale": ("0", "-0.0", "-inf", "1e-400", "", "0.5"),
    "--kernel-scale": ("0", "nan", "s", "s.npy", "\x1b[2J.npy", "", "n" * 300 + ".npy", DIGITS),
    "--input-zero-point": ("x", "1.5", "", "-32769", "nan", "0", DIGITS),
    "--kernel-zero-point": ("x", "1.5", "z.npy", "70000", "", DIGITS),
    "--output-zero-point": ("x", "65536", "", "\x07"),
    "--activation": ("tanh", "", "relu", "\x1b[2J"),
    "--input": (
        "moon", "separating", "cancellation:", "cancellation:nan", "cancellation:-1",
        f"cancellation:{DIGITS}", "cancellation:1_0e400", "wide:", "integers:1", "overflow:\x1b[2J",
        "\x1b[2J.png", "n" * 300 + ".png",
    ),
}  # fmt: skip
SHAPES = (
    "0", "-1", "x", "", "1", "1,2", "1,2,3,4,5,6", DIGITS, f"1,{DIGITS},1", "9" * 30,
    "1,40000,40000,1", "1,46000,46000,1", "1,65536,65536,1", "1,2147483648,1", "1,1,1,2147483647",
    "2147483647,1,1", "40000,40000,1",
)  # fmt: skip
NAMES = (
    "", "?", "@", "tff", "tf?", "tf?a", "tf?=1", "tf?a=1&a=2", "tf?A=1&A=2", "tf?color=red",
    "keras?mode=fast", "keras?mode=call&mode=call", "tf@", "tf@/nowhere/python",
    "tf@/etc/passwd", "tf@/", "tf@" + "n" * 300, "tf@\x1b[2J", "\x1b[2J", "tf\n", "TF", "tf tf",
    "tf?\x1b=1", "tf?a\x07=1", "file:", "python:", "file:?", "python:?a=1", "file:?dtype=float32",
    "n" * 300, DIGITS, "tf?" + "&".join(f"k{i}=1" for i in range(200)), "tf?&", "tf?&&=", "numpy?",
    "numpy@@@", "numpy??", "tf?1=2", "python", "file", "tf:x", "../tf", "\u202etf",
)  # fmt: skip
LARGE: dict[str, list[str]] = {
    "600 million filters": ["--kernel-size", "1", "--filters", "600000000"],
    "a kernel of 20,000": ["--kernel-size", "20000"],
    "a kernel of 20,000 at random": ["--kernel-size", "20000", "--kernel", "random"],
    "a padding of 20,000": ["--padding", "12000"],
    "a million filters": ["--filters", "7000"],
    "a stride of 60,000": ["--transposed", "--padding", "valid", "--strides", "60000"],
    "a dilation of 1e9": ["--dilations", "1000000000"],
    "a vector of 2^31": ["--input", "random", "--input-shape", "1,2000000000,1"],
    "an output of 2^40": [
        *("--input", "random", "--input-shape", "1,1048576,1"),
        *("--kernel-size", "1", "--filters", "1048576"),
    ],
    "a bias of 2^30": [
        *("--input", "random", "--input-shape", "1,2,1", "--kernel-size", "1"),
        *("--filters", "1073741824", "--bias", "random"),
    ],
}
OTHER: dict[str, list[str]] = {
    "no such command": ["\x1b[2J"],
    "no such option": ["compare", "--\x1b[2J"],
    "a surplus word": ["compare", "\x1b[2J\x07"],
    "no such cause": ["explain", "\x1b]0;title\x07"],
    "a cause of 5,000": ["explain", "x" * 5000],
    "no bundle": ["verify", "nowhere.npz"],
    "no bundle's name": ["verify", ""],
    "a bundle's name of 300": ["verify", "n" * 300],
    "a folder for a bundle": ["verify", "/"],
    "a terminal for a bundle": ["verify", "/dev/zero"],
    "a report into nowhere": ["compare", "-o", "nowhere/\x1b[2J/r.txt"],
    "a report into a name of 300": ["compare", "-o", "n" * 300],
    "a report into a folder": ["compare", "-o", "."],
    "a plot into nowhere": ["compare", "--plot", "nowhere/p.png"],
    "a plot of no format": ["compare", "--plot", "p.\x1b[2J"],
    "a bundle of no format": ["compare", "--save", "b.txt"],
    "a bundle into a name of 300": ["compare", "--save", "n" * 300 + ".npz"],
    "a name twice": ["compare", "-i", "tf", "-i", "tf"],
    "no input for a shape": ["compare", "--input-shape", "1,2,2,1"],
    "output padding alone": ["compare", "--output-padding", "1"],
    "no batch": ["compare", "--input", "random", "--input-shape", "8,8"],
}


@functools.cache
def cases() -> list[Hostile]:
    """Each value of each option, names, and sizes that no machine has."""
    small = ["--input", "random", "-i", "numpy"]
    found = [
        Hostile(
            f"{option} {value[:24]!r} of {len(value)}",
            ["compare", *_without(small, option), option, value],
        )
        for option, values in NUMBERS.items()
        for value in values
    ]
    found += [
        Hostile(
            f"--input-shape {value[:24]!r} of {len(value)}",
            ["compare", *small, "--input-shape", value],
        )
        for value in SHAPES
    ]
    found += [Hostile(f"-i {n[:24]!r} of {len(n)}", ["compare", "-i", n]) for n in NAMES]
    found += [Hostile(f"large: {n}", ["compare", "-i", "numpy", *a]) for n, a in LARGE.items()]
    found += [Hostile(name, arguments) for name, arguments in OTHER.items()]
    return found


def _without(arguments: list[str], option: str) -> list[str]:
    return arguments[2:] if option == "--input" else arguments
