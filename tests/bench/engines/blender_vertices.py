"""Vertices that Blender shows: PYTHON blender_vertices.py JOBS.json, see bench_engines.py for the jobs.

PYTHON is one that has the package bpy, which is GPL and so never ours; `blender -b --python THIS -- JOBS` does as well.
"""

import json
import os
import sys
from pathlib import Path

import bpy
import numpy as np


def shown(meshes: list) -> np.ndarray:
    """World coordinates in glTF's axes; Blender's z is up."""
    graph, parts = bpy.context.evaluated_depsgraph_get(), []
    for mesh in meshes:
        posed = mesh.evaluated_get(graph)
        data = posed.to_mesh()
        points = np.empty(len(data.vertices) * 3, np.float32)
        data.vertices.foreach_get("co", points)
        world = np.array(posed.matrix_world)
        parts.append(points.reshape(-1, 3) @ world[:3, :3].T + world[:3, 3])
        posed.to_mesh_clear()
    return np.concatenate(parts)[:, [0, 2, 1]] * (1, 1, -1)


def clips_of(armature: object) -> dict:
    """Name -> (action, slot), and no track left that plays by itself."""
    found, data = {}, armature.animation_data
    for track in data.nla_tracks if data else ():
        for strip in track.strips:
            found[track.name] = (strip.action, getattr(strip, "action_slot", None))
        track.mute = True
    return found


def run(job: dict) -> dict:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.import_scene.gltf(filepath=os.path.abspath(job["file"]))
    objects = list(bpy.context.scene.objects)
    armature = next((thing for thing in objects if thing.type == "ARMATURE"), None)
    if armature is None:
        return {"#rest": shown([thing for thing in objects if thing.type == "MESH"]).tolist()}
    drawn = {bone.custom_shape for bone in armature.pose.bones}  # the importer's own picture of a bone
    meshes = [thing for thing in objects if thing.type == "MESH" and thing not in drawn]
    if not job["clips"]:
        return {"#rest": shown(meshes).tolist()}
    scene, result, clips = bpy.context.scene, {}, clips_of(armature)
    for name, times in job["clips"].items():
        armature.animation_data.action = None
        for bone in armature.pose.bones:
            bone.matrix_basis.identity()
        armature.animation_data.action, slot = clips[name]
        if slot is not None:
            armature.animation_data.action_slot = slot
        result[name] = []
        for time in times:
            frame = time * scene.render.fps / scene.render.fps_base
            scene.frame_set(int(frame), subframe=frame - int(frame))
            result[name].append(shown(meshes).tolist())
    return result


for each in json.loads(Path(sys.argv[-1]).read_text()):
    with open(each["out"], "w") as stream:
        json.dump(run(each), stream)
sys.stdout.flush()
os._exit(0)  # bpy is noisy when it is torn down
