"""How fast training data is rendered and read: `python tests/bench/bench_data.py [ARCHIVE]`.

Rates are by processor time of this process, one thread, since other work shares the machine.
"""

import sys
from itertools import islice
from pathlib import Path
from time import process_time

import numpy as np
import torch

from gen4d.data.objects import canonical
from gen4d.data.open_sources import made_objects
from gen4d.data.photos import PHOTOS, render_photos
from gen4d.data.rendering import render_object
from gen4d.prior.archive import Archive

OBJECTS = 60
BATCH, BATCHES = 64, 60


def main() -> None:
    """Print objects a second for the six views and for the photos, and samples a second from an archive."""
    torch.set_num_threads(1)
    objects = [canonical(obj) for obj in islice(made_objects(1), OBJECTS)]
    render_object(objects[0])  # compiles the kernel
    start = process_time()
    for obj in objects:
        render_object(obj)
    print(f"six views: {OBJECTS / (process_time() - start):.1f} objects a second and core")
    start = process_time()
    for obj in objects:
        render_photos(obj, np.random.default_rng(0))
    print(f"{PHOTOS} photos: {OBJECTS / (process_time() - start):.1f} objects a second and core")
    if len(sys.argv) > 1:
        start = process_time()
        archive = Archive(Path(sys.argv[1]), torch.device("cpu"))
        print(f"archive of {len(archive.latents)} items opened in {process_time() - start:.1f} s")
        generator = torch.Generator().manual_seed(0)
        start = process_time()
        for _ in range(BATCHES):
            archive.batch("train", BATCH, "photo+text", generator)
        print(f"loader: {BATCH * BATCHES / (process_time() - start):.0f} samples a second and core")


if __name__ == "__main__":
    main()
