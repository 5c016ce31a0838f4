"""Times of the modalities: every training plan gives and hides what it says, and noise obeys its time."""

import torch

from gen4d.prior.modalities import PLANS, Modalities, Times, draw_plans, draw_times, noise_like, noised, pose_numbers

NAMES = [name for name, _ in PLANS]


def times_of(plan: str, count: int = 400) -> Times:
    return draw_times(torch.full((count,), NAMES.index(plan)), torch.Generator().manual_seed(3))


def test_plans_come_in_their_shares() -> None:
    plans = draw_plans(20_000, torch.Generator().manual_seed(0))
    for row, (_, share) in enumerate(PLANS):
        assert abs(float((plans == row).float().mean()) - share) < 0.015
    assert abs(sum(share for _, share in PLANS) - 1) < 1e-9


def test_plans_give_and_hide_what_they_are_named_for() -> None:
    for plan in ("text", "photo", "photo+text", "nothing"):
        times = times_of(plan)
        assert ((times.sentence == 0) == ("text" in plan)).all()
        assert ((times.photo == 0) == ("photo" in plan)).all()
        assert set(times.photo.tolist()) | set(times.sentence.tolist()) | set(times.pose.tolist()) <= {0.0, 1.0}
        assert (times.views == times.views[:, :1]).all() and (times.views > 0).all()
    assert not times_of("text").pose.eq(0).any()  # no photo, no pose


def test_parts_know_one_to_five_views() -> None:
    known = (times_of("parts").views == 0).sum(1)
    assert set(known.tolist()) == {1, 2, 3, 4, 5}


def test_noise_follows_time_and_words_follow_the_sentence() -> None:
    clean = Modalities(
        torch.ones(2, 6, 1, 2, 2), torch.ones(2, 1, 2, 2), torch.ones(2, 4), torch.ones(2, 3, 4), torch.ones(2, 3)
    )
    noise = noise_like(clean, torch.Generator().manual_seed(0))
    times = Times(torch.zeros(2, 6), torch.tensor([0.0, 1.0]), torch.tensor([0.0, 0.5]), torch.tensor([0.25, 1.0]))
    state = noised(clean, times, noise)
    assert torch.equal(state.views, clean.views)
    assert torch.equal(state.photo[0], clean.photo[0]) and torch.equal(state.photo[1], noise.photo[1])
    assert torch.equal(state.words[0], clean.words[0]) and not state.words[1].any()
    torch.testing.assert_close(state.pose[0], 0.75 * clean.pose[0] + 0.25 * noise.pose[0])


def test_pose_numbers_meet_at_the_back() -> None:
    pi = torch.tensor([torch.pi - 1e-4, -torch.pi + 1e-4])
    front, back = pose_numbers(pi, torch.zeros(2))
    assert (front - back).abs().max() < 1e-3
