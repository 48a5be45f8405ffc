"""CMA-ES with a full covariance matrix, up to a few thousand coordinates."""

from functools import partial

from tawazun.adapt.search.covariance import Covariance, CovarianceSettings
from tawazun.adapt.search.records import Method

OPTIMISER = Method(
    settings=CovarianceSettings,
    begin=partial(Covariance, diagonal=False),
    summary="CMA-ES (library cma)",
    source="Hansen & Ostermeier (2001), Evol. Comput. 9(2), 159-195; Hansen, Akimoto & Baudis, pycma",
)
