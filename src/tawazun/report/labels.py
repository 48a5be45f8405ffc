"""Where a label fits beside its mark without covering a mark or another label."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDE_LETTER = 0.56


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle that labels must not share."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        """Whether two rectangles overlap."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


def free_box(
    text: str, x: float, y: float, r: float, size: float, taken: Sequence[Box], picture: tuple[float, float]
) -> Box | None:
    """A free place for a label beside a mark, or None."""
    width, height = len(text) * size * WIDE_LETTER + 2, size * 1.1
    for dx, dy in ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -0.8), (-1, -0.8), (1, 0.8), (-1, 0.8)):
        left = x + dx * r + (1 if dx > 0 else -width - 1 if dx < 0 else -width / 2)
        top = y + dy * (r + height / 2) - height / 2
        box = Box(left, top, left + width, top + height)
        inside = box.left >= 0 and box.right <= picture[0] and box.top >= 0 and box.bottom <= picture[1] - size
        if inside and not any(box.meets(other) for other in taken):
            return box
    return None
