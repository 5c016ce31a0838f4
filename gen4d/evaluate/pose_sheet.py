"""A contact sheet of a rig in poses: at rest, every joint bent about x, y and z, and the worst of the pose sweep."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from scipy.spatial.transform import Rotation

from gen4d.errors import OutputError
from gen4d.evaluate.pose_sweep import dense_weights, standard_turns, subtree, turned_joint
from gen4d.evaluate.rig_metrics import pose, pose_matrices
from gen4d.evaluate.rig_report import glass
from gen4d.rig.report import joint_positions
from gen4d.structures import Mesh, Skeleton, Skin, orbit_camera

PICTURE = 300  # pixels a pose
BEND = np.radians(18.0)  # of every joint at once, so that chains curl
AZIMUTH, ELEVATION, FOV = np.radians(35.0), np.radians(15.0), np.radians(28.0)


def pose_row(mesh: Mesh, skeleton: Skeleton, skin: Skin, worst_joint: str = "") -> np.ndarray:
    """Pictures side by side: rest, all joints bent about each axis, and `worst_joint` turned as the sweep turns it.

    Returns:
        (S, 5 S, 3) uint8; the last is the rest pose again where no joint is named.
    """
    joints, parents = joint_positions(skeleton), skeleton.parents.numpy()
    vertices = mesh.vertices.double().numpy()
    weights = dense_weights(skin, len(parents))
    posed = [vertices]
    for axis in np.eye(3):
        turns = np.tile(Rotation.from_rotvec(BEND * axis).as_matrix(), (len(parents), 1, 1))
        turns[parents <= 0] = np.eye(3)  # the root and what carries the body
        posed.append(pose(vertices, weights, pose_matrices(joints, parents, turns)))
    if worst_joint:
        joint = skeleton.names.index(worst_joint)
        share = weights[:, subtree(parents, joint)].sum(1)
        posed.append(turned_joint(vertices, share, joints[joint], standard_turns()[0]))
    else:
        posed.append(vertices)
    return np.concatenate([_picture(places, mesh.faces) for places in posed], 1)


def write_pose_sheet(rows: list[np.ndarray], path: Path) -> None:
    """Write rows of pictures below each other.

    Raises:
        OutputError: the place cannot be written.
    """
    try:
        Image.fromarray(np.concatenate(rows)).save(path)
    except OSError as error:
        raise OutputError(f"{path}: it cannot be written: {error.strerror or error}.") from error


def _picture(vertices: np.ndarray, faces: torch.Tensor) -> np.ndarray:
    low, high = vertices.min(0), vertices.max(0)
    x, y, z = ((low + high) / 2).tolist()
    distance = float(np.linalg.norm(high - low)) * 0.5 / np.sin(FOV / 2) * 1.02
    camera = orbit_camera(
        float(AZIMUTH), float(ELEVATION), distance=distance, fov=float(FOV), resolution=PICTURE, target=(x, y, z)
    )
    return glass(Mesh(torch.tensor(vertices, dtype=torch.float32), faces), camera)
