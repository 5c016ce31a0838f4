"""Clips on bodies nobody chose a setting on: `python tests/bench/bench_motion_held_out.py DIR --half first|second`.

DIR holds the Quaternius packs. For each plan some artists' meshes, and things made from words where the packs have too
few, are drawn by a seed; half of each plan's may be looked at while motion is mended (`first`), the other half is
printed when that is done (`second`). Their own rigs and clips are left out: `gen4d rig` rigs them, told the plan, and
every clip is made and measured as a file holds it. Files that settings were chosen on before are not drawn.
Prints what lies beyond a limit, and a table by plan with the worst of each measure by name. `--made DIR` keeps what
words make, `--sheets DIR` draws every clip from the side and from the front, `--only PLAN,NAME` takes these only.
"""

import argparse
import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch
from bench_motion import measured, sheet

from gen4d import from_file, pipeline
from gen4d.config import load_config
from gen4d.context import Context
from gen4d.errors import Gen4dError
from gen4d.evaluate.motion import LIMITS, ClipMeasures
from gen4d.evaluate.motion_tables import MOTION_HEADER, motion_row
from gen4d.export.glb import glb_bytes
from gen4d.motion.clips import clips_of_skeleton, make_clips
from gen4d.motion.config import MotionConfig
from gen4d.streams import Streams
from gen4d.structures import Asset, Prompt

SEED = 22
WORDS = "words:"
PACKS = {  # plan -> how many are drawn, an even number, and what of: files of the packs, or things made from words
    "biped": (6, "modular_men/*", "modular_women/*", "platformer_game_pack/Character*", "mech_pack/*",
              "ultimate_space_pack/Mech_*", "cyberpunk_pack/Enemy_2Legs*", "platformer_game_pack/Enemy*"),
    "quadruped": (6, "animals_pack/*", "easy_enemies_pack/[FR]*", "dinosaurs_pack/Apato*", "dinosaurs_pack/Stego*",
                  "dinosaurs_pack/Tricera*"),
    "bird": (4, "dinosaurs_pack/[PV]*", "dinosaurs_pack/Trex*", "words:an owl", "words:an eagle", "words:a penguin",
             "words:a duck", "words:a chicken"),
    "fish": (2, "cute_fish_pack/*fish.glb", "cute_fish_pack/T*", "fish_pack/*"),
    "snake": (2, "easy_enemies_pack/Snake*", "cute_fish_pack/Worm*"),
    "insect": (2, "easy_enemies_pack/Wasp*", "platformer_game_pack/Bee*", "words:an ant", "words:a beetle"),
    "spider": (2, "words:a spider", "words:a tarantula", "words:a crab"),
    "vehicle": (4, "tank_pack/*", "ultimate_space_pack/Rover*", "medieval_village_pack/Cart*", "words:a truck"),
    "plant": (2, "nature_pack/*Tree_[0-9]*", "nature_pack/Cactus*", "nature_pack/Bush*", "simple_nature_pack/Tree*"),
    "prop": (2, "rpg_items_pack/*", "medieval_weapons_pack/*", "survival_pack/*"),
}  # fmt: skip
SEEN = ("Wolf", "Cow", "Horse", "KnightCharacter", "Astronaut")  # settings were chosen, or clips looked at, on these


def drawn(folder: Path, plan: str) -> list[str]:
    """What is drawn for a plan: files below the folder, or words; of each source one in turn, in a random order."""
    count, *sources = PACKS[plan]
    families: dict[str, list[str]] = defaultdict(list)  # words are one family
    for source in sources:
        if source.startswith(WORDS):
            families[WORDS].append(source)
        else:
            files = [str(path.relative_to(folder)) for path in folder.glob(source) if path.suffix == ".glb"]
            families[source] += [name for name in files if not Path(name).stem.startswith(SEEN)]
    rounds = [
        (place, _key(family), name)
        for family in families
        for place, name in enumerate(sorted(families[family], key=_key))
    ]
    return [name for _, _, name in sorted(rounds)][:count]


