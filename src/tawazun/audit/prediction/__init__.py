"""Whether components of training sets go with what training on them changed, and what a new set would change."""

from tawazun.audit.prediction.association import Associations, associated
from tawazun.audit.prediction.forecasting import Forecast, forecast, usable
from tawazun.audit.prediction.leaving_out import Skill, skills_of
from tawazun.audit.prediction.panels import Panel, panel_of

__all__ = [
    "Associations",
    "Forecast",
    "Panel",
    "Skill",
    "associated",
    "forecast",
    "panel_of",
    "skills_of",
    "usable",
]
