"""Recorded answers: every shape becomes the outcome it should, and every fault is one line that says where."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from openpyxl import Workbook

from tawazun.answers import Outcome, check
from tawazun.errors import BadAnswers, BadFile, BadStudy, UserError
from tawazun.instruments import Instrument, Question, Wording, instrument, pair_codes
from tawazun.respondents import Recorded, RecordedCell, Settings, make_respondent, respondent_id
from tests.toys import SOURCE

AGREE = ("agree strongly", "agree", "disagree", "disagree strongly")
AGREE_AR = ("أوافق بشدة", "أوافق", "لا أوافق", "لا أوافق بشدة")
GOALS = ("order", "voice", "prices", "speech")
VIRTUES = ("courage", "patience", "thrift", "faith", "wit")


def texts(options: tuple[str, ...], arabic: tuple[str, ...] = ()) -> tuple[Wording, ...]:
    made = tuple(Wording(f"w{n}", "en", f"Wording {n}?", options) for n in (1, 2, 3))
    return (*made, Wording("w1", "ar", "ما رأيك؟", arabic)) if arabic else made


TOY = Instrument(
    "toy",
    "Five made-up questions",
    (
        Question("t1", "one", (1, 2, 3, 4), texts(AGREE, AGREE_AR), ordinal=True, aliases=("1", "trust")),
        Question("t2", "one", (1, 2, 3, 4), texts(AGREE, AGREE_AR), ordinal=True, aliases=("2",)),
        Question(
            "t3", "pair", pair_codes(4, lambda first, second: float(first + second)), texts(GOALS), aliases=("3",)
        ),
        Question("t4", "some", (1, 1, 0, -1, 0), texts(VIRTUES), pick=3, aliases=("4",)),
        Question("t5", "number", (0, 100), (Wording("w1", "en", "How many of a hundred?", ()),), aliases=("5",)),
    ),
    SOURCE,
    "anything real",
)


def recorded(path: Path, **keys: Any) -> Recorded:
    made = make_respondent(Settings("a label", "recorded", file=path.name, folder=path.parent, **keys))
    assert isinstance(made, Recorded)
    return made


def csv(folder: Path, text: str, name: str = "answers.csv") -> Path:
    """A CSV of lines that are written one under the other with ` / ` between."""
    path = folder / name
    path.write_text(text.replace(" / ", "\n") + "\n", encoding="utf-8")
    return path


def cells(path: Path, *instruments: Instrument, **keys: Any) -> list[RecordedCell]:
    return list(recorded(path, **keys).cells(instruments or (TOY,)))


def only(path: Path, **keys: Any) -> Outcome:
    found = cells(path, **keys)
    assert len(found) == 1
    return found[0].outcome


# ---- shapes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelled", [("1", "2", "4"), AGREE[:2] + AGREE[3:], ("1.0", "AGREE", "4")])
def test_one_row_per_option_with_shares(tmp_path: Path, spelled: tuple[str, ...]) -> None:
    one, two, four = spelled
    path = csv(
        tmp_path, f"question,option,share,n / t1,{one},0.5,40 / t1,{two},.2,40 / t1,{four},.1,40 / t1,refused,.2,40"
    )
    outcome = only(path)
    assert outcome == Outcome(p=(0.5, 0.2, 0.0, 0.1), refused=0.2, n=40.0)
    assert check(outcome, TOY.questions[0], "") is outcome


def test_counts_and_percentages_become_shares(tmp_path: Path) -> None:
    counted = only(csv(tmp_path, "question,option,count / t1,1,6 / t1,3,2 / t1,unread,2"))
    assert counted == Outcome(p=(0.6, 0.0, 0.2, 0.0), unread=0.2, n=10.0)
    percent = only(csv(tmp_path, "question,option,percent / t1,1,75 / t1,2,25"))
    assert percent.p == pytest.approx((0.75, 0.25, 0, 0))


def test_shares_of_pairs_and_of_mentions(tmp_path: Path) -> None:
    path = csv(
        tmp_path,
        'question,option,share / t3,"1,2",0.25 / t3,"speech,order",0.75 / t4,courage,0.9 / t4,2,0 / t4,3,0.4 / t4,4,0 '
        "/ t4,5,0 / t4,refused,0.1",
    )
    pair, some = (cell.outcome for cell in cells(path))
    assert pair.p is not None and [n for n, share in enumerate(pair.p) if share] == [0, 9]
    assert some == Outcome(p=(0.9, 0.0, 0.4, 0.0, 0.0), refused=0.1)


def test_means_stay_values_and_printed_ones_are_made_whole(tmp_path: Path) -> None:
    path = csv(tmp_path, "question,mean,sd,n / t1,1.53,0.57,30 / t2,2,0,30 / t3,2.5,,")
    one, two, pair = (cell.outcome for cell in cells(path))
    assert (one.p, one.value, one.sd, one.n) == (None, 46 / 30, 0.57, 30.0)
    assert (two.p, two.value) == (None, 2.0)
    assert pair == Outcome(value=2.5)


def test_a_ready_value_that_is_a_code_is_one_reply(tmp_path: Path) -> None:
    one, mean, pair, number = (
        cell.outcome for cell in cells(csv(tmp_path, "question,value / t1,3 / t2,2.5 / t3,3 / t5,41"))
    )
    assert (one.p, one.n, one.value) == ((0.0, 0.0, 1.0, 0.0), 1.0, 3.0)
    assert (mean.p, mean.value) == (None, 2.5)
    assert (pair.p, pair.value) == (None, 3.0)
    assert number.value == 41.0


def test_replies_are_read_in_their_language_and_pooled(tmp_path: Path) -> None:
    path = csv(
        tmp_path,
        "question,language,labels,order,text"
        " / t1,en,digits,forward,1 / t1,en,digits,forward,I would say agree / t1,en,digits,forward,I cannot answer."
        " / t1,en,digits,forward,hm / t1,ar,ar-letters,reversed,الإجابة: أ / t1,ar,ar-letters,reversed,لا أوافق",
    )
    english, arabic = (cell.outcome for cell in cells(path))
    assert (english.p, english.refused, english.unread, english.n) == ((0.25, 0.25, 0.0, 0.0), 0.25, 0.25, 4.0)
    assert english.text == ("1", "I would say agree", "I cannot answer.", "hm")
    assert arabic.p == (0.0, 0.0, 0.5, 0.5)


def test_replies_to_pairs_mentions_and_numbers(tmp_path: Path) -> None:
    path = csv(
        tmp_path,
        'question,text / t3,"4, 1" / t3,"order, voice" / t4,"courage, wit" / t4,"1, 2, 3, 4" / t5,40 / t5,60 / t5,200',
    )
    pair, some, number = (cell.outcome for cell in cells(path))
    assert pair.p is not None and [n for n, share in enumerate(pair.p) if share] == [0, 9]
    assert (some.p, some.unread) == ((0.5, 0.0, 0.0, 0.0, 0.5), 0.5)
    assert (number.value, number.n) == (50.0, 3.0) and number.unread == pytest.approx(1 / 3)


def test_replies_in_a_language_without_a_text_are_read_by_their_labels_in_the_order_shown(tmp_path: Path) -> None:
    text = "question,language,order,text / t1,de,reversed,1 / t1,de,reversed,3. / t1,de,reversed,sehr / t5,de,forward,7"
    agree, number = (cell.outcome for cell in cells(csv(tmp_path, text)))
    assert (agree.p, agree.unread) == ((0.0, 1 / 3, 0.0, 1 / 3), 1 / 3)
    assert number.value == 7.0


def test_replies_to_shuffled_options_need_the_seed_of_their_study(tmp_path: Path) -> None:
    path = csv(tmp_path, "question,order,text / t1,shuffle-1,1")
    with pytest.raises(BadAnswers, match=r"row 2.*shuffle-1.*options = \{seed"):
        cells(path)
    assert only(path, options={"seed": 3}).p == only(path, options={"seed": 3}).p
    assert len({only(path, options={"seed": seed}).p for seed in range(12)}) > 1


def test_coded_replies_are_pooled(tmp_path: Path) -> None:
    path = csv(tmp_path, 'question,option / t1,1 / t1,1 / t1,off_menu / t1,refused / t4,"1,2" / t4,"5"')
    one, some = (cell.outcome for cell in cells(path))
    assert one == Outcome(p=(0.5, 0.0, 0.0, 0.0), off_menu=0.25, refused=0.25, unread=0.0, n=4.0)
    assert some.p == (0.5, 0.5, 0.0, 0.0, 0.5)


def test_wide_files_have_a_column_per_item(tmp_path: Path) -> None:
    path = csv(tmp_path, "country,style,TRUST,t3,other / EGY,plain,2,2,x / EGY,formal,4,,y")
    found = cells(path, columns={"persona": "country", "wording": "style"}, options={"wide": True})
    assert [(c.question, c.framing.wording, c.framing.persona, c.outcome.value) for c in found] == [
        ("t1", "plain", "EGY", 2.0), ("t3", "plain", "EGY", 2.0), ("t1", "formal", "EGY", 4.0),
    ]  # fmt: skip
    with pytest.raises(BadFile, match="no column is an item"):
        cells(csv(tmp_path, "country,a / EGY,1"), options={"wide": True})


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "parquet", "xlsx"])
def test_every_format_says_the_same(tmp_path: Path, suffix: str) -> None:
    table = pl.DataFrame({"question": [1, 2], "mean": [1.5, 3.0], "note": ["é ك", None]})
    path = tmp_path / f"answers.{suffix}"
    if suffix == "parquet":
        table.write_parquet(path)
    elif suffix == "jsonl":
        table.write_ndjson(path)
    elif suffix == "xlsx":
        book = Workbook()
        for row in (table.columns, *table.rows()):
            book.worksheets[0].append(list(row))
        book.save(path)
    else:
        table.write_csv(path, separator="\t" if suffix == "tsv" else ",")
    assert [(cell.question, cell.outcome.value) for cell in cells(path)] == [("t1", 1.5), ("t2", 3.0)]


# ---- framing, mapping, identity --------------------------------------------------------------------------------------


def test_absent_columns_take_the_defaults(tmp_path: Path) -> None:
    framing = cells(csv(tmp_path, "question,value / t1,1"))[0].framing
    assert (framing.persona, framing.perspective, framing.language, framing.wording) == ("none", "self", "en", "w1")
    assert (framing.order, framing.labels, framing.placement) == ("forward", "digits", "system")
    assert (framing.context, framing.decoding, framing.mode) == ("", "recorded", "recorded")
    placed = cells(csv(tmp_path, "question,persona,value / t1,EGY?sex=f&age=18-29,1"))[0].framing
    assert (placed.persona, placed.perspective) == ("EGY?age=18-29&sex=f", "persona")


def test_one_foreign_column_may_feed_two_of_ours(tmp_path: Path) -> None:
    path = csv(tmp_path, "who,item,value / native:Arabic,1,1 / actas:Egypt,1,2 / native:English,1,3")
    found = cells(
        path,
        columns={"persona": "who", "language": "who", "question": "item"},
        values={"persona": {"actas:Egypt": "EGY", "*": "none"}, "language": {"native:Arabic": "ar", "*": "en"}},
    )
    assert [(c.framing.persona, c.framing.language) for c in found] == [("none", "ar"), ("EGY", "en"), ("none", "en")]


def test_rows_are_chosen_and_constants_filled_in(tmp_path: Path) -> None:
    path = csv(tmp_path, "model,run,question,value / a,1,t1,1 / b,1,t1,2 / b,2.0,t1,3")
    found = cells(
        path, where={"model": "b", "run": [2, 3]}, fill={"persona": "human", "language": "ar", "labels": "ar-digits"}
    )
    assert [c.outcome.value for c in found] == [3.0]
    assert (found[0].framing.persona, found[0].framing.language, found[0].framing.labels) == (
        "human",
        "ar",
        "ar-digits",
    )


def test_foreign_names_of_wordings_never_pass_for_ours(tmp_path: Path) -> None:
    path = csv(tmp_path, "question,wording,value / t1,variant 3,1 / t1,variant 0,2 / t2,variant 3,3")
    assert [cell.framing.wording for cell in cells(path)] == ["variant 3", "variant 0", "variant 3"]
    path = csv(tmp_path, "question,wording,value / t1,w2,1 / t1,w1,2")
    assert [cell.framing.wording for cell in cells(path)] == ["w2", "w1"]


def test_identity_is_the_content_and_the_mapping_and_never_the_label_or_the_path(tmp_path: Path) -> None:
    path = csv(tmp_path, "question,value / t1,1")
    (tmp_path / "elsewhere").mkdir()
    other = csv(tmp_path / "elsewhere", "question,value / t1,1", "moved.csv")
    same = make_respondent(Settings("another label", "recorded", file="moved.csv", folder=other.parent))
    ids = [respondent_id(one.identity) for one in (recorded(path), same)]
    assert ids[0] == ids[1] and str(tmp_path) not in str(recorded(path).identity)
    changed = [
        recorded(path, fill={"persona": "human"}),
        recorded(path, where={"value": 1}),
        recorded(path, options={"seed": 1}),
        recorded(csv(tmp_path, "question,value / t1,2")),
    ]
    assert len({respondent_id(one.identity) for one in changed} | set(ids)) == 5


# ---- faults ----------------------------------------------------------------------------------------------------------

FAULTS: list[tuple[str, dict[str, Any], str]] = [
    ("question,value / t1,1 / t2,0", {}, r"row 3: t2 lies between 1 and 4, not 0 \(a refusal coded as 0"),
    ("question,mean / t1,0", {}, "row 2: t1 lies between 1 and 4, not 0"),
    ("question,mean / t1,4.2", {}, "row 2: t1 lies between 1 and 4, not 4.2"),
    ("question,mean / t1,nan", {}, "row 2: mean is a number"),
    ("question,value / t1,inf", {}, "row 2: value is a number"),
    ("question,value / t1,", {}, "row 2: value is a number, not empty"),
    ("question,value / t1,many", {}, "row 2: value is a number, not 'many'"),
    ("question,mean,sd / t1,2,-1", {}, "row 2: sd is not negative"),
    ("question,mean,n / t1,2,0", {}, "row 2: n is above 0"),
    ("question,mean,n / t1,2,-3", {}, "row 2: n is above 0"),
    ("question,value / t1,1 / t1,2", {}, "row 3: the cell t1 .* stands twice .*row 2"),
    ("question,value / t9,1", {}, "row 2: toy has no question 't9'.*values = {question"),
    ("persona,question,value / Atlantis,t1,1", {}, "row 2: .*Atlantis.*values = {persona"),
    ("persona,perspective,question,value / none,persona,t1,1", {}, "row 2: none does not go with the perspective"),
    ("perspective,question,value / us,t1,1", {}, "row 2: perspective is self, persona, observer, not 'us'"),
    ("language,question,value / English,t1,1", {}, "row 2: language is a BCP 47 tag.*'English'.*values = {language"),
    ("order,question,value / backwards,t1,1", {}, "row 2: orders: unknown order 'backwards'"),
    ("labels,question,value / runes,t1,1", {}, "row 2: labels: unknown script 'runes'"),
    ("placement,question,value / top,t1,1", {}, "row 2: placement is system or user, not 'top'"),
    ("instrument,question,value / other,t1,1", {}, "row 2: instrument 'other' is not one of the study's"),
    ("question,answer / t1,1", {}, "no column says what was answered"),
    ("question,option,share / t1,1,.5 / t1,2,.4", {}, "row 2: the shares of t1 sum to 0.9, not 1"),
    ("question,option,share / t1,1,1.2 / t1,2,-.2", {}, "row 2: a share is not 1.2"),
    ("question,option,count / t1,1,-1", {}, "row 2: a count is not -1"),
    ("question,option,count / t1,1,0", {}, "row 2: t1 needs a count above 0"),
    ("question,option,count,n / t1,1,5,10", {}, "row 2: the counts of t1 sum to 5, n says 10"),
    ("question,option,share,n / t1,1,.5,10 / t1,2,.5,11", {}, "row 3: n is 11, but 10 in row 2"),
    ("question,option,share / t1,1,.5 / t1,1,.5", {}, "row 3: t1 has the option '1' twice"),
    ("question,option,share / t1,7,1", {}, "row 2: t1 has no option '7'.*allowed: 1, 2, 3, 4"),
    ("question,option,share / t1,0,1", {}, "row 2: t1 has no option '0' .a refusal coded as 0"),
    ("question,option / t4,\"1,1\"", {}, "row 2: t4 takes up to 3 different options"),
    ("question,option / t4,\"1,2,3,4\"", {}, "row 2: t4 takes up to 3 different options"),
    ("question,option / t3,\"1,1\"", {}, "row 2: t3 has no option '1,1'"),
    ("question,value / t1,1", {"where": {"model": "x"}}, "where names the column 'model'; the file has question"),
    ("question,value / t1,1", {"where": {"value": 7}}, "no row is left by where"),
    ("question,value / t1,1", {"columns": {"persona": "who"}}, "columns says persona = 'who'; the file has question"),
    ("question,value / t1,1", {"fill": {"value": 2}}, "value is both the column 'value' and filled in"),
    ("question,value", {}, "there are no rows under the header"),
    ("question,value / t1,1,9", {}, "cannot be read as csv"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "keys", "message"), FAULTS)
def test_a_fault_is_one_line_that_names_the_file_and_the_row(
    tmp_path: Path, text: str, keys: dict[str, Any], message: str
) -> None:
    with pytest.raises((BadAnswers, BadFile), match=message) as caught:
        cells(csv(tmp_path, text), **keys)
    assert "answers.csv" in str(caught.value) and "\n" not in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for name, raw, message in (
        ("empty.csv", b"", "empty"), ("latin.csv", "question,value\nt1,é".encode("latin-1"), "row 2: not UTF-8"),
        ("answers.doc", b"x", "a table is one of"), ("broken.jsonl", b'{"question": ', "cannot be read as jsonl"),
        ("broken.parquet", b"PAR1", "cannot be read as parquet"), ("broken.xlsx", b"PK", "cannot be read as xlsx"),
    ):  # fmt: skip
        (tmp_path / name).write_bytes(raw)
        with pytest.raises(BadFile, match=message) as caught:
            recorded(tmp_path / name)
        assert name in str(caught.value)
    with pytest.raises(BadFile, match="no such file"):
        recorded(tmp_path / "absent.csv")


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"options": {"wid": True}}, "options has no 'wid'; allowed: wide"),
        ({"options": {"rounding": 1}}, "rounding lies between 0 and"),
        ({"options": {"seed": "x"}}, "seed is a whole number"),
        ({"columns": {"country": "c"}}, "'country' is no column of ours; allowed: instrument, question"),
        ({"values": {"country": {}}}, "'country' is no column of ours"),
    ],
)
def test_settings_are_strict(tmp_path: Path, keys: dict[str, Any], message: str) -> None:
    with pytest.raises(BadStudy, match=message):
        recorded(csv(tmp_path, "question,value / t1,1"), **keys)
    with pytest.raises(BadStudy, match="needs a file"):
        make_respondent(Settings("a label", "recorded"))


def test_printed_rounding_is_allowed_only_when_it_is_said(tmp_path: Path) -> None:
    path = csv(tmp_path, "question,option,share / t1,1,.333 / t1,2,.333 / t1,3,.333")
    with pytest.raises(BadAnswers, match=r"sum to 0.999, not 1.*rounding"):
        cells(path)
    assert only(path, options={"rounding": 0.005}).p == pytest.approx((1 / 3, 1 / 3, 1 / 3, 0))


# ---- real files ------------------------------------------------------------------------------------------------------

CONDITIONS = {
    "persona": {
        "actas:US": "USA",
        "actas:China": "CHN",
        "actas:Saudi Arabia": "SAU",
        "actas:Slovakia": "SVK",
        "*": "none",
    },
    "language": {"native:Arabic": "ar", "native:Chinese": "zh", "native:Slovak": "sk", "*": "en"},
}


def test_item_means_of_the_2023_preprint(data_folder: Path) -> None:
    path = data_folder / "vsm13_recorded" / "item_means_2023.csv"
    keys: dict[str, Any] = {
        "columns": {"sd": "std", "persona": "condition", "language": "condition"},
        "values": CONDITIONS, "fill": {"instrument": "vsm13", "n": 30},
    }  # fmt: skip
    found = cells(path, instrument("vsm13"), where={"table": 5}, **keys)
    assert len(found) == 8 * 24
    frames = {(cell.framing.persona, cell.framing.language) for cell in found}
    assert {("none", "ar"), ("none", "en"), ("USA", "en"), ("SAU", "en")} <= frames and len(frames) == 8
    first = next(c for c in found if c.question == "m01" and (c.framing.persona, c.framing.language) == ("none", "en"))
    assert (first.outcome.p, first.outcome.sd, first.outcome.n) == (None, 0.57, 30.0)
    assert first.outcome.value == pytest.approx(1.53, abs=0.005)
    with pytest.raises(UserError, match="language is a BCP 47 tag"):
        cells(path, instrument("vsm13"), where={"table": 5}, **{**keys, "values": {"persona": CONDITIONS["persona"]}})


@pytest.mark.parametrize("file", ["gpt_S1_gpt35.csv", "gpt_S2_gpt4.csv"])
def test_recorded_answers_on_the_cultural_map(data_folder: Path, file: str) -> None:
    found = cells(
        data_folder / "cultural_map" / file, instrument("cultural_map"),
        columns={"persona": "country", "wording": "#variant"}, values={"persona": {"general": "human"}},
        fill={"instrument": "cultural_map"}, options={"wide": True},
    )  # fmt: skip
    assert len(found) == 100
    assert {cell.framing.persona for cell in found} == {"human"}
    assert {cell.framing.wording for cell in found} == {f"variant {n}" for n in range(10)}
    single = [cell.outcome for cell in found if cell.question not in ("y002", "y003")]
    assert all(one.p is not None and sum(one.p) == 1 and one.n == 1 for one in single)
    ready = [cell.outcome for cell in found if cell.question in ("y002", "y003")]
    assert len(ready) == 20 and all(one.p is None and one.value is not None for one in ready)
    raw = pl.read_csv(data_folder / "cultural_map" / file)
    for item in raw.columns[2:]:
        assert [cell.outcome.value for cell in found if cell.question == item] == raw[item].to_list()
