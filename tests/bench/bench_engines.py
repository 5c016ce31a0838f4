"""What engines show of our files, against our own skinning: places at five times of every clip of every file.

Run: python tests/bench/bench_engines.py FOLDER --checks --three DIR --babylon DIR --blender PYTHON --godot --vrm DIR
FOLDER holds GLB files that gen4d wrote, made for instance by make_engine_set.py. --checks runs our own checks and the
Khronos validator, --sizes packs every file in all ways. DIR is a folder whose node_modules has three, or
@babylonjs/core and @babylonjs/loaders, or three and @pixiv/three-vrm; PYTHON has the package bpy; Godot is the
program godot3 (3.2) with godot3-server and xvfb. three.js, Babylon.js and Blender are asked for every vertex of every
file, Godot for every joint of those that move, three-vrm for the pose at rest and under a pose of its own. The bound
is 1e-3 of the height. Godot's importer bakes clips at 15 a second by default, and is then off by up to 4 % of the
height between those; here it gets 120.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from gen4d.export.config import ExportConfig
from gen4d.export.glb import glb_bytes
from gen4d.export.khronos import khronos_report
from gen4d.export.read import load_asset
from gen4d.export.skin import joint_to_world
from gen4d.export.validate import check_glb
from gen4d.structures import Asset, Clip

SCRIPTS = Path(__file__).with_name("engines")
TIMES = 5
BOUND = 1e-3  # of the height
TIMEOUT = 900
GODOT_IMPORT = """[remap]
importer="scene"
type="PackedScene"
[params]
animation/fps=120
animation/optimizer/enabled=false
"""


@dataclass(frozen=True)
class Subject:
    """One file, and the moments of its clips by the clip's name in the file."""

    path: Path
    asset: Asset
    moments: dict[str, list[float]]
    height: float


def subjects(folder: Path) -> list[Subject]:
    """All files of a folder."""
    found = []
    for path in sorted(folder.glob("*.glb")):
        asset, _ = load_asset(path)
        moments = {clip.name: np.linspace(0, float(clip.times[-1]), TIMES).tolist() for clip in asset.clips}
        found.append(Subject(path, asset, moments, float(np.ptp(asset.mesh.vertices[:, 1].numpy()))))
    return found


def own_joints(asset: Asset, clip: Clip, when: float) -> np.ndarray:
    """Joints at a moment of a clip by our own kinematics, rotations interpolated spherically. (J, 4, 4)."""
    assert asset.skeleton is not None
    keys = clip.times.double().numpy()
    turns = [Slerp(keys, Rotation.from_quat(clip.rotation[:, joint].double().numpy()))(when).as_quat()
             for joint in range(len(asset.skeleton))]  # fmt: skip
    places = asset.skeleton.rest_translation.double().numpy().copy()
    path = clip.root_translation.double().numpy()
    places[clip.moving_joint] = [np.interp(when, keys, path[:, axis]) for axis in range(3)]
    if clip.joint_translation is not None:
        flat = clip.joint_translation.double().numpy().reshape(len(keys), -1)
        places = np.array([np.interp(when, keys, column) for column in flat.T]).reshape(-1, 3)
    return joint_to_world(asset.skeleton.parents.numpy(), places, np.stack(turns))


def resting_vertices(subject: Subject) -> np.ndarray:
    """Vertices of a file that does not move. (V, 3)."""
    return subject.asset.mesh.vertices.double().numpy()


def own_vertices(asset: Asset, clip: Clip, when: float) -> np.ndarray:
    """Vertices at a moment of a clip by linear blend skinning. (V, 3)."""
    assert asset.skeleton is not None and asset.skin is not None
    skeleton = asset.skeleton
    rest = joint_to_world(
        skeleton.parents.numpy(), skeleton.rest_translation.double().numpy(), skeleton.rest_rotation.double().numpy()
    )
    moved = own_joints(asset, clip, when) @ np.linalg.inv(rest)
    points = np.c_[asset.mesh.vertices.double().numpy(), np.ones(len(asset.mesh.vertices))]
    weights, joints = asset.skin.weights.double().numpy(), asset.skin.joints.numpy()
    return np.einsum("vk,vkij,vj->vi", weights, moved[joints], points)[:, :3]


