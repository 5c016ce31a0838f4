"""Parametric makers of everyday things: training data for the prior, never imported by generation code.

Every maker draws one instance from a random generator and says what it drew. Same generator state, same object.
"""

from collections.abc import Callable

import numpy as np

from gen4d.data.makers.airplanes import airplane, helicopter
from gen4d.data.makers.animals import bear, cat, cow, dog, elephant, fox, horse, pig, sheep
from gen4d.data.makers.birds import bird, penguin, rubber_duck
from gen4d.data.makers.buildings import house, igloo, lighthouse, tent, windmill
from gen4d.data.makers.castles import castle, castle_tower
from gen4d.data.makers.clothing import hat, shoes
from gen4d.data.makers.creatures import fish, snake, spider, teddy_bear
from gen4d.data.makers.flying import hot_air_balloon, kite, paper_plane, rocket, ufo
from gen4d.data.makers.food import birthday_cake, cupcake, donut, ice_cream, pizza
from gen4d.data.makers.fruit import apple, banana, carrot, pumpkin, watermelon
from gen4d.data.makers.furniture import bed, bench, bookshelf, chair, sofa, stool, table
from gen4d.data.makers.household import book, candle, clock, floor_lamp, ladder, table_lamp, umbrella
from gen4d.data.makers.insects import bee, butterfly, ladybug, turtle
from gen4d.data.makers.leisure import magnifying_glass, play_ball, skateboard, telescope
from gen4d.data.makers.model import MadeObject
from gen4d.data.makers.music import drum, guitar
from gen4d.data.makers.people import person, robot
from gen4d.data.makers.plants import cactus, flower, mushroom, potted_plant
from gen4d.data.makers.storage import barrel, crate, treasure_chest
from gen4d.data.makers.street import fire_hydrant, mailbox, street_lamp, traffic_cone, traffic_light
from gen4d.data.makers.symbols import anchor, crown, dice, gem, heart, key, pencil, star
from gen4d.data.makers.tools import axe, hammer, shield, sword
from gen4d.data.makers.toys import gift_box, snowman
from gen4d.data.makers.trains_and_boats import locomotive, sailboat, ship, submarine
from gen4d.data.makers.trees import palm_tree, pine_tree, tree
from gen4d.data.makers.vehicles import car, tractor, truck
from gen4d.data.makers.vessels import bottle, mug, teapot, vase, wine_glass

__all__ = ["MAKERS", "MadeObject"]

MAKERS: dict[str, Callable[[np.random.Generator], MadeObject]] = {
    "paper_plane": paper_plane,
    "rocket": rocket,
    "ufo": ufo,
    "hot_air_balloon": hot_air_balloon,
    "kite": kite,
    "airplane": airplane,
    "helicopter": helicopter,
    "car": car,
    "truck": truck,
    "tractor": tractor,
    "locomotive": locomotive,
    "sailboat": sailboat,
    "ship": ship,
    "submarine": submarine,
    "person": person,
    "robot": robot,
    "dog": dog,
    "cat": cat,
    "horse": horse,
    "cow": cow,
    "pig": pig,
    "sheep": sheep,
    "fox": fox,
    "bear": bear,
    "elephant": elephant,
    "bird": bird,
    "rubber_duck": rubber_duck,
    "penguin": penguin,
    "fish": fish,
    "snake": snake,
    "spider": spider,
    "teddy_bear": teddy_bear,
    "butterfly": butterfly,
    "bee": bee,
    "ladybug": ladybug,
    "turtle": turtle,
    "tree": tree,
    "pine_tree": pine_tree,
    "palm_tree": palm_tree,
    "mushroom": mushroom,
    "cactus": cactus,
    "potted_plant": potted_plant,
    "flower": flower,
    "house": house,
    "windmill": windmill,
    "lighthouse": lighthouse,
    "igloo": igloo,
    "tent": tent,
    "castle_tower": castle_tower,
    "castle": castle,
    "traffic_cone": traffic_cone,
    "fire_hydrant": fire_hydrant,
    "mailbox": mailbox,
    "traffic_light": traffic_light,
    "street_lamp": street_lamp,
    "chair": chair,
    "table": table,
    "stool": stool,
    "bench": bench,
    "bed": bed,
    "sofa": sofa,
    "bookshelf": bookshelf,
    "table_lamp": table_lamp,
    "floor_lamp": floor_lamp,
    "candle": candle,
    "clock": clock,
    "book": book,
    "umbrella": umbrella,
    "ladder": ladder,
    "mug": mug,
    "teapot": teapot,
    "bottle": bottle,
    "wine_glass": wine_glass,
    "vase": vase,
    "ice_cream": ice_cream,
    "cupcake": cupcake,
    "donut": donut,
    "pizza": pizza,
    "birthday_cake": birthday_cake,
    "apple": apple,
    "banana": banana,
    "carrot": carrot,
    "watermelon": watermelon,
    "pumpkin": pumpkin,
    "sword": sword,
    "shield": shield,
    "axe": axe,
    "hammer": hammer,
    "treasure_chest": treasure_chest,
    "barrel": barrel,
    "crate": crate,
    "play_ball": play_ball,
    "skateboard": skateboard,
    "telescope": telescope,
    "magnifying_glass": magnifying_glass,
    "guitar": guitar,
    "drum": drum,
    "hat": hat,
    "shoes": shoes,
    "snowman": snowman,
    "gift_box": gift_box,
    "heart": heart,
    "star": star,
    "gem": gem,
    "crown": crown,
    "key": key,
    "anchor": anchor,
    "dice": dice,
    "pencil": pencil,
}
