"""Most bytes that a step of public networks holds besides their weights, counted without computing anything.

Shapes alone go through the published networks (fake tensors), and the storage alive after every operation is added up.
Run: python tests/bench/bench_hub_memory.py   (needs gen4d[hub]; a minute)
"""

import weakref
from collections.abc import Callable

import diffusers
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

MB = 1e6


class Alive(TorchDispatchMode):
    """Counts the bytes of storage that operations made and that are still held."""

    def __init__(self) -> None:
        super().__init__()
        self.seen, self.now, self.most = weakref.WeakSet(), 0, 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        for tensor in tree_leaves((args, kwargs)):
            if isinstance(tensor, torch.Tensor):
                self.seen.add(tensor.untyped_storage())  # weights, of which operations may return views
        result = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(result):
            if isinstance(tensor, torch.Tensor) and tensor.untyped_storage() not in self.seen:
                storage = tensor.untyped_storage()
                self.seen.add(storage)
                self.now += storage.nbytes()
                weakref.finalize(storage, self._gone, storage.nbytes())
        self.most = max(self.most, self.now)
        return result

    def _gone(self, size: int) -> None:
        self.now -= size


def most(step: Callable[[], object]) -> float:
    """Bytes alive at the worst moment of a step, the result and inputs made in it included."""
    with Alive() as alive, torch.no_grad():
        step()
    return alive.most


def unet(width: int, size: int, heads, **options):
    return diffusers.UNet2DConditionModel(
        sample_size=size, cross_attention_dim=width, attention_head_dim=heads, **options
    ).eval()


def report(name: str, network: torch.nn.Module, side: int, width: int) -> None:
    weights = sum(p.numel() * p.element_size() for p in network.parameters())

    def step(views: int) -> float:
        x, words = torch.empty(views, 4, side, side), torch.empty(views, 77, width)
        return most(lambda: network(x, torch.tensor(500), encoder_hidden_states=words).sample)

    for views in (6, 4, 1):
        used = step(views)
        print(f"{name}, {views} views at once: {used / MB:.0f} MB beside {weights / MB:.0f} of weights")
    network.set_attention_slice(1)
    print(f"{name}, 1 view, attention in slices: {step(1) / MB:.0f} MB")


def report_vae(name: str, height: int, width: int) -> None:
    blocks = {"down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4}
    vae = diffusers.AutoencoderKL(block_out_channels=(128, 256, 512, 512), layers_per_block=2, **blocks).eval()
    latents = torch.empty(1, 4, height // 8, width // 8)
    whole = most(lambda: vae.decode(latents).sample)
    vae.enable_tiling()
    vae.tile_sample_min_size, vae.tile_latent_min_size = 256, 32
    print(f"{name}: {whole / MB:.0f} MB whole, {most(lambda: vae.decode(latents).sample) / MB:.0f} MB in tiles")


if __name__ == "__main__":
    with FakeTensorMode():
        report("Stable Diffusion 1.5", unet(768, 64, 8), 64, 768)
        report("Stable Diffusion 2.1", unet(1024, 96, [5, 10, 20, 20], use_linear_projection=True), 96, 1024)
        report_vae("a picture of 512 x 512 decoded", 512, 512)
        report_vae("a picture of 768 x 768 decoded", 768, 768)
        report_vae("Zero123++'s 960 x 640 decoded", 960, 640)
