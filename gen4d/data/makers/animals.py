"""Pets, farm animals and wild animals on four legs."""

from dataclasses import replace

import numpy as np

from gen4d.data.makers.curves import smooth
from gen4d.data.makers.model import MadeObject, made, pick
from gen4d.data.makers.palette import choose, contrast, paint
from gen4d.data.makers.quadrupeds import (
    Body,
    Build,
    Coat,
    eyes,
    floppy_ear,
    four_legged,
    nose,
    patches,
    pointed_ear,
    round_ear,
    side_ear,
    tail,
)
from gen4d.data.makers.shapes import Part, ball, both_sides, cylinder, ellipsoid, join, limb, sheet, torus, tube

DOGS = (
    Build(0.5, 0.42, 0.42, 0.8, 0.42, 0.085, 0.3, 62, 0.27, (0.95, 0.92, 1.0), (0.35, 0.5, 0.25)),
    Build(0.46, 0.36, 0.38, 0.75, 0.58, 0.07, 0.36, 60, 0.23, (0.9, 0.92, 1.05), (0.55, 0.45, 0.2)),
    Build(0.44, 0.42, 0.42, 0.85, 0.2, 0.08, 0.27, 58, 0.25, (0.92, 0.9, 1.0), (0.6, 0.45, 0.25)),
    Build(0.52, 0.48, 0.48, 0.85, 0.32, 0.09, 0.26, 66, 0.33, (1.0, 0.95, 0.95), (0.25, 0.48, 0.3)),
)
CATS = (
    Build(0.38, 0.36, 0.36, 0.82, 0.38, 0.06, 0.27, 58, 0.24, (1.1, 0.92, 0.9), (0.02, 0.38, 0.28)),
    Build(0.44, 0.46, 0.42, 0.92, 0.28, 0.07, 0.22, 58, 0.28, (1.15, 0.92, 0.88), (0.0, 0.36, 0.3)),
)
HORSE = Build(0.42, 0.4, 0.42, 0.72, 0.6, 0.06, 0.46, 55, 0.16, (0.82, 0.95, 1.05), (1.25, 0.58, 0.4))
COW = Build(0.5, 0.53, 0.5, 0.8, 0.36, 0.075, 0.3, 38, 0.2, (0.9, 0.95, 1.0), (0.5, 0.62, 0.35))
PIG = Build(0.5, 0.56, 0.52, 0.95, 0.18, 0.085, 0.22, 25, 0.26, (1.0, 0.95, 0.95), (0.25, 0.42, 0.12))
SHEEP = Build(0.42, 0.44, 0.42, 0.95, 0.3, 0.06, 0.3, 38, 0.18, (0.85, 0.95, 1.0), (0.6, 0.55, 0.25))
FOX = Build(0.34, 0.3, 0.32, 0.78, 0.34, 0.05, 0.26, 52, 0.2, (1.12, 0.9, 0.95), (0.5, 0.34, 0.35))
BEAR = Build(0.62, 0.68, 0.66, 0.9, 0.34, 0.13, 0.26, 35, 0.27, (1.0, 0.95, 0.95), (0.3, 0.48, 0.25))
ELEPHANT = Build(0.68, 0.74, 0.68, 0.88, 0.46, 0.13, 0.32, 30, 0.33, (0.92, 1.05, 0.95), (0.0, 0.3, 0.3))


def _animal(maker: str, body: Body, extras: list[Part], captions: list[str]) -> MadeObject:
    return made(maker, "animal", "quadruped", [body.trunk, body.rest, *extras], captions)


