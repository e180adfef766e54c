"""Functions of a user's that return models, and some that do not."""

import sys


def seeded():
    import torch

    torch.manual_seed(0)
    return torch


def plain():
    """A module in eval mode; what goes in is nowhere said."""
    torch = seeded()
    conv = torch.nn.Conv2d(3, 4, 3, stride=2, padding="valid")
    return torch.nn.Sequential(conv, torch.nn.ReLU(inplace=True)).eval()


def with_example():
    torch = seeded()
    return plain(), torch.zeros(2, 3, 8, 8)


def lightning():
    """As Lightning's modules say it."""
    torch = seeded()
    module = plain()
    module.example_input_array = torch.zeros(1, 3, 9, 9)
    return module


def training():
    torch = seeded()
    layers = [torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Dropout(0.5)]
    return torch.nn.Sequential(*layers), torch.zeros(1, 3, 8, 8)


def parts():
    """Adds to one channel in place."""
    torch = seeded()

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = torch.nn.Conv2d(3, 4, 1)

        def forward(self, x):
            y = self.conv(x)
            y[:, 0] += 1
            return y.relu()

    return Net(), torch.ones(1, 3, 4, 4)


def number():
    return 3


def raises():
    raise ValueError("no weights\n\x1b[31mhere")


def leaves():
    sys.exit(0)


def prints():
    print("a line on stdout")
    return with_example()


def cannot_be_exported():
    torch = seeded()

    class Net(torch.nn.Module):
        def forward(self, x):
            return x if float(x.sum()) > 0 else -x

    return Net(), torch.ones(1, 3, 4, 4)
