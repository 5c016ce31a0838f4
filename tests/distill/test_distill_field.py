"""The field of corrections: what is written at a place and a side is read there, and nowhere else."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from gen4d.distill.field import SIDES, empty_field, facing, roughness, sample_field


def unit(count: int, seed: int) -> torch.Tensor:
    normals = torch.randn(count, 3, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.normalize(normals, dim=1)


@given(st.integers(0, 1000))
def test_shares_of_the_sides_sum_to_one_and_know_front_from_back(seed: int) -> None:
    normals = unit(20, seed)
    torch.testing.assert_close(facing(normals).sum(0), torch.ones(20))
    assert (facing(normals)[0] * facing(normals)[1] == 0).all()
    torch.testing.assert_close(facing(-normals), facing(normals)[[1, 0, 3, 2, 5, 4]])


@given(st.integers(0, 1000))
def test_a_linear_field_is_read_exactly(seed: int) -> None:
    axis = torch.linspace(-0.5, 0.5, 7)
    z, y, x = torch.meshgrid(axis, axis, axis, indexing="ij")
    field = torch.stack([x, 2 * y, -z])[None].repeat(SIDES, 1, 1, 1, 1)
    places = torch.rand(30, 3, generator=torch.Generator().manual_seed(seed)) - 0.5
    expected = places * torch.tensor([1.0, 2.0, -1.0])
    torch.testing.assert_close(sample_field(field, places, unit(30, seed)), expected, atol=1e-5, rtol=0)


def test_the_two_sides_of_a_thin_wall_are_apart() -> None:
    field = empty_field(1, 4)
    field[4] = 1.0  # what faces +z
    normals = torch.tensor([[0.0, 0, 1], [0, 0, -1], [0.6, 0, 0.8]])
    found = sample_field(field, torch.zeros(3, 3), normals)
    torch.testing.assert_close(found[:, 0], torch.tensor([1.0, 0.0, 0.64]))


def test_gradients_of_the_field_are_exact() -> None:
    field = torch.randn(SIDES, 2, 3, 3, 3, dtype=torch.float64, requires_grad=True)
    places = torch.rand(4, 3, dtype=torch.float64) - 0.5
    normals = unit(4, 0).double()
    assert torch.autograd.gradcheck(lambda f: sample_field(f, places, normals), field)


def test_only_steps_are_rough() -> None:
    field = empty_field(1, 5)
    assert roughness(field + 3) == 0
    field[0, 0, 2, 2, 2] = 1
    assert roughness(field) == 6
