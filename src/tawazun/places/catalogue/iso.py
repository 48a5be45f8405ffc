"""Countries and territories: every ISO 3166-1 alpha-3 code, with the other English names that sources use for it.

Aliases are names only. The three-letter codes of Hofstede's tables (`SLV` is his Slovenia, ISO's El Salvador) and the
numbers of the value surveys are never joined. `Great Britain` means the United Kingdom here, although surveys under
that name often leave Northern Ireland out; a source that has its own row for it uses `GB-NIR`.
"""

from tawazun.places.naming import named_places
from tawazun.places.records import Group

_CODES = """
ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA BGD BGR BHR BHS BIH
BLM BLR BLZ BMU BOL BRA BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CHN CIV CMR COD COG COK COL COM CPV CRI CUB
CUW CXR CYM CYP CZE DEU DJI DMA DNK DOM DZA ECU EGY ERI ESH ESP EST ETH FIN FJI FLK FRA FRO FSM GAB GBR GEO
GGY GHA GIB GIN GLP GMB GNB GNQ GRC GRD GRL GTM GUF GUM GUY HKG HMD HND HRV HTI HUN IDN IMN IND IOT IRL IRN
IRQ ISL ISR ITA JAM JEY JOR JPN KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO LTU LUX LVA
MAC MAF MAR MCO MDA MDG MDV MEX MHL MKD MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ MUS MWI MYS MYT NAM NCL NER
NFK NGA NIC NIU NLD NOR NPL NRU NZL OMN PAK PAN PCN PER PHL PLW PNG POL PRI PRK PRT PRY PSE PYF QAT REU ROU
RUS RWA SAU SDN SEN SGP SGS SHN SJM SLB SLE SLV SMR SOM SPM SRB SSD STP SUR SVK SVN SWE SWZ SXM SYC SYR TCA
TCD TGO THA TJK TKL TKM TLS TON TTO TUN TUR TUV TWN TZA UGA UKR UMI URY USA UZB VAT VCT VEN VGB VIR VNM VUT
WLF WSM YEM ZAF ZMB ZWE
"""

ALIASES: dict[str, tuple[str, ...]] = {
    "ARE": ("UAE", "U.A.E.", "Emirates"),
    "BHR": ("Kingdom of Bahrain",),
    "BIH": ("Bosnia", "Bosnia Herzegovina"),
    "BLM": ("St. Barthélemy",),
    "BOL": ("Plurinational State of Bolivia", "Bolivia (Plurinational State of)"),
    "BRN": ("Brunei Darussalam",),
    "CAF": ("Central African Rep",),
    "CCK": ("Cocos (Keeling) Islands",),
    "CIV": ("Ivory Coast",),
    "CHN": ("PRC", "People's Republic of China", "China, People's Republic of", "Mainland China"),
    "COD": (
        "Congo - Kinshasa", "Congo, Dem. Rep.", "DR Congo", "Dem. Rep. Congo", "Democratic Republic of Congo",
        "Congo, Democratic Republic of the", "DRC",
    ),
    "COG": ("Congo - Brazzaville", "Congo, Rep.", "Republic of Congo"),
    "CPV": ("Cabo Verde",),
    "CZE": ("Czech Rep", "Czech Republic"),
    "DOM": ("Dominican Rep",),
    "EGY": ("Egypt, Arab Rep.", "Arab Republic of Egypt"),
    "FLK": ("Falkland Islands (Malvinas)", "Islas Malvinas"),
    "FSM": ("Micronesia", "Micronesia, Fed. Sts.", "Micronesia (Federated States of)"),
    "GBR": ("Great Britain", "Britain", "UK", "U.K.", "United Kingdom of Great Britain and Northern Ireland"),
    "GMB": ("Gambia, The",),
    "HKG": ("Hong Kong SAR", "Hong Kong SAR China", "Hong Kong, China", "Hong Kong SAR PRC", "China, Hong Kong SAR"),
    "IRN": ("Iran, Islamic Rep.", "Islamic Republic of Iran", "Iran (Islamic Republic of)"),
    "JOR": ("Hashemite Kingdom of Jordan",),
    "KGZ": ("Kyrgyz Rep", "Kyrgyz Republic"),
    "KNA": ("St. Kitts and Nevis",),
    "KOR": ("Korea South", "Korea, South", "S. Korea", "Republic of Korea", "Korea, Rep.", "Korea, Republic of"),
    "LAO": ("Lao PDR", "Lao People's Democratic Republic"),
    "LBY": ("Libyan Arab Jamahiriya",),
    "LCA": ("St. Lucia",),
    "MAC": ("Macau", "Macau SAR", "Macao SAR", "Macau SAR PRC", "Macao SAR China", "Macao, China", "China, Macao SAR"),
    "MAF": ("St. Martin",),
    "MAR": ("Kingdom of Morocco",),
    "MDA": ("Republic of Moldova", "Moldova, Republic of"),
    "MKD": ("Macedonia", "Macedonia Rep", "Republic of Macedonia", "FYR Macedonia", "Macedonia, FYR", "TFYR Macedonia"),
    "MMR": ("Burma", "Myanmar (Burma)"),
    "NLD": ("Holland",),
    "PRK": ("Korea North", "Korea, North", "N. Korea", "Democratic People's Republic of Korea", "Korea, Dem. Rep."),
    "PSE": (
        "State of Palestine", "Palestine, State of", "Palestinian Territories", "Palestinian Territory",
        "Palestinian ter.", "Palestinian terr.", "Occupied Palestinian Territory", "West Bank and Gaza",
    ),
    "RUS": ("Russian Federation",),
    "SAU": ("KSA", "K.S.A.", "Kingdom of Saudi Arabia"),
    "SHN": ("St. Helena", "Saint Helena, Ascension and Tristan da Cunha"),
    "SPM": ("St. Pierre and Miquelon",),
    "SVK": ("Slovak Rep", "Slovak Republic"),
    "SWZ": ("Swaziland",),
    "SYR": ("Syrian Arab Republic",),
    "TLS": ("East Timor",),
    "TUN": ("Tusnia",),  # a misprint in the header of published MENAValues tables
    "TUR": ("Türkiye",),
    "TWN": ("Taiwan ROC", "Taiwan, China", "Taiwan, Province of China", "Chinese Taipei"),
    "TZA": ("United Republic of Tanzania", "Tanzania, United Republic of"),
    "USA": ("U.S.A.", "USA", "US", "U.S.", "United States of America"),
    "VAT": ("Holy See",),
    "VCT": ("St. Vincent and the Grenadines", "St. Vincent & Grenadines"),
    "VEN": ("Venezuela, RB", "Bolivarian Republic of Venezuela", "Venezuela (Bolivarian Republic of)"),
    "VIR": ("U.S. Virgin Islands",),
    "VNM": ("Viet Nam",),
    "YEM": ("Yemen, Rep.",),
}  # fmt: skip

PLACES = named_places(_CODES.split(), ALIASES, "country")
GROUPS: tuple[Group, ...] = ()
