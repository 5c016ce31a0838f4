"""Which validation objects an evaluation looks at, in an order that does not follow from how they were stored."""

from pathlib import Path

from gen4d.data.shards import Place
from gen4d.errors import InputError
from gen4d.streams import Streams


def held_out(shards: Path, stored: list[Place], room: str = "prior") -> list[Place]:
    """Validation objects among those stored, in an order that follows from their ids: the first few are of all kinds.

    Args:
        shards: the folder that holds them.
        room: whose order; evaluations of one room see the same objects first.

    Raises:
        InputError: there are none.
    """
    found = [place for place in stored if place.record.split == "validation"]
    if not found:
        raise InputError(f"{shards.name}: it holds no validation objects.")
    return sorted(found, key=lambda place: Streams(0).key(f"evaluate.{room}", place.record.id))
