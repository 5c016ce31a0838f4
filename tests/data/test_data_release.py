"""What a folder of weights says of where it comes from."""

from gen4d.data.records import Record
from gen4d.data.release import attributions, weights_licence


def record(name: str, licence: str, author: str) -> Record:
    return Record(f"source/{name}", "source", licence, author, ("a thing",), "", "", (), name, "train")


def test_weights_take_the_strictest_terms_of_their_sources() -> None:
    free, named, alike = (record(x, x, "A") for x in ("CC0-1.0", "CC-BY-3.0", "CC-BY-SA-3.0"))
    assert weights_licence([free]) == "Apache-2.0"
    assert weights_licence([free, named]) == "CC-BY-4.0"
    assert weights_licence([named, alike, free]) == "CC-BY-SA-4.0"


def test_every_creator_who_asks_for_it_is_named_with_every_object() -> None:
    page = attributions(
        [record("a", "CC-BY-3.0", "Ann"), record("b", "CC-BY-3.0", "Ann"), record("c", "CC0-1.0", "Bo")]
    )
    assert "- Ann (CC-BY-3.0): source/a, source/b" in page and "Bo" not in page.split("##")[1]
    assert "- source: 2 objects, CC-BY-3.0" in page