def dog(rng: np.random.Generator) -> MadeObject:
    """A cartoon dog: long, short, tall or a puppy; floppy or pointed ears, patches, often a collar."""
    breed = int(rng.integers(len(DOGS)))
    main = choose(rng, "brown", "tan", "white", "black", "grey", "cream", "orange", "dark brown", surprise=0.04)
    light = choose(rng, "white", "cream", "beige") if rng.random() < 0.6 else main.shade(0.12)
    black, white = paint(rng, "black"), paint(rng, "white")
    dim = main.name == "black"
    body = four_legged(rng, DOGS[breed], Coat(main, light, main, light, light))
    on_white = not dim and rng.random() < 0.4
    parts = [nose(body, 0.2, paint(rng, "dark grey") if dim else black)]
    parts.append(eyes(body, 0.13, black, white) if on_white or dim else eyes(body, 0.13, black))
    style = pick(rng, "floppy", "floppy", "pointed")
    ear = contrast(rng, main, "dark brown", "brown", "black", "white") if rng.random() < 0.5 else main.shade(-0.2)
    parts.append(floppy_ear(body, 0.55, ear) if style == "floppy" else pointed_ear(body, 0.34, 0.75, ear, light))
    parts.append(tail(body, 0.42, float(rng.uniform(35, 70)), 0.06, main, pick(rng, 0.0, 1.2, 2.5))[0])
    captions = ["dog", f"{main.name} dog", f"{main.name} dog with {style} ears"]
    captions.append(
        ("cartoon dog", "tall slim dog", "sausage dog with short legs", "cartoon puppy with a big head")[breed]
    )
    if rng.random() < 0.5:
        collar = contrast(rng, main, "red", "blue", "green", "yellow", "purple")
        place = body.neck_root + 0.52 * (body.head_center - body.neck_root)
        ring = torus(body.build.chest * 0.31, 0.035, collar).rotate_deg(x=90 - body.build.neck_deg)
        parts.append(ring.move_to(place))
        captions.append(f"{main.name} dog with a {collar.name} collar")
    if rng.random() < 0.35:
        spot = contrast(rng, main, "dark brown", "black", "white", "tan")
        body = replace(body, trunk=patches(rng, body, spot, 6, 0.17))
        captions.append(f"{main.name} dog with {spot.name} patches")
    return _animal("dog", body, parts, captions)


def cat(rng: np.random.Generator) -> MadeObject:
    """A cartoon cat: pointed ears, a long raised tail, coloured eyes, often stripes."""
    main = choose(rng, "orange", "grey", "black", "white", "brown", "cream", "dark grey", "tan", surprise=0.04)
    light = choose(rng, "white", "cream") if rng.random() < 0.55 else main.shade(0.15)
    black, pink = paint(rng, "black"), paint(rng, "pink")
    body = four_legged(rng, pick(rng, *CATS), Coat(main, light, main, light, light))
    iris = choose(rng, "light green", "yellow", "light blue")
    end_paint = light if rng.random() < 0.3 else main
    tail_part, end = tail(body, 0.72, float(rng.uniform(60, 80)), 0.048, main, pick(rng, 0.0, -0.7, 1.2))
    parts = [eyes(body, 0.12, black, iris), nose(body, 0.13, pink), pointed_ear(body, 0.38, 0.68, main, pink)]
    parts += [tail_part, ball(0.042, end_paint, 12).move_to(end)]
    captions = [
        "cat",
        f"{main.name} cat",
        f"{main.name} cat with {iris.name} eyes",
        f"cartoon {main.name} kitten with a raised tail",
    ]
    if rng.random() < 0.45:
        stripe = paint(rng, "grey") if main.name in ("black", "dark grey") else main.shade(-0.4)
        phase, low = rng.uniform(0, 0.15), body.axis_y - 0.08
        striped = body.trunk.paint_where(lambda c: (((c[:, 2] + phase) % 0.2) < 0.08) & (c[:, 1] > low), stripe)
        body, h = replace(body, trunk=striped), body.head
        bar = ellipsoid(h * 0.07, h * 0.06, h * 0.32, stripe, 10).rotate_deg(x=55)
        parts += [bar.move_to(body.on_head(i * 0.22, 0.74, 0.38)) for i in (-1, 0, 1)]
        captions.append(f"striped {main.name} cat")
    return _animal("cat", body, parts, captions)


