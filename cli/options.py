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
Guidance = Annotated[float | None, Option(metavar="S", help="How strongly the prompt pulls; 1 is off.")]
Steps = Annotated[int | None, Option(metavar="N", help="Sampling steps of the prior.")]
Faces = Annotated[int | None, Option(metavar="N", help="Triangle budget.")]
TextureSize = Annotated[int | None, Option("--texture-size", metavar="PX", help="Side of the square texture.")]
Mask = Annotated[Path | None, Option(metavar="FILE", help="A picture that is white where the subject is.")]
Words = Annotated[str | None, Option("--prompt", metavar="TEXT", help="Words that help to understand the photo.")]
Plan = Annotated[
    str | None,
    Option(
        metavar="NAME",
        help="Body plan: biped, quadruped, bird, fish, snake, insect, spider, vehicle, plant or prop; unset: guessed.",
    ),
]
Clips = Annotated[str | None, Option(metavar="A,B,C", help="Which clips to make.")]
Height = Annotated[float | None, Option(metavar="METRES", help="From the ground to the top.")]
Threads = Annotated[int | None, Option(metavar="N", min=1, help="CPU threads; unset: two, or one on a single core.")]
Quiet = Annotated[bool, Option("--quiet", "-q", help="Say nothing but errors.")]
Json = Annotated[bool, Option("--json", help="Print the result as one JSON object.")]
