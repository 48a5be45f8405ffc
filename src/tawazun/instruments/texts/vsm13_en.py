"""English wordings of the 24 items of `vsm13`.

w1 a direct question · w2 an imagined situation · w3 a sentence to complete, first person · w4 a terse rating ·
w5 a conversation with replies in whole sentences. Item 20 asks about employees only; the original's bracket on
pupils and teachers would be a second question.
"""

from tawazun.instruments.texts import Options, Text, fill

IMPORTANCE: tuple[Options, ...] = (
    ("the highest importance", "a lot of importance", "a moderate amount of importance", "a little importance",
     "hardly any importance, or none"),
    ("more than almost anything else", "a great deal", "to a moderate degree", "only slightly",
     "hardly or not at all"),
    ("absolutely essential to me", "very important to me", "moderately important to me", "of minor importance to me",
     "almost or completely unimportant to me"),
    ("top importance", "high importance", "medium importance", "low importance", "very low or no importance"),
    ("Nothing matters more to me.", "It matters a lot to me.", "It matters to me to a moderate extent.",
     "It matters only a little to me.", "It barely matters to me, or not at all."),
)  # fmt: skip

OFTEN: tuple[Options, ...] = (
    ("always", "most of the time", "sometimes", "rarely", "never"),
    ("at all times", "on most occasions", "on some occasions", "on few occasions", "on no occasion"),
    ("all of the time", "most of the time", "some of the time", "a little of the time", "none of the time"),
    ("constantly", "usually", "now and then", "seldom", "never"),
    ("That is always so.", "That is mostly so.", "That is sometimes so.", "That is rarely so.", "That is never so."),
)
SELDOM: tuple[Options, ...] = tuple(options[::-1] for options in OFTEN)

AGREE: tuple[Options, ...] = (
    ("agree completely", "mostly agree", "neither agree nor disagree", "mostly disagree", "disagree completely"),
    ("I share it fully.", "I share it for the most part.", "I am undecided.", "I mostly do not share it.",
     "I do not share it at all."),
    ("strongly agree", "agree", "am undecided", "disagree", "strongly disagree"),
    ("strong agreement", "agreement", "no clear position", "disagreement", "strong disagreement"),
    ("I agree entirely.", "I agree on the whole.", "I am in two minds about it.", "I disagree on the whole.",
     "I disagree entirely."),
)  # fmt: skip

JOB = (
    "If any job were open to you, how much importance would you attach to {}?",
    "Imagine that you are free to pick your own job. How much would it count for you {}?",
    "Complete the sentence: In the job I would choose for myself, {} would be …",
    "Rate the importance of the following in a job that you would choose: {}.",
    "Someone who is helping you to choose a job wants to know how much it matters to you {}. What is your reply?",
)
LIFE = (
    "Outside work, in your own life, how much importance do you attach to {}?",
    "Think of your life away from work. How much does it count for you {}?",
    "Complete the sentence: In my life outside work, {} is …",
    "Rate the importance of the following in your own life, work aside: {}.",
    "Someone who wants to know what matters to you away from work asks how much it matters to you {}. "
    "What is your reply?",
)
OPINION = (
    "Do you agree or disagree that {}?",
    "Consider this opinion: “{}” How far do you share it?",
    "Complete the sentence: When people say that {}, I …",
    "Give your position on this statement: {}",
    "In a conversation, someone says: “{}” What is your reply?",
)