def horse(rng: np.random.Generator) -> MadeObject:
    """A horse with a mane, a hanging tail and hooves; a saddle now and then."""
    main = choose(rng, "brown", "dark brown", "tan", "black", "white", "grey", "cream", surprise=0.04)
    mane = contrast(rng, main, "black", "cream", "dark brown", "white") if rng.random() < 0.75 else main.shade(-0.35)
    hoof, dark = contrast(rng, main, "black", "dark grey", "dark brown", "beige"), paint(rng, "black")
    build = replace(HORSE, leg=0.42, neck=0.4, head=0.2) if rng.random() < 0.25 else HORSE
    body = four_legged(rng, build, Coat(main, main, main, hoof, main.shade(-0.15)))
    parts = [
        eyes(body, 0.16, dark, paint(rng, "white") if main.name == "black" else None),
        pointed_ear(body, 0.28, 0.7, main, main.shade(-0.3)),
    ]
    nostril = both_sides(ball(body.head * 0.1, dark, 8).move_to(body.tip).move(x=body.head * 0.28, z=-body.head * 0.12))
    parts.append(nostril)
    along = body.head_center - body.neck_root
    behind = np.array([0.0, along[2], -along[1]]) / np.linalg.norm(along)  # square to the neck, up and back
    for t in np.linspace(0.1, 1.05, 7):
        size = body.head * (0.62 - 0.12 * t)
        tuft = ellipsoid(0.045, size, size * 0.75, mane, 10)
        parts.append(tuft.move_to(body.neck_root + along * t + behind * body.head * (1.05 - 0.35 * t)).move(y=0.02))
    parts.append(ellipsoid(0.06, body.head * 0.3, body.head * 0.5, mane, 10).move_to(body.on_head(0, 0.88, 0.35)))
    root = np.array([0.0, body.axis_y + 0.12, -0.46])
    path = smooth(
        [root, root + np.array([0, 0.02, -0.1]), root + np.array([0, -0.2, -0.17]), root + np.array([0, -0.48, -0.14])],
        12,
    )
    parts.append(tube(path, np.interp(np.linspace(0, 1, 12), [0, 0.4, 0.75, 1], [0.045, 0.075, 0.08, 0.03]), mane, 10))
    name = "pony" if build is not HORSE else "horse"
    captions = ["horse", f"{main.name} {name}", f"{main.name} {name} with a {mane.name} mane and tail"]
    if rng.random() < 0.3:
        leather = contrast(rng, main, "red", "brown", "blue", "black", "tan")
        saddle = ellipsoid(body.side * 1.06, body.build.belly * 0.36, 0.17, leather, 18).move(
            y=body.top_y - body.build.belly * 0.28
        )
        parts += [
            saddle,
            ellipsoid(body.side * 0.5, 0.06, 0.05, leather.shade(-0.2), 10).move(y=body.top_y + 0.05, z=0.12),
        ]
        captions.append(f"{main.name} {name} with a {leather.name} saddle")
    captions.append(f"cartoon {name} standing")
    return _animal("horse", body, parts, captions)


