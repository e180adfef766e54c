"""In which formats each of the small nets is written: what the converters that are here can do."""

from importlib.util import find_spec

NETS = "resnet mobilenet unet inception grouped line volume twins shared".split()
KINDS = {"resnet": ("float32", "float16", "int8", "dynamic")}
KINDS |= dict.fromkeys(("mobilenet", "unet", "shared"), ("float32", "int8"))
KINDS |= dict.fromkeys(("inception", "grouped", "line", "volume", "twins"), ("float32", "float16"))
"""Net -> kinds of .tflite."""
ONNX = [name for name in NETS if name != "grouped"] if find_spec("tf2onnx") else []
"""Nets of which tf2onnx writes a valid file; it installs beside an older TensorFlow only."""
WRITTEN = [
    (name, form)
    for name in NETS
    for form in (
        "saved",
        *(f"{kind}.tflite" for kind in KINDS[name]),
        *(["onnx"] if name in ONNX else []),
    )
]
"""(net, suffix of its file)."""