def shown_vertices(command: list[str], files: list[Subject], folder: Path, where: Path | None) -> Path:
    """Let an engine write what it shows of every file into a folder; the script is the command's last word."""
    jobs = [
        {"file": str(each.path.resolve()), "out": str(folder / f"{each.path.stem}.json"), "clips": each.moments}
        for each in files
    ]
    (folder / "jobs.json").write_text(json.dumps(jobs))
    script = Path(command[-1])
    if where is not None:  # node looks for packages beside the script
        script = Path(shutil.copy(script, where / script.name))
    try:
        subprocess.run([*command[:-1], str(script), str(folder / "jobs.json")], check=True, timeout=TIMEOUT,
                       capture_output=True, text=True)  # fmt: skip
    except subprocess.CalledProcessError as error:
        print(f"{script.name} ended with {error.returncode}: {error.stderr[-600:]}")
    finally:
        if where is not None:
            script.unlink()
    return folder


def compare(engine: str, files: list[Subject], folder: Path, error: Callable[[Subject, dict], float]) -> None:
    """Print the largest error of every file as a share of its height."""
    errors = {}
    for each in files:
        report = folder / f"{each.path.stem}.json"
        if not report.exists():
            print(f"{engine:<8} {each.path.name:<44} NOT SHOWN")
            continue
        errors[each.path.name] = error(each, json.loads(report.read_text()))
        verdict = "ok" if errors[each.path.name] <= BOUND else "TOO FAR"
        print(f"{engine:<8} {each.path.name:<44} {len(each.moments)} clips {errors[each.path.name]:.1e} {verdict}")
    within = sum(value <= BOUND for value in errors.values())
    worst = max(errors.values(), default=float("nan"))
    print(f"{engine}: {within} of {len(files)} files within {BOUND:.0e} of the height, worst {worst:.1e}", flush=True)


def vertex_error(subject: Subject, shown: dict) -> float:
    """Largest distance of any vertex, as a share of the height; infinite where a clip or a vertex is missing."""
    for message in shown.get("#messages", []):
        print(f"         {subject.path.name}: {message}")
    worst = 0.0
    if not subject.asset.clips:
        rest, own = np.array(shown["#rest"]), resting_vertices(subject)
        return float(np.linalg.norm(rest - own, axis=1).max()) / subject.height if len(rest) == len(own) else np.inf
    for clip in subject.asset.clips:
        if len(shown.get(clip.name, [])) != TIMES:
            return float("inf")
        for when, vertices in zip(subject.moments[clip.name], shown[clip.name], strict=True):
            own = own_vertices(subject.asset, clip, when)
            if len(vertices) != len(own):
                return float("inf")
            worst = max(worst, float(np.linalg.norm(np.array(vertices) - own, axis=1).max()) / subject.height)
    return worst


def joint_error(subject: Subject, shown: dict) -> float:
    """The same of the joints, by name; infinite too where a looping clip does not loop."""
    skeleton, worst = subject.asset.skeleton, 0.0
    assert skeleton is not None
    for clip in subject.asset.clips:
        got = shown.get(clip.name)
        if got is None or (clip.name.endswith("-loop") and not got["loop"]):
            return float("inf")
        for when, places in zip(subject.moments[clip.name], got["poses"], strict=True):
            by_name = {_folded(name): place for name, place in places.items()}
            own = own_joints(subject.asset, clip, when)[:, :3, 3]
            for name, place in zip(skeleton.names, own, strict=True):
                if _folded(name) not in by_name:
                    return float("inf")
                worst = max(worst, float(np.linalg.norm(place - by_name[_folded(name)])) / subject.height)
    return worst


def _folded(name: str) -> str:
    plain = re.sub(r"(?<!\d)0+(?=\d)", "", name.lower())  # Godot 3 makes spine_01 spine_1, and rewrites more
    return re.sub(r"[^a-z0-9]", "", plain)


