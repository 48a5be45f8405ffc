"""English wordings of the ten items of `cultural_map`, and ten ways to describe who answers.

w1 a direct question · w2 an interviewer's question reported · w3 a sentence to complete · w4 a terse rating ·
w5 both ends or several views laid out first · w6 formal · w7 spoken · w8 a request to state · w9 a pick ·
w10 a note about oneself.

`w1` … `w10` keep the terms that the human answers were given to: God, homosexuality, abortion. The named variants in
`VARIANTS` are `w1` with another term, on the one item they change; they measure what the term does and are no part of
a map: `w1-religion` (f063), `w1-same-sex` (f118), `w1-ending-pregnancy` (f120).
"""

from tawazun.instruments.records import Descriptor
from tawazun.instruments.texts import Text, ladder

HAPPY: tuple[Text, ...] = (
    ("On the whole, how happy are you?", ("very happy", "fairly happy", "not particularly happy", "not happy at all")),
    ("An interviewer asks how happy you are. What do you say?",
     ("I am very happy.", "I am fairly happy.", "I am not particularly happy.", "I am not happy at all.")),
    ("Complete the sentence: Looking at my life as a whole, I am …",
     ("very happy", "reasonably happy", "not especially happy", "not happy in any way")),
    ("Rate your general happiness.", ("very high", "fairly high", "rather low", "none at all")),
    ("Some people are very happy, others are not happy at all. Which phrase comes closest to you?",
     ("very happy", "more happy than not", "less happy than not", "not at all happy")),
    ("Considering every side of your life, to what degree are you happy?",
     ("to a high degree", "to a fair degree", "to a low degree", "to no degree")),
    ("Good days and bad days put together, how happy would you call yourself?",
     ("really happy", "pretty happy", "not so happy", "not happy one bit")),
    ("Please state how happy you feel, taking your life in general.",
     ("very happy", "rather happy", "not very happy", "not happy in the least")),
    ("Pick the description of your happiness that suits you.",
     ("great happiness", "a fair amount of happiness", "little happiness", "no happiness")),
    ("A note on my own happiness: with my whole life in view, it is …", ("great", "fair", "slight", "absent")),
)  # fmt: skip

TRUST: tuple[Text, ...] = (
    ("In your view, are most people trustworthy, or does one have to be very cautious with others?",
     ("Most people are trustworthy.", "One has to be very cautious with others.")),
    ("An interviewer asks about people in general: can the majority be trusted, or is great caution called for? "
     "What do you say?",
     ("The majority can be trusted.", "Great caution is called for.")),
    ("Complete the sentence: When it comes to people in general, I think that …",
     ("it is right to trust most of them", "it is necessary to be very careful with them")),
    ("People in general: mark the view that is closer to your own.",
     ("Trust in most people is warranted.", "Contact with people demands great care.")),
    ("Two neighbours disagree. One believes that the greater part of people merit trust; the other, that with people "
     "you must be very much on your guard. With whom do you agree more?",
     ("the one who believes that most people merit trust", "the one who would be very much on guard")),
    ("As a general matter, do you regard the majority of people as worthy of trust, or do you regard a high degree of "
     "caution towards them as necessary?",
     ("worthy of trust", "to be met with a high degree of caution")),
    ("So, people in general: is it fine to trust most of them, or is it better to be very careful?",
     ("It is fine to trust most of them.", "It is better to be very careful.")),
    ("Please state which you think is right: that most people merit trust, or that people have to be treated with "
     "great caution.",
     ("Most people merit trust.", "People have to be treated with great caution.")),
    ("Pick the sentence that you agree with more.",
     ("It is safe to trust most people.", "It is wise to be very careful with people.")),
    ("A note on how I see others: what guides me with people in general is …",
     ("trust in most of them", "great caution")),
)  # fmt: skip

