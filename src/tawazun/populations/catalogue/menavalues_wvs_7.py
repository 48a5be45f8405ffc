"""The items of MENAValues that come from WVS-7: seven Arab countries, Iran and Turkey."""

from tawazun.populations.menavalues import MenaValues

POPULATION = MenaValues("menavalues_wvs-7", ("wvs-7",))
