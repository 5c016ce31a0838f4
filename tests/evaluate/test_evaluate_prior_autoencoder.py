"""`gen4d eval autoencoder`: what goes through is measured, and noise in the latents costs."""

from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from gen4d.data.build import build
from gen4d.data.makers import MAKERS
from gen4d.data.objects import SourceObject, made_object
from gen4d.data.records import split_of
from gen4d.errors import InputError
from gen4d.evaluate.prior_autoencoder import CodedScore, coded_table, evaluate_autoencoder
from gen4d.evaluate.views import ViewErrors
from gen4d.prior.autoencoder import AutoencoderShape, ViewAutoencoder
from gen4d.prior.network_files import load_network
from gen4d.prior.weights import weights_folder


def mug(split: str) -> SourceObject:
    group = next(g for n in count() if split_of(g := f"mug/{n}") == split)
    return replace(made_object("makers", f"mug/{split}", MAKERS["mug"](np.random.default_rng(1))), variant_of=group)


def shipped() -> ViewAutoencoder:
    return load_network(weights_folder() / "autoencoder.safetensors", ViewAutoencoder, AutoencoderShape)


def test_only_validation_objects_count_and_noise_costs(tmp_path: Path) -> None:
    build("makers", lambda skip: [mug("train"), mug("validation")], tmp_path)
    (clean,) = evaluate_autoencoder(tmp_path, shipped())
    (noisy,) = evaluate_autoencoder(tmp_path, shipped(), noise=0.5)
    assert clean.object_id == "mug/validation" and clean.source == "makers"
    assert clean.errors.alpha_iou > 0.95 and clean.errors.albedo_psnr > 25
    assert noisy.errors.alpha_iou < clean.errors.alpha_iou and noisy.errors.albedo_psnr < clean.errors.albedo_psnr


def test_without_validation_objects_nothing_is_measured(tmp_path: Path) -> None:
    build("makers", lambda skip: [mug("train")], tmp_path)
    with pytest.raises(InputError, match="no validation objects"):
        next(evaluate_autoencoder(tmp_path, shipped()))


def test_the_table_has_means_of_all_and_of_each_source() -> None:
    scores = [
        CodedScore(s, s, ViewErrors(i, 0.1, p, 6.0, 0.0, 0.02), 0.5) for s, i, p in (("a", 0.9, 20), ("b", 1, 30))
    ]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in coded_table(scores).splitlines()]
    assert rows[3] == ["all sources", "2", "25.00 dB", "0.9500", "0.0200", "6.00°", "0.50"]
    assert [row[0] for row in rows[4:]] == ["a", "b"] and len({len(row) for row in rows}) == 1
