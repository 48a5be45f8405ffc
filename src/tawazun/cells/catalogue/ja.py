"""Japanese frame."""

from tawazun.cells.frames import Frame
from tawazun.instruments import Descriptor

FRAME = Frame(
    language="ja",
    one="選択肢の記号を一つだけ答えてください。",
    exact="上の答えのうち一つだけをそのまま書いてください。",
    reason="順を追って考えてください。そのあと、最後の行を「答え：」で始め、選択肢を一つだけ書いてください。",
    some="考えられる答えの一つは「{option}」です。あなたはこれを挙げますか。",
    yes="はい",
    no="いいえ",
    second="あなたの第一の選択は「{first}」です。残りのうち、二番目に来るのはどれですか。",
    both="第一と第二の選択の記号を、読点で区切って答えてください。",
    several="選択肢の記号を {pick} 個以内で、読点で区切って答えてください。",
    number="{low} から {high} までの数字を一つだけ答えてください。",
    text="短い言葉で答えてください。",
    cue="答え：",
    attributes={
        "age": "あなたの年齢は {low} 歳から {high} 歳の間です。",
        "sex=f": "あなたは女性です。",
        "sex=m": "あなたは男性です。",
        "education=low": "あなたの最終学歴は小学校以下です。",
        "education=middle": "あなたは中等教育を修了しています。",
        "education=high": "あなたは大学の学位を持っています。",
        "settlement=urban": "あなたは都市に住んでいます。",
        "settlement=rural": "あなたは農村に住んでいます。",
    },
    descriptors=(
        Descriptor("d1", "ja", "あなたはごく普通の人です。", "あなたは{place}出身の人です。",
                   "{place}の人々を思い浮かべてください。その多くはどう答えるでしょうか。"),
        Descriptor("d2", "ja", "あなたは調査に答えている人です。", "あなたは{place}で生まれ、今もそこに住んでいます。",
                   "{place}の人ならどのような答えをするでしょうか。"),
        Descriptor("d3", "ja", "ごく普通の人のように答えてください。", "典型的な{place}の人のように答えてください。",
                   "典型的な{place}の人がどう答えるかを述べてください。"),
    ),
)  # fmt: skip
