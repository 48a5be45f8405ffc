"""Arabic frame (Modern Standard Arabic)."""

from tawazun.cells.frames import Frame
from tawazun.instruments import Descriptor

FRAME = Frame(
    language="ar",
    one="أجب برمز خيار واحد فقط.",
    exact="أجب بإحدى هذه الإجابات فقط.",
    reason='فكّر خطوة بخطوة، ثم اكتب سطرًا أخيرًا يبدأ بـ "الإجابة:" وفيه خيار واحد فقط.',
    some="من الإجابات الممكنة: {option}. هل تذكرها؟",
    yes="نعم",
    no="لا",
    second="اختيارك الأول هو: {first}. فما الذي يأتي بعده من الخيارات الأخرى؟",
    both="أجب برمزي اختيارك الأول والثاني، تفصل بينهما فاصلة.",
    several="أجب برموز {pick} خيارات على الأكثر، تفصل بينها فواصل.",
    number="أجب برقم واحد فقط من {low} إلى {high}.",
    text="أجب بكلمات قليلة.",
    cue="الإجابة:",
    attributes={
        "age": "عمرك بين {low} و{high} سنة.",
        "sex=f": "أنتِ امرأة.",
        "sex=m": "أنتَ رجل.",
        "education=low": "أنهيت المرحلة الابتدائية على الأكثر.",
        "education=middle": "أنهيت المرحلة الثانوية.",
        "education=high": "تحمل شهادة جامعية.",
        "settlement=urban": "تسكن في مدينة.",
        "settlement=rural": "تسكن في قرية.",
    },
    descriptors=(
        Descriptor("d1", "ar", "أنت شخص عادي.", "أنت شخص من {place}.",
                   "فكّر في الناس في {place}: كيف يجيب معظمهم؟"),
        Descriptor("d2", "ar", "أنت إنسان يجيب عن استطلاع.", "وُلدتَ في {place} وما زلتَ تعيش هناك.",
                   "ما الإجابة التي يقدّمها شخص من {place}؟"),
        Descriptor("d3", "ar", "أجب كما يجيب شخص عادي.", "أجب كما يجيب شخص نموذجي من {place}.",
                   "قل كيف يجيب شخص نموذجي من {place}."),
    ),
)  # fmt: skip
