"""The stage: any mesh ends in a valid rig, and the report says what was guessed."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from gen4d.errors import InputError
from gen4d.rig.config import PLANS, RigConfig
from gen4d.rig.rigging import rig
from gen4d.structures import Mesh


@pytest.mark.parametrize(
    ("name", "hint", "plan"), [("dog", "", "quadruped"), ("human_a", "a man", "biped"), ("table", "", "prop")]
)
def test_rig_notes_its_plan(creatures, ctx, name: str, hint: str, plan: str) -> None:
    skeleton, skin = rig(creatures[name], RigConfig(), ctx, hint)
    assert skeleton.plan == plan == ctx.facts["rig.plan"]
    assert len(skin.joints) == len(creatures[name].vertices) and int(skin.joints.max()) < len(skeleton)
    assert isinstance(ctx.facts["rig.confidence"], float)


def test_prop_has_one_bone_that_carries_everything(creatures, ctx) -> None:
    skeleton, skin = rig(creatures["dog"], RigConfig(plan="prop"), ctx)
    assert skeleton.names == ("root", "body")
    assert (skin.joints[:, 0] == 1).all() and (skin.weights[:, 0] == 1).all()
    middle = sum(creatures["dog"].bounds) / 2
    assert torch.allclose(skeleton.rest_translation[1], middle, atol=1e-5)


def test_uncertain_guess_names_the_remedy(creatures, ctx) -> None:
    rig(creatures["robe"], RigConfig(), ctx)
    assert float(ctx.facts["rig.confidence"]) >= 0.6 or any("--plan" in w for w in ctx.warnings)


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("kind", ["noise", "holes", "flipped", "one_triangle", "flat", "two_shells", "duplicated"])
def test_broken_meshes_end_in_a_valid_rig_or_a_sentence(creatures, ctx, plan, kind: str) -> None:
    vertices, faces = creatures["dog"].vertices.numpy().copy(), creatures["dog"].faces.numpy().copy()
    rng = np.random.default_rng(1)
    if kind == "noise":
        vertices += rng.normal(size=vertices.shape).astype(np.float32) * 0.05
    elif kind == "holes":
        faces = faces[rng.random(len(faces)) < 0.5]
    elif kind == "flipped":
        faces[::3] = faces[::3, ::-1]
    elif kind == "one_triangle":
        vertices, faces = vertices[:3], np.array([[0, 1, 2]])
    elif kind == "flat":
        vertices[:, 0] = 0
    elif kind == "two_shells":
        vertices, faces = np.concatenate([vertices, vertices + 3]), np.concatenate([faces, faces + len(vertices)])
    else:
        vertices, faces = vertices[faces].reshape(-1, 3), np.arange(faces.size).reshape(-1, 3)
    mesh = Mesh(torch.tensor(vertices, dtype=torch.float32), torch.tensor(faces, dtype=torch.int64))
    if kind in ("one_triangle", "flat"):
        with pytest.raises(InputError, match="flat"):
            rig(mesh, RigConfig(plan=plan, resolution=48), ctx)
        return
    skeleton, skin = rig(mesh, RigConfig(plan=plan, resolution=48), ctx)  # the structures check themselves
    assert skeleton.names[0] == "root" and len(skin.weights) == len(mesh.vertices)


def test_same_mesh_gives_the_same_rig_to_the_bit(creatures, ctx) -> None:
    first, second = (rig(creatures["human_t"], RigConfig(), ctx) for _ in range(2))
    assert torch.equal(first[0].rest_translation, second[0].rest_translation)
    assert torch.equal(first[1].weights, second[1].weights)


def test_unknown_plan_is_refused() -> None:
    with pytest.raises(ValidationError):
        RigConfig(plan="bipedd")  # type: ignore[arg-type]  # the point of the test
