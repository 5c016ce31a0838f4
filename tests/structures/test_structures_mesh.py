import torch

from gen4d.structures import Mesh, is_closed

TETRAHEDRON = torch.tensor([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]])
CORNERS = torch.tensor([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])


def test_tetrahedron_is_closed_until_a_face_goes_or_turns_over() -> None:
    assert is_closed(Mesh(CORNERS, TETRAHEDRON))
    assert not is_closed(Mesh(CORNERS, TETRAHEDRON[1:]))
    assert not is_closed(Mesh(CORNERS, torch.cat([TETRAHEDRON[:1].flip(1), TETRAHEDRON[1:]])))
    assert not is_closed(Mesh(CORNERS, torch.cat([TETRAHEDRON, TETRAHEDRON])))


def test_seam_copies_are_one_vertex() -> None:
    apart = Mesh(CORNERS[TETRAHEDRON.flatten()], torch.arange(12).reshape(4, 3))
    assert not is_closed(apart)
    assert is_closed(Mesh(apart.vertices, apart.faces, welded=TETRAHEDRON.flatten()))
