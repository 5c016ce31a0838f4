"""Fixtures of the motion tests."""

from collections.abc import Callable

import pytest
import torch
from dolls import LIMBS, MIDDLE, build_skeleton, make_dolls, mirrored

from gen4d.context import Context
from gen4d.streams import Streams
from gen4d.structures import Mesh, Skeleton, Skin


@pytest.fixture(scope="session")
def dolls() -> dict[str, tuple[Skeleton, Skin, Mesh]]:
    """One doll a body plan."""
    return make_dolls()


@pytest.fixture(scope="session")
def turned_biped() -> Skeleton:
    """The biped with another rest rotation at every joint and the joints at the same places."""
    joints = {**MIDDLE, **LIMBS, **mirrored(LIMBS)}
    generator = torch.Generator().manual_seed(3)
    turns = torch.nn.functional.normalize(torch.randn(len(joints), 4, generator=generator, dtype=torch.float64), dim=1)
    return build_skeleton(joints, "biped", dict(zip(joints, turns, strict=True)))


@pytest.fixture
def ctx() -> Context:
    return Context(Streams(0))


@pytest.fixture(scope="session")
def make_skeleton() -> Callable[..., Skeleton]:
    return build_skeleton
