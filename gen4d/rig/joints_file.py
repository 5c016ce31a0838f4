"""Joints a user gives: `{"names": [...], "parents": [...], "positions": [[x, y, z], ...]}`, in the mesh's own frame."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from gen4d.errors import InputError
from gen4d.rig.names import ROOT

MAX_JOINTS = 512
KEYS = ("names", "parents", "positions")


@dataclass(frozen=True)
class GivenJoints:
    """A skeleton to be used as it is.

    Fields:
        names: J unique names.
        parents: (J,) int64, -1 for the root, which is the first; parents before children.
        positions: (J, 3) float64, metres.
    """

    names: tuple[str, ...]
    parents: np.ndarray
    positions: np.ndarray

    def moved(self, matrix: np.ndarray, offset: np.ndarray) -> "GivenJoints":
        """The joints at matrix @ p + offset, as the mesh was moved."""
        return replace(self, positions=self.positions @ matrix.T + offset)


def read_joints(path: Path) -> GivenJoints:
    """Read and check a joints file; the joints may stand in any order.

    Raises:
        InputError: the file is missing, is no JSON of this form, or does not describe one tree of named joints.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"{path}: it cannot be read ({error.strerror or error}).") from error
    except ValueError as error:
        raise InputError(f"{path}: it is no JSON; give an object with names, parents and positions.") from error
    if not isinstance(content, dict) or set(content) != set(KEYS):
        raise InputError(f"{path}: it must be an object with exactly the entries {', '.join(KEYS)}.")
    names, parents, positions = (content[key] for key in KEYS)
    count = len(names) if isinstance(names, list) else 0
    if not 1 <= count <= MAX_JOINTS:
        raise InputError(f"{path}: names must be a list of 1 to {MAX_JOINTS} joint names.")
    if not all(isinstance(n, str) and n.strip() for n in names) or len(set(names)) != count:
        raise InputError(f"{path}: every joint needs a name of its own.")
    places = _positions(positions, count, path)
    above = _parents(parents, names, path)
    order = _tree_order(above, names, path)
    renumber = {old: new for new, old in enumerate(order)}
    renumber[-1] = -1
    return GivenJoints(
        tuple(names[k] for k in order), np.array([renumber[above[k]] for k in order]), places[np.array(order)]
    )


def _positions(positions: object, count: int, path: Path) -> np.ndarray:
    try:
        places = np.array(positions, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{path}: positions must be rows of three numbers.") from error
    if places.shape != (count, 3) or not np.isfinite(places).all():
        raise InputError(f"{path}: positions must be {count} rows of three finite numbers, one row a name.")
    return places


def _parents(parents: object, names: list[str], path: Path) -> list[int]:
    """Parent indices; a parent may also be given by its name."""
    if not isinstance(parents, list) or len(parents) != len(names):
        raise InputError(f"{path}: parents must be a list of {len(names)} entries, one a name.")
    result = []
    for name, given in zip(names, parents, strict=True):
        if isinstance(given, str) and given not in names:
            raise InputError(f"{path}: the parent of '{name}' is '{given}', which is none of the names.")
        parent = names.index(given) if isinstance(given, str) else given
        if isinstance(parent, bool) or not isinstance(parent, int) or not -1 <= parent < len(names):
            raise InputError(f"{path}: the parent of '{name}' must be -1 or the number of a joint, got {parent!r}.")
        result.append(parent)
    return result


def _tree_order(parents: list[int], names: list[str], path: Path) -> list[int]:
    """Joints with parents before children.

    Raises:
        InputError: there is not exactly one root, or a loop.
    """
    roots = [k for k, parent in enumerate(parents) if parent == -1]
    if len(roots) != 1:
        raise InputError(f"{path}: exactly one joint must have the parent -1, got {len(roots)}.")
    order = list(roots)
    for joint in order:
        order += [k for k, parent in enumerate(parents) if parent == joint]
    if len(order) != len(parents):
        loose = next(name for k, name in enumerate(names) if k not in order)
        raise InputError(f"{path}: '{loose}' hangs in a loop of parents and never reaches the root.")
    if ROOT in names and names[roots[0]] != ROOT:
        raise InputError(f"{path}: the name '{ROOT}' belongs to the joint whose parent is -1.")
    return order
