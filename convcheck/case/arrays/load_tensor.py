"""The script that reads one tensor of a torch file, run by path in a process of its own.

``weights_only``: of torch's pickles nothing runs but the making of tensors. Prints a line of JSON
on stdout, then the tensor's bytes; where it cannot, {"error": text}. Imports nothing of ours.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any


def main(path: str, wanted: str) -> dict[str, object] | None:
    """Print the tensor ``wanted``, or the only one where that is empty."""
    import torch

    if tuple(int(part) for part in torch.__version__.split(".")[:2]) < (2, 6):
        # Before, weights_only could run code (CVE-2025-32434).
        return {
            "error": f"torch {torch.__version__} reads files unsafely; pip install 'torch>=2.6'"
        }
    held = torch.load(path, map_location="cpu", weights_only=True)
    tensors = dict(_tensors("", held))
    if wanted not in tensors and (wanted or len(tensors) != 1):
        return {"names": sorted(tensors)}
    tensor = tensors[wanted] if wanted in tensors else next(iter(tensors.values()))
    if tensor.is_sparse or tensor.is_quantized or tensor.is_complex():
        return {"error": f"it holds a tensor of {tensor.dtype}, layout {tensor.layout}"}
    tensor = tensor.detach().resolve_neg().contiguous()
    dtype = str(tensor.dtype).removeprefix("torch.")
    data = tensor.reshape(-1).view(torch.uint8).numpy() if tensor.numel() else b""
    print(json.dumps({"shape": list(tensor.shape), "dtype": dtype}), flush=True)
    sys.stdout.buffer.write(data)
    return None


def _tensors(prefix: str, held: object) -> Iterator[tuple[str, Any]]:
    """Every tensor in nested dicts and lists, with its dotted name."""
    import torch

    if isinstance(held, torch.Tensor):
        yield prefix, held
    elif isinstance(held, dict):
        for key, value in held.items():
            yield from _tensors(f"{prefix}.{key}" if prefix else str(key), value)
    elif isinstance(held, (list, tuple)):
        for i, value in enumerate(held):
            yield from _tensors(f"{prefix}.{i}" if prefix else str(i), value)


if __name__ == "__main__":
    try:
        found = main(*sys.argv[1:])
    except ImportError:
        found = {"error": "torch is not installed here; pip install torch"}
    except Exception as error:  # whatever a parser of foreign bytes raises
        found = {"error": " ".join(str(error).split()) or type(error).__name__}
    if found is not None:
        print(json.dumps(found), flush=True)
