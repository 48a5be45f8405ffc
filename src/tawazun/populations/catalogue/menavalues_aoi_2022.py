"""The items of MENAValues that come from the Arab Opinion Index 2022: fourteen Arab countries."""

from tawazun.populations.menavalues import MenaValues

POPULATION = MenaValues("menavalues_aoi-2022", ("aoi-2022",))
