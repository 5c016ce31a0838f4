"""A metal-rough material with its textures as embedded PNG, or as WebP on request."""

import io

import numpy as np
import torch
from PIL import Image

from gen4d.conventions import srgb_to_linear
from gen4d.export.gltf import GltfBuilder, JsonObject, JsonValue, json_floats
from gen4d.structures import Material

LINEAR = 9729
LINEAR_MIPMAP_LINEAR = 9987
REPEAT = 10497
# Fixed so that equal pixels give equal bytes. Two painted 1024 px textures on one core: level 4 took 0.15 s, level 6
# 0.25-0.34 s for 3 % fewer bytes, level 9 0.9-1.1 s for 5 %.
PNG_COMPRESSION = 4
ALPHA_CUTOFF = 0.5
WEBP = "EXT_texture_webp"
WEBP_QUALITY = 90  # of 100; on painted 1024 px textures the mean error stayed under 1 of 255 levels
WEBP_EFFORT = 70  # of 100, where nothing is lost


def add_material(gltf: GltfBuilder, material: Material, name: str, *, vertex_colors: bool, webp: bool = False) -> int:
    """Append a material, its textures and their images.

    A base colour of one texel becomes a factor, not a texture. Texels are rounded to 8 bits; the file is OPAQUE unless
    one of them is less than fully opaque, then MASK, since BLEND sorts wrongly in every engine.

    Args:
        vertex_colors: the mesh carries COLOR_0, which stands instead of the base colour texture.
        webp: textures as WebP, which EXT_texture_webp then requires: colours lossy, everything else lossless.
    """
    pixels = to_bytes(material.base_color)  # (H, W, 4)
    metal_rough: dict[str, JsonValue] = {}
    if vertex_colors:
        pass  # the factor's default is white
    elif is_single_texel(material):
        metal_rough["baseColorFactor"] = _linear_factor(material.base_color[0, 0])
    else:
        opaque = bool((pixels[..., 3] == 255).all())
        metal_rough["baseColorTexture"] = _texture(gltf, pixels[..., :3] if opaque else pixels, "base_color", webp)
    result: dict[str, JsonValue] = {"name": name, "pbrMetallicRoughness": metal_rough}
    if material.occlusion_roughness_metallic is None:
        metal_rough["roughnessFactor"] = round(material.roughness, 6)
        metal_rough["metallicFactor"] = round(material.metallic, 6)
    else:
        texture = _texture(gltf, to_bytes(material.occlusion_roughness_metallic), "occlusion_roughness_metallic", webp)
        metal_rough["metallicRoughnessTexture"] = texture
        result["occlusionTexture"] = texture
    if material.normal_map is not None:
        result["normalTexture"] = _texture(gltf, to_bytes(material.normal_map), "normal", webp)
    if not vertex_colors and (pixels[..., 3] < 255).any():
        result |= {"alphaMode": "MASK", "alphaCutoff": ALPHA_CUTOFF}
    if material.double_sided:
        result["doubleSided"] = True
    return gltf.add("materials", result)


def is_single_texel(material: Material) -> bool:
    """Whether the base colour is one texel, which needs no texture coordinates."""
    return material.base_color.shape[:2] == (1, 1)


def to_bytes(image: torch.Tensor) -> np.ndarray:
    """[0, 1] floats to the nearest of 256 levels. (H, W, C) uint8."""
    return (image.cpu().clamp(0, 1) * 255).round().to(torch.uint8).numpy()


def png_bytes(pixels: np.ndarray) -> bytes:
    """Encode (H, W, 3 or 4) uint8 as PNG, without metadata."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG", compress_level=PNG_COMPRESSION)
    return stream.getvalue()


def webp_bytes(pixels: np.ndarray, *, lossless: bool) -> bytes:
    """Encode (H, W, 3 or 4) uint8 as WebP, without metadata; colours under full transparency are kept."""
    stream = io.BytesIO()
    quality = WEBP_EFFORT if lossless else WEBP_QUALITY
    Image.fromarray(pixels).save(stream, "WEBP", lossless=lossless, quality=quality, method=4, exact=True)
    return stream.getvalue()


def _texture(gltf: GltfBuilder, pixels: np.ndarray, name: str, webp: bool) -> JsonObject:
    if not gltf.count("samplers"):
        sampler: JsonObject = {
            "magFilter": LINEAR, "minFilter": LINEAR_MIPMAP_LINEAR, "wrapS": REPEAT, "wrapT": REPEAT
        }  # fmt: skip
        gltf.add("samplers", sampler)
    data = webp_bytes(pixels, lossless=name != "base_color") if webp else png_bytes(pixels)
    image: JsonObject = {
        "name": name, "bufferView": gltf.add_bytes(data), "mimeType": "image/webp" if webp else "image/png"
    }  # fmt: skip
    source = gltf.add("images", image)
    if not webp:
        return {"index": gltf.add("textures", {"sampler": 0, "source": source})}
    gltf.use(WEBP, required=True)
    return {"index": gltf.add("textures", {"sampler": 0, "extensions": {WEBP: {"source": source}}})}


def _linear_factor(texel: torch.Tensor) -> list[float]:
    """glTF factors are linear light; alpha is linear already."""
    color = torch.cat([srgb_to_linear(texel[:3].double()), texel[3:].double()])
    return json_floats(color.numpy())
