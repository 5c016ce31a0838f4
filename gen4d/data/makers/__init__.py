"""Parametric makers of everyday things: training data for the prior, never imported by generation code.

Every maker draws one instance from a random generator and says what it drew. Same generator state, same object.
"""

from collections.abc import Callable

import numpy as np

from gen4d.data.makers.animals import bear, cat, cow, dog, elephant, fox, horse, pig, sheep
from gen4d.data.makers.buildings import house
from gen4d.data.makers.creatures import bird, fish, penguin, rubber_duck, snake, spider, teddy_bear
from gen4d.data.makers.flying import airplane, paper_plane, rocket, ufo
from gen4d.data.makers.food import apple, banana, birthday_cake, carrot, cupcake, donut, ice_cream, pizza, watermelon
from gen4d.data.makers.furniture import chair, table, table_lamp
from gen4d.data.makers.model import MadeObject
from gen4d.data.makers.people import person, robot
from gen4d.data.makers.plants import mushroom, pine_tree, tree
from gen4d.data.makers.street import fire_hydrant, mailbox, street_lamp, traffic_cone, traffic_light
from gen4d.data.makers.symbols import anchor, crown, dice, gem, heart, key, pencil, star
from gen4d.data.makers.tools import sword
from gen4d.data.makers.toys import gift_box, snowman
from gen4d.data.makers.vehicles import car
from gen4d.data.makers.vessels import mug

__all__ = ["MAKERS", "MadeObject"]

MAKERS: dict[str, Callable[[np.random.Generator], MadeObject]] = {
    "bear": bear,
    "cat": cat,
    "cow": cow,
    "dog": dog,
    "elephant": elephant,
    "fox": fox,
    "horse": horse,
    "pig": pig,
    "sheep": sheep,
    "house": house,
    "bird": bird,
    "fish": fish,
    "penguin": penguin,
    "rubber_duck": rubber_duck,
    "snake": snake,
    "spider": spider,
    "teddy_bear": teddy_bear,
    "airplane": airplane,
    "paper_plane": paper_plane,
    "rocket": rocket,
    "ufo": ufo,
    "apple": apple,
    "banana": banana,
    "birthday_cake": birthday_cake,
    "carrot": carrot,
    "cupcake": cupcake,
    "donut": donut,
    "ice_cream": ice_cream,
    "pizza": pizza,
    "watermelon": watermelon,
    "chair": chair,
    "table": table,
    "table_lamp": table_lamp,
    "person": person,
    "robot": robot,
    "mushroom": mushroom,
    "pine_tree": pine_tree,
    "tree": tree,
    "fire_hydrant": fire_hydrant,
    "mailbox": mailbox,
    "street_lamp": street_lamp,
    "traffic_cone": traffic_cone,
    "traffic_light": traffic_light,
    "anchor": anchor,
    "crown": crown,
    "dice": dice,
    "gem": gem,
    "heart": heart,
    "key": key,
    "pencil": pencil,
    "star": star,
    "sword": sword,
    "gift_box": gift_box,
    "snowman": snowman,
    "car": car,
    "mug": mug,
}
