"""CMA-ES with a diagonal covariance matrix: linear in the coordinates, for whole soft prompts."""

from functools import partial

from tawazun.adapt.search.covariance import Covariance, CovarianceSettings
from tawazun.adapt.search.records import Method

OPTIMISER = Method(
    settings=CovarianceSettings,
    begin=partial(Covariance, diagonal=True),
    summary="sep-CMA-ES: diagonal covariance (library cma)",
    source="Ros & Hansen (2008), PPSN X, 296-305; Hansen, Akimoto & Baudis, pycma",
)
