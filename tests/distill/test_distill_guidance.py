"""Every guidance in a Gaussian world: its gradient is the analytic one, its fixed point is where theory puts it."""

import pytest
import torch
from gaussian_world import GaussianData
from torch import nn

from gen4d.distill.classifier import ClassifierScore, NoiseFreeScore
from gen4d.distill.flow import noise_seen, noised, over
from gen4d.distill.ism import IntervalScore
from gen4d.distill.lora import Adapted, Adapters
from gen4d.distill.reconstruction import ReconstructionLoss
from gen4d.distill.schedules import Weighting, weight
from gen4d.distill.sds import ScoreDistillation
from gen4d.distill.vsd import VariationalScore, learn_score
from gen4d.errors import NumericsError
from gen4d.prior.guidance import Guided

SHAPE = (5, 6, 2, 2, 2)
TIME = torch.tensor([0.05, 0.3, 0.5, 0.8, 0.98], dtype=torch.float64)


def normal(*shape: int, seed: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def world(seed: int) -> GaussianData:
    return GaussianData(normal(*SHAPE[1:], seed=seed), normal(*SHAPE[1:], seed=seed + 1).square() + 0.1)


X, E = normal(*SHAPE, seed=1), normal(*SHAPE, seed=2)


def test_noise_estimate_is_the_score() -> None:
    data, noisy = world(10), noised(X, E, TIME)
    torch.testing.assert_close(noise_seen(data, noisy, TIME), -over(TIME, X) * data.score(noisy, TIME))


@pytest.mark.parametrize("weighting", ["sigma2", "data", "uniform"])
def test_sds_is_the_score_of_the_data_minus_that_of_the_noise(weighting: Weighting) -> None:
    data = world(10)
    t, w = over(TIME, X), over(weight(weighting, TIME), X)
    expected = w * (-t * data.score(noised(X, E, TIME), TIME) - E)
    torch.testing.assert_close(ScoreDistillation(data, weighting).gradient(X, TIME, E), expected)


def test_expected_sds_points_from_the_mode() -> None:
    data, count = world(10), 40_000
    time = torch.full((count,), 0.4, dtype=torch.float64)
    x = X[:1].expand(count, *SHAPE[1:])
    found = ScoreDistillation(data, "uniform").gradient(x, time, normal(*x.shape, seed=3)).mean(0)
    t = torch.tensor(0.4, dtype=torch.float64)
    expected = t * (1 - t) * (X[0] - data.mean) / data.spread(t)
    torch.testing.assert_close(found, expected, atol=0.02, rtol=0)  # e_hat - e deviates by 1 at most: 4 sigma are 0.02


def test_reconstruction_is_sds_weighted_by_data() -> None:
    data = world(10)
    found = ReconstructionLoss(data).gradient(X, TIME, E)
    torch.testing.assert_close(found, ScoreDistillation(data, "data").gradient(X, TIME, E))
    x = X.clone().requires_grad_()
    ((x - data.x0(noised(X, E, TIME), TIME)).square().sum() / 2).backward()
    torch.testing.assert_close(found, x.grad)


def test_variational_gradient_is_the_difference_of_two_scores() -> None:
    data, made = world(10), world(20)
    noisy, t = noised(X, E, TIME), over(TIME, X)
    expected = t**3 * (made.score(noisy, TIME) - data.score(noisy, TIME))
    torch.testing.assert_close(VariationalScore(data, made).gradient(X, TIME, E), expected)


def test_variational_gradient_vanishes_where_the_made_is_the_data() -> None:
    assert VariationalScore(world(10), world(10)).gradient(X, TIME, E).abs().max() == 0


def test_classifier_score_is_the_gradient_of_the_posterior() -> None:
    conditional, free = world(10), world(20)
    noisy, t = noised(X, E, TIME), over(TIME, X)
    expected = -(t**3) * (conditional.score(noisy, TIME) - free.score(noisy, TIME))
    torch.testing.assert_close(ClassifierScore(conditional, free).gradient(X, TIME, E), expected)


def test_noise_free_score_switches_at_its_threshold() -> None:
    conditional, free, negative = world(10), world(20), world(30)
    noisy, t = noised(X, E, TIME), over(TIME, X)
    s, u, n = (-t * data.score(noisy, TIME) for data in (conditional, free, negative))
    expected = torch.where(t >= 0.2, u - n, u) + 7.5 * (s - u)
    found = NoiseFreeScore(conditional, free, negative, weighting="uniform").gradient(X, TIME, E)
    torch.testing.assert_close(found, expected)


def test_interval_score_is_the_analytic_one() -> None:
    conditional, free, interval = world(10), world(20), 0.05
    s = torch.maximum(TIME - interval, TIME / 2)
    a, b, c = over(s / 2, X), over(s, X), over(TIME, X)  # the two moments of the inversion, then t
    x_a = (1 - a) * X
    e_a = -a * free.score(x_a, s / 2)
    x_b = (1 - b) / (1 - a) * (x_a - a * e_a) + b * e_a
    e_b = -b * free.score(x_b, s)
    x_c = (1 - c) / (1 - b) * (x_b - b * e_b) + c * e_b
    expected = c**2 * (-c * conditional.score(x_c, TIME) - e_b)
    found = IntervalScore(conditional, free, interval, inversion_steps=2).gradient(X, TIME, E)
    torch.testing.assert_close(found, expected)


def test_inversion_follows_the_flow_of_a_normal_distribution() -> None:
    """The flow's exact map of N(m, c) keeps (x_t - E x_t) / std(x_t); many small steps come near it."""
    data = world(20)
    time = torch.full((len(X),), 0.7, dtype=torch.float64)
    found = IntervalScore(data, data, inversion_steps=4000).invert(X, time)
    t = over(time, X)
    expected = (1 - t) * data.mean + (X - data.mean) * (data.spread(t) / data.variance).sqrt()
    torch.testing.assert_close(found, expected, atol=2e-3, rtol=2e-3)


def test_interval_score_ignores_the_noise() -> None:
    guidance = IntervalScore(world(10), world(20))
    assert torch.equal(guidance.gradient(X, TIME, E), guidance.gradient(X, TIME, -E))


def test_guidance_of_one_is_the_condition() -> None:
    conditional = world(10)
    guided = Guided(conditional, world(20), scale=1.0)
    expected = ScoreDistillation(conditional).gradient(X, TIME, E)
    assert torch.equal(ScoreDistillation(guided).gradient(X, TIME, E), expected)
    free = world(20)
    stronger = ScoreDistillation(Guided(conditional, free, scale=3.0)).gradient(X, TIME, E)
    torch.testing.assert_close(stronger, expected + 2 * ClassifierScore(conditional, free).gradient(X, TIME, E))


def test_nothing_flows_back_through_the_networks() -> None:
    mean = torch.zeros(SHAPE[1:], dtype=torch.float64, requires_grad=True)
    data = GaussianData(mean, torch.ones_like(mean))
    for guidance in (
        ScoreDistillation(data),
        ReconstructionLoss(data),
        VariationalScore(data, world(1)),
        ClassifierScore(data, world(1)),
        NoiseFreeScore(data, data, data),
        IntervalScore(data, data),
    ):
        assert not guidance.gradient(X, TIME, E).requires_grad


def walked(guidance_of, particles: torch.Tensor, steps: int = 500) -> torch.Tensor:
    """Let particles follow a guidance made anew from all of them at every step."""
    generator = torch.Generator().manual_seed(0)
    for _ in range(steps):
        time = 0.05 + 0.9 * torch.rand(len(particles), generator=generator, dtype=torch.float64)
        noise = torch.randn(particles.shape, generator=generator, dtype=torch.float64)
        particles = particles - 0.1 * guidance_of(particles).gradient(particles, time, noise)
    return particles


def test_sds_collapses_to_the_mode_and_vsd_to_the_distribution() -> None:
    data = GaussianData(torch.tensor([2.0, -1.0]).double(), torch.tensor([0.5, 2.0]).double())
    start = 3 * normal(3000, 2, seed=5)
    made = walked(lambda x: VariationalScore(data, GaussianData(x.mean(0), x.var(0)), "uniform"), start, 600)
    torch.testing.assert_close(made.mean(0), data.mean, atol=0.06, rtol=0)
    torch.testing.assert_close(made.var(0), data.variance, atol=0, rtol=0.08)
    # The expected gradient: with its noise averaged out, all particles end in one point.
    mode = walked(lambda x: ScoreDistillation(data, "uniform"), start[:64].repeat(40, 1), 600)
    mode = mode.view(40, 64, 2).mean(0)
    torch.testing.assert_close(mode.mean(0), data.mean, atol=0.05, rtol=0)
    assert (mode.var(0) < 0.05 * data.variance).all()


class OneLayer(nn.Module):
    """A denoiser x0_hat = W x_t + b at one fixed time."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 3).double().requires_grad_(False)

    def x0(self, noisy: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """Ignores the time."""
        return self.layer(noisy)


def test_adapters_learn_the_score_of_what_is_made() -> None:
    network = OneLayer()
    with torch.no_grad():
        network.layer.bias.zero_()  # adapters carry no bias: data of mean zero need none
    before = network.layer.weight.clone()
    adapters = Adapters(network, rank=3, generator=torch.Generator().manual_seed(0))
    learned = Adapted(network, adapters)
    made = GaussianData(torch.zeros(3).double(), torch.tensor([0.2, 1.0, 4.0]).double())
    optimizer = torch.optim.Adam(adapters.parameters(), lr=0.02)
    time = torch.full((4096,), 0.5, dtype=torch.float64)
    probe = normal(64, 3, seed=9)
    error = lambda: (learned.x0(probe, time[:64]) - made.x0(probe, time[:64])).abs().max()  # noqa: E731
    start = error()
    for step in range(400):
        clean = normal(4096, 3, seed=100 + step) * made.variance.sqrt()
        learn_score(learned, optimizer, clean, time, normal(4096, 3, seed=5000 + step))
    assert error() < 0.15 < start
    assert torch.equal(network.layer.weight, before)
    torch.testing.assert_close(network.x0(probe, time[:64]), probe @ before.T)  # and nothing stays attached


def test_adapters_start_as_nothing() -> None:
    network = OneLayer()
    adapters = Adapters(network, rank=2, generator=torch.Generator().manual_seed(0))
    probe = normal(7, 3, seed=9)
    assert torch.equal(Adapted(network, adapters).x0(probe, TIME), network.x0(probe, TIME))
    assert sum(p.numel() for p in adapters.parameters()) == 2 * 2 * 3


def test_learning_stops_at_nan() -> None:
    network = OneLayer()
    adapters = Adapters(network, rank=2, generator=torch.Generator().manual_seed(0))
    optimizer = torch.optim.Adam(adapters.parameters())
    bad = torch.full((1, 3), float("nan"), dtype=torch.float64)
    with pytest.raises(NumericsError, match="adapters"):
        learn_score(Adapted(network, adapters), optimizer, bad, TIME[:1], bad)
    assert all(torch.isfinite(p).all() for p in adapters.parameters())