AUTHORITY: tuple[Text, ...] = (
    ("Suppose that people came to respect authority more over the next few years. Would that be good, bad, or all the "
     "same to you?",
     ("good", "all the same to me", "bad")),
    ("An interviewer asks what you would think if respect for authority grew in the near future. What do you say?",
     ("I would welcome it.", "I would not mind either way.", "I would regret it.")),
    ("Complete the sentence: If authority were respected more in the years ahead, that would be …",
     ("a good development", "a matter of indifference to me", "a bad development")),
    ("Rate this possible change: more respect for authority in the near future.",
     ("a change for the better", "a change that makes no difference to me", "a change for the worse")),
    ("Ways of life may change. Some people would be glad, some indifferent and some sorry if authority were soon held "
     "in higher regard. Which comes closest to you?",
     ("I would be glad.", "I would be indifferent.", "I would be sorry.")),
    ("In the event of an increase in respect for authority in the coming years, would your assessment be favourable, "
     "neutral or unfavourable?",
     ("favourable", "neutral", "unfavourable")),
    ("Say people started looking up to authority more than they do today. Good news, bad news, or no matter to you?",
     ("good news", "no matter to me", "bad news")),
    ("Please state how you would see it if authority soon commanded greater respect.",
     ("as something positive", "as something neither positive nor negative", "as something negative")),
    ("Pick the reaction that would be yours if respect for authority became stronger in the near future.",
     ("approval", "indifference", "disapproval")),
    ("A note on a future in which authority is respected more than today: I would find it …",
     ("desirable", "of no concern to me", "undesirable")),
)  # fmt: skip

PETITION: tuple[Text, ...] = (
    ("Have you ever put your name to a petition, could you imagine doing so, or would you never do so?",
     ("I have done so.", "I have not, but could imagine doing so.", "I would never do so, whatever the situation.")),
    ("An interviewer asks about signing petitions. What do you say?",
     ("I have already signed one.", "I may sign one some day.", "I will not sign one in any situation.")),
    ("Complete the sentence: As for adding my signature to a petition, I …",
     ("have done it before", "might do it one day", "would never do it, come what may")),
    ("Petitions: mark what applies to you.",
     ("signed at least once", "not signed, but possible", "not signed, and out of the question in every case")),
    ("Now and then, people collect signatures in support of a demand. Some have signed such a petition, some might, "
     "and some never would. Where do you belong?",
     ("with those who have signed", "with those who might sign", "with those who would not sign in any event")),
    ("With regard to the signing of petitions, which of the following describes you?",
     ("I have signed.", "I have not signed, yet may do so.", "I have not signed and would in no event do so.")),
    ("Petitions: have you signed any, or would you?",
     ("Yes, I have.", "No, but I might.", "No, and I never would, no matter what.")),
    ("Please state where you stand on putting your signature to petitions.",
     ("already done", "open to doing it", "ruled out in all cases")),
    ("Pick the sentence that is true of you.",
     ("My signature stands under a petition.", "My signature may stand under a petition one day.",
      "My signature will not stand under a petition, whatever happens.")),
    ("A note on petitions and me: …",
     ("I have given my signature", "I could give my signature", "I refuse my signature in every case")),
)  # fmt: skip

GOD: tuple[Text, ...] = (
    ("What importance does God have in your life? Choose a step from 1 to 10.",
     ladder("no importance at all", "very great importance")),
    ("An interviewer asks how much God matters in your life. Which number do you give?",
     ladder("does not matter at all", "matters very much")),
    ("Complete the sentence: On a scale from 1 to 10, the importance of God in my life is …",
     ladder("not any", "very high")),
    ("Rate the importance of God in your life.", ladder("not important in any way", "very important")),
    ("For some people God is very important in life, for others God has no importance. Where on the scale are you?",
     ladder("God has no importance for me", "God is very important to me")),
    ("To what extent is God of importance to your life?", ladder("to no extent", "to a very great extent")),
    ("How much does God mean to you in your life?", ladder("nothing at all", "very much")),
    ("Please give the number that shows the importance you attach to God in your life.",
     ladder("none whatever", "very great")),
    ("Pick a number from 1 to 10: the higher it is, the more important God is in your life.",
     ladder("wholly unimportant", "very important")),
    ("A note on my life: the importance that God has in it is …", ladder("nil", "very great")),
)  # fmt: skip


def _justified(what: str) -> tuple[Text, ...]:
    """The ten wordings of how far something can be justified, from never to always."""
    topic = what[0].upper() + what[1:]
    return (
        (f"To what extent can {what} be justified, in your opinion? Choose a step from 1 to 10.",
         ladder("it can never be justified", "it can always be justified")),
        (f"An interviewer asks how far {what} is justified, to your mind. Which number do you give?",
         ladder("never justified", "always justified")),
        (f"Complete the sentence: On a scale from 1 to 10, I consider {what} to be …",
         ladder("justified in no case", "justified in every case")),
        (f"Rate how far {what} can be justified.", ladder("in no case", "in every case")),
        (f"Some people think that {what} is never justified, others that it always is. Where on the scale are you?",
         ladder("it is never justified", "it is always justified")),
        (f"To what degree do you regard {what} as something that can be justified?",
         ladder("never to be justified", "always to be justified")),
        (f"{topic}: never justified, always justified, or somewhere between the two?",
         ladder("never", "always")),
        (f"Please give the number that shows how justified {what} is, as you see it.",
         ladder("under no conditions", "under all conditions")),
        (f"Pick a number from 1 to 10: the higher it is, the more justified you consider {what}.",
         ladder("not justified, ever", "justified, always")),
        (f"A note on my opinion: how justified I find {what} …", ladder("never justified", "always justified")),
    )  # fmt: skip


