"""Euclidean distance on an instrument's map between a subject's mean point and each population."""

from tawazun.measures.context import Simple
from tawazun.measures.maps import distance_rows

MEASURE = Simple(
    "map_distance",
    "Distance on the map to each population, their mean, and the nearest",
    "map units",
    "Tao et al. (2024), PNAS Nexus 3(9) pgae346",
    distance_rows,
)
