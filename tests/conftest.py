"""Settings of all tests."""

from hypothesis import settings

# No deadline: on a machine busy with other work a first call can take a second. Derandomised: a red run stays red.
settings.register_profile("gen4d", deadline=None, derandomize=True, max_examples=30, print_blob=True)
settings.load_profile("gen4d")