NATION: tuple[Text, ...] = (
    ("How much pride does your nationality give you?",
     ("a great deal", "a fair amount", "not much", "none at all")),
    ("An interviewer asks about your pride in your nationality. What do you say?",
     ("I am very proud of it.", "I am fairly proud of it.", "I am not particularly proud of it.",
      "I am not proud of it in any way.")),
    ("Complete the sentence: Of the nationality I have, I am …",
     ("very proud", "reasonably proud", "not especially proud", "not proud in the least")),
    ("Rate the pride you feel in your nationality.", ("great pride", "fair pride", "little pride", "no pride")),
    ("Some people are very proud of their nationality, others are not proud of it at all. Which phrase comes closest "
     "to you?",
     ("very proud", "more proud than not", "less proud than not", "not at all proud")),
    ("To what degree do you take pride in your nationality?",
     ("to a high degree", "to a fair degree", "to a low degree", "to no degree")),
    ("Your nationality: how proud does it make you?",
     ("really proud", "pretty proud", "not so proud", "not proud one bit")),
    ("Please state how proud you feel of having the nationality you have.",
     ("very proud", "rather proud", "not very proud", "in no way proud")),
    ("Pick the description of your pride in your nationality that suits you.",
     ("great pride", "a fair amount of pride", "little pride", "no pride")),
    ("A note on my nationality: the pride I take in it is …", ("great", "fair", "slight", "absent")),
)  # fmt: skip

_AIMS = (
    ("keeping public order in the country",
     "giving people a stronger voice in what the government decides on big issues",
     "curbing price increases", "defending free speech"),
    ("order throughout the country", "more influence for the people on major decisions of the government",
     "a check on climbing prices", "freedom to say what one thinks"),
    ("to uphold order across the nation", "to let citizens take more part in the government's main decisions",
     "to bring inflation under control", "to safeguard free expression"),
)  # fmt: skip
AIMS: tuple[Text, ...] = (
    ("Which of these goals should your country put first over the coming decade?", _AIMS[0]),
    ("An interviewer reads out four goals that a country can pursue in the coming decade and asks which matters most "
     "for yours. What do you say?", _AIMS[1]),
    ("Complete the sentence: In the coming ten years, what my country should try hardest to achieve is …", _AIMS[0]),
    ("Goals for your country in the coming decade: mark what carries the most weight.", _AIMS[2]),
    ("People differ over what their country should aim for in the coming decade. Some stress order, some a voice in "
     "government, some prices, and some free speech. Where do you put the weight?", _AIMS[0]),
    ("Looking ten years ahead, to which of the following aims would you have your country give priority?", _AIMS[2]),
    ("If you could decide, what should your country care about most in the ten years to come?", _AIMS[1]),
    ("Please state which goal ought to rank highest for your country in the decade ahead.", _AIMS[2]),
    ("Pick the goal that you consider the most pressing for your country in the decade ahead.", _AIMS[0]),
    ("A note on my country's next decade: above all, I wish for …", _AIMS[1]),
)  # fmt: skip

