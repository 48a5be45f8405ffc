"""Hard cases of Japanese replies: (menu, reply, what must be read); see `cases_en` for the spelling."""

LATIN = tuple("ABCDE")
KANA = tuple("アイウエオ")
DIGITS = tuple("12345")

AGREE = ("そう思う", "どちらかといえばそう思う", "どちらともいえない", "どちらかといえばそう思わない", "そう思わない")
IMPORTANT = ("非常に重要", "やや重要", "あまり重要でない", "全く重要でない")
FAVOUR = ("賛成", "反対")
FOOD = ("おせち料理", "そば", "うどん", "すし")
AIMS = ("秩序の維持", "国民の発言権を増やす", "物価の抑制", "言論の自由を守る")

MENUS = {
    "agree": (AGREE, LATIN, "one", 1, None),
    "agree-kana": (AGREE, KANA, "one", 1, None),
    "important": (IMPORTANT, LATIN[:4], "one", 1, None),
    "important-digits": (IMPORTANT, DIGITS[:4], "one", 1, None),
    "favour": (FAVOUR, LATIN[:2], "one", 1, None),
    "food": (FOOD, KANA[:4], "one", 1, None),
    "yes-no": (("はい", "いいえ"), LATIN[:2], "one", 1, None),
    "true-false": (("正しい", "誤り"), (), "one", 1, None),
    "circle": (("○", "×"), (), "one", 1, None),
    "aims": (AIMS, DIGITS[:4], "pair", 2, None),
    "aims-kana": (AIMS, KANA[:4], "some", 2, None),
    "percent": ((), (), "number", 1, (0.0, 100.0)),
}

ONE = [
    # labels in every dress
    ("agree", "B", 1),
    ("agree", "Ｂ", 1),
    ("agree", "（Ｂ）です。", 1),
    ("agree", "答えはBです。", 1),
    ("agree", "答え：B", 1),
    ("agree", "正解はＣ。", 2),
    ("agree", "Bを選びます。", 1),
    ("agree", "私はBを選択します。", 1),
    ("agree", "Bだと思います。", 1),
    ("agree", "選択肢Bが最も適切です。", 1),
    ("agree", "この質問に対する回答としてはDを選びます。", 3),
    ("agree-kana", "ア", 0),
    ("agree-kana", "ｲ", 1),
    ("agree-kana", "㋒", 2),
    ("agree-kana", "答えはイです", 1),
    ("agree-kana", "B", 1),
    ("agree", "エ", 3),
    ("important-digits", "②", 1),
    ("important-digits", "２番です", 1),
    ("important-digits", "3", 2),
    ("important-digits", "2番の「やや重要」です。", 1),
    ("agree", "選択肢2です。", 1),
    # option texts that contain one another; polite endings
    ("agree", "そう思わない", 4),
    ("agree", "そう思いません。", 4),
    ("agree", "そう思います。", 0),
    ("agree", "どちらかといえばそう思います。", 1),
    ("agree", "どちらかといえばそう思いません。", 3),
    ("important", "あまり重要ではありません。", 2),
    ("important", "家族は私にとって非常に重要です。", 0),
    ("important", "全く重要じゃない", 3),
    ("important", "非常に重要ではない", "unread"),
    ("important", "とても重要です", "unread"),
    ("important", "非常に重要な質問です。", "unread"),
    ("favour", "賛成です。", 0),
    ("favour", "私は反対です。", 1),
    ("favour", "賛成ではありません。", "unread"),
    ("food", "大晦日に食べるのはそばです。", 1),
    # yes and no; negation comes last
    ("yes-no", "はい", 0),
    ("yes-no", "はい、そうです。", 0),
    ("yes-no", "いいえ、違います。", 1),
    ("yes-no", "答えはいいえです。", 1),
    ("yes-no", "答えははいです。", 0),
    ("yes-no", "そうです", 0),
    ("yes-no", "違います。", 1),
    ("yes-no", "それはいい質問です", "unread"),
    ("yes-no", "はいと言う人もいます", "unread"),
    ("true-false", "正しい", 0),
    ("true-false", "正しくない", 1),
    ("true-false", "正しくありません。", 1),
    ("true-false", "この文は正しいです。", 0),
    ("true-false", "この記述は誤りです。", 1),
    ("true-false", "間違っています。", 1),
    ("true-false", "正しいとは言えません。", 1),
    ("true-false", "True", 0),
    ("circle", "×", 1),
    ("circle", "〇", 0),
    ("circle", "正しいです", 0),
    # denials, several candidates, inside words
    ("agree", "Bではありません。", "unread"),
    ("agree", "Bではなく、Cです。", 2),
    ("agree", "Aは選びません。", "unread"),
    ("agree", "Aを選ぶことはできませんが、Bを選びます。", 1),
    ("agree", "AかB", "unread"),
    ("agree", "AまたはBです。", "unread"),
    ("agree", "Bですか？", "unread"),
    ("agree", "Bでしょうか。", "unread"),
    ("agree", "Bだと思うわけではない。", "unread"),
    ("agree", "答えはBかもしれませんし、Cかもしれません。", "unread"),
    ("agree-kana", "アメリカの文化です", "unread"),
    ("agree-kana", "それはロシアです。", "unread"),
    ("agree", "そう思う人もいれば、そう思わない人もいます。", "unread"),
    ("agree", "A. そう思う\nB. どちらかといえばそう思う\nC. どちらともいえない", "unread"),
    ("important-digits", "2.5点", "unread"),
    ("important-digits", "2か3", "unread"),
    ("agree", "わかりません。", "unread"),
    ("agree", "", "unread"),
    # wrappings, reasoning
    ("agree", "<think>Aかな、Bかな</think>答えはCです", 2),
    ("agree", '{"答え": "B"}', 1),
    ("agree", "Aは極端です。Cは曖昧です。したがって、答えはBです。", 1),
    ("agree", "最終回答：\\boxed{D}", 3),
    ("agree", "答えはAに見えます。けれども歴史と文化の背景をよく考えると話は変わります。よって、正解はCです。", 2),
    ("agree", "Answer: B", 1),
    ("agree", "答案是B", 1),
    # refusals
    ("agree", "AIとして、個人的な意見は持っていません。", "refused"),
    ("agree", "私はAIなので、意見はありません。", "refused"),
    ("agree", "申し訳ありませんが、お答えできません。", "refused"),
    ("agree", "この質問には回答できません。", "refused"),
    ("agree", "私はAIなので意見はありませんが、選ぶならBです。", 1),
    ("agree", "回答は差し控えさせていただきます。", "refused"),
]  # fmt: skip

MANY = [
    ("aims", "1と3", (0, 2)),
    ("aims", "第一に3、第二に1", (2, 0)),
    ("aims", "秩序の維持と言論の自由を守る", (0, 3)),
    ("aims", "1か3", "unread"),
    ("aims-kana", "ア、ウ", (0, 2)),
    ("aims-kana", "ア・ウ", (0, 2)),
    ("aims-kana", "特になし", ()),
]  # fmt: skip

NUMBERS = [("percent", "40％", 40.0), ("percent", "およそ40です", 40.0), ("percent", "40か50", "unread")]