JOB_PARTS = {
    "m01": (
        "having enough hours left for yourself or your home",
        "that the work leaves enough room for your own life or your home",
        "keeping enough of my day for myself or for my home",
        "enough time outside working hours for oneself or the home",
        "whether you would have enough time left for yourself or your home",
    ),
    "m02": (
        "working under a superior who has earned your respect",
        "that you respect the person you report to",
        "having someone above me whom I respect",
        "an immediate superior worthy of respect",
        "whether the person in charge of you deserves your respect",
    ),
    "m03": (
        "having your good work valued by others",
        "that others show appreciation when you have done your work well",
        "being acknowledged when I do well",
        "credit for work well done",
        "whether doing well earns you credit there",
    ),
    "m04": (
        "being safe from losing the job",
        "that you can be sure of keeping the job",
        "knowing that my position will last",
        "a secure position",
        "whether the job is there to stay",
    ),
    "m05": (
        "having likeable colleagues",
        "that the people you work alongside are good company",
        "having co-workers who are nice to be with",
        "agreeable colleagues",
        "whether your workmates are nice people",
    ),
    "m06": (
        "finding the tasks themselves interesting",
        "that what you do all day holds your interest",
        "doing something that I find interesting",
        "interesting tasks",
        "whether you find the work itself interesting",
    ),
    "m07": (
        "being asked for your opinion by your superior before decisions about your work are taken",
        "that your manager hears your view before deciding on things that affect your work",
        "having my superior ask for my advice on decisions that touch my work",
        "a superior who asks employees for their view on decisions about their own work",
        "whether your boss would ask what you think before settling matters that concern your work",
    ),
    "m08": (
        "living in a place that appeals to you",
        "that the job lets you live somewhere attractive",
        "having my home in an area that I like",
        "living in an attractive location",
        "whether the job lets you live in a place you like",
    ),
    "m09": (
        "doing work that your family and friends think highly of",
        "that your relatives and friends hold the job in high regard",
        "having an occupation that my family and friends esteem",
        "an occupation that family and friends look up to",
        "whether your family and friends would look on the job with respect",
    ),
    "m10": (
        "having the opportunity to move up to higher positions",
        "that you could rise to a higher post",
        "having prospects of advancement",
        "openings for advancement",
        "whether there is room for you to move up",
    ),
}

LIFE_PARTS = {
    "m11": (
        "having spare hours for enjoying yourself",
        "that you have leisure for things that are fun",
        "having time set aside for enjoyment",
        "free hours for amusement",
        "to have time for simply enjoying yourself",
    ),
    "m12": (
        "living modestly, with only a few wants",
        "that you keep your wishes few",
        "being moderate, with little that I long for,",
        "modesty in what one wants",
        "to want only a few things",
    ),
    "m13": (
        "doing a friend a good turn",
        "that you help a friend out",
        "doing a favour for a friend",
        "favours done for a friend",
        "to be of help to a friend",
    ),
    "m14": (
        "spending no more money than is necessary",
        "that you avoid unnecessary spending",
        "being sparing with money",
        "frugality",
        "to spend only as much as you have to",
    ),
}

OPINION_PARTS = {
    "m21": (
        "someone can be a capable manager without being able to answer precisely all that staff ask about their work",
        "Managers can be good at their job although they do not have an exact reply to everything their staff ask "
        "about the work.",
        "good managers need not have a precise reply ready for each question that their people ask about the work",
        "It takes nothing away from a good manager not to have the exact answer to all the work questions that staff "
        "ask.",
        "You can be good at managing people even if you cannot give an exact reply to everything they ask "
        "about their work.",
    ),
    "m22": (
        "nothing leads to results as surely as keeping at it",
        "The most reliable way to achieve something is to keep on trying.",
        "steady effort, kept up over time, is the safest route to getting results",
        "Perseverance brings results with more certainty than anything else.",
        "If you want results, not giving up is the most dependable way.",
    ),
    "m23": (
        "organising work so that some employees have two superiors must be avoided, whatever it takes",
        "Letting some of the staff report to two managers is a way of organising work that must be avoided, however "
        "high the price.",
        "no organisation should place some of its people under two superiors, no matter what it costs to avoid this",
        "Organisations must under no circumstances have a structure that makes some of the staff answer to two "
        "managers.",
        "Whatever it costs, do not organise work so that some people report to two bosses.",
    ),
    "m24": (
        "employees must keep to the rules of their organisation, even if they believe that breaking a rule would be "
        "best for it",
        "The rules of a company are to be kept, also when an employee is convinced that ignoring one would be "
        "the best thing for the company.",
        "staff must follow the rules of their organisation even where they think that a breach would serve it best",
        "An employee has to obey the organisation's rules, including when a violation seems to that employee to be "
        "the better course for the organisation.",
        "Stick to the company's rules, even if you think that breaking one would be best for the company.",
    ),
}  # fmt: skip

