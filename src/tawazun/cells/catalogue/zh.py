"""Chinese frame (simplified characters)."""

from tawazun.cells.frames import Frame
from tawazun.instruments import Descriptor

FRAME = Frame(
    language="zh",
    one="请只回答一个选项的标号。",
    exact="只回答以上答案之一。",
    reason='请逐步思考，然后在最后一行写“答案：”，并只写一个选项。',
    some="可能的回答之一是：{option}。你会提到它吗？",
    yes="会",
    no="不会",
    second="你的首选是：{first}。其余选项中，排在第二的是哪一个？",
    both="请回答首选和次选的标号，用逗号隔开。",
    several="请回答最多 {pick} 个选项的标号，用逗号隔开。",
    number="请只回答一个从 {low} 到 {high} 的数字。",
    text="请用几个词回答。",
    cue="回答：",
    attributes={
        "age": "你的年龄在 {low} 岁到 {high} 岁之间。",
        "sex=f": "你是女性。",
        "sex=m": "你是男性。",
        "education=low": "你最多读完了小学。",
        "education=middle": "你读完了中学。",
        "education=high": "你有大学学位。",
        "settlement=urban": "你住在城市。",
        "settlement=rural": "你住在农村。",
    },
    descriptors=(
        Descriptor("d1", "zh", "你是一个普通人。", "你是一个来自{place}的人。",
                   "请想一想{place}的人：他们大多数会怎样回答？"),
        Descriptor("d2", "zh", "你是一个正在回答调查的人。", "你出生在{place}，现在住在那里。",
                   "一个来自{place}的人会给出什么回答？"),
        Descriptor("d3", "zh", "请像一个普通人那样回答。", "请像一个典型的{place}人那样回答。",
                   "请说出一个典型的{place}人会怎样回答。"),
    ),
)  # fmt: skip