def cow(rng: np.random.Generator) -> MadeObject:
    """A cow with patches, horns, a pink muzzle and an udder."""
    main = choose(rng, "white", "white", "brown", "cream", "black", "tan")
    spot = contrast(rng, main, "black", "brown", "white", "dark brown")
    pink, dark = choose(rng, "pink", "pink", "beige"), paint(rng, "black")
    body = four_legged(rng, COW, Coat(main, main, main, paint(rng, "dark grey"), pink))
    spotted = rng.random() < 0.75
    if spotted:
        body = replace(body, trunk=patches(rng, body, spot, 8, 0.19))
    h, horn = body.head, choose(rng, "cream", "beige", "light grey")
    parts = [eyes(body, 0.15, dark, paint(rng, "white")), side_ear(body, 0.5, spot if spotted else main, pink)]
    path = smooth([body.on_head(0.45, 0.72, 0), body.on_head(0.85, 1.0, 0.05), body.on_head(0.8, 1.45, 0.15)], 8)
    parts.append(both_sides(tube(path, np.linspace(h * 0.17, h * 0.05, 8), horn, 8)))
    parts.append(both_sides(ball(h * 0.1, dark, 8).move_to(body.tip).move(x=h * 0.26, y=h * 0.1, z=-h * 0.06)))
    udder = join(
        ellipsoid(0.12, 0.08, 0.11, paint(rng, "pink"), 14),
        both_sides(limb((0.05, 0, 0), (0.05, -0.11, 0), 0.028, 0.02, paint(rng, "pink"))),
    )
    parts.append(udder.move(y=body.axis_y - body.build.belly * 0.48, z=-0.18))
    cord, end = tail(body, 0.5, -62, 0.03, main, -0.35)
    parts += [cord, ellipsoid(0.045, 0.085, 0.045, spot, 10).move_to(end)]
    captions = ["cow", f"{main.name} cow", f"{main.name} cow with horns and a {pink.name} muzzle", "farm cow standing"]
    if spotted:
        captions.append(f"{main.name} cow with {spot.name} patches")
    if rng.random() < 0.3:
        parts += [
            torus(body.build.chest * 0.34, 0.03, paint(rng, "red"))
            .rotate_deg(x=55)
            .move_to(body.neck_root)
            .move(z=0.08, y=0.04)
        ]
        captions.append(f"{main.name} cow with a red collar")
    return _animal("cow", body, parts, captions)


def pig(rng: np.random.Generator) -> MadeObject:
    """A fat pig with a round snout and a curly tail."""
    main = choose(rng, "pink", "pink", "pink", "beige", "dark grey", "brown")
    dark, snout = paint(rng, "black"), main.shade(-0.18 if main.name == "pink" else 0.2)
    body = four_legged(rng, PIG, Coat(main, main, main, main.shade(-0.35), snout))
    h, t = body.head, body.tip
    disc = cylinder(h * 0.46, h * 0.14, snout, 20).rotate_deg(x=90).move_to(t)
    parts = [eyes(body, 0.12, dark, paint(rng, "white") if main.name != "pink" else None), disc]
    parts.append(
        both_sides(
            ellipsoid(h * 0.08, h * 0.12, h * 0.05, snout.shade(-0.5), 10).move_to(t).move(x=h * 0.17, z=h * 0.07)
        )
    )
    ear = sheet(
        [(0.0, 0.0, 0), (h * 0.62, 0.05 * h, 0.02), (h * 0.42, -h * 0.22, h * 0.42), (0.06, -0.04, h * 0.2)],
        0.04,
        main.shade(-0.12),
    )
    parts.append(both_sides(ear.rotate_deg(x=-20).move_to(body.on_head(0.25, 0.8, 0.05))))
    a = np.linspace(0, 3.2 * np.pi, 30)
    root = np.array([0, body.axis_y + 0.12, -0.5])
    spiral = root + np.stack([0.055 * np.sin(a), 0.055 * (1 - np.cos(a)), -0.16 * a / a[-1]], -1)
    parts.append(tube(spiral, 0.022, main.shade(-0.1), 8))
    captions = ["pig", f"{main.name} pig", f"{main.name} pig with a curly tail", "fat farm pig with a round snout"]
    if rng.random() < 0.3:
        spot = contrast(rng, main, "black", "brown", "white")
        body = replace(body, trunk=patches(rng, body, spot, 5, 0.16))
        captions.append(f"{main.name} pig with {spot.name} spots")
    return _animal("pig", body, parts, captions)


