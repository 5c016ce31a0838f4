"""Training of the judge on the renders of training objects: shards -> gen4d/evaluate/judge.safetensors.

    python -m gen4d.evaluate.train_judge SHARDS gen4d/evaluate/judge.safetensors

A few minutes on one core. It prints how often the judge finds the right caption among 50 for true validation renders:
the most any samples can score.
"""

import argparse
import logging
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch.nn.functional import cross_entropy

from gen4d.data.shards import places
from gen4d.evaluate.judge import Judge, as_input, small_of_maps
from gen4d.evaluate.prior_samples import candidates, found
from gen4d.prior.text import MiniLmEncoder

logger = logging.getLogger(__name__)

BATCH, LEARNING_RATE, STEPS = 96, 2e-3, 600


def train(pictures: np.ndarray, texts: list[list[torch.Tensor]], steps: int, seed: int = 0) -> Judge:
    """Learn which of a batch's sentences belongs to which views.

    Args:
        pictures: (N, 6, CHANNELS, SIDE, SIDE) uint8.
        texts: of each object, sentence vectors (TEXT_WIDTH,) of its captions.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    judge = Judge()
    optimizer = torch.optim.AdamW(judge.parameters(), LEARNING_RATE, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, steps)
    for step in range(steps):
        rows = rng.choice(len(pictures), BATCH, replace=False)
        said = torch.stack([texts[row][rng.integers(len(texts[row]))] for row in rows])
        views = as_input(pictures[rows])
        views = views * (1 + 0.15 * torch.from_numpy(rng.normal(size=(BATCH, 1, 1, 1, 1)))).float()
        views = torch.roll(views, tuple(rng.integers(-2, 3, 2)), (-2, -1))
        logits = judge.sharpness.exp() * judge.of_views(views) @ judge.of_words(said).T
        # Objects that are called the same share the right answer.
        same = (said @ said.T > 0.999).float()
        right = same / same.sum(1, keepdim=True)
        loss = (cross_entropy(logits, right) + cross_entropy(logits.T, right)) / 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 100 == 0:
            logger.info("step %d: loss %.3f", step, loss.item())
    return judge.eval()


def main() -> None:
    """Train on the training split, measure on the other, write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shards", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=STEPS)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO)
    torch.set_num_threads(1)
    encoder = MiniLmEncoder()
    stored = places(args.shards)
    known: dict[str, torch.Tensor] = {}
    for place in stored:
        for caption in place.record.captions[:2]:
            if caption not in known:
                known[caption] = encoder.encode([caption]).pooled[0]
    logger.info("%d captions", len(known))
    pictures = np.stack([small_of_maps(place.array("maps")) for place in stored])
    logger.info("%d objects", len(pictures))
    learn = [row for row, place in enumerate(stored) if place.record.split == "train"]
    judge = train(pictures[learn], [[known[c] for c in stored[r].record.captions[:2]] for r in learn], args.steps)
    save_file({name: value.half().contiguous() for name, value in judge.state_dict().items()}, args.out)
    held = [row for row, place in enumerate(stored) if place.record.split == "validation"]
    with torch.no_grad():
        vectors = judge.of_views(as_input(pictures[held]))
    names = sorted({stored[row].record.captions[0] for row in held})
    right = [
        found(judge, vector, candidates(stored[row].record.captions[0], names), known)
        for row, vector in zip(held, vectors, strict=True)
    ]
    logger.info("validation: the right caption of 50 for %.3f of %d", np.mean(right), len(right))


if __name__ == "__main__":
    main()
