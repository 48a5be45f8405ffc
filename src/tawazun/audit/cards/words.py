"""Words of cards that suggest what a data set is: varieties, translation, agreement, models.

They make a field `mentioned`, never `stated`; each hit is quoted, so that a reader can judge it.
"""

import re

# ISO 639-3 codes of varieties of Arabic, beside which `ar` alone says nothing about the variety
ARABIC = {
    "arb": "Standard Arabic", "arz": "Egyptian Arabic", "ary": "Moroccan Arabic", "arq": "Algerian Arabic",
    "aeb": "Tunisian Arabic", "ayl": "Libyan Arabic", "apd": "Sudanese Arabic", "apc": "Levantine Arabic",
    "ajp": "South Levantine Arabic", "acm": "Mesopotamian Arabic", "afb": "Gulf Arabic", "ars": "Najdi Arabic",
    "acq": "Taizzi-Adeni Arabic", "ayn": "Sanaani Arabic", "acw": "Hijazi Arabic", "mey": "Hassaniya",
}  # fmt: skip
DIALECTS = "|".join(
    "algerian bahraini egyptian emirati gulf hassaniya hijazi iraqi jordanian kuwaiti lebanese levantine libyan "
    "maghrebi mauritanian moroccan najdi omani palestinian qatari saudi sudanese syrian tunisian yemeni".split()
)
VARIETY = re.compile(
    rf"\b(?:modern standard arabic|standard arabic|classical arabic|msa|darija|(?:{DIALECTS})(?: arabic)? dialects?|"
    rf"(?:arabic )?(?:{DIALECTS}) arabic|arabic (?:{DIALECTS})|dialectal|hinglish|(?:simplified|traditional) chinese|"
    r"cantonese)\b|(?:اللهجة|لهجة|الفصحى)",
    re.I,
)
TRANSLATED = re.compile(
    r"\b(?:machine[- ]translat\w+|translat(?:ed|ions?) (?:from|of|by|using|with|into)|google translate|deepl|"
    r"human[- ]translat\w+|nllb)\b|\b(?:مترجم|ترجمة)\b",
    re.I,
)
NATIVE = re.compile(
    r"\b(?:native (?:\w+ )?(?:speakers?|writers?|content|data|text)|written (?:by|in) native|"
    r"originally (?:written )?in|locali[sz]ed|culturally adapted)\b",
    re.I,
)
AGREEMENT = re.compile(
    r"\b(?:inter[- ]?(?:annotator|rater|coder)s?[- ](?:agreement|reliability)|(?:cohen|fleiss)(?:'s|’s)? kappa|"
    r"krippendorff(?:'s|’s)?(?: alpha)?|kappa of)|[κα] ?= ?0",
    re.I,
)
GENERATOR = re.compile(
    r"\b(?:chat ?gpt|gpt[- ]?(?:3\.5|4o?|5|oss)(?:[- ](?:turbo|mini))?|self-instruct|claude|gemini|"
    r"qwen ?\d?(?:\.\d)?|command[- ]r\+?|jais|acegpt|allam|fanar|aya(?: expanse|[- ]23)|deepseek|"
    r"llama[- ]?[234]?(?:\.\d)?|mi[sx]tral|text-davinci-00\d)",
    re.I,
)
MADE = re.compile(
    r"\b(?:generat|synthe|distill|written by|produced by|created (?:by|with|using)|answers? (?:by|from))", re.I
)
