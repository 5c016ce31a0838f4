"""Parametric makers of everyday things: training data for the prior, never imported by generation code.

Every maker draws one instance from a random generator and says what it drew. Same generator state, same object.
"""

from collections.abc import Callable

import numpy as np

from gen4d.data.makers.animals import cat, dog, fish
from gen4d.data.makers.buildings import house
from gen4d.data.makers.flying import airplane, paper_plane, rocket, ufo
from gen4d.data.makers.furniture import chair, table, table_lamp
from gen4d.data.makers.model import MadeObject
from gen4d.data.makers.people import person, robot
from gen4d.data.makers.plants import mushroom, pine_tree, tree
from gen4d.data.makers.tools import sword
from gen4d.data.makers.toys import gift_box, snowman
from gen4d.data.makers.vehicles import car
from gen4d.data.makers.vessels import mug

__all__ = ["MAKERS", "MadeObject"]

MAKERS: dict[str, Callable[[np.random.Generator], MadeObject]] = {
    "paper_plane": paper_plane,
    "rocket": rocket,
    "ufo": ufo,
    "airplane": airplane,
    "mushroom": mushroom,
    "tree": tree,
    "pine_tree": pine_tree,
    "snowman": snowman,
    "gift_box": gift_box,
    "chair": chair,
    "table": table,
    "table_lamp": table_lamp,
    "mug": mug,
    "house": house,
    "car": car,
    "dog": dog,
    "cat": cat,
    "fish": fish,
    "person": person,
    "robot": robot,
    "sword": sword,
}
