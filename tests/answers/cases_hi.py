"""Hard cases of Hindi replies: (menu, reply, what must be read); see `cases_en` for the spelling."""

LATIN = tuple("ABCDE")
LETTERS = tuple("कखगघङ")
DIGITS = tuple("१२३४५")

AGREE = ("पूरी तरह सहमत", "सहमत", "तटस्थ", "असहमत", "पूरी तरह असहमत")
PHRASED = ("सहमत हूँ", "सहमत नहीं हूँ")
IMPORTANT = ("बहुत महत्वपूर्ण", "महत्वपूर्ण", "महत्वपूर्ण नहीं", "बिल्कुल महत्वपूर्ण नहीं")
OFTEN = ("हमेशा", "अक्सर", "कभी-कभी", "शायद ही कभी", "कभी नहीं")
FOOD = ("खिचड़ी", "पोंगल", "लड्डू", "खीर")
AIMS = ("व्यवस्था बनाए रखना", "लोगों को अधिक अधिकार देना", "महँगाई रोकना", "अभिव्यक्ति की स्वतंत्रता")

MENUS = {
    "agree": (AGREE, LETTERS, "one", 1, None),
    "agree-latin": (AGREE, LATIN, "one", 1, None),
    "phrased": (PHRASED, LATIN[:2], "one", 1, None),
    "important": (IMPORTANT, LETTERS[:4], "one", 1, None),
    "important-digits": (IMPORTANT, DIGITS[:4], "one", 1, None),
    "often": (OFTEN, LETTERS, "one", 1, None),
    "food": (FOOD, LATIN[:4], "one", 1, None),
    "yes-no": (("हाँ", "नहीं"), LATIN[:2], "one", 1, None),
    "true-false": (("सही", "गलत"), (), "one", 1, None),
    "aims": (AIMS, DIGITS[:4], "pair", 2, None),
    "aims-letters": (AIMS, LETTERS[:4], "some", 2, None),
    "percent": ((), (), "number", 1, (0.0, 100.0)),
}

