"""The DiT: it starts as nothing, is a plain transformer when its gates are open, and learns; and the example runs."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from gen4d.prior.archive import LATENT_STEP, TEXT_STEP, pack_codes
from gen4d.prior.paper_dit import DiTBlock, PaperDiT
from gen4d.prior.paper_uvit import PaperShape
from gen4d.prior.text import TEXT_WIDTH
from gen4d.prior.transformer import Block

SHAPE = PaperShape(image_size=8, channels=3, patch=4, width=32, depth=2, heads=2, classes=6)


def test_a_new_block_is_the_identity_and_a_new_network_says_zero() -> None:
    torch.manual_seed(0)
    network = PaperDiT(SHAPE)
    x, image = torch.randn(2, 5, 32), torch.randn(2, 3, 8, 8)
    assert torch.equal(network.blocks[1](x, torch.randn(2, 32)), x)
    assert torch.equal(network(image, torch.tensor([5.0, 900.0]), torch.tensor([0, 5])), torch.zeros_like(image))


def test_with_open_gates_a_block_is_the_u_vits() -> None:
    torch.manual_seed(0)
    plain, modulated = Block(32, 4), DiTBlock(32, 4)
    modulated.attn.load_state_dict(plain.attn.state_dict())
    modulated.mlp.load_state_dict(plain.mlp.state_dict())
    torch.nn.init.zeros_(modulated.modulation.weight)
    with torch.no_grad():  # shift, scale, gate of the attention, then of the layers
        modulated.modulation.bias.copy_(torch.tensor([0.0, 0, 1, 0, 0, 1]).repeat_interleave(32))
    x = torch.randn(2, 5, 32)
    torch.testing.assert_close(modulated(x, torch.randn(2, 32)), plain(x), atol=1e-4, rtol=0)  # eps 1e-6 against 1e-5


def test_parameter_count() -> None:
    """18 d^2 + 12 d a block: 3 d^2 and d^2 + d attention, 8 d^2 + 5 d layers, 6 d^2 + 6 d modulation; and the ends."""
    d, numbers = SHAPE.width, SHAPE.channels * SHAPE.patch**2
    blocks = (SHAPE.depth + 1) * (18 * d * d + 12 * d)
    ends = (numbers + 1) * d + 2 * (d * d + d) + SHAPE.classes * d + SHAPE.patches * d
    head = 2 * d * d + 2 * d + (d + 1) * numbers
    assert sum(p.numel() for p in PaperDiT(SHAPE).parameters()) == blocks + ends + head


def test_it_learns_from_time_and_label() -> None:
    """The target is the label's sign times the time's, which only the modulation can tell."""
    torch.manual_seed(0)
    network = PaperDiT(replace(SHAPE, classes=2))
    optimizer = torch.optim.Adam(network.parameters(), 3e-3)
    g = torch.Generator().manual_seed(1)
    history = []
    for _ in range(50):
        labels, late = torch.randint(0, 2, (16,), generator=g), torch.randint(0, 2, (16,), generator=g)
        target = ((2.0 * labels - 1) * (2 * late - 1)).view(-1, 1, 1, 1).expand(-1, 3, 8, 8)
        output = network(torch.randn(16, 3, 8, 8, generator=g), 100 + 800.0 * late, labels)
        loss = (output - target).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(loss.item())
    assert history[0] == pytest.approx(1.0)
    assert history[-1] < 0.3


def tiny_archive(path: Path, items: int = 6) -> None:
    """An archive of smooth latents with one caption an item."""
    g = torch.Generator().manual_seed(0)
    latents = torch.randn(items, 6, 3, 1, 1, generator=g).expand(-1, -1, -1, 8, 8)
    tensors = pack_codes(latents, LATENT_STEP, "latents") | pack_codes(latents[:, :1], LATENT_STEP, "photos")
    tensors |= pack_codes(torch.randn(items, TEXT_WIDTH, generator=g), TEXT_STEP, "tokens")
    tensors |= {
        "latent_shape": torch.tensor([3, 8]),
        "token_rows": torch.arange(items + 1),
        "poses": torch.zeros(items, 1, 2),
        "caption_rows": torch.arange(items),
        "caption_starts": torch.arange(items + 1),
        "is_train": torch.ones(items, dtype=torch.bool),
        "weights": torch.ones(items),
    }
    save_file(tensors, path, {"captions": "\n".join("abcdef"[:items]), "latent_step": "0.2", "text_step": "0.1"})


def test_the_example_compares_three_networks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = Path(__file__).parents[2] / "examples" / "04_long_skips.py"
    spec = importlib.util.spec_from_file_location("long_skips", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    tiny_archive(tmp_path / "archive.safetensors")
    module.main(tmp_path / "archive.safetensors", steps=10, batch=2, seeds=2, shape=SHAPE)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("M ")[0].split()[:3] for line in lines][:3] == [
        ["seed", "0", "U-ViT"],
        ["seed", "0", "without"],
        ["seed", "0", "DiT"],
    ]
    curves = [[float(value) for value in line.split("M ")[1].split()] for line in lines]
    assert len(curves) == 6 and all(len(curve) == 10 for curve in curves)
    assert len({tuple(curve) for curve in curves}) == 6  # networks differ, and seeds do
