"""glTF materials as looks: factors, base colour and metal-rough textures, and which texture coordinates they use."""

from dataclasses import replace

import numpy as np

from gen4d.export.parse import Document, GltfFile
from gen4d.export.parts import Look

SPECULAR_GLOSSINESS = "KHR_materials_pbrSpecularGlossiness"
TEXTURE_TRANSFORM = "KHR_texture_transform"


class MaterialReader:
    """The file's materials, each decoded once, so that parts that share one can be told by identity."""

    def __init__(self, file: GltfFile) -> None:
        self._file = file
        self._looks: dict[int, Look] = {}
        self._images: dict[int, np.ndarray] = {}

    def look(self, index: int) -> Look:
        """One material."""
        if index not in self._looks:
            self._looks[index] = self._decode(self._file.items("materials")[index])
        return self._looks[index]

    def uv(self, index: int | None, attributes: dict[str, np.ndarray]) -> np.ndarray | None:
        """The texture coordinates that a material's base colour uses, with its texture transform applied. (V, 2)."""
        texture = self._base_color_texture(self._file.items("materials")[index]) if index is not None else None
        transform = (texture or {}).get("extensions", {}).get(TEXTURE_TRANSFORM, {})
        uv = attributes.get(f"TEXCOORD_{transform.get('texCoord', (texture or {}).get('texCoord', 0))}")
        if uv is None or not transform:
            return uv
        angle, offset = float(transform.get("rotation", 0)), np.array(transform.get("offset", (0, 0)))
        rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        return (uv * np.array(transform.get("scale", (1, 1)))) @ rotation.T + offset

    def losses(self, index: int) -> list[str]:
        """Sentences about what of a material a look cannot hold."""
        material = self._file.items("materials")[index]
        lost = []
        if "emissiveTexture" in material or any(material.get("emissiveFactor", ())):
            lost.append("light that a material gives off is left out")
        if material.get("alphaMode") == "BLEND":
            lost.append("materials that one sees through are cut out or solid instead")
        if material.get("normalTexture", {}).get("scale", 1) != 1:
            lost.append("the strength of a normal map is left out")
        if foreign := sorted(set(material.get("extensions", {})) - {SPECULAR_GLOSSINESS}):
            lost.append(f"of a material these extensions are left out: {', '.join(foreign)}")
        return lost

    def _base_color_texture(self, material: Document) -> Document | None:
        glossy = material.get("extensions", {}).get(SPECULAR_GLOSSINESS)
        if glossy is not None:
            return glossy.get("diffuseTexture")
        return material.get("pbrMetallicRoughness", {}).get("baseColorTexture")

    def _decode(self, material: Document) -> Look:
        rough = material.get("pbrMetallicRoughness", {})
        glossy = material.get("extensions", {}).get(SPECULAR_GLOSSINESS)
        factor = rough.get("baseColorFactor", (1, 1, 1, 1)) if glossy is None else glossy.get("diffuseFactor", (1,) * 4)
        red, green, blue, alpha = (float(c) for c in factor)
        look = Look(
            factor=(red, green, blue, alpha),
            image=self._image(self._base_color_texture(material)),
            normal=self._image(material.get("normalTexture")),
            double_sided=bool(material.get("doubleSided", False)),
        )
        if glossy is not None:
            return look
        metallic, roughness = float(rough.get("metallicFactor", 1)), float(rough.get("roughnessFactor", 1))
        orm = self._image(rough.get("metallicRoughnessTexture"))
        if orm is None:
            return replace(look, roughness=roughness, metallic=metallic)
        scaled = np.rint(orm[..., :3] * np.array([1, roughness, metallic])).astype(np.uint8)
        if material.get("occlusionTexture", {}).get("index") != rough["metallicRoughnessTexture"]["index"]:
            scaled[..., 0] = 255
        return replace(look, orm=scaled)

    def _image(self, texture: Document | None) -> np.ndarray | None:
        if texture is None:
            return None
        source = self._file.texture_image(texture["index"])
        if source is None:
            return None
        if source not in self._images:
            self._images[source] = self._file.image(source)
        return self._images[source]
