"""First coordinate on an instrument's map (for the cultural map: survival to self-expression)."""

from tawazun.measures.context import Simple
from tawazun.measures.maps import axis_rows

MEASURE = Simple(
    "map_x",
    "First coordinate on the map",
    "map units",
    "Tao et al. (2024), PNAS Nexus 3(9) pgae346: published projection",
    lambda context: axis_rows(context, 0),
)
