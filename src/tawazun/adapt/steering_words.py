"""Our own words for steering, per language. Drafts until a native speaker has reviewed them."""

from dataclasses import dataclass

from tawazun.catalogue import unknown
from tawazun.errors import BadStudy


@dataclass(frozen=True)
class Words:
    """Texts of one language.

    cultural   sentences of cultural prompting, with {place}: wording wN takes sentence N, counted around
    heard      what opens examples of single answers, with {place}; shared: of shares of all answers
    modal      what opens examples of the commonest answers, with {place}
    question, answer   what precedes each of them in an example
    about      what opens a description of a country, with {place}
    write      what asks somebody to write a steering sentence, with {place}
    """

    cultural: tuple[str, ...]
    heard: str
    modal: str
    shared: str
    question: str
    answer: str
    about: str
    write: str


WORDS = {
    "en": Words(
        cultural=(
            "You are an average human being, born in {place} and living in {place}, who answers a survey question.",
            "Answer the next question as people in {place} would.",
        ),
        heard="People from {place} gave these answers to other questions, one person each:",
        modal="These are the commonest answers of people from {place} to other questions:",
        shared="This is how people from {place} answered other questions:",
        question="Question:",
        answer="Answer:",
        about="About {place}:",
        write=(
            "Write one or two sentences that tell a survey respondent to answer every question as ordinary people from "
            "{place} would. Write only these sentences."
        ),
    ),
    "ar": Words(
        cultural=(
            "أنت إنسان عادي وُلد في {place} ويعيش هناك، وتجيب عن سؤال في استطلاع.",
            "أجب عن السؤال الآتي كما يجيب الناس في {place}.",
        ),
        heard="هذه إجابات قدّمها أشخاص من {place} عن أسئلة أخرى، لكل سؤال شخص:",
        modal="هذه أكثر إجابات الناس من {place} شيوعًا عن أسئلة أخرى:",
        shared="هكذا أجاب الناس من {place} عن أسئلة أخرى:",
        question="السؤال:",
        answer="الإجابة:",
        about="عن {place}:",
        write=(
            "اكتب جملة أو جملتين تطلبان ممن يجيب عن استطلاع أن يجيب عن كل سؤال كما يجيب الناس العاديون من {place}. "
            "اكتب هذه الجمل فقط."
        ),
    ),
    "hi": Words(
        cultural=(
            "आप {place} में जन्मे और वहीं रहने वाले एक साधारण व्यक्ति हैं, जो सर्वेक्षण के एक प्रश्न का उत्तर दे रहे हैं।",
            "अगले प्रश्न का उत्तर वैसे दें जैसे {place} के लोग देंगे।",
        ),
        heard="{place} के लोगों ने दूसरे प्रश्नों के ये उत्तर दिए, हर प्रश्न का उत्तर एक व्यक्ति ने:",
        modal="दूसरे प्रश्नों पर {place} के लोगों के सबसे आम उत्तर ये हैं:",
        shared="{place} के लोगों ने दूसरे प्रश्नों के उत्तर इस प्रकार दिए:",
        question="प्रश्न:",
        answer="उत्तर:",
        about="{place} के बारे में:",
        write=(
            "एक या दो वाक्य लिखें जो सर्वेक्षण का उत्तर देने वाले से कहें कि वह हर प्रश्न का उत्तर वैसे दे जैसे {place} के साधारण "
            "लोग देंगे। केवल ये वाक्य लिखें।"
        ),
    ),
    "ja": Words(
        cultural=(
            "あなたは{place}で生まれて暮らしている平均的な人で、調査の質問に答えています。",
            "次の質問に、{place}の人々が答えるように答えてください。",
        ),
        heard="{place}の人々がほかの質問に答えた例です（一問につき一人）。",
        modal="ほかの質問に対する{place}の人々の最も多い回答です。",
        shared="{place}の人々はほかの質問に次のように答えました。",
        question="質問：",
        answer="回答：",
        about="{place}について：",
        write=(
            "調査の回答者に、すべての質問に{place}の普通の人々のように答えるよう伝える文を一つか二つ書いてください。"
            "その文だけを書いてください。"
        ),
    ),
    "zh": Words(
        cultural=(
            "你是一个在{place}出生并生活的普通人，正在回答一个调查问题。",
            "请像{place}的人们那样回答下面的问题。",
        ),
        heard="以下是来自{place}的人对其他问题的回答，每题一人：",
        modal="以下是来自{place}的人对其他问题最常见的回答：",
        shared="来自{place}的人对其他问题的回答如下：",
        question="问题：",
        answer="回答：",
        about="关于{place}：",
        write="请写一两句话，要求调查的受访者像{place}的普通人那样回答每一个问题。只写这些句子。",
    ),
}


def words(language: str) -> Words:
    """The words of a language; `ar-EG` takes those of `ar`. Errors: BadStudy for a language without them."""
    found = WORDS.get(language) or WORDS.get(language.split("-")[0])
    if found is None:
        raise BadStudy(f"steering: {unknown('language', language, sorted(WORDS))}")
    return found