def shown_in_godot(files: list[Subject], folder: Path) -> Path:
    """Import all files into one Godot project and let it write where the joints stand."""
    project = folder / "project"
    project.mkdir()
    (project / "project.godot").write_text("config_version=4\n")
    shutil.copy(SCRIPTS / "godot_joints.gd", project)
    jobs = []
    for index, each in enumerate(files):
        shutil.copy(each.path, project / f"asset{index}.glb")
        (project / f"asset{index}.glb.import").write_text(GODOT_IMPORT)
        clips = [{"name": name, "times": times} for name, times in each.moments.items()]
        jobs.append({"name": f"asset{index}.glb", "out": str(folder / f"{each.path.stem}.json"), "clips": clips})
    (project / "jobs.json").write_text(json.dumps(jobs))
    home = dict(os.environ, HOME=str(folder), XDG_DATA_HOME=str(folder), XDG_CONFIG_HOME=str(folder))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": home, "start_new_session": True}
    editor = subprocess.Popen(["godot3-server", "--no-window", "--path", str(project), "--editor"], **quiet)
    end = time.monotonic() + TIMEOUT
    while editor.poll() is None and time.monotonic() < end:  # Debian's editor never ends by itself
        time.sleep(1)
        if len(list((project / ".import").glob("asset*.md5"))) == len(files):
            break
    time.sleep(2)
    os.killpg(editor.pid, signal.SIGKILL)
    editor.wait()
    command = ["xvfb-run", "-a", "godot3", "--audio-driver", "Dummy", "--path", str(project), "-s", "godot_joints.gd"]
    done = subprocess.run(command, env=home, timeout=TIMEOUT, capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines() + done.stderr.splitlines():
        if "SCRIPT ERROR" in line:
            print(f"         {line}")
    return folder


def check(files: list[Subject]) -> None:
    """Print what our own checks and the Khronos validator say of every file."""
    sound = 0
    for each in files:
        findings, khronos = check_glb(each.path), khronos_report(each.path)
        sound += not findings and khronos.summary == "0 errors, 0 warnings"
        print(f"checks   {each.path.name:<44} {khronos.summary} {' '.join(found.code for found in findings)}")
    print(
        f"checks: {sound} of {len(files)} files without an error or a warning, of ours or the validator's", flush=True
    )


def compress(files: list[Subject]) -> None:
    """Print the bytes of all files together under every kind of compression, and how much smaller each file got."""
    whole = [len(glb_bytes(each.asset)) for each in files]
    print(f"sizes    {'plain':<24} {sum(whole):>12,} bytes")
    for kinds in (("quantize",), ("meshopt",), ("webp",), ("quantize", "meshopt", "webp")):
        small = [len(glb_bytes(each.asset, ExportConfig(compress=kinds))) for each in files]
        shares = sorted(after / before for after, before in zip(small, whole, strict=True))
        middle = f"{shares[0]:.2f} {shares[len(shares) // 2]:.2f} {shares[-1]:.2f}"
        print(f"sizes    {'+'.join(kinds):<24} {sum(small):>12,} bytes, of each file {middle} (least, median, most)")


def ask_vrm(files: list[Subject], where: Path) -> None:
    """Print what three-vrm makes of every VRM file."""
    asked = [str(each.path.resolve()) for each in files if b'"VRMC_vrm"' in each.path.read_bytes()]
    if not asked:
        return
    script = Path(shutil.copy(SCRIPTS / "vrm_load.mjs", where / "vrm_load.mjs"))
    try:
        done = subprocess.run(
            ["node", str(script), *asked], capture_output=True, text=True, check=True, timeout=TIMEOUT
        )
    finally:
        script.unlink()
    for line in done.stdout.splitlines():
        print(f"vrm      {line}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--checks", action="store_true")
    parser.add_argument("--sizes", action="store_true")
    parser.add_argument("--vrm", type=Path, metavar="DIR")
    parser.add_argument("--three", type=Path, metavar="DIR")
    parser.add_argument("--babylon", type=Path, metavar="DIR")
    parser.add_argument("--blender", metavar="PYTHON")
    parser.add_argument("--godot", action="store_true")
    arguments = parser.parse_args()
    files = subjects(arguments.folder)
    moving = [each for each in files if each.moments]
    clips = sum(len(each.moments) for each in files)
    print(f"{len(files)} files, {len(moving)} of them move; {clips} clips, {TIMES} times each")
    if arguments.checks:
        check(files)
    if arguments.sizes:
        compress(files)
    if arguments.vrm is not None:
        ask_vrm(files, arguments.vrm)
    with tempfile.TemporaryDirectory() as name:
        for engine, where in (("three", arguments.three), ("babylon", arguments.babylon)):
            if where is not None:
                folder = Path(name) / engine
                folder.mkdir()
                shown_vertices(["node", str(SCRIPTS / f"{engine}_vertices.mjs")], files, folder, where)
                compare(engine, files, folder, vertex_error)
        if arguments.blender is not None:
            folder = Path(name) / "blender"
            folder.mkdir()
            shown_vertices([arguments.blender, str(SCRIPTS / "blender_vertices.py")], files, folder, None)
            compare("blender", files, folder, vertex_error)
        if arguments.godot:
            folder = Path(name) / "godot"
            folder.mkdir()
            compare("godot", moving, shown_in_godot(moving, folder), joint_error)


if __name__ == "__main__":
    main()
