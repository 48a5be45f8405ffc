"""Words of English replies."""

from tawazun.answers.words import Words

_OPINIONS = (
    r"(?:opinions?|views?|beliefs?|feelings?|preferences?|emotions?|experiences?|values|stance|thoughts|convictions"
    r"|religion|nationality|identity|consciousness|perspective|judg[e]?ments?)"
)
_KINDS = r"(?:(?:any|my|own|personal|human|subjective|real|political|religious|moral|or|and|of) ){0,4}"
_CANNOT = r"(?:cannot|can't|can not|could not|couldn't|will not|won't|(?:am|'m) (?:unable|not able) to)"
_MODEL = (
    r"(?:ai\b|a\.i\.|artificial intelligence|(?:large )?language model|llm\b|chat ?bot|virtual assistant"
    r"|(?:digital|ai) assistant|machine\b|computer program)"
)
_ANSWER = (
    r"(?:(?:an?|any|the|my|your|this|that|you|with|on|to|own|personal|definitive|specific|single|direct|such) ){0,4}"
    r"(?:answers?|opinions?|views?|preferences?|ratings?|scores?|choices?|judg[e]?ments?|responses?|stance"
    r"|recommendation"
    r"|questions?|assessments?|request|beliefs?|survey)"
)

WORDS = Words(
    language="en",
    final=("final answer", "final choice", "final response", "final rating", "boxed", "final score"),
    cues=(
        "answer", "response", "reply", "choice", "selection", "rating", "score", "score number", "my pick", "verdict",
        "decision", "my vote", "answers", "my choices", "two choices", "my picks", "best option",
        "correct option", "right option", "chosen option", "selected option",
        "option that best describes", "option that best fits",
    ),
    verbs=(
        "i'd say", "i would say",
        "choose", "chose", "chosen", "pick", "picked", "select", "selected", "selecting", "go with", "going with",
        "go for", "opt for", "settle on", "settle for", "say", "answer with", "respond with", "reply with",
        "would answer", "i'd answer", "i answer", "would respond", "would reply", "i respond",
        "rate", "rated", "rate it", "rate this", "give", "give it", "give this", "score it", "vote for",
        "lean toward",
        "lean towards", "leaning towards", "put", "assign", "place", "mark", "prefer",
    ),
    nouns=("option", "choice", "label", "letter", "number", "no.", "alternative", "category", "statement", "level",
           "score of", "rating of", "value", "value of", "answer choice", "answer option", "options", "numbers",
           "letters", "labels", "choices", "goals"),
    items=("grade", "confidence", "certainty", "question", "q", "item", "statement number", "page", "chapter",
           "section", "article", "version", "step"),
    links=("is", "are", "was", "be", "would be", "will be", "it's", "that's", "that is", "it is", "this is", "being",
           "remains", "equals", "as", "at"),
    fillers=(
        "at least", "no doubt", "no doubt about it", "without doubt", "without a doubt", "without question",
        "no question",
        "undoubtedly", "i think", "i believe", "i guess", "for",
        "the", "a", "an", "my", "this", "that", "it", "of", "to", "i", "me", "think", "believe", "feel", "guess",
        "suppose", "find", "i'd", "i'll", "i'm", "i've", "so", "therefore", "thus", "hence", "then", "would", "will",
        "should", "could", "must", "just", "simply", "really", "definitely", "certainly", "clearly", "probably",
        "likely", "most likely", "indeed", "personally", "honestly", "overall", "around", "about", "approximately",
        "roughly", "in my opinion", "in my view", "for me", "to me", "ok", "okay", "sure", "well", "yeah", "here",
        "here's", "here is", "great", "thanks", "thank you", "following", "correct", "right", "best", "that it",
        "claim", "sentence", "assertion", "the claim", "a solid", "exactly", "somewhere", "sincerely", "respectfully",
        "on", "both", "are these", "these",
    ),
    negations=(
        "not", "no", "never", "none", "neither", "nor", "cannot", "can't", "don't", "doesn't", "didn't", "isn't",
        "wasn't", "aren't", "weren't", "won't", "wouldn't", "shouldn't", "couldn't", "hardly", "without", "ain't",
        "far from", "anything but", "nothing", "nobody", "incorrect", "wrong", "refuse to", "mistakenly", "wrongly",
        "erroneously", "incorrectly", "dont", "isnt",
        "cant", "unable",
    ),
    inverts=("incorrect", "wrong", "untrue", "inaccurate", "worst", "least", "excluded", "eliminated", "rejected",
             "discarded", "ruled out", "distractor", "distractors", "trap", "weakest", "poorest", "grade",
             "misleading", "avoid", "avoided", "last thing", "last one", "fails", "failing", "confidence",
             "certainty"),
    reported=(
        r"\b(?:some|others|one|you|a few|certain|somebody|someone|a novice|a beginner)(?: (?:people|students"
        r"|respondents|readers"
        r"|of you))? (?:(?:might|may|could|would|can|will|often|first|also|well|initially|easily|mistakenly"
        r"|wrongly|even|be) "
        r"){1,4}(?:be )?(?:think|say|believe|guess|assume|suppose|argue|answer|choose|pick|claim|expect|suspect|reply"
        r"|respond|tempted|inclined|led|forgiven|fooled|misled)\b",
        r"\b(?:tempting|common(?:ly)?|easy|frequent|typical|popular|classic) (?:mistake|error|misconception"
        r"|misreading|trap"
        r"|to (?:think|say|assume|answer|choose|pick|believe))\b",
        r"\bsome (?:people )?(?:say|think|believe|choose|pick|answer|argue|claim)\b",
        r"\b(?:would|could|might) (?:have )?(?:be(?:en)?|say|said|choose|chosen|answer(?:ed)?)\b[^.!?\n]{0,60}\bif "
        r"(?:this|that|the|these|those|it (?!(?:were|was) up)|only)[^.!?\n]{0,60}",
        r"\bif (?:this|it|that|the (?:question|statement|claim|sentence|wording|text|prompt|year|country|context))"
        r"[^.!?\n]{0,60}?\b(?:were|had|was|asked|said)\b[^.!?\n]{0,60}\b(?:would|could|might)\b",
        r"(?:^|[.!?]\s)were (?:this|it|that|the (?:question|statement|claim|sentence|wording|text"
        r"|prompt))\b[^.!?\n]{0,60}",
        r"\bhad (?:this|it|that|the (?:question|statement|claim|sentence|wording|text|prompt))\b[^.!?\n]{0,60}",
        r"\b(?:i|we) used to (?:think|say|believe)\b", r"\bi(?: am|'m| was|'d be) tempted\b",
        r"\b(?:he|she|they) said\b", r"\b(?:he|she) (?:thinks|says|believes|claims)\b",
        r"(?:^|[.!?\n]\s?)(?:let us |let's )?(?:suppose|assume|imagine)\b",
        r"\blast (?:thing|one|answer|option|choice|place|name|letter)s? (?:that |which )?(?:(?:i|we|you|one|people|any"
        r"(?:one|body))(?:'d| would| will| could| should| might)\b|to (?:pick|choose|say|select|answer|go)\b)",
        r"\b(?:sooner|rather) (?:die|starve|quit|resign|say nothing|not answer)\b[^.!?\n]{0,20}\bthan\b",
        r"\b(?:mad|crazy|insane|foolish|silly|absurd|stupid|ridiculous|a fool|an idiot|unwise|a mistake|an error) to "
        r"(?:choose|pick|select|say|answer|go|opt)\b",
        r"\bonly (?:a|an) \w{1,20} would\b", r"\bover (?:my|our) dead bod",
        r"\b(?:avoid|reject|exclude|eliminate|discard|dismiss)(?:,| at all costs)? (?:is|it is|it's|would be)\b",
        r"\b(?:choose|pick|select|say|want|like|prefer|trust) (?:the )?least\b",
        r"\b(?:i|we) (?:almost|nearly|initially|originally|first|at first) (?:said|chose|picked|thought|answered"
        r"|wanted)\b",
    ),
    hedges=(
        r"\b(?:might|may)(?: (?:well|very well|indeed|actually|still|also|even|possibly|or may not|or might not"
        r"|not)){0,3} (?:be|have been)\b",
        r"\b(?:could|can)(?: (?:well|very well|indeed|actually|still|also|even|possibly|sometimes)){0,3}"
        r" (?:be|have been)\b",
        r"\b(?:maybe|perhaps|possibly|conceivably)\b",
        r"\b(?:possible|chance|possibility)(?: that)? (?=(?:it|this|the|that)\b)",
    ),
    clauses=(
        r"[!?;\n]|(?<![^a-z]\w)(?<!\d)\.",
        r"\.(?=\s+(?:it|that|this|the|but|however|in|actually|no|i|so|my|answer|correct|wrong|they|still|we|final|therefore|thus|hence|later|after)\b)",
        r",? ?\b(?:but|however|yet|though|although|whereas|while|actually|because|since)\b",
    ),
    contrasts=("rather than", "instead of", "over", "as opposed to", "unlike", "than", "but not", "and not", "except",
               "other than", "versus", "vs"),
    doubts=("some would say", "some say", "some people say", "some people would say", "some might say",
            "some may say", "others say", "others would say", "one might say", "one could say", "you might say",
            "whether", "if", "unless", "question of", "question whether", "statement that", "asked", "asks",
            "claim that"),
    alternatives=("or", "or maybe", "or perhaps", "maybe even", "or even", "possibly", "either"),
    joins=("and", "also", "plus", "then", "followed by", "as well as", "along with"),
    because=("because", "since", "given that", "due to", "considering", "reason", "as i", "as it", "as they",
             "as this",
             "as these", "explanation", "reasoning", "justification", "although",
             "even though", "though", "while", "whereas", "which", "where"),
    followers=(
        "i do", "i don't", "i do not", "i am", "i'm not", "i am not", "i have", "i haven't", "i would", "i wouldn't",
        "i can", "i can't", "they do", "they don't", "it does", "it doesn't", "it isn't", "it's not",
        "to me", "for me", "to them", "for them", "to us", "for us", "to him", "to her", "to people", "to my",
        "in my life", "in my view", "in my opinion", "in life", "in their lives", "in our lives", "with this",
        "with that",
        "with the", "with it", "that", "as", "for", "here", "overall", "on this", "on the", "on a scale", "on that",
        "out of", "points", "point", "personally", "i think", "i believe", "i would say", "i'd say", "i guess",
        "please",
        "too", "indeed", "today", "now", "at the moment", "these days", "when", "from", "if", "in",
    ),
    endings=(
        "is my answer", "is the answer", "is my choice", "is my final answer", "is my rating", "is my response",
        "is the best answer", "is the correct answer", "is the right answer", "is the best choice", "is correct",
        "is the correct option", "is the best option", "would be my answer", "would be my choice",
        "would be my rating",
        "best describes", "describes me", "describes my", "best reflects", "best represents", "best fits",
        "best matches",
        "seems right", "seems best", "it is", "is what i choose", "is what i would choose", "is my pick",
        "is the one i choose", "is what i'd say", "would be the answer", "is the most appropriate",
    ),
    turns=("actually", "wait", "or", "maybe", "perhaps", "possibly", "alternatively", "however", "but", "no", "sorry",
           "correction", "edit", "edited", "update", "updated", "revised", "amended", "oops", "my mistake", "my bad",
           "apologies", "on reflection", "on second thought", "rather", "scratch that", "then again", "i mean",
           "hmm", "though", "also",
           "and", "nevertheless", "still", "yet", "unless", "sometimes", "otherwise", "instead"),
    through=("to", "through", "and", "till", "until", "up to"),
    scales=("scale of", "scale from", "scale", "from", "range of", "range from", "ranges from", "ranging from",
            "between"),
    out_of=("out of", "of", "on"),
    means=("means", "meaning", "represents", "representing", "stands for", "indicates", "being", "corresponds to",
           "signifies", "denotes"),
    degrees=("very", "extremely", "quite", "fairly", "somewhat", "rather", "pretty", "so", "too", "most", "more",
             "less",
             "least", "strongly", "totally", "completely", "fully", "entirely", "absolutely", "slightly",
             "moderately",
             "partly", "partially", "mostly", "almost", "nearly", "highly", "particularly", "especially", "un",
             "tend to",
             "generally", "largely", "utterly", "deeply", "only", "relatively", "mildly"),
    short=("yes", "no", "never", "always", "often", "sometimes", "seldom", "rarely", "usually", "good", "bad", "poor",
           "fair", "some", "none", "all", "most", "other", "others", "maybe", "neutral", "both", "neither", "true",
           "false", "correct", "incorrect", "wrong", "right", "low", "high", "little", "much", "few", "many", "old",
           "young", "man", "woman", "better", "worse", "same", "happy", "fine", "great", "nothing", "everything",
           "men",
           "women", "left", "god", "work", "family", "friends", "country", "money", "people", "religion", "politics"),
    numbers={"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
             "nine": 9, "ten": 10},
    weak_numbers=("one",),
    positions={
        "first option": 0, "second option": 1, "third option": 2, "fourth option": 3, "fifth option": 4,
        "first statement": 0, "second statement": 1, "option one": 0, "option two": 1,
    },
    ranks={
        "first choice": 0, "first": 0, "firstly": 0, "1st": 0, "most important": 0, "top priority": 0,
        "second choice": 1, "second": 1, "secondly": 1, "2nd": 1, "second most important": 1,
        "next most important": 1,
        "the most important": 0, "the second most important": 1, "the next most important": 1, "followed by": 1,
    },
    nothing=("none", "none of these", "none of them", "none of the above", "none of the options", "nothing",
             "not any of these"),
    yes=("yes", "true", "correct", "yep", "yeah", "that is true", "it is true", "that is correct"),
    no=(*(f"{sure} not{said}" for sure in ("absolutely", "definitely", "certainly", "of course", "obviously",
        "surely")
          for said in ("", " true", " correct", " right")), "no way", "by no means", "not a chance",
        "no", "false", "incorrect", "wrong", "nope", "not true", "not correct", "untrue", "isn't true",
        "that is false",
        "not right", "inaccurate", "not accurate"),
    unsure=("i don't know", "i do not know", "don't know", "not sure", "i'm not sure", "i am not sure", "no idea",
            "no opinion", "it depends", "unsure", "undecidable", "i have no idea", "hard to say"),
    refusals=(
        rf"as an? (?:\w+ ){{0,3}}{_MODEL}",
        rf"(?:i am|i'm|being) (?:just |only |merely |simply )?an? (?:\w+ ){{0,3}}{_MODEL}",
        rf"(?:i|we) (?:do not|don't|cannot|can't) (?:\w+ )?(?:have|hold|possess|form|experience"
        rf"|harbou?r) {_KINDS}{_OPINIONS}",
        rf"i (?:have no|lack|don't have|do not have)(?: the)? {_KINDS}{_OPINIONS}",
        rf"i ?{_CANNOT} (?:\w+ ){{0,2}}(?:provide|give|offer|express|share|make|have|assist|help|engage|"
        rf"participate|take part|comment|discuss|answer|respond|fulfill|form|hold|state|take) (?:\w+ )?{_ANSWER}",
        rf"i ?{_CANNOT} (?:\w+ )?(?:answer|respond|choose|pick|select|participate|comply|assist|rate|judge|"
        r"decide|comment|help (?:you )?with|take sides|express)\b",
        r"i(?: am|'m) (?:unable|not able|not programmed|not designed|not in a position|not comfortable|not equipped"
        r"|not capable|not qualified) (?:to|of|with|in)?",
        r"i(?: \w+)? (?:decline|refuse|abstain) (?:to|from) (?:answer|respond|choos|giv|provid|rat|comment"
        r"|select|say)",
        r"i (?:must|have to|will have to|need to|would like to|respectfully|politely) (?:\w+ )?(?:decline"
        r"|refuse|abstain)",
        r"i (?:would |'d )?(?:prefer not to|rather not) (?:say|answer|respond|choose|comment|share|disclose|give"
        r"|rate)",
        r"i'd (?:prefer not to|rather not) (?:say|answer|respond|choose|comment|share|disclose|give|rate)",
        r"prefer not to (?:say|answer)",
        r"(?:it is|it's|it would be|it wouldn't be) (?:not appropriate|inappropriate|not possible|not ethical"
        r"|appropriate|impossible) for me to",
        rf"(?:i(?:'m| am) )?(?:so |very |really )?(?:sorry|afraid)(?: but)?,? (?:but )?(?:i )?{_CANNOT}",
        r"(?:i(?:'m| am) )?(?:so |very )?sorry,? (?:but )?i (?:do not|don't|am not|have no)",
        r"my (?:programming|guidelines|training|purpose|role) (?:does not|doesn't|do not|don't|prevents?|is not)",
    ),
    pronouns=("i", "u"),
    articles=("a",),
    topics=("question", "topic", "issue", "survey", "statement"),
    concluding=("therefore", "thus", "hence", "so", "in conclusion", "to conclude", "in summary", "consequently",
                "accordingly", "all things considered", "in the end", "ultimately"),
    openings=(r"\b(?:but|and|however|so|sorry|because|that)",),
    choosers=("option", "choice", "statement", "answer option", "number", "option number"),
)  # fmt: skip
