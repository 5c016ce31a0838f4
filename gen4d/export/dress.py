"""An asset in the words and sizes of a profile: names of bones and clips, dense enough keys, largest texture."""

from dataclasses import replace

import torch

from gen4d.export.bones import bone_name, bone_names
from gen4d.export.config import ExportConfig
from gen4d.export.keys import with_short_turns
from gen4d.export.names import safe_name, unique_names
from gen4d.export.profiles import profile_of
from gen4d.structures import Asset, Material


def dressed(asset: Asset, cfg: ExportConfig) -> Asset:
    """The asset as its target program wants it.

    Names become safe for engines, and unique; bone names of a naming system keep its punctuation.

    Raises:
        ConfigError: the config asks for something the program cannot read.
    """
    profile = profile_of(cfg)
    endings = [profile.loop_suffix if clip.loop else "" for clip in asset.clips]
    clip_names = [
        safe_name(clip.name, "clip").removesuffix(ending) + ending
        for clip, ending in zip(asset.clips, endings, strict=True)
    ]
    clips = tuple(
        with_short_turns(replace(clip, name=name))
        for clip, name in zip(asset.clips, unique_names(clip_names), strict=True)
    )
    asset = replace(asset, clips=clips, material=fitted(asset.material, profile.largest_texture))
    if asset.skeleton is None:
        return asset
    naming = profile.naming if cfg.naming == "auto" else cfg.naming
    wanted = bone_names(asset.skeleton, naming)
    names = [bone_name(word) for word in wanted]
    taken = (safe_name(asset.name), f"{safe_name(asset.name)}_mesh")
    return replace(asset, skeleton=replace(asset.skeleton, names=tuple(unique_names(names, taken))))


def fitted(material: Material, largest: int) -> Material:
    """The material with textures of at most so many pixels a side, halved as often as that takes."""
    images = {
        name: halved(image, largest)
        for name in ("base_color", "occlusion_roughness_metallic", "normal_map")
        if (image := getattr(material, name)) is not None
    }
    return replace(material, **images)


def halved(image: torch.Tensor, largest: int) -> torch.Tensor:
    """An image of at most `largest` pixels a side: the mean of each 2 x 2 block, as often as needed. (H, W, C)."""
    while max(image.shape[:2]) > largest:
        block = (min(2, image.shape[0]), min(2, image.shape[1]))
        image = torch.nn.functional.avg_pool2d(image.movedim(-1, 0)[None], block)[0].movedim(0, -1).contiguous()
    return image
