"""The paper's noise processes and its network as our denoiser, against closed forms."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gen4d.prior.guidance import Guided
from gen4d.prior.paper_noise import STABLE_DIFFUSION, VP_LINEAR, NoiseSchedule, PaperDenoiser
from gen4d.prior.paper_uvit import PaperShape, PaperUViT
from gen4d.prior.sampler import sample_dpmpp_2m, sample_heun, schedule

MEAN, DEVIATION = 0.3, 0.5


def process(noise: NoiseSchedule, moment: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """a, b of the paper's process at what its network is told, from the definitions."""
    if noise is VP_LINEAR:
        s = moment.double() / 999
        log_alpha = -(0.1 * s + (20 - 0.1) * s**2 / 2)
    else:
        betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
        table = torch.cat([torch.zeros(1, dtype=torch.float64), torch.log(1 - betas).cumsum(0)])  # entry n is step n
        left = moment.double().floor().long().clamp(max=999)
        log_alpha = table[left] + (moment - left) * (table[left + 1] - table[left])
    return log_alpha.exp().sqrt(), (-torch.expm1(log_alpha)).sqrt()


class ExactNoise(torch.nn.Module):
    """The posterior mean of the noise for data N(MEAN, DEVIATION^2), told the paper's time as its networks are."""

    def __init__(self, noise: NoiseSchedule) -> None:
        super().__init__()
        self.noise = noise

    def forward(self, noisy, time, labels=None, context=None):
        a, b = (value.view(-1, 1, 1, 1) for value in process(self.noise, time))
        mean = MEAN if labels is None else labels.view(-1, 1, 1, 1).double()
        return b * (noisy - a * mean) / (a**2 * DEVIATION**2 + b**2)


def posterior(noisy: torch.Tensor, time: torch.Tensor, mean: torch.Tensor | float = MEAN) -> torch.Tensor:
    """The exact estimate of our own process."""
    t = time.view(-1, *[1] * (noisy.ndim - 1))
    gain = (1 - t) * DEVIATION**2 / ((1 - t) ** 2 * DEVIATION**2 + t**2)
    return mean + gain * (noisy - (1 - t) * mean)


@pytest.mark.parametrize("noise", [VP_LINEAR, STABLE_DIFFUSION], ids=["vp", "sd"])
@given(share=st.floats(0.06, 1.0))
def test_the_network_is_told_the_time_of_equal_noise(noise: NoiseSchedule, share: float) -> None:
    t = torch.tensor([share * noise.max_time], dtype=torch.float64)
    a, b = process(noise, noise.network_time(2 * torch.log((1 - t) / t)))
    torch.testing.assert_close(b / a, t / (1 - t), rtol=1e-6, atol=0)


def test_network_times_meet_their_ends() -> None:
    ratios = torch.tensor([60.0, -60.0], dtype=torch.float64)  # nearly clean, nothing but noise
    torch.testing.assert_close(VP_LINEAR.network_time(ratios), torch.tensor([0.0, 999.0]).double(), atol=1e-9, rtol=0)
    torch.testing.assert_close(STABLE_DIFFUSION.network_time(ratios), torch.tensor([1.0, 1000.0]).double())


def test_every_discrete_step_is_told_by_its_number() -> None:
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
    alphas = (1 - betas).cumprod(0)
    told = STABLE_DIFFUSION.network_time(torch.log(alphas / (1 - alphas)))
    torch.testing.assert_close(told, torch.arange(1, 1001).double(), atol=1e-6, rtol=0)


def test_last_moments_are_those_of_the_papers() -> None:
    """VP: a^2 = exp(-10.05). Stable Diffusion: the published cumulative product, 0.00466."""
    a = math.exp(-10.05 / 2)
    b = math.sqrt(1 - a**2)
    assert VP_LINEAR.max_time == pytest.approx(b / (a + b), rel=1e-9)
    assert (1 / STABLE_DIFFUSION.max_time - 1) ** 2 == pytest.approx(0.00466 / (1 - 0.00466), rel=2e-3)


@pytest.mark.parametrize("noise", [VP_LINEAR, STABLE_DIFFUSION], ids=["vp", "sd"])
@pytest.mark.parametrize("size", [(3, 2, 4, 4), (3, 6, 2, 4, 4)], ids=["images", "views"])
def test_exact_noise_becomes_the_exact_estimate(noise: NoiseSchedule, size: tuple[int, ...]) -> None:
    noisy = torch.randn(size, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    time = torch.tensor([0.05, 0.5, 0.97], dtype=torch.float64) * noise.max_time
    x0_hat = PaperDenoiser(ExactNoise(noise), noise).x0(noisy, time)
    torch.testing.assert_close(x0_hat, posterior(noisy, time), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("noise", [VP_LINEAR, STABLE_DIFFUSION], ids=["vp", "sd"])
@pytest.mark.parametrize("solver", [sample_heun, sample_dpmpp_2m])
def test_sampling_a_paper_network_draws_the_data(noise: NoiseSchedule, solver) -> None:
    e = torch.linspace(-2, 2, 16, dtype=torch.float64).view(1, 1, 4, 4)
    *_, last = solver(PaperDenoiser(ExactNoise(noise), noise), e, schedule(60, 1.0))
    torch.testing.assert_close(last, MEAN + DEVIATION * e, atol=0.03, rtol=0)


def test_clean_images_stay_and_pure_noise_is_finite() -> None:
    x = torch.randn(1, 2, 4, 4, generator=torch.Generator().manual_seed(0))
    for noise in (VP_LINEAR, STABLE_DIFFUSION):
        denoiser = PaperDenoiser(ExactNoise(noise), noise)
        torch.testing.assert_close(denoiser.x0(x, torch.zeros(1)).float(), x)
        assert (denoiser.x0(x, torch.ones(1)) - MEAN).abs().max() < 0.1


def test_labels_reach_every_view_of_their_item() -> None:
    noisy = torch.randn(2, 6, 1, 4, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    time = torch.full((2,), 0.6, dtype=torch.float64)
    labels = torch.tensor([1, 4])
    x0_hat = PaperDenoiser(ExactNoise(VP_LINEAR), VP_LINEAR, labels=labels).x0(noisy, time)
    torch.testing.assert_close(
        x0_hat, posterior(noisy, time, labels.double().view(2, 1, 1, 1, 1)), rtol=1e-6, atol=1e-6
    )


def test_guiding_estimates_is_guiding_noises_with_the_papers_scale() -> None:
    """cond + s (cond - uncond) of noises, the paper's, is ours with 1 + s on estimates."""
    shape = PaperShape(image_size=8, channels=2, patch=4, width=16, depth=2, heads=2, classes=3)
    torch.manual_seed(0)
    network = PaperUViT(shape).eval().double()
    noisy, time, s = torch.randn(2, 2, 8, 8, dtype=torch.float64), torch.full((2,), 0.4, dtype=torch.float64), 0.4
    label, null = torch.tensor([0, 1]), torch.tensor([2, 2])
    with torch.no_grad():
        ours = Guided(
            PaperDenoiser(network, VP_LINEAR, label), PaperDenoiser(network, VP_LINEAR, null), scale=1 + s
        ).x0(noisy, time)

        def guided(image: torch.Tensor, moment: torch.Tensor, *_: object) -> torch.Tensor:
            known, free = network(image, moment, label), network(image, moment, null)
            return known + s * (known - free)

        papers = PaperDenoiser(guided, VP_LINEAR).x0(noisy, time)
    torch.testing.assert_close(ours, papers)
