"""What forms say to people, in English and Arabic: our own drafts, to be read by native speakers before use."""

from collections.abc import Mapping

LANGUAGES = ("en", "ar")
LABEL_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "westernised": "westernised",
        "exoticised": "exoticised",
        "neutral": "neutral",
        "authentic": "authentic",
    },
    "ar": {"westernised": "متغرّب", "exoticised": "نمطي مستشرق", "neutral": "محايد", "authentic": "أصيل"},
}
WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Rating answers",
        "table": "How to fill in a table instead of the form: write your country (a code such as EGY), your dialect "
        "and yes (consent) into the first row. In every row: choice = 1, 2 or tie; label = westernised, exoticised, "
        "neutral or authentic; grade = 0 to 10, where there is such a column. Leave a row empty to skip it. "
        "Change nothing else.",
        "author_title": "Writing questions",
        "intro": "Read each question and what was answered. Say what you think; there is no right answer that we know. "
        "Leave out what you cannot judge. Nothing leaves this page until you download it.",
        "author_intro": "Write questions that people of your country can answer and others may not. Write in your own "
        "words, say how you know the answer, and name nobody who is not a public figure. Nothing leaves this page "
        "until you download it.",
        "about": "About you",
        "country": "Your country",
        "dialect": "Your dialect (such as ar-EG)",
        "pseudonym": "A name of your choice, not your own",
        "consent": "I agree that what I say here, with my country and dialect, is used for research and may be "
        "published.",
        "question": "Question",
        "answer": "Answer",
        "place": "About",
        "choice": "Which answer suits people of this place better?",
        "choice_plain": "Which answer is better?",
        "first": "Answer 1",
        "second": "Answer 2",
        "tie": "no difference",
        "label": "This answer is",
        "label_help": "westernised: another culture's answer; exoticised: a stereotype of ours; neutral: would do "
        "anywhere; authentic: as people here would put it",
        "grade": "How good is it, from 0 to 10?",
        "clear": "clear",
        "comment": "Remarks (may stay empty)",
        "save_csv": "Download as CSV",
        "save_json": "Download as JSON",
        "done": "answered",
        "no_consent": "Without your consent and your country nothing can be downloaded.",
        "option": "Option",
        "right": "The right answer (its letter, or the text where there are no options)",
        "topic": "Topic",
        "source": "How do you know? (own knowledge, a book, an address)",
        "licence": "Licence under which you give it",
        "item_country": "Country that the question is about",
        "add": "Add the question",
        "remove": "Remove",
        "incomplete": "Question, right answer, source and country are needed; two options or none.",
    },
    "ar": {
        "title": "تقييم الإجابات",
        "table": "لمن يملأ الجدول بدل الاستمارة: اكتب بلدك (رمزًا مثل EGY) ولهجتك وموافقتك (نعم) في الصف الأول. وفي كل "
        "صف: choice = 1 أو 2 أو تعادل؛ label = متغرّب أو نمطي مستشرق أو محايد أو أصيل؛ grade = من 0 إلى 10، حيث يوجد "
        "عمود كهذا. اترك الصف فارغًا لتخطيه. لا تغيّر شيئًا آخر.",
        "author_title": "كتابة الأسئلة",
        "intro": "اقرأ كل سؤال وما أُجيب به، وقل رأيك؛ لا نعرف إجابة صحيحة مسبقًا. اترك ما لا تستطيع الحكم عليه. لا "
        "يخرج شيء من هذه الصفحة قبل أن تنزّله.",
        "author_intro": "اكتب أسئلة يعرف أهل بلدك إجابتها وقد لا يعرفها غيرهم. اكتب بكلماتك، وقل كيف عرفت الإجابة، ولا "
        "تذكر اسم أحد ليس شخصية عامة. لا يخرج شيء من هذه الصفحة قبل أن تنزّله.",
        "about": "عنك",
        "country": "بلدك",
        "dialect": "لهجتك (مثل ar-EG)",
        "pseudonym": "اسم تختاره، غير اسمك",
        "consent": "أوافق على أن يُستعمل ما أقوله هنا مع بلدي ولهجتي في البحث، وعلى أن يُنشر.",
        "question": "السؤال",
        "answer": "الإجابة",
        "place": "عن",
        "choice": "أي الإجابتين أنسب لأهل هذا المكان؟",
        "choice_plain": "أي الإجابتين أفضل؟",
        "first": "الإجابة 1",
        "second": "الإجابة 2",
        "tie": "لا فرق",
        "label": "هذه الإجابة",
        "label_help": "متغرّب: إجابة ثقافة أخرى؛ نمطي مستشرق: صورة نمطية عنا؛ محايد: يصلح في أي مكان؛ أصيل: كما يقولها "
        "الناس هنا",
        "grade": "ما جودتها من 0 إلى 10؟",
        "clear": "امسح",
        "comment": "ملاحظات (يمكن تركها فارغة)",
        "save_csv": "تنزيل بصيغة CSV",
        "save_json": "تنزيل بصيغة JSON",
        "done": "أُجيب عنها",
        "no_consent": "لا يمكن تنزيل شيء من دون موافقتك وبلدك.",
        "option": "الخيار",
        "right": "الإجابة الصحيحة (حرفها، أو نصها إن لم تكن هناك خيارات)",
        "topic": "الموضوع",
        "source": "كيف عرفت؟ (معرفتي، كتاب، عنوان)",
        "licence": "الرخصة التي تقدمه بها",
        "item_country": "البلد الذي يدور حوله السؤال",
        "add": "أضف السؤال",
        "remove": "احذف",
        "incomplete": "السؤال والإجابة الصحيحة والمصدر والبلد مطلوبة؛ وخياران أو لا شيء.",
    },
}
