"""The light in a photo, estimated from the shape that was made of it and taken out of its colours, gently.

A surface of one albedo is brighter where it faces the light. So within each chroma, the logarithm of brightness is
regressed on the normal; what follows from the normal is light. It is taken out only as far as it explains the
brightness, never by more than `LIMIT`, and never as light from below: animals are paler there.

Source: Horn, Determining Lightness from an Image, 1974: chroma changes with albedo and not with light. Ramamoorthi and
Hanrahan, SIGGRAPH 2001: soft light is nearly linear in the normal.
"""

import cv2
import numpy as np
import torch
from scipy import ndimage

from gen4d.conventions import linear_to_srgb, srgb_to_linear

SIZE = 192  # px at which the light is estimated
SMOOTH = 3.0  # px of it: details of brightness are markings
CHROMA_CELL = 10.0  # Lab units within which a and b count as one chroma
SOLID = 0.97  # alpha from which a pixel's colour is the subject's alone
DARK = 0.01  # linear brightness added before the logarithm: a black pixel says nothing
EXPLAINED = (0.1, 0.4)  # share of the brightness: below it light is not told from albedo, from it on it is believed
LIMIT = 0.35  # of the logarithm: more is albedo, or a shadow, which normals do not explain
RIDGE = 0.004  # per pixel; keeps a flat subject's light at nothing


def without_light(photo: np.ndarray, normals: np.ndarray) -> tuple[np.ndarray, float]:
    """A photo with the light that its subject's shape explains divided out.

    Args:
        photo: (S, S, 4) float32, sRGB with straight alpha.
        normals: (S, S, 3) float32, unit, in the camera's axes (right, up, towards the camera); 0 where there is none.

    Returns:
        photo: the same with other colours; its mean brightness stays.
        explained: share of the brightness that normals explain, within each chroma, in [0, 1].
    """
    small = cv2.resize(photo, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    facing = cv2.resize(normals, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    inside = (small[..., 3] >= SOLID) & (np.linalg.norm(facing, axis=-1) > 0.5)
    if np.count_nonzero(inside) < 64:
        return photo, 0.0
    slope, explained = light_of(small[..., :3], facing, inside)
    trust = float(np.clip((explained - EXPLAINED[0]) / (EXPLAINED[1] - EXPLAINED[0]), 0, 1))
    light = _blurred(facing @ slope, inside)
    light = trust * np.clip(light - np.median(light[inside]), -LIMIT, LIMIT)
    light = _continued(light, inside)
    full = cv2.resize(light.astype(np.float32), photo.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    colors = _encoded(_linear(photo[..., :3]) / np.exp(full)[..., None])
    return np.concatenate([np.where(photo[..., 3:] > 0, colors, photo[..., :3]), photo[..., 3:]], -1), explained


def light_of(rgb: np.ndarray, normals: np.ndarray, inside: np.ndarray) -> tuple[np.ndarray, float]:
    """How the logarithm of brightness grows along the normal, within each chroma.

    Args:
        rgb: (S, S, 3) float32, sRGB; normals: (S, S, 3); inside: (S, S) bool, the pixels that count.

    Returns:
        slope: (3,) right, up (never negative) and towards the camera; explained: share of the variance, in [0, 1].
    """
    lab = cv2.cvtColor(np.ascontiguousarray(rgb, dtype=np.float32), cv2.COLOR_RGB2LAB)
    brightness = np.log(_linear(rgb) @ np.array([0.2126, 0.7152, 0.0722]) + DARK)
    values = np.concatenate([_blurred(brightness, inside)[..., None], normals], -1)[inside]  # (P, 4)
    cells = np.round(lab[inside][:, 1:] / CHROMA_CELL).astype(np.int64)
    _, chroma = np.unique(cells, axis=0, return_inverse=True)
    count = np.bincount(chroma.ravel())
    means = np.stack([np.bincount(chroma.ravel(), column) / count for column in values.T], -1)
    within = values - means[chroma.ravel()]
    target, features = within[:, 0], within[:, 1:]
    weight = np.ones(len(target))
    slope = np.zeros(3)
    for _ in range(5):  # robustly: stripes and eyes are no light
        gram = (features * weight[:, None]).T @ features + RIDGE * len(target) * np.eye(3)
        slope = np.linalg.solve(gram, (features * weight[:, None]).T @ target)
        residual = np.abs(target - features @ slope)
        weight = 1 / np.maximum(1, residual / (1.5 * np.median(residual) + 1e-6))
    slope[1] = max(0.0, slope[1])
    total = float((weight * target**2).sum())
    left = float((weight * (target - features @ slope) ** 2).sum())
    return slope, max(0.0, 1 - left / total) if total > 1e-9 else 0.0


def _blurred(values: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Local mean over the pixels inside, (S, S); 0 where there are none nearby."""
    weight = cv2.GaussianBlur(inside.astype(np.float64), (0, 0), SMOOTH)
    return cv2.GaussianBlur(values * inside, (0, 0), SMOOTH) / np.maximum(weight, 1e-6)


def _continued(values: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """The values inside, and beyond them those of the nearest pixel inside."""
    row, column = ndimage.distance_transform_edt(~inside, return_distances=False, return_indices=True)
    return values[row, column]


def _linear(srgb: np.ndarray) -> np.ndarray:
    return srgb_to_linear(torch.from_numpy(np.ascontiguousarray(srgb))).numpy()


def _encoded(linear: np.ndarray) -> np.ndarray:
    return linear_to_srgb(torch.from_numpy(linear).clamp(0, 1)).float().numpy()
