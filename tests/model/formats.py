"""In which formats each of the small nets is written: what the converters that are here can do."""

import os
from importlib.util import find_spec

NETS = "resnet mobilenet unet inception grouped line volume twins shared".split()
KINDS = {"resnet": ("float32", "float16", "int8", "dynamic")}
KINDS |= dict.fromkeys(("mobilenet", "unet", "shared"), ("float32", "int8"))
KINDS |= dict.fromkeys(("inception", "grouped", "line", "volume", "twins"), ("float32", "float16"))
"""Net -> kinds of .tflite."""
ONNX = [name for name in NETS if name != "grouped"] if find_spec("tf2onnx") else []
"""Nets of which tf2onnx writes a valid file; it installs beside an older TensorFlow only."""
ALL = os.environ.get("CONVCHECK_ALL_FRAMEWORKS") == "1"
PORTED = ["pt2"] if ALL or find_spec("torch") else []
"""Formats of the nets that torch_nets.py ports to PyTorch."""
if ALL or (PORTED and find_spec("onnxscript")):
    PORTED.append("torch.onnx")
WRITTEN = [
    (name, form)
    for name in NETS
    for form in (
        "saved",
        *(f"{kind}.tflite" for kind in KINDS[name]),
        *(["onnx"] if name in ONNX else []),
        *PORTED,
    )
]
"""(net, suffix of its file)."""
