"""What a file says about itself: plain facts in `asset.extras`, a table of its clips, and formal XMP metadata.

XMP stands in extensionsUsed only: a program that does not know it loses nothing.
Source: KHR_xmp_json_ld; Dublin Core and XMP namespaces.
"""

import math

from gen4d import __version__
from gen4d.errors import ShapeError
from gen4d.export.gltf import JsonObject, JsonValue
from gen4d.structures import Asset

XMP = "KHR_xmp_json_ld"
GENERATOR = f"gen4d {__version__}"
_NAMESPACES = {"dc": "http://purl.org/dc/elements/1.1/", "xmp": "http://ns.adobe.com/xap/1.0/"}
_XMP_FACTS = {"prompt": "dc:description", "licence": "dc:rights", "source": "dc:source", "author": "dc:creator"}


def asset_object(asset: Asset) -> JsonObject:
    """The glTF `asset` object, without its version.

    Raises:
        ShapeError: a fact that JSON cannot hold.
    """
    for key, value in asset.provenance.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise ShapeError(f"Asset.provenance: '{key}' is {value}; only finite numbers can be written.")
    extras: dict[str, JsonValue] = dict(sorted(asset.provenance.items()))
    if asset.skeleton is not None:
        extras["gen4d"] = {"plan": asset.skeleton.plan, "bones": len(asset.skeleton), "clips": _clip_table(asset)}
    result: dict[str, JsonValue] = {"generator": GENERATOR}
    if "copyright" in asset.provenance:
        result["copyright"] = asset.provenance["copyright"]
    if extras:
        result["extras"] = extras
    return result


def xmp_packet(asset: Asset) -> JsonObject | None:
    """Who, what and under which licence, in the words of Dublin Core; None where nothing is known."""
    known = {word: str(asset.provenance[fact]) for fact, word in _XMP_FACTS.items() if fact in asset.provenance}
    if not known:
        return None
    return {"@context": _NAMESPACES, "@id": "", "dc:title": asset.name, "xmp:CreatorTool": GENERATOR, **known}


def _clip_table(asset: Asset) -> list[JsonValue]:
    return [
        {
            "name": clip.name,
            "seconds": round(float(clip.times[-1]), 6),
            "loop": clip.loop,
            **({"speed_mps": round(float(clip.speed), 6)} if clip.speed else {}),
        }
        for clip in asset.clips
    ]
