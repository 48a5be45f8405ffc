"""How far a persona comes from the mean of its region's other peoples to its own: 0 is a regional stereotype."""

from tawazun.measures.context import Simple
from tawazun.measures.country_skill import UNIT, country_skill_rows

MEASURE = Simple(
    "country_skill",
    "Egypt, or just Arab? Way from the regional mean to the own people",
    UNIT,
    "Murphy (1988), Mon. Wea. Rev. 116, with the region's other peoples as reference forecast",
    country_skill_rows,
)
