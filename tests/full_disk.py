"""A limit on the size of files stands in for a full disk: the system call fails midway in the same manner."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let no file grow past `size` bytes inside the block.

    Keep the block to the calls under test, and never a fixture: pytest writes a test's result before it tears fixtures
    down, and the file that its output goes to may already be larger.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
