import numpy as np
import torch
import trimesh

from gen4d.reconstruct.config import ReconstructConfig
from gen4d.reconstruct.reconstruction import reconstruct
from gen4d.reconstruct.symmetry import mirror_likeness, mirrored, symmetrised

CONFIG = ReconstructConfig(resolution=64)


def test_mirrored_views_are_the_views_of_the_mirrored_thing(views_of, solids):
    shape = solids["crooked"]
    other = trimesh.Trimesh(shape.vertices * [-1, 1, 1], shape.faces[:, ::-1], process=False)
    made, true = mirrored(views_of(shape)), views_of(other)
    for name in ("alpha", "depth", "normal"):
        same = torch.isclose(getattr(made, name), getattr(true, name), atol=1e-3)
        assert same.float().mean() > 0.995  # pixel centres on an edge fall either way
    twice = mirrored(mirrored(views_of(shape)))
    assert torch.equal(twice.normal, views_of(shape).normal)


def test_table_is_symmetric_and_a_crooked_thing_is_not(views_of, solids):
    assert mirror_likeness(views_of(solids["table"])).symmetric(noisy=False)
    assert not mirror_likeness(views_of(solids["crooked"])).symmetric(noisy=True)


def test_symmetrised_views_are_their_own_mirror_image(views_of, solids):
    views = symmetrised(views_of(solids["crooked"]))
    other = mirrored(views)
    for name in ("alpha", "depth", "normal"):
        assert torch.allclose(getattr(views, name), getattr(other, name), atol=1e-6)


def test_symmetry_on_makes_the_field_symmetric_and_off_leaves_it(views_of, solids, ctx):
    views = views_of(solids["crooked"])
    for setting, alike in (("on", True), ("off", False), ("auto", False)):
        mesh = reconstruct(views, None, CONFIG.model_copy(update={"symmetry": setting}), ctx)
        low, high = mesh.bounds
        assert (abs(float(low[0] + high[0])) < 1e-3) == alike
    assert np.isfinite(mesh.vertices.numpy()).all()
