"""The dataset card: written from the shards, so that it cannot say what they do not hold."""

from collections import Counter
from pathlib import Path

from gen4d.data.duplicates import read_dropped
from gen4d.data.records import Record
from gen4d.data.shards import read_records
from gen4d.data.summary import nouns, rejections

SOURCE_FACTS = {
    "zeroad": "Debian package `0ad-data`, the game 0 A.D.: people, animals, buildings, things of the ancient world",
    "sweethome3d": "Debian package `sweethome3d-furniture`: furniture and things of the house, by several creators",
    "quaternius": "low-poly packs by Quaternius: animals, vehicles, food, plants, weapons, buildings, monsters, people",
    "anny": "PyPI package `anny`: parametric humans; clothes, hair and skin are coloured by this project",
    "makers": "parametric makers of this project: everyday things that the others lack",
}
EXCLUDED = (
    "sweethome3d-furniture: horse2, hamburger (BlendSwap), reflex_camera, bulldog, winchesterSofa, sofa_white_beige,"
    " bus (Scopia), bicycle (Scopia), dafTruck, backpack, radio, cuckooClock, siameseCat, rabbit (Scopia), wheelbarrow",
    "0 A.D.: every actor and template of tiger, giraffe, camel, crocodile, peacock",
)
BIASES = (
    "Low-poly, clean shapes in flat colours are most of it; photographs of real things are not in it.",
    "People are game characters: ancient dress in 0 A.D., cartoon proportions elsewhere; faces are painted on.",
    "The makers draw each of their kinds the same few ways; what people ask for most is therefore what varies least.",
    "European furniture, European and Mediterranean buildings; plants of the temperate zone.",
    "Colour words come from rendered albedo and mean the largest areas, not what a person would name first.",
    "Left and right are balanced by mirror images where the archive is built with them; fronts are the sources' own.",
)


def dataset_card(folder: Path) -> str:
    """The card of built shards as Markdown."""
    records = read_records(folder)
    rejected = rejections(folder)
    sources = sorted({record.source for record in records} | rejected.keys())
    lines = [
        "# Dataset card",
        "",
        "Written by `gen4d data card DIR` from the shards that `gen4d data build --out DIR` makes; no number is typed"
        " by hand. The repository holds no object: anyone can build the same set from the packages.",
        "",
        "| source | kept | rigged | textured | rejected | licences |",
        "|---|---|---|---|---|---|",
    ]
    for source in sources:
        own = [record for record in records if record.source == source]
        why = ", ".join(f"{reason} {count}" for reason, count in rejected.get(source, Counter()).most_common())
        licences = ", ".join(f"{name} {n}" for name, n in Counter(r.licence for r in own).most_common())
        rigged, textured = sum(r.rigged for r in own), sum(r.textured for r in own)
        lines.append(f"| {source} | {len(own)} | {rigged} | {textured} | {why or 'none'} | {licences} |")
    captions = {caption for record in records for caption in record.captions}
    validation = sum(record.split == "validation" for record in records)
    lines += [
        "",
        f"{len(records)} objects, {validation} of them for validation (by the hash of their group; near-duplicates and"
        f" variants share a group); {len(captions)} different captions with {len(nouns(records))} different head nouns;"
        f" {len(read_dropped(folder))} near-duplicates left out.",
        "",
        "## Sources",
        "",
        *[f"- **{name}**: {SOURCE_FACTS[name]}" for name in sources if name in SOURCE_FACTS],
        "",
        "## Never trained on",
        "",
        "Kept for evaluation and refused by id (tests prove it):",
        "",
        *[f"- {line}" for line in EXCLUDED],
        "",
        "## What an object is rejected for",
        "",
        "- `cards`: more than 20 % of its faces are see-through leaf cards; `sheet`: thinner than 1 % of its length;",
        "- `needle`: covers under 0.4 % of its fullest view; `scene`: falls into four or more parts in every view;",
        "- `grey`: neither colour nor texture (30 % of those are kept); `heavy`: over 400,000 faces;",
        "- `duplicate`: its small pictures of three sides differ less than 0.006 from another's (`duplicates.json`).",
        "",
        "## Known biases",
        "",
        *[f"- {line}" for line in BIASES],
        "",
        "## Commands",
        "",
        "```",
        "gen4d data build --out shards --quaternius PACKS   # fetches the Debian packages itself",
        "gen4d data show shards; gen4d data stats shards",
        "gen4d data archive --shards shards --autoencoder ae.safetensors --out archive.safetensors",
        "```",
        "",
        "## Attribution",
        "",
        *_attribution(records),
    ]
    return "\n".join(lines) + "\n"


def _attribution(records: list[Record]) -> list[str]:
    """Creators of what asks for attribution, with how many objects each."""
    asked = Counter((r.source, r.licence, r.author) for r in records if r.licence.startswith("CC-BY"))
    return [f"- {author}: {n} objects of {source}, {licence}" for (source, licence, author), n in sorted(asked.items())]
