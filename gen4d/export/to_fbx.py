"""An asset as FBX, written by a Blender that is installed beside us: a program we start, not a library we link."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from gen4d.errors import MissingDependency, OutputError
from gen4d.export.config import ExportConfig
from gen4d.export.glb import glb_bytes
from gen4d.structures import Asset

TIMEOUT = 300  # seconds
# Every action becomes a take of its own; the shape that Blender draws for a bone is no part of the asset.
SCRIPT = """
import sys
import bpy
source, target = sys.argv[-2:]
bpy.ops.wm.read_factory_settings(use_empty=True)
bpy.ops.import_scene.gltf(filepath=source)
things = list(bpy.context.scene.objects)
shapes = {bone.custom_shape for thing in things if thing.type == "ARMATURE" for bone in thing.pose.bones}
for shape in shapes - {None}:
    bpy.data.objects.remove(shape)
bpy.ops.export_scene.fbx(
    filepath=target, object_types={"ARMATURE", "MESH"}, add_leaf_bones=False, path_mode="COPY", embed_textures=True,
    bake_anim=True, bake_anim_use_all_actions=True, bake_anim_use_nla_strips=False, bake_anim_simplify_factor=0.0,
)
"""


def fbx_files(asset: Asset, stem: str) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """One binary FBX file with its textures inside.

    Returns:
        files: the file by name; and sentences about what it could not carry.

    Raises:
        MissingDependency: there is no program `blender`.
        OutputError: Blender failed.
    """
    blender = shutil.which("blender")
    if blender is None:
        raise MissingDependency("FBX is written by Blender, and no program `blender` is found; install Blender first.")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, target, script = folder / f"{stem}.glb", folder / f"{stem}.fbx", folder / "to_fbx.py"
        source.write_bytes(glb_bytes(asset, ExportConfig(target="blender")))
        script.write_text(SCRIPT, encoding="utf-8")
        command = [blender, "-b", "--factory-startup", "--python-exit-code", "1", "--python", str(script), "--"]
        try:
            done = subprocess.run(
                [*command, str(source), str(target)], capture_output=True, text=True, timeout=TIMEOUT, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise OutputError(f"{stem}.fbx: Blender took more than {TIMEOUT} s; nothing was written.") from error
        if done.returncode or not target.exists():
            last = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()[-1]
            raise OutputError(f"{stem}.fbx: Blender failed ({last[:200]}); nothing was written.")
        data = target.read_bytes()
    lost = ["FBX has no loop flags and no facts about the asset's origin: they are left out"] if asset.clips else []
    return {f"{stem}.fbx": data}, tuple(lost)
