"""Two processes that share a batch learn what one process learns from the whole batch, whether or not they share the
network too; files that one kind of run wrote continue in another."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from gen4d.errors import ConfigError
from gen4d.prior.modalities import Modalities
from gen4d.prior.parallel import ALONE, Processes, joined
from gen4d.prior.text import TEXT_TOKENS, TEXT_WIDTH
from gen4d.prior.train import PriorTraining, Trainer, train
from gen4d.prior.uvit import UViTShape

SHAPE = UViTShape(width=32, depth=2, heads=2, latent_channels=3, latent_size=8)
PLAN = PriorTraining(steps=6, batch=6, learning_rate=1e-3, warmup=3)
STOP = 3
CPU = torch.device("cpu")


class RandomItems:
    """Items that are nothing but what the generator gives."""

    def draw(self, split: str, plans: torch.Tensor, generator: torch.Generator) -> Modalities:
        sizes = (6, 3, 8, 8), (3, 8, 8), (TEXT_WIDTH,), (TEXT_TOKENS - 1, TEXT_WIDTH), (3,)
        return Modalities(*(torch.randn(len(plans), *size, generator=generator) for size in sizes))


def learn(processes: Processes, folder: Path, plan: PriorTraining = PLAN, device: torch.device = CPU) -> list[float]:
    """Train in two halves, the second from the first one's state; the losses of all steps."""
    losses = []
    for half in ((0, STOP), (STOP, PLAN.steps)):
        trainer = Trainer(SHAPE, plan, device, processes)
        if half[0]:
            trainer.load(folder / "state.safetensors")
        for state in train(trainer, RandomItems()):
            losses.append(state.loss)
            if state.trainer.step == half[1]:
                break
        trainer.save(folder / "state.safetensors")
        processes.wait()
    return losses


if __name__ == "__main__":  # what torchrun starts in the test below
    with joined("cpu", sharded=sys.argv[2] == "sharded") as (mine, cpu):
        result = learn(mine, Path(sys.argv[1]), device=cpu)
        if mine.first:
            (Path(sys.argv[1]) / "losses.json").write_text(json.dumps([mine.count, result]))


@pytest.mark.parametrize("way", ["whole", pytest.param("sharded", marks=pytest.mark.slow)])
def test_two_processes_learn_what_one_does(tmp_path: Path, way: str) -> None:
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run([*launch, __file__, str(tmp_path), way], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    count, losses = json.loads((tmp_path / "losses.json").read_text())
    (alone := tmp_path / "alone").mkdir()
    expected = learn(ALONE, alone)
    assert count == 2
    assert losses == pytest.approx(expected, rel=1e-5)
    one, two = (load_file(folder / "state.safetensors") for folder in (alone, tmp_path))
    assert one.keys() == two.keys()
    for name, value in one.items():
        assert (two[name] - value).abs().max() <= 2e-5 * max(1.0, float(value.abs().max())), name


def test_a_stopped_run_planned_in_steps_is_the_uninterrupted_one(tmp_path: Path) -> None:
    halves = learn(ALONE, tmp_path)
    trainer = Trainer(SHAPE, PLAN, CPU)
    assert [state.loss for state in train(trainer, RandomItems())] == halves
    trainer.save(tmp_path / "whole.safetensors")
    one, two = (load_file(tmp_path / f"{name}.safetensors") for name in ("state", "whole"))
    assert all(torch.equal(one[name], two[name]) for name in two)


def test_a_batch_is_shared_out_whole() -> None:
    batch = RandomItems().draw("train", torch.zeros(6), torch.Generator().manual_seed(0))
    parts = [Processes(rank, 3).part_of(batch) for rank in range(3)]
    assert sorted(float(part.pose[row, 0]) for part in parts for row in range(2)) == sorted(batch.pose[:, 0].tolist())


def test_what_cannot_be_shared_is_refused() -> None:
    trainer = Trainer(SHAPE, PLAN, CPU)
    trainer.processes = Processes(0, 4)
    with pytest.raises(ConfigError, match="6 items"):
        next(train(trainer, RandomItems()))
    with pytest.raises(ConfigError, match="torchrun"), joined("cpu", sharded=True):
        pass