ONE = [
    # labels in every dress
    ("agree", "ख", 1),
    ("agree", "(ख)", 1),
    ("agree", "ख)", 1),
    ("agree", "**ग**", 2),
    ("agree", "उत्तर: ख", 1),
    ("agree", "उत्तर है ख", 1),
    ("agree", "सही उत्तर ख है।", 1),
    ("agree", "मेरा उत्तर (घ) है", 3),
    ("agree", "मैं ख चुनूँगा।", 1),
    ("agree", "मैं विकल्प ग को चुनूँगी।", 2),
    ("agree", "विकल्प ख", 1),
    ("agree", "ख सही है।", 1),
    ("agree", "ख. सहमत", 1),
    ("agree", "B", 1),
    ("agree-latin", "उत्तर: B", 1),
    ("agree-latin", "सही विकल्प B है क्योंकि A बहुत कठोर है।", 1),
    ("agree-latin", "ख", 1),
    ("important-digits", "३", 2),
    ("important-digits", "3", 2),
    ("important-digits", "मैं २ अंक दूँगा", 1),
    ("important-digits", "तीन", 2),
    ("agree", "दूसरा विकल्प", 1),
    ("agree", "विकल्प 2", 1),
    # option texts that contain one another; spellings
    ("agree", "सहमत", 1),
    ("agree", "असहमत", 3),
    ("agree", "मैं पूरी तरह असहमत हूँ।", 4),
    ("agree", "मैं इस कथन से सहमत हूं।", 1),
    ("agree", "मैं सहमत नहीं हूँ।", "unread"),
    ("phrased", "मैं सहमत नहीं हूं", 1),
    ("phrased", "मैं सहमत हूँ", 0),
    ("important", "महत्वपूर्ण नहीं", 2),
    ("important", "परिवार मेरे लिए बहुत महत्वपूर्ण है।", 0),
    ("important", "यह बहुत महत्वपूर्ण सवाल है।", "unread"),
    ("important", "अत्यंत महत्वपूर्ण", "unread"),
    ("often", "कभी कभी", 2),
    ("often", "कभी नहीं।", 4),
    ("food", "पोंगल पर पोंगल बनाया जाता है।", 1),
    ("food", "लड्डू", 2),
    # yes and no
    ("yes-no", "हाँ", 0),
    ("yes-no", "हां।", 0),
    ("yes-no", "जी हाँ", 0),
    ("yes-no", "जी नहीं।", 1),
    ("yes-no", "नही", 1),
    ("yes-no", "नहीं, यह सच नहीं है।", 1),
    ("yes-no", "उत्तर: नहीं", 1),
    ("yes-no", "मैं B नहीं चुनूँगा", "unread"),
    ("yes-no", "हाँ या नहीं", "unread"),
    ("yes-no", "यह नहीं कहा जा सकता", "unread"),
    ("true-false", "सही", 0),
    ("true-false", "सही नहीं", 1),
    ("true-false", "यह कथन सही नहीं है।", 1),
    ("true-false", "यह कथन सही है।", 0),
    ("true-false", "ग़लत", 1),
    ("true-false", "यह गलत है।", 1),
    ("true-false", "असत्य", 1),
    ("true-false", "सहीपन", "unread"),
    ("true-false", "False", 1),
    # denials, several candidates
    ("agree", "मैं ख नहीं चुनूँगा।", "unread"),
    ("agree", "ख सही नहीं है।", "unread"),
    ("agree", "उत्तर ख नहीं है, ग है।", 2),
    ("agree", "ख न कि क", 1),
    ("agree", "क या ख", "unread"),
    ("agree", "क और ख", "unread"),
    ("agree", "क्या उत्तर ख है?", "unread"),
    ("agree", "कुछ लोग सहमत हैं, कुछ असहमत।", "unread"),
    ("agree", "कमल का फूल", "unread"),
    ("agree", "क. पूरी तरह सहमत\nख. सहमत\nग. तटस्थ", "unread"),
    ("important-digits", "२ या ३", "unread"),
    ("important-digits", "९", "unread"),
    ("important-digits", "मेरे २ बच्चे हैं", "unread"),
    ("agree", "मुझे नहीं पता", "unread"),
    ("agree", "", "unread"),
    # wrappings, reasoning
    ("agree", "<think>क या ख?</think>\nउत्तर: घ", 3),
    ("agree", '{"उत्तर": "ख"}', 1),
    ("agree", "क गलत है। ख भी ठीक नहीं। अतः सही उत्तर ग है।", 2),
    ("agree", "अंतिम उत्तर: \\boxed{ग}", 2),
    ("agree-latin", "The answer is B.", 1),
    ("agree-latin", "الإجابة: ب", 1),
    # refusals
    ("agree", "एक एआई भाषा मॉडल के रूप में, मेरी कोई व्यक्तिगत राय नहीं है।", "refused"),
    ("agree", "मैं इस प्रश्न का उत्तर नहीं दे सकता।", "refused"),
    ("agree", "क्षमा करें, मैं इसमें मदद नहीं कर सकता।", "refused"),
    ("agree", "मेरी कोई राय नहीं है, लेकिन यदि मुझे चुनना पड़े तो मैं ख चुनूँगा।", 1),
    ("agree", "उसने कहा कि वह उत्तर नहीं दे सकता।", "unread"),
]  # fmt: skip

MANY = [
    ("aims", "१, ३", (0, 2)),
    ("aims", "पहला: ३, दूसरा: १", (2, 0)),
    ("aims", "व्यवस्था बनाए रखना और महँगाई रोकना", (0, 2)),
    ("aims", "१ या ३", "unread"),
    ("aims-letters", "क, ग", (0, 2)),
    ("aims-letters", "इनमें से कोई नहीं", ()),
]  # fmt: skip

NUMBERS = [("percent", "४०%", 40.0), ("percent", "लगभग ४०", 40.0), ("percent", "४० या ५०", "unread")]
