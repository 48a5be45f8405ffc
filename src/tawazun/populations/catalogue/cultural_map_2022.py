"""Where 107 countries and territories stand on the Inglehart-Welzel cultural map, bundled as cited facts.

People of EVS and WVS waves 5 to 7 (2005-2022, weight S017), country-years averaged with equal weight, ten items, two
varimax-rotated components; the same projection places a model (instrument `cultural_map`). Zones are groups of their
own: `group:iw-...@2023`. No sampling error is published for the points, so `human_error` is `none`.
"""

from collections.abc import Sequence

from tawazun.populations.absent import absences
from tawazun.populations.records import HumanAnswer, Population, Request, Universe
from tawazun.source import Source

# place: (survival to self-expression, traditional to secular)
POINTS: dict[str, tuple[float, float]] = {
    "ALB": (-0.5334892, 0.1570527),
    "AND": (2.4280598, 0.2512253),
    "ARG": (0.6275064, -0.3201235),
    "ARM": (-0.7809887, -0.2972619),
    "AUS": (2.4742520, -0.4031065),
    "AUT": (1.8305052, 0.2309060),
    "AZE": (-0.7636334, -0.1672963),
    "BEL": (1.8465682, -0.1237091),
    "BFA": (-0.8466773, -0.8490517),
    "BGD": (-0.8552859, -1.1110746),
    "BGR": (0.1023753, 1.1068098),
    "BIH": (-0.3508738, 0.3786635),
    "BLR": (-0.0038689, 0.4634542),
    "BOL": (-0.4912270, -0.8929244),
    "BRA": (-0.0366391, -0.3764531),
    "CAN": (2.2588956, -0.3459999),
    "CHE": (2.5449592, 0.0307592),
    "CHL": (0.2690203, -0.0879810),
    "CHN": (0.3937854, 0.7690154),
    "COL": (-0.1490325, -1.5204075),
    "CYP": (-0.2193578, -0.1860429),
    "CZE": (1.4604550, 1.0065786),
    "DEU": (2.0940154, 0.9065829),
    "DNK": (3.3578214, 0.0363781),
    "DZA": (-0.8683214, -0.2837062),
    "ECU": (-0.3865231, -1.4995665),
    "ESP": (1.4515830, 0.1130667),
    "EST": (0.6556937, 1.0885595),
    "ETH": (-0.8330939, -0.5194419),
    "FIN": (2.3884950, 0.2583394),
    "FRA": (2.0834134, 0.0703655),
    "GB-NIR": (1.2286559, -0.4018450),
    "GBR": (2.3523466, -0.2120884),
    "GEO": (-1.0463495, -0.2802977),
    "GHA": (-1.0659022, -1.4512329),
    "GRC": (0.1650333, 0.3637863),
    "GTM": (-0.3033378, -1.0327164),
    "HKG": (0.8808641, 1.3406043),
    "HRV": (0.4576420, 0.1724920),
    "HTI": (0.0892164, -0.6915856),
    "HUN": (0.4325166, 0.7728361),
    "IDN": (-1.0052328, -0.2343651),
    "IND": (-0.3547878, -0.2798760),
    "IRL": (1.0356309, -1.1382434),
    "IRN": (-0.7852326, -0.0629948),
    "IRQ": (-1.2348264, -0.2715587),
    "ISL": (3.0137629, -0.2911986),
    "ITA": (0.9860847, 0.1032564),
    "JOR": (-1.4166841, -1.0365018),
    "JPN": (1.6896405, 1.6787827),
    "KAZ": (-0.3484852, 0.0862538),
    "KEN": (-0.2756060, -0.6583288),
    "KGZ": (-0.6441619, -0.6049242),
    "KOR": (0.3939405, 1.3678131),
    "LBN": (-0.7226960, 0.1335551),
    "LBY": (-1.2532359, -1.1823371),
    "LTU": (0.1978863, 1.1536680),
    "LUX": (1.9386868, 0.0802534),
    "LVA": (0.4096807, 0.9961955),
    "MAC": (0.9360770, 1.3639963),
    "MAR": (-1.0102508, -0.1947553),
    "MDA": (-1.0523755, 1.1342238),
    "MDV": (-0.7634236, -1.0170780),
    "MEX": (0.2293538, -1.2907858),
    "MKD": (0.2898881, 0.4281038),
    "MLI": (-0.2312890, -1.2260111),
    "MLT": (-0.0656682, -1.1988570),
    "MMR": (-1.0497378, -0.4350165),
    "MNE": (-0.0137042, 0.1570719),
    "MNG": (0.7041329, 0.9368811),
    "MYS": (-0.3653522, -0.2002493),
    "NGA": (-1.0341859, -0.8425775),
    "NIC": (-0.6419784, -1.3758813),
    "NLD": (2.6554832, 0.0905741),
    "NOR": (3.2534896, 0.2123449),
    "NZL": (2.7747160, -0.4457811),
    "PAK": (-0.7950595, -0.7693628),
    "PER": (-0.4649282, -0.6884672),
    "PHL": (-0.1466464, -1.1436625),
    "POL": (0.1737555, -0.2865179),
    "PRI": (0.3611510, -1.4867024),
    "PRT": (0.2467835, -0.2147770),
    "PSE": (-1.2777732, -0.3651655),
    "ROU": (-0.8306432, 0.2800133),
    "RUS": (-0.2202168, 0.7308424),
    "RWA": (-0.9200612, -0.8064298),
    "SGP": (0.2100851, 0.2728675),
    "SRB": (0.1218739, 0.5967812),
    "SVK": (0.6643915, 0.4723564),
    "SVN": (1.5189614, 0.6073407),
    "SWE": (3.5853164, 0.6323622),
    "THA": (0.1322573, -0.0163570),
    "TTO": (-0.5985872, -1.5049173),
    "TUN": (-1.3383945, -0.1850552),
    "TUR": (-0.8089897, -0.2087417),
    "TWN": (0.2668175, 1.5512811),
    "UKR": (-0.4273345, 0.7958000),
    "URY": (1.1839646, -0.4340081),
    "USA": (1.5060357, -0.4251246),
    "VEN": (-0.2798702, -0.8121808),
    "VNM": (0.5125714, -0.4972773),
    "YEM": (-1.2364636, -0.9319995),
    "ZAF": (0.3171214, -0.1675285),
    "ZMB": (-0.7367268, -0.0601859),
    "ZWE": (-1.2875423, -0.3759218),
    "x-kosovo": (-0.4628786, -0.8772445),
    "x-northern-cyprus": (-0.4172027, 0.1550426),
}


