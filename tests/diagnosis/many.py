"""How often a slow test plants each fault: CONVCHECK_MANY=20 plants it so often."""

import os

MANY = int(os.environ.get("CONVCHECK_MANY", "4"))
