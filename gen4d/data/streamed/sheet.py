"""A picture of what a prior in training draws: prompts on the left, validation photos beside the truth on the right."""

from pathlib import Path

import torch
from PIL import Image

from gen4d.data.streamed.store import Store
from gen4d.prior.conditioned import Conditioned
from gen4d.prior.guidance import Guided
from gen4d.prior.modalities import PLANS
from gen4d.prior.sampler import sample_dpmpp_2m, schedule
from gen4d.prior.text import MiniLmEncoder
from gen4d.prior.uvit import MultiViewUViT

PROMPTS = (
    "a paper plane", "a wooden barrel", "a red car", "a dog", "a wooden chair", "a cactus in a pot", "a castle tower",
    "a rocket", "a knight", "an apple", "a sword", "a small house", "a mushroom", "a blue fish", "a horse", "a teapot",
)  # fmt: skip
FRONT, RIGHT, BACK, TOP = 0, 1, 2, 4
STEPS, TIME_SHIFT, GUIDANCE = 20, 2.0, 2.5
PHOTO_PLAN = [name for name, _ in PLANS].index("photo")


@torch.no_grad()
def save_sheet(
    network: MultiViewUViT, store: Store, path: Path, prompts: tuple[str, ...] = PROMPTS, steps: int = STEPS
) -> None:
    """Draw and save one row a prompt and one a validation photo.

    From the left: front, right, back, top and the front's normals of a prompt; then a photo as the autoencoder keeps
    it, front, right and back drawn from it, and the true front and right.
    """
    assert store.autoencoder is not None
    device, count = store.device, len(prompts)
    generator = torch.Generator(device).manual_seed(5)
    truth = store.draw("validation", torch.full((count,), PHOTO_PLAN, device=device), generator)
    noise = torch.randn(truth.views.shape, generator=generator, device=device)
    words = MiniLmEncoder().encode(list(prompts)).tokens.to(device)

    def drawn(known: Conditioned) -> torch.Tensor:
        *_, latents = sample_dpmpp_2m(Guided(known, Conditioned(network), GUIDANCE), noise, schedule(steps, TIME_SHIFT))
        return _decoded(latents, store)

    by_words = drawn(Conditioned(network, text=words))  # (count, 6, 8, H, W)
    by_photo = drawn(Conditioned(network, photo=truth.photo))
    true, photos = _decoded(truth.views, store), _decoded(truth.photo[:, None], store)
    rows = []
    for said, seen, right, photo in zip(by_words, by_photo, true, photos, strict=True):
        tiles = [_solid(said[view]) for view in (FRONT, RIGHT, BACK, TOP)] + [
            _bytes(said[FRONT, 5:8]),
            _bytes(photo[0, :3]),
        ]
        tiles += [_solid(seen[view]) for view in (FRONT, RIGHT, BACK)] + [
            _solid(right[view]) for view in (FRONT, RIGHT)
        ]
        rows.append(torch.cat(tiles, 1))
    Image.fromarray(torch.cat(rows).cpu().numpy()).save(path, quality=85)


def _decoded(latents: torch.Tensor, store: Store) -> torch.Tensor:
    """Maps (N, V, 8, H, W) of latents (N, V, C, S, S)."""
    assert store.autoencoder is not None
    return store.autoencoder.decode(latents.flatten(0, 1)).unflatten(0, latents.shape[:2])


def _solid(maps: torch.Tensor) -> torch.Tensor:
    """Colours (H, W, 3) uint8 of maps (8, H, W), white outside the matte."""
    return _bytes(torch.where(maps[3:4] > 0, maps[:3], 1.0))


def _bytes(colors: torch.Tensor) -> torch.Tensor:
    """(3, H, W) in [-1, 1] -> (H, W, 3) uint8."""
    return ((colors.clamp(-1, 1) + 1) * 127.5).byte().permute(1, 2, 0)
