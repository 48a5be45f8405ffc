"""Second coordinate on an instrument's map (for the cultural map: traditional to secular)."""

from tawazun.measures.context import Simple
from tawazun.measures.maps import axis_rows

MEASURE = Simple(
    "map_y",
    "Second coordinate on the map",
    "map units",
    "Tao et al. (2024), PNAS Nexus 3(9) pgae346: published projection",
    lambda context: axis_rows(context, 1),
)