def sheep(rng: np.random.Generator) -> MadeObject:
    """A sheep: a fleece of round tufts, a dark or light face."""
    wool = choose(rng, "white", "cream", "white", "light grey", "dark grey", "black", surprise=0.05)
    face = contrast(rng, wool, "black", "dark grey", "tan", "beige", "brown")
    body = four_legged(rng, SHEEP, Coat(face, face, face, face.shade(-0.3), face))
    b, y = body.build, body.axis_y + 0.02
    fleece = [ellipsoid(b.belly * 0.58, b.belly * 0.6, 0.56, wool, 20).move(y=y)]
    tufts, size = int(rng.integers(22, 27)), float(rng.uniform(0.13, 0.17))
    for i in range(tufts):  # a spiral over the ellipsoid, its tufts evenly spread
        up = 1 - 2 * (i + 0.5) / tufts
        a, across = i * 2.39996, np.sqrt(1 - up * up)
        n = np.array([across * np.cos(a), across * np.sin(a), up])
        fleece.append(
            ball(size * float(rng.uniform(0.85, 1.1)), wool.shade(0.05 * float(rng.uniform(-1, 1))), 9)
            .move_to(n * [b.belly * 0.52, b.belly * 0.52, 0.5])
            .move(y=y)
        )
    body = replace(body, trunk=join(*fleece))
    parts = [eyes(body, 0.16, paint(rng, "black"), paint(rng, "white")), side_ear(body, 0.5, face, paint(rng, "pink"))]
    parts += [
        ball(body.head * s, wool, 12).move_to(body.on_head(x, 0.8, z))
        for x, z, s in ((0, 0.1, 0.52), (0.38, -0.1, 0.42), (-0.38, -0.1, 0.42), (0, -0.4, 0.55))
    ]
    parts.append(ball(0.11, wool, 12).move(y=y + 0.05, z=-0.6))
    captions = ["sheep", f"{wool.name} sheep", f"{wool.name} sheep with a {face.name} face", "woolly farm sheep"]
    if rng.random() < 0.3:
        horn = paint(rng, "tan")
        a = np.linspace(0, 1.6 * np.pi, 16)
        curl = np.stack([0.03 * a / 2, np.sin(a) * 0.08, -np.cos(a) * 0.08], -1)
        parts.append(
            both_sides(tube(curl, np.linspace(0.045, 0.02, 16), horn, 8).move_to(body.on_head(0.75, 0.35, -0.25)))
        )
        captions.append(f"{wool.name} ram with curled horns")
    return _animal("sheep", body, parts, captions)


def fox(rng: np.random.Generator) -> MadeObject:
    """A fox with a bushy white-tipped tail, dark feet and large ears."""
    main = choose(rng, "orange", "orange", "orange", "red", "white", "grey")
    light, dark = paint(rng, "white" if main.name != "white" else "light grey"), paint(rng, "black")
    sock = paint(rng, "dark brown") if main.name not in ("white",) else main.shade(-0.1)
    body = four_legged(rng, FOX, Coat(main, light, main, sock, light))
    h = body.head
    parts = [eyes(body, 0.12, dark), nose(body, 0.15, dark), pointed_ear(body, 0.4, 0.9, main, sock)]
    cheek = ellipsoid(h * 0.5, h * 0.42, h * 0.4, light, 14).move_to(body.on_head(0.55, -0.38, 0.35))
    parts.append(both_sides(cheek))
    lift = float(rng.uniform(-30, 40))
    a = np.radians(lift)
    root, along = np.array([0.0, body.axis_y + 0.05, -0.42]), np.array([0, np.sin(a), -np.cos(a)])
    path = smooth(
        [root, root + 0.25 * along, root + 0.5 * along + [0, 0.06, 0], root + 0.68 * along + [0, 0.18, 0]], 15
    )
    radius = np.interp(np.linspace(0, 1, 15), [0, 0.25, 0.6, 0.85, 1], [0.05, 0.1, 0.14, 0.1, 0.015])
    parts.append(tube(path, radius, [main] * 10 + [light] * 4, 12))
    captions = [
        "fox",
        f"{main.name} fox",
        f"{main.name} fox with a bushy tail",
        f"{main.name} fox with a {light.name} tail tip",
    ]
    return _animal("fox", body, parts, captions)


