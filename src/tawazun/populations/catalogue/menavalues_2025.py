"""Both surveys of MENAValues: WVS-7 and the Arab Opinion Index 2022."""

from tawazun.populations.menavalues import MenaValues

POPULATION = MenaValues("menavalues-2025", ("wvs-7", "aoi-2022"))
