"""The options commands share, written once."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

PhotoArgument = Annotated[Path, Argument(metavar="PHOTO", help="A picture of one subject: PNG, JPEG or WebP.")]
Output = Annotated[
    Path | None, Option("-o", "--output", metavar="FILE.glb", help="Where to write; previews and report lie beside it.")
]
Seed = Annotated[int | None, Option(metavar="N", help="Another seed, another result; the same seed, the same bytes.")]
Preset = Annotated[str | None, Option(metavar="NAME", help="draft, standard or high.")]
Settings = Annotated[
    list[str] | None, Option("--set", metavar="KEY=VALUE", help="Any setting by its dotted name; may be repeated.")
]
Negative = Annotated[str | None, Option(metavar="TEXT", help="What to keep away from.")]
Prior = Annotated[
    str | None, Option("--prior", metavar="NAME", help="embedded, hub:OWNER/NAME@REVISION, or dir:FOLDER.")
]
AllowPickle = Annotated[bool, Option("--allow-pickle", help="Trust public weights that are pickles.")]
Half = Annotated[bool, Option("--half", help="Load public weights in half precision: half the memory.")]
LowMemory = Annotated[
    str | None,
    Option(
        "--low-memory",
        metavar="A,B",
        help="Public weights in less memory: slices, tiles; on a GPU also offload, int8.",
    ),
]
Guidance = Annotated[float | None, Option(metavar="S", help="How strongly the prompt pulls; 1 is off.")]
Steps = Annotated[int | None, Option(metavar="N", help="Sampling steps of the prior.")]
Candidates = Annotated[
    int | None, Option(metavar="N", help="Sets of views drawn from words; the one that fits them best is kept.")
]
Faces = Annotated[int | None, Option(metavar="N", help="Triangle budget.")]
TextureSize = Annotated[int | None, Option("--texture-size", metavar="PX", help="Side of the square texture.")]
NormalMap = Annotated[
    bool | None, Option("--normal-map", help="Bake the detail that simplification took into a normal map.")
]
Roughness = Annotated[float | None, Option(metavar="0..1", help="0 a mirror, 1 chalk; unset: guessed from the words.")]
Metallic = Annotated[float | None, Option(metavar="0..1", help="0 no metal, 1 bare metal; unset: guessed likewise.")]
Mask = Annotated[Path | None, Option(metavar="FILE", help="A picture that is white where the subject is.")]
Words = Annotated[str | None, Option("--prompt", metavar="TEXT", help="Words that help to understand the photo.")]
Plan = Annotated[
    str | None,
    Option(
        metavar="NAME",
        help="Body plan: biped, quadruped, bird, fish, snake, insect, spider, vehicle, plant or prop; unset: guessed.",
    ),
]
Subject = Annotated[
    str | None, Option(metavar="WHICH", help="Which of several subjects: left, right, largest, or a pixel of it, x,y.")
]
Azimuth = Annotated[
    float | None, Option(metavar="DEG", help="Side the photo shows: 0 the front, 90 the subject's left, -90 its right.")
]
Elevation = Annotated[float | None, Option(metavar="DEG", help="How far the camera looks down.")]
Way = Annotated[
    str | None, Option(metavar="NAME", help="auto, views (the prior imagines it) or puppet (its outline inflated).")
]
PhotoBack = Annotated[Path | None, Option("--photo-back", metavar="FILE", help="The same subject from behind.")]
PhotoLeft = Annotated[Path | None, Option("--photo-left", metavar="FILE", help="The same from the photo's left.")]
PhotoRight = Annotated[Path | None, Option("--photo-right", metavar="FILE", help="The same from the photo's right.")]
ReportPage = Annotated[bool, Option("--report", help="Write a page that shows what happened: report.html.")]
Up = Annotated[str | None, Option(metavar="AXIS", help="Axis of the file that points up: x, y, z, -x, -y or -z.")]
Front = Annotated[str | None, Option(metavar="AXIS", help="Axis of the file the subject faces.")]
Joints = Annotated[
    Path | None, Option(metavar="FILE.json", help="Use this skeleton: names, parents, positions in the mesh's frame.")
]
Naming = Annotated[str | None, Option(metavar="NAME", help="Bone names of humanoids: vrm, mixamo, unreal or godot.")]
RigReport = Annotated[
    Path | None, Option("--report", metavar="FILE.json", help="Joints, checks and weights; a picture beside it.")
]
KeepSkin = Annotated[
    bool | None, Option("--keep-skin", help="Keep the skeleton and weights the file has; unset: they are replaced.")
]
Clips = Annotated[str | None, Option(metavar="A,B,C", help="Which clips to make.")]
Height = Annotated[float | None, Option(metavar="METRES", help="From the ground to the top.")]
Target = Annotated[
    str | None, Option("--for", metavar="PROGRAM", help="generic, unity, unreal, godot, web or blender.")
]
Compress = Annotated[str | None, Option(metavar="A,B", help="quantize, meshopt, webp: smaller, for fewer programs.")]
Lods = Annotated[
    str | None, Option(metavar="0.5,0.25", help="Coarser copies with these shares of the triangles: NAME_lod1.glb ...")
]
Vrm = Annotated[bool | None, Option("--vrm", help="Add the VRM 1.0 block (humanoids).")]
Threads = Annotated[int | None, Option(metavar="N", min=1, help="CPU threads; unset: two, or one on a single core.")]
Quiet = Annotated[bool, Option("--quiet", "-q", help="Say nothing but errors.")]
Json = Annotated[bool, Option("--json", help="Print the result as one JSON object.")]
