"""These tests write and read model files with ONNX and LiteRT: without them none is collected.

Where CONVCHECK_ALL_FRAMEWORKS=1 all are, and fail where one is missing.
"""

import os
from importlib.util import find_spec

_MISSING = [name for name in ("onnx", "ai_edge_litert") if find_spec(name) is None]
if _MISSING and os.environ.get("CONVCHECK_ALL_FRAMEWORKS") != "1":
    collect_ignore_glob = ["test_*.py"]