OFTEN_STEMS = {
    "m15": (
        "How often are you on edge or tense?",
        "Think of ordinary days. How frequently are you nervous or under tension?",
        "Complete the sentence: I am nervous or tense …",
        "Rate how often this applies to you: feeling strained or nervous.",
        "Someone asks whether tension or nerves trouble you. What is your reply?",
    ),
    "m16": (
        "How often would you call yourself happy?",
        "Think of ordinary days. How frequently are you happy?",
        "Complete the sentence: I am happy …",
        "Rate how often this applies to you: being happy.",
        "Someone asks whether you are happy. What is your reply?",
    ),
    "m17": (
        "How often do others, or the situation you are in, stand in the way of what you truly want to do?",
        "Think of the things you would really like to do. How frequently are you held back from them by people or "
        "by conditions?",
        "Complete the sentence: People or conditions keep me from acting on my real wishes …",
        "Rate how often this applies to you: being kept by people or events from acting on your real wishes.",
        "Someone asks whether others, or the way things are, stop you from doing as you truly wish. "
        "What is your reply?",
    ),
}  # fmt: skip

TEXTS: dict[str, tuple[Text, ...]] = {
    **{item: fill(JOB, parts, IMPORTANCE) for item, parts in JOB_PARTS.items()},
    **{item: fill(LIFE, parts, IMPORTANCE) for item, parts in LIFE_PARTS.items()},
    **{item: tuple(zip(stems, OFTEN, strict=True)) for item, stems in OFTEN_STEMS.items()},
    "m18": (
        ("Taken as a whole, how good or bad is your health at present?",
         ("very good", "good", "neither good nor bad", "bad", "very bad")),
        ("Think about your health as it is now. Which word fits it best?",
         ("very good", "good", "moderate", "poor", "very poor")),
        ("Complete the sentence: On the whole, my health at the moment is …",
         ("very good", "good", "fair", "bad", "very bad")),
        ("Rate the condition of your health at present.",
         ("very good condition", "good condition", "average condition", "poor condition", "very poor condition")),
        ("Someone asks how your health is nowadays. What is your reply?",
         ("It is very good.", "It is good.", "It is neither good nor bad.", "It is bad.", "It is very bad.")),
    ),
    "m19": (
        ("How much pride do you take in your citizenship of your country?",
         ("a very great deal", "a good deal", "a moderate amount", "not much", "none at all")),
        ("Think of the country whose citizen you are. How proud does that citizenship make you?",
         ("very proud", "fairly proud", "moderately proud", "not particularly proud", "not in the least proud")),
        ("Complete the sentence: The pride I feel as a citizen of my country is …",
         ("very great", "fairly great", "moderate", "small", "non-existent")),
        ("Rate the pride you take in being one of your country's citizens.",
         ("very strong pride", "strong pride", "moderate pride", "weak pride", "no pride")),
        ("Someone asks about your pride in your citizenship. What is your reply?",
         ("I am very proud of it.", "I am fairly proud of it.", "I am moderately proud of it.",
          "I am not very proud of it.", "I am not proud of it in any way.")),
    ),
    "m20": tuple(
        zip(
            (
                "From what you have seen, how often does fear stop employees from contradicting a superior?",
                "Think of workplaces you know. How frequently are staff scared to tell the person in charge that "
                "they disagree?",
                "Complete the sentence: As far as I can tell, employees are afraid to speak against their superior …",
                "Rate how often this happens, as far as you know: employees fearing to contradict those above them.",
                "Someone asks whether people at work are frightened of disagreeing with the one they report to. "
                "What is your reply?",
            ),
            SELDOM,
            strict=True,
        )
    ),
    **{item: fill(OPINION, parts, AGREE) for item, parts in OPINION_PARTS.items()},
}  # fmt: skip