_QUALITIES = (
    ("politeness", "being able to manage on one's own", "working hard at things", "taking responsibility",
     "a lively imagination", "tolerance and respect towards others", "being careful with money and belongings",
     "not giving up: determination", "faith in a religion", "unselfish behaviour", "doing as one is told"),
    ("behaving well towards others", "being independent", "putting in a lot of work",
     "being responsible", "using one's imagination", "being tolerant and respecting other people",
     "saving rather than wasting", "persevering with determination", "having religious belief",
     "not thinking only of oneself", "being obedient"),
    ("courtesy", "self-reliance", "diligence", "a sense of responsibility", "imaginativeness",
     "tolerance, that is, respect for others", "frugality", "perseverance and resolve", "belief in a religion",
     "unselfishness towards others", "readiness to obey"),
)  # fmt: skip
QUALITIES: tuple[Text, ...] = (
    ("Which qualities are especially important for children to learn at home? Name five at most, or none.",
     _QUALITIES[0]),
    ("An interviewer asks which qualities parents should above all pass on to their children, and allows up to five "
     "answers. What do you say?", _QUALITIES[1]),
    ("Complete the sentence with up to five qualities: What children should above all be taught at home is …",
     _QUALITIES[2]),
    ("Bringing up children at home: mark the qualities of special importance (none to five).", _QUALITIES[2]),
    ("Families stress different things in raising their children. To which qualities would you give special weight? "
     "Name no more than five.", _QUALITIES[1]),
    ("Of the qualities that an upbringing at home may foster, which, at most five in number, do you deem particularly "
     "important?", _QUALITIES[2]),
    ("When children grow up, what should they really learn at home? Name up to five qualities.", _QUALITIES[0]),
    ("Please state which qualities, five at the most, you hold to be especially important in raising a child.",
     _QUALITIES[1]),
    ("Pick up to five qualities that you would most want a child to acquire at home.", _QUALITIES[0]),
    ("A note on raising children: the qualities that count most to me, five or fewer, are …", _QUALITIES[2]),
)  # fmt: skip

TEXTS: dict[str, tuple[Text, ...]] = {
    "a008": HAPPY,
    "a165": TRUST,
    "e018": AUTHORITY,
    "e025": PETITION,
    "f063": GOD,
    "f118": _justified("homosexuality"),
    "f120": _justified("abortion"),
    "g006": NATION,
    "y002": AIMS,
    "y003": QUALITIES,
}

VARIANTS: dict[str, dict[str, Text]] = {
    "f063": {
        "w1-religion": (
            "What importance does religion have in your life? Choose a step from 1 to 10.",
            ladder("no importance at all", "very great importance"),
        )
    },
    "f118": {"w1-same-sex": _justified("sex between people of the same sex")[0]},
    "f120": {"w1-ending-pregnancy": _justified("ending a pregnancy by choice")[0]},
}

# each trio differs in nothing but whom it speaks of, so that a contrast between personas is the place and no style
DESCRIPTORS: tuple[Descriptor, ...] = tuple(
    Descriptor(f"d{number}", "en", human, place, observer)
    for number, (human, place, observer) in enumerate(
        (
            ("You are an ordinary person who takes part in a survey.",
             "You are an ordinary person, born in and living in {place}, who takes part in a survey.",
             "Think of an ordinary person, born in and living in {place}, who takes part in a survey. "
             "Give that person's answer."),
            ("Answer as any human being might.",
             "Answer as any human being born in and living in {place} might.",
             "Say how a human being born in and living in {place} might answer."),
            ("You are a human being like most others.",
             "You are a human being like most others who were born in and are living in {place}.",
             "Say what most human beings who were born in and are living in {place} would answer."),
            ("Imagine being a person picked at random, and reply.",
             "Imagine being a person picked at random among those born in and living in {place}, and reply.",
             "Imagine asking a person picked at random among those born in and living in {place}, "
             "and give the likely reply."),
            ("You are an adult with everyday cares and opinions of your own.",
             "You are an adult, born in and living in {place}, with everyday cares and opinions of your own.",
             "What would an adult born in and living in {place}, with everyday cares and opinions of their own, "
             "answer?"),
            ("A survey has reached you, a member of the general public.",
             "A survey has reached you, a member of the general public born in and living in {place}.",
             "A survey has reached a member of the general public born in and living in {place}. "
             "What is the answer?"),
            ("Take the part of an average individual.",
             "Take the part of an average individual, born in and living in {place}.",
             "Report the answer of an average individual, born in and living in {place}."),
            ("You are someone with a life and views that are nothing out of the ordinary.",
             "You are someone born in and living in {place}, with a life and views that are nothing out of the "
             "ordinary there.",
             "Someone was born in and is living in {place}, with a life and views that are nothing out of the "
             "ordinary there. Give the answer you expect from them."),
            ("Speak for yourself as one of the many people who live on Earth.",
             "Speak for yourself as one of the many people born in and living in {place}.",
             "Speak about one of the many people born in and living in {place}: what do they answer?"),
            ("In what follows you are a respondent chosen to stand for people in general.",
             "In what follows you are a respondent born in and living in {place}, chosen to stand for people there.",
             "In what follows, predict a respondent born in and living in {place}, chosen to stand for people there."),
        ),
        start=1,
    )
)  # fmt: skip
