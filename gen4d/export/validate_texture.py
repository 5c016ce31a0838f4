"""Checks of images and of the materials that show them."""

from collections.abc import Iterator

from gen4d.export.findings import Finding, error, warning
from gen4d.export.parse import GltfFile

LARGEST_TEXTURE = 4096  # pixels a side that WebGL 1 and mobile chips are sure to take


def texture_findings(file: GltfFile) -> Iterator[Finding]:
    """Findings about image sizes, and base colours nobody can see."""
    for index in range(len(file.items("images"))):
        pixels = file.image(index)  # (H, W, 4); raises where it is damaged
        height, width = pixels.shape[:2]
        if width & (width - 1) or height & (height - 1):
            yield warning("not-power-of-two", f"Image {index} has {width} x {height} pixels, not powers of two.")
        if max(width, height) > LARGEST_TEXTURE:
            yield warning("texture-size", f"Image {index} has {width} x {height} pixels, over {LARGEST_TEXTURE}.")
    for index, material in enumerate(file.items("materials")):
        if material.get("alphaMode", "OPAQUE") == "OPAQUE":
            continue
        rough = material.get("pbrMetallicRoughness", {})
        alpha = rough.get("baseColorFactor", (1, 1, 1, 1))[3]
        if "baseColorTexture" in rough:
            image = file.texture_image(rough["baseColorTexture"]["index"])
            alpha *= 1 if image is None else float(file.image(image)[..., 3].max()) / 255
        if alpha == 0:
            yield error("invisible", f"Material {index} is fully transparent.")