class CulturalMap2022:
    """The 107 points."""

    name = "cultural_map-2022"
    instrument = "cultural_map"
    source = Source(
        cite="Tao, Viberg, Baker & Kizilcec (2024), Cultural bias and cultural alignment of large language models, "
        "PNAS Nexus 3(9) pgae346, archived coordinates; people from the EVS Trend File 1981-2017 (ZA7503) and the WVS "
        "Trend File, waves 5-7",
        where="https://doi.org/10.1093/pnasnexus/pgae346",
        version="EVS/WVS 2005-2022",
        licence="facts",
        terms="coordinates as cited facts; microdata have the terms of EVS and WVS",
        redistribute="yes",
    )

    def load(self, request: Request) -> Sequence[Population]:
        """One population per point; no file is needed."""
        return tuple(
            Population(
                name=f"{self.name}/{code}",
                place=code,
                instrument=self.instrument,
                holds="map",
                answers=(HumanAnswer("map_x", None, x), HumanAnswer("map_y", None, y)),
                source=self.source,
                human_error="none",
                universe=Universe(who="residents aged 18 and over", ages="18+", dates="2005-2022"),
                note="the United Kingdom without Northern Ireland" if code == "GBR" else "",
            )
            for code, (x, y) in POINTS.items()
            if not request.places or code in request.places
        )

    def absent(self, request: Request) -> dict[str, str]:
        """Asked places (else members of the Arab League) without a point, such as Egypt and Saudi Arabia."""
        return absences(
            request.places, POINTS, "absent from the 107 points of the map; the source does not say why", {}
        )


POPULATION = CulturalMap2022()
