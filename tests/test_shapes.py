"""Shape checks: what passes, what each refusal says."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gen4d.errors import ShapeError
from gen4d.shapes import check_tensor

dims = st.lists(st.integers(0, 4), min_size=0, max_size=4)


@given(dims)
def test_a_tensor_matches_its_own_shape_and_binds_every_letter(shape: list[int]) -> None:
    letters = [f"d{i}" for i in range(len(shape))]
    sizes: dict[str, int] = {}
    check_tensor("x", torch.zeros(shape), letters, torch.float32, sizes)
    assert [sizes[letter] for letter in letters] == shape


@given(dims, dims)
def test_a_tensor_matches_another_shape_only_if_equal(shape: list[int], pattern: list[int]) -> None:
    if shape == pattern:
        check_tensor("x", torch.zeros(shape), pattern, torch.float32, {})
    else:
        with pytest.raises(ShapeError, match=r"^x: got shape"):
            check_tensor("x", torch.zeros(shape), pattern, torch.float32, {})


def test_a_letter_means_one_size_across_tensors() -> None:
    sizes: dict[str, int] = {}
    check_tensor("a", torch.zeros(3, 2), ("N", 2), torch.float32, sizes)
    with pytest.raises(ShapeError, match=r"b: got shape \(4, 2\), expected \(N, 2\) with \{'N': 3\}"):
        check_tensor("b", torch.zeros(4, 2), ("N", 2), torch.float32, sizes)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_one_entry_that_is_not_finite_is_refused(bad: float) -> None:
    tensor = torch.zeros(5)
    tensor[3] = bad
    with pytest.raises(ShapeError, match="finite"):
        check_tensor("x", tensor, (5,), torch.float32, {})


@given(st.floats(-10, 10, width=32), st.floats(-10, 10, width=32))
def test_bounds_are_inclusive(value: float, bound: float) -> None:
    for low, high, fits in ((bound, None, value >= bound), (None, bound, value <= bound)):
        if fits:
            check_tensor("x", torch.tensor([value]), (1,), torch.float32, {}, low=low, high=high)
        else:
            with pytest.raises(ShapeError, match="allowed is at"):
                check_tensor("x", torch.tensor([value]), (1,), torch.float32, {}, low=low, high=high)


def test_dtype_and_type_are_checked() -> None:
    with pytest.raises(ShapeError, match=r"got dtype torch.float64, expected torch.float32"):
        check_tensor("x", torch.zeros(1, dtype=torch.float64), (1,), torch.float32, {})
    with pytest.raises(ShapeError, match="got list, expected a torch tensor"):
        check_tensor("x", [0.0], (1,), torch.float32, {})  # pyright: ignore[reportArgumentType]
