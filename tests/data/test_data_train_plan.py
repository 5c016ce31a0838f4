"""What the plan network is shown in place of a shape: like it, but thicker, thinner or patched."""

import numpy as np
import torch

from gen4d.data.train_plan import LARGEST_PATCH, _changed
from gen4d.rig.plan_net import GRID


def test_shapes_change_by_a_layer_and_a_block_at_most_and_many_stay() -> None:
    ball = np.linalg.norm(np.indices((GRID,) * 3) - 15.5, axis=0) < 9
    shapes = torch.from_numpy(np.tile(ball, (200, 1, 1, 1, 1))).float()
    changed = _changed(shapes, np.random.default_rng(0)).numpy() > 0.5
    moved = (changed != ball).sum((1, 2, 3, 4))
    layer = (np.linalg.norm(np.indices((GRID,) * 3) - 15.5, axis=0) < 10.1).sum() - ball.sum()
    assert moved.max() <= layer + LARGEST_PATCH**3
    assert 0.4 < (moved == 0).mean() < 0.8 and (moved > 300).mean() > 0.1
    assert torch.equal(shapes[0], torch.from_numpy(ball)[None].float())  # the given ones stay


def test_the_same_numbers_change_shapes_alike() -> None:
    shapes = torch.from_numpy(np.random.default_rng(1).random((8, 1, GRID, GRID, GRID)) > 0.7).float()
    once, again = (_changed(shapes, np.random.default_rng(2)) for _ in range(2))
    assert torch.equal(once, again)
