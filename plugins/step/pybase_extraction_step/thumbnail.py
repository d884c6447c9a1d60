"""A small picture of a model: triangles seen isometrically, shaded by their slope, without a display."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_BACKGROUND = (255, 255, 255)
_COLOUR = np.array((112.0, 140.0, 168.0))
_MARGIN = 0.06
_FINER = 2
"""Pixels drawn for the side of one that is shown: edges are smooth, and thin parts do not fall between pixels."""
# the standard isometric view of ISO 5456-3: all three axes are foreshortened alike
_RIGHT = np.array((1.0, -1.0, 0.0)) / np.sqrt(2)
_UP = np.array((-1.0, -1.0, 2.0)) / np.sqrt(6)
_TOWARDS = np.array((1.0, 1.0, 1.0)) / np.sqrt(3)
_LIGHT = np.array((0.3, 0.1, 0.95))


def draw(triangles: Sequence[Sequence[Sequence[float]]], size: int) -> str:
    """Draw triangles as a square PNG.

    Args:
        triangles: Three points each, x, y, z.
        size: Width and height in pixels.

    Returns:
        The PNG as Base64 text.
    """
    points = np.asarray(triangles, np.float64).reshape(-1, 3, 3)
    shown, size = size, size * _FINER
    pixels = np.full((size, size, 3), _BACKGROUND, np.uint8)
    depth = np.full((size, size), -np.inf)
    seen = np.stack([points @ _RIGHT, points @ _UP, points @ _TOWARDS], axis=-1)
    flat = seen[..., :2].reshape(-1, 2)
    low, high = flat.min(axis=0), flat.max(axis=0)
    scale = size * (1 - 2 * _MARGIN) / max(float((high - low).max()), 1e-12)
    middle = (low + high) / 2
    screen = (seen[..., :2] - middle) * (scale, -scale) + size / 2
    normals = np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0])
    lengths = np.linalg.norm(normals, axis=1)
    light = np.abs(normals @ (_LIGHT / np.linalg.norm(_LIGHT))) / np.maximum(lengths, 1e-30)
    shades = (_COLOUR * (0.45 + 0.65 * light)[:, None]).clip(0, 255).astype(np.uint8)
    for index in np.flatnonzero(lengths > 0).tolist():
        _fill(screen[index], seen[index, :, 2], shades[index], pixels, depth)
    blocks = pixels.reshape(shown, _FINER, shown, _FINER, 3)
    return base64.b64encode(_png(blocks.mean(axis=(1, 3)).astype(np.uint8))).decode("ascii")


def _fill(
    corners: NDArray[np.float64],
    heights: NDArray[np.float64],
    shade: NDArray[np.uint8],
    pixels: NDArray[np.uint8],
    depth: NDArray[np.float64],
) -> None:
    """Fill one triangle with a depth buffer."""
    size = len(depth)
    low = np.floor(corners.min(axis=0)).astype(int).clip(0, size - 1)
    high = np.ceil(corners.max(axis=0)).astype(int).clip(0, size - 1)
    (ax, ay), (bx, by), (cx, cy) = corners
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    if area == 0:
        return
    x, y = np.meshgrid(np.arange(low[0], high[0] + 1) + 0.5, np.arange(low[1], high[1] + 1) + 0.5)
    second = ((x - ax) * (cy - ay) - (y - ay) * (cx - ax)) / area
    third = ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / area
    first = 1 - second - third
    z = first * heights[0] + second * heights[1] + third * heights[2]
    window = (slice(low[1], high[1] + 1), slice(low[0], high[0] + 1))
    shown = (first >= 0) & (second >= 0) & (third >= 0) & (z > depth[window])
    depth[window][shown] = z[shown]
    pixels[window][shown] = shade


def _png(pixels: NDArray[np.uint8]) -> bytes:
    """Write an RGB picture (ISO/IEC 15948)."""
    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)

    def chunk(kind: bytes, content: bytes) -> bytes:
        checked = kind + content
        return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
