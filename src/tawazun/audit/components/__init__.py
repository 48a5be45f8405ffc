"""How training sets of one language differ: the components of their metrics, and how sure they are."""

from tawazun.audit.components.comparing import Match, compared
from tawazun.audit.components.cubes import cleaned, cube_of
from tawazun.audit.components.fitting import Fit, structure_of
from tawazun.audit.components.kept import read_choice, read_structures, record_of
from tawazun.audit.components.records import Cube, Drawn, Structure
from tawazun.audit.components.sampling import Size, drawn

__all__ = [
    "Cube",
    "Drawn",
    "Fit",
    "Match",
    "Size",
    "Structure",
    "cleaned",
    "compared",
    "cube_of",
    "drawn",
    "read_choice",
    "read_structures",
    "record_of",
    "structure_of",
]
