"""Two hundred broken meshes: each ends in a valid rigged file or in one clear sentence."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from gen4d.config import load_config
from gen4d.context import Context
from gen4d.errors import Gen4dError, ShapeError
from gen4d.export.glb import write_glb
from gen4d.export.validate import check_glb
from gen4d.from_file import stand_up
from gen4d.pipeline import bring_to_life
from gen4d.streams import Streams
from gen4d.structures import Asset, Material, Mesh

Damage = Callable[[np.ndarray, np.ndarray, np.random.Generator], tuple[np.ndarray, np.ndarray]]


def drop_faces(vertices, faces, rng):
    return vertices, faces[rng.random(len(faces)) > rng.uniform(0.05, 0.9)]


def hole(vertices, faces, rng):
    center = vertices[rng.integers(len(vertices))]
    far = np.linalg.norm(vertices[faces].mean(1) - center, axis=1) > rng.uniform(0.1, 0.6)
    return vertices, faces[far]


def flip(vertices, faces, rng):
    flipped = rng.random(len(faces)) < 0.5
    return vertices, np.where(flipped[:, None], faces[:, ::-1], faces)


def noise(vertices, faces, rng):
    return vertices + rng.normal(size=vertices.shape) * rng.uniform(0.001, 0.05), faces


def duplicate(vertices, faces, rng):
    return vertices[faces.reshape(-1)], np.arange(faces.size).reshape(-1, 3)


def slivers(vertices, faces, rng):
    a, b = rng.integers(len(vertices), size=(2, 60))
    return vertices, np.concatenate([faces, np.stack([a, b, a], 1), np.stack([a, b, b], 1)])


def cross(vertices, faces, rng):
    shift = rng.normal(size=3) * 0.1
    return np.concatenate([vertices, vertices + shift]), np.concatenate([faces, faces + len(vertices)])


def fan(vertices, faces, rng):
    edge = faces[rng.integers(len(faces)), :2]
    extra = np.stack([np.full(20, edge[0]), np.full(20, edge[1]), rng.integers(len(vertices), size=20)], 1)
    return vertices, np.concatenate([faces, extra])


def scale(vertices, faces, rng):
    return vertices * 10.0 ** rng.uniform(-5, 5) + rng.normal(size=3) * 10, faces


def lie(vertices, faces, rng):
    order = rng.permutation(3)
    mirrored = np.linalg.det(np.eye(3)[order]) < 0  # a turn, so that a closed mesh still looks outwards
    return vertices[:, order] * [1 - 2 * mirrored, 1, 1], faces


def crumbs(vertices, faces, rng):
    finite = vertices[np.isfinite(vertices).all(1)]
    tiny = rng.uniform(finite.min(0), finite.max(0), size=(300, 1, 3)) + rng.normal(size=(300, 3, 3)) * 0.003
    more = np.arange(900).reshape(-1, 3) + len(vertices)
    return np.concatenate([vertices, tiny.reshape(-1, 3)]), np.concatenate([faces, more])


def few(vertices, faces, rng):
    return vertices, faces[rng.permutation(len(faces))[: rng.integers(1, 12)]]


def flat(vertices, faces, rng):
    return vertices * np.eye(3)[rng.integers(3)] if rng.random() < 0.5 else vertices * [1, 1, 0], faces


def not_a_number(vertices, faces, rng):
    broken = vertices.copy()
    broken[rng.integers(len(vertices)), rng.integers(3)] = rng.choice([np.nan, np.inf, -np.inf])
    return broken, faces


DAMAGES = (drop_faces, hole, flip, noise, duplicate, slivers, cross, fan, scale, lie, crumbs, few, flat, not_a_number)
PLANS = ("auto", "biped", "quadruped", "bird", "fish", "snake", "insect", "spider", "vehicle", "plant", "prop")


def _broken(creatures, number: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(number)
    names = sorted(creatures)
    mesh = creatures[names[rng.integers(len(names))]]
    vertices, faces = mesh.vertices.double().numpy(), mesh.faces.numpy()
    first = DAMAGES[number % len(DAMAGES)]
    others = [DAMAGES[k] for k in rng.integers(len(DAMAGES), size=rng.integers(0, 3))]
    for damage in (first, *others):
        if len(faces):
            vertices, faces = damage(vertices, faces, rng)
    return vertices, faces


def _attempt(vertices: np.ndarray, faces: np.ndarray, plan: str, path: Path) -> str:
    """What became of it: "rigged", or the sentence."""
    ctx = Context(Streams(0))
    cfg = load_config(None, {"rig.plan": plan})
    try:
        mesh = Mesh(torch.tensor(vertices, dtype=torch.float32), torch.tensor(faces, dtype=torch.int64))
        standing, _ = stand_up(mesh, cfg.rig, ctx, hint="", joints=None, height=None)
        asset = Asset("broken", standing, Material(torch.ones(1, 1, 4)))
        rigged = bring_to_life(asset, cfg.model_copy(update={"height": 1.0}), ctx)
        assert rigged.skeleton is not None and torch.equal(rigged.mesh.faces, mesh.faces)
        write_glb(replace(rigged, clips=()), path)
        errors = [finding for finding in check_glb(path) if finding.severity == "error"]
        assert not errors, errors
    except (Gen4dError, ShapeError) as error:
        assert "\n" not in str(error) and len(str(error)) > 20
        assert isinstance(error, Gen4dError) and not str(error).startswith(("Skeleton", "Skin", "Clip")), error
        return str(error)
    return "rigged"


@pytest.mark.parametrize("number", range(14))
def test_each_kind_of_damage_ends_well(creatures, tmp_path, number: int) -> None:
    vertices, faces = _broken(creatures, number)
    _attempt(vertices, faces, "auto", tmp_path / "broken.glb")


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 200, 20))  # in pieces, each of which can be run alone
def test_two_hundred_broken_meshes_end_well(creatures, tmp_path, first: int) -> None:
    ends = []
    for number in range(first, first + 20):
        vertices, faces = _broken(creatures, number)
        ends.append(_attempt(vertices, faces, PLANS[number % len(PLANS)], tmp_path / "broken.glb"))
    print(f"{ends.count('rigged')} rigged, {len(ends) - ends.count('rigged')} refused with a sentence")
    assert ends.count("rigged") >= 10  # the rest is flat, not finite or empty