def bear(rng: np.random.Generator) -> MadeObject:
    """A heavy bear with round ears and a short tail."""
    main = choose(rng, "brown", "dark brown", "black", "white", "tan", surprise=0.04)
    muzzle = choose(rng, "tan", "beige") if main.name in ("brown", "dark brown", "black") else main.shade(-0.1)
    dark = paint(rng, "black")
    body = four_legged(rng, BEAR, Coat(main, main, main, main.shade(-0.2), muzzle))
    parts = [eyes(body, 0.11, dark, paint(rng, "tan") if main.name == "black" else None), nose(body, 0.2, dark)]
    parts += [round_ear(body, 0.34, main, muzzle), ball(0.09, main, 12).move(y=body.axis_y + 0.1, z=-0.52)]
    kind = {"white": "polar bear", "brown": "brown bear", "black": "black bear"}.get(main.name, f"{main.name} bear")
    captions = ["bear", kind, f"{main.name} bear with round ears", f"big {main.name} bear on four legs"]
    return _animal("bear", body, parts, captions)


def elephant(rng: np.random.Generator) -> MadeObject:
    """An elephant: a trunk hanging or raised, large ears, tusks."""
    skin = choose(rng, "grey", "grey", "light grey", "dark grey", surprise=0.12)
    ivory, dark = paint(rng, "cream"), paint(rng, "black")
    body = four_legged(rng, ELEPHANT, Coat(skin, skin, skin, skin.shade(-0.2), skin))
    h = body.head
    raised = rng.random() < 0.4
    down = [(0, -0.2, 0.8), (0, -0.75, 1.25), (0, -1.7, 1.3), (0, -2.25, 1.45), (0, -2.4, 1.75)]
    up = [(0, -0.2, 0.8), (0, -0.75, 1.35), (0, -0.6, 1.95), (0, 0.2, 2.2), (0, 0.75, 2.05)]
    path = smooth([body.on_head(*p) for p in (up if raised else down)], 20)
    parts = [
        tube(path, np.linspace(h * 0.42, h * 0.17, 20), skin, 14),
        ball(h * 0.18, skin.shade(-0.15), 10).move_to(path[-1]),
    ]
    parts.append(eyes(body, 0.1, dark, paint(rng, "white")))
    size = float(rng.uniform(0.85, 1.15)) * h
    flap = ellipsoid(size * 0.78, size, size * 0.1, skin.shade(-0.08), 20)
    lining = ellipsoid(
        size * 0.58, size * 0.78, size * 0.08, choose(rng, "pink", "pink", "light grey").shade(-0.1), 18
    ).move(z=size * 0.05)
    parts.append(
        both_sides(join(flap, lining).move(x=size * 0.7).rotate_deg(y=28).move_to(body.on_head(0.62, 0.12, -0.25)))
    )
    tusks = rng.random() < 0.75
    if tusks:
        tusk = smooth(
            [body.on_head(0.36, -0.5, 0.75), body.on_head(0.45, -0.95, 1.2), body.on_head(0.46, -0.85, 1.75)], 9
        )
        parts.append(both_sides(tube(tusk, np.linspace(h * 0.13, h * 0.04, 9), ivory, 10)))
    cord, end = tail(body, 0.4, -65, 0.032, skin, -0.25)
    parts += [cord, ball(0.05, dark, 10).move_to(end)]
    captions = [
        "elephant",
        f"{skin.name} elephant",
        f"{skin.name} elephant with {'a raised' if raised else 'a hanging'} trunk",
    ]
    captions.append(f"{skin.name} elephant with white tusks" if tusks else f"{skin.name} baby elephant with large ears")
    return _animal("elephant", body, parts, captions)
