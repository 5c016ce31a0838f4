"""Adapter of the optional package DracoPy: one compressed glTF primitive to arrays."""

import importlib.util

import numpy as np

from gen4d.errors import InputError, MissingDependency


def decode_draco(data: bytes, attribute_ids: dict[str, int], where: str) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Decode one KHR_draco_mesh_compression payload.

    Args:
        data: the compressed bytes.
        attribute_ids: glTF attribute name to Draco's unique id.
        where: the file, for messages.

    Returns:
        attributes: (V, components) by glTF name.
        indices: (3 F,) int64.

    Raises:
        MissingDependency: DracoPy is not installed.
        InputError: the data is damaged.
    """
    if importlib.util.find_spec("DracoPy") is None:
        raise MissingDependency(
            f"{where}: it is compressed with Draco; run `pip install DracoPy`, or export it without compression."
        )
    import DracoPy

    try:
        mesh = DracoPy.decode(data)
        by_id = {attribute["unique_id"]: np.asarray(attribute["data"]) for attribute in mesh.attributes}
        attributes = {name: by_id[unique_id] for name, unique_id in attribute_ids.items()}
        indices = np.asarray(mesh.faces, np.int64).reshape(-1)
    except (DracoPy.FileTypeException, DracoPy.EncodingFailedException, LookupError, TypeError, ValueError) as error:
        raise InputError(f"{where}: its Draco data cannot be decoded; the file is damaged.") from error
    return attributes, indices
