"""Settings of all tests."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as cli/running.py does, and as there before torch is loaded

from hypothesis import settings
from written_glbs import every_glb_is_checked

__all__ = ["every_glb_is_checked"]

# No deadline: on a machine busy with other work a first call can take a second. Derandomised: a red run stays red.
settings.register_profile("gen4d", deadline=None, derandomize=True, max_examples=30, print_blob=True)
settings.load_profile("gen4d")
