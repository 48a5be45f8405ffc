"""English advice twins of eight items of `vsm13`.

w1 a relative or neighbour asks · w2 a friend writes · w3 advice to complete, in the words of whoever gives it. Nothing
in them says survey; the five options keep the order and the meaning of the twin's codes.
"""

from tawazun.instruments.texts import Options, Text, fill

WEIGHT: tuple[Options, ...] = (
    ("the greatest weight of all", "a lot of weight", "a moderate weight", "a little weight",
     "hardly any weight, or none"),
    ("Put it above almost everything else.", "Care about it a great deal.", "Care about it to a moderate degree.",
     "Care about it only slightly.", "Hardly care about it, or not at all."),
    ("more than nearly anything else", "a great deal", "to a medium degree", "only a little",
     "very little or not at all"),
)  # fmt: skip
ASSENT: tuple[Options, ...] = (
    ("Yes, completely.", "Yes, for the most part.", "I could not say yes or no.", "No, for the most part not.",
     "No, not in the least."),
    ("Go by it without reservation.", "Go by it on the whole.", "I have no clear advice on that.",
     "On the whole, do not go by it.", "Do not go by it under any circumstances."),
    ("I fully agree with it", "I mostly agree with it", "I neither agree nor disagree with it",
     "I mostly disagree with it", "I fully disagree with it"),
)  # fmt: skip

JOB = (
    "A younger relative has to choose between two jobs and comes to you for advice. How much weight should {} have in "
    "the choice?",
    "A friend writes to you: “I have to decide about a job. Should I care {}?” What is your advice?",
    "You are helping a neighbour who is looking for work. Complete your advice: In a job, {} should count …",
)
LIFE = (
    "A young relative is moving into a first home and comes to you for advice on how to live. How much weight should "
    "{} have in that life?",
    "A friend writes to you: “I am thinking about how I live when I am not at work. Should I care {}?” What is your "
    "advice?",
    "You are talking to a neighbour about a good life outside work. Complete your advice: Away from work, {} should "
    "count …",
)
OPINION = (
    "A new colleague asks you: “Is it so that {}?” What do you reply?",
    "A friend has a decision to take and wonders whether to go by the view that {}. What do you advise?",
    "Someone starting out in working life tells you of having heard that {}. Complete your reply: As for that view, …",
)

JOB_PARTS = {
    "m02": (
        "having a superior who deserves respect",
        "whether I can respect the person I would report to",
        "a superior whom one can respect",
    ),
    "m04": (
        "being safe from losing the job",
        "whether the job will last",
        "a secure position",
    ),
    "m07": (
        "being asked for one's opinion before the superior decides on one's work",
        "whether the manager would hear my view before deciding on my work",
        "a superior who asks people for their view on decisions about their own work",
    ),
    "m09": (
        "what family and friends think of the job",
        "whether my family and friends would respect the job",
        "an occupation that family and friends look up to",
    ),
}
LIFE_PARTS = {
    "m13": (
        "doing a friend a good turn",
        "about being there when a friend needs help",
        "helping a friend who needs it",
    ),
    "m14": (
        "spending no more than is needed",
        "about not spending more than I need",
        "being sparing with money",
    ),
}
OPINION_PARTS = {
    "m22": (
        "nothing leads to results as surely as keeping at it",
        "perseverance brings results with more certainty than anything else",
        "not giving up is the most dependable way to results",
    ),
    "m24": (
        "the rules of an organisation must be kept even when breaking one would be best for it",
        "an employee has to obey the rules of the organisation, also where a breach would serve it best",
        "staff must follow the company's rules even if they think that ignoring one would help the company most",
    ),
}

TEXTS: dict[str, tuple[Text, ...]] = {
    **{item: fill(JOB, parts, WEIGHT) for item, parts in JOB_PARTS.items()},
    **{item: fill(LIFE, parts, WEIGHT) for item, parts in LIFE_PARTS.items()},
    **{item: fill(OPINION, parts, ASSENT) for item, parts in OPINION_PARTS.items()},
}
