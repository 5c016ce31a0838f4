"""Ways through a solid have the lengths geometry says, and keep to the middle."""

import numpy as np
import pytest
import trimesh

from gen4d.rig.graph import along, build_graph, distances_from, medial_path, path_lengths
from gen4d.rig.voxels import voxelise


def _bent_tube():
    boxes = [
        trimesh.creation.box((1.0, 0.2, 0.2)).apply_translation((0.5, 0.0, 0.0)),
        trimesh.creation.box((0.2, 1.0, 0.2)).apply_translation((0.9, 0.5, 0.0)),
    ]
    both = trimesh.util.concatenate(boxes)
    return voxelise(both.vertices, both.faces, 48)


def test_distance_in_a_bent_tube_goes_round_the_corner() -> None:
    solid = _bent_tube()
    graph = build_graph(solid)
    start = graph.nearest(solid.to_grid(np.array([0.05, 0.0, 0.0])))
    end = graph.nearest(solid.to_grid(np.array([0.9, 0.95, 0.0])))
    inner_corner = np.array([0.8, 0.1, 0.0])
    shortest = np.linalg.norm(inner_corner - [0.05, 0, 0]) + np.linalg.norm(np.array([0.9, 0.95, 0.0]) - inner_corner)
    found = distances_from(graph, start)[end]
    assert found == pytest.approx(shortest, rel=0.09)  # 26 directions overestimate by 8 % at worst
    assert found > 1.2 * np.linalg.norm([0.85, 0.95, 0.0])


def test_medial_path_keeps_to_the_middle_of_the_tube() -> None:
    solid = _bent_tube()
    graph = build_graph(solid)
    start, end = (graph.nearest(solid.to_grid(np.array(p))) for p in ((0.05, 0.0, 0.0), (0.9, 0.95, 0.0)))
    path = solid.to_world(medial_path(solid, graph, start, end))
    straight = path[(path[:, 0] > 0.2) & (path[:, 0] < 0.7)]
    assert np.abs(straight[:, 1:]).max() <= 1.5 * solid.size
    assert path_lengths(path)[-1] == pytest.approx(0.85 + 0.95, rel=0.12)
    assert np.allclose(along(path, 0.0), path[0]) and np.allclose(along(path, 1.0), path[-1])


def test_loose_piece_is_tied_by_the_length_of_the_gap() -> None:
    boxes = [trimesh.creation.box((0.3, 0.3, 0.3)).apply_translation((x, 0, 0)) for x in (0.0, 1.0)]
    both = trimesh.util.concatenate(boxes)
    solid = voxelise(both.vertices, both.faces, 40)
    graph = build_graph(solid)
    start, end = (graph.nearest(solid.to_grid(np.array([x, 0.0, 0.0]))) for x in (0.0, 1.0))
    assert 0.95 < distances_from(graph, start)[end] < 1.3  # the one edge may start at a corner of the facing sides