def _key(name: str) -> str:
    return hashlib.sha256(f"{SEED} {name}".encode()).hexdigest()


def rigged(folder: Path, made: Path, plan: str, source: str) -> Asset:
    """A drawn body with a rig of ours.

    Raises:
        Gen4dError: it cannot be rigged.
    """
    ctx = Context(Streams(0))
    words = source.removeprefix(WORDS)
    path = folder / source
    if source.startswith(WORDS):
        path = made / f"{words.replace(' ', '_')}.glb"
        if not path.exists():
            asset = pipeline.text_to_3d(Prompt(words), load_config(None, {}), ctx)
            made.mkdir(parents=True, exist_ok=True)
            path.write_bytes(glb_bytes(asset))
    cfg = load_config(None, {"rig.plan": plan, "motion.clips": "idle"})
    return replace(from_file.rig_file(path, cfg, ctx), name=path.stem)


def all_clips(asset: Asset) -> Asset:
    """The asset with every clip it can play."""
    assert asset.skeleton is not None
    names = tuple(clips_of_skeleton(asset.skeleton)[0])
    clips = make_clips(asset.skeleton, MotionConfig(clips=names), Context(Streams(0)), asset.mesh, asset.skin)
    return replace(asset, clips=clips)


def bodies(folder: Path, made: Path, half: str, only: list[str]) -> Iterator[tuple[str, Asset]]:
    """Plan and rigged body, one after the other."""
    for plan in PACKS:
        chosen = drawn(folder, plan)
        chosen = chosen[::2] if half == "first" else chosen[1::2]
        for source in chosen:
            stem = Path(source.removeprefix(WORDS)).stem.replace(" ", "_")
            if only and not {plan, stem} & set(only):
                continue
            try:
                yield plan, all_clips(rigged(folder, made, plan, source))
            except Gen4dError as error:
                print(f"{source}: {error}", flush=True)


def table(rows: dict[str, list[tuple[str, ClipMeasures]]]) -> None:
    """By plan: how many clips lie beyond each limit; below, the worst of each measure by name."""
    print(
        f"\n{'plan':<11}{'bodies':>7}{'clips':>6}{'within':>7}" + "".join(f"{name:>19}" for name in [*LIMITS, "steps"])
    )
    everything = [row for clips in rows.values() for row in clips]
    for plan, clips in [*rows.items(), ("all", everything)]:
        faults = [fault for _, clip in clips for fault in clip.faults()]
        counts = "".join(f"{faults.count(name):>19}" for name in [*LIMITS, "steps"])
        within = sum(not clip.faults() for _, clip in clips)
        print(f"{plan:<11}{len({name for name, _ in clips}):>7}{len(clips):>6}{within:>7}{counts}")
    for name, limit in LIMITS.items():
        known = [(value, body, clip.name) for body, clip in everything if (value := getattr(clip, name)) is not None]
        beyond = sorted((entry for entry in known if entry[0] > limit), reverse=True)[:6]
        print(f"{name} (limit {limit:g}): " + (", ".join(f"{b} {c} {v:.3g}" for v, b, c in beyond) or "none beyond"))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--half", choices=("first", "second"), required=True)
    parser.add_argument("--made", type=Path, required=True)
    parser.add_argument("--sheets", type=Path)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    torch.set_num_threads(1)
    rows: dict[str, list[tuple[str, ClipMeasures]]] = defaultdict(list)
    print(MOTION_HEADER)
    for plan, asset in bodies(given.folder, given.made, given.half, [part for part in given.only.split(",") if part]):
        print(f"{asset.name}: {plan}, {len(asset.mesh.faces)} faces, {len(asset.clips)} clips", flush=True)
        for clip in asset.clips:
            measures = measured(clip, asset)
            rows[plan].append((asset.name, measures))
            if measures.faults():
                print(motion_row(measures), flush=True)
        if given.sheets is not None:
            sheet(asset, asset.clips, given.sheets / f"{plan}-{asset.name}.png")
    table(rows)


if __name__ == "__main__":
    main()
