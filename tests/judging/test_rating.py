"""People in the loop: packs out, filled in, back in; every way of tampering is an error that names row and column."""

import csv
import io
import json
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tawazun.api.finding import find_instrument
from tawazun.errors import BadFile, TawazunError
from tawazun.instruments.custom import load_custom
from tests.judging.planted import lines, pairs
from tests.judging.test_collecting import answered, called, rows

HOSTILE = (
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<!--<script>",
    "=HYPERLINK(\"http://example.org\")",
    "a\nb,\"c\"\u2028]]>{{7*7}}",
    "\u202eمرحبا <b>&amp;</b>",
)  # fmt: skip
Pack = list[dict[str, str]]


def read(file: Path) -> Pack:
    return list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"), newline="")))


def write(file: Path, pack: Pack) -> Path:
    with file.open("w", encoding="utf-8-sig", newline="") as held:
        made = csv.DictWriter(held, list(pack[0]))
        made.writeheader()
        made.writerows(pack)
    return file


def filled(
    pack: Pack, say: Callable[[dict[str, str]], dict[str, str]], country: str = "EGY", dialect: str = ""
) -> Pack:
    about = {"rater_country": country, "rater_dialect": dialect, "consent": "yes"}
    return [{**row, **say(row), **(about if at == 0 else {})} for at, row in enumerate(pack)]


def prefers(mark: str) -> Callable[[dict[str, str]], dict[str, str]]:
    return lambda row: {"choice": "1" if mark in row["answer_1"] else "2" if mark in row["answer_2"] else "tie"}


def exported(tmp_path: Path, file: Path, *more: object) -> Path:
    called("rate", "export", file, "--out", tmp_path / "out", *more)
    return tmp_path / "out"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return exported(tmp_path, pairs(tmp_path / "p.jsonl", 12), "--raters", 3)


def test_packs_hide_who_answered_and_show_every_pair_both_ways(tmp_path: Path) -> None:
    source = [
        {"id": f"secret-{k}", "prompt": f"q{k}", "answer_1": f"one {k}", "answer_2": f"two {k}", "system_1": "modelx",
         "system_2": "modely"} for k in range(20)
    ]  # fmt: skip
    out = exported(tmp_path, lines(tmp_path / "p.jsonl", source), "--raters", 2)
    packs = [read(out / "packs" / f"rater-{n}.csv") for n in (1, 2)]
    for name in ("rater-1.csv", "rater-1.html", "rater-2.csv", "rater-2.html"):
        text = (out / "packs" / name).read_text(encoding="utf-8")
        assert not any(word in text for word in ("modelx", "modely", "secret-"))
    first = [{row["prompt"]: row["answer_1"].split()[0] for row in pack} for pack in packs]
    assert all(first[0][prompt] != first[1][prompt] for prompt in first[0])
    assert 2 < sum(side == "one" for side in first[0].values()) < 18
    assert [row["prompt"] for row in packs[0]] != [row["prompt"] for row in packs[1]]
    assert not {row["code"] for row in packs[0]} & {row["code"] for row in packs[1]}


def test_no_code_looks_like_a_number_to_a_spreadsheet(tmp_path: Path) -> None:
    out = exported(tmp_path, pairs(tmp_path / "p.jsonl", 200), "--raters", 2)
    for row in (row for n in (1, 2) for row in read(out / "packs" / f"rater-{n}.csv")):
        assert all(row[column].isalpha() for column in ("pack", "code", "checksum"))


def test_a_round_trip_gives_labels_in_the_order_of_the_file(tmp_path: Path, out: Path) -> None:
    back = []
    for n, country in enumerate(("EGY", "MAR", "EGY"), start=1):
        pack = read(out / "packs" / f"rater-{n}.csv")
        back.append(write(tmp_path / f"back{n}.csv", filled(pack, prefers("USA"), country)))
    made = called("rate", "import", *back, "--key", out / "key.json", "--out", tmp_path / "labelled.jsonl")
    assert made["rows"] == 12 and made["raters"] == 3
    for row in rows(tmp_path / "labelled.jsonl"):
        foreign = "1" if "USA" in row["answer_1"] else "2"
        # three labels of the file itself, which prefer the country's own, stay before the new ones
        assert row["human"][3:] == [foreign] * 3 and set(row["human"][:3]) == {"1" if foreign == "2" else "2"}
        told = [{"rater": f"rater-{n}", "country": country, "choice": foreign}
                for n, country in enumerate(("EGY", "MAR", "EGY"), start=1)]  # fmt: skip
        assert [{k: v for k, v in one.items() if k != "pack"} for one in row["ratings"]] == told
    assert find_instrument("pairs:labelled.jsonl", tmp_path, None).references["p0"] == {"1": 3.0, "2": 3.0}
    alphas = {(one["what"], one["who"]): one for one in made["agreement"]}
    assert alphas["choice", "everybody"]["alpha"] == pytest.approx(1.0)
    assert alphas["choice", "own country"]["ratings"] == 18 and alphas["choice", "other country"]["ratings"] == 18


def test_raters_who_agree_about_their_own_country_only(tmp_path: Path) -> None:
    countries, dialects = ("EGY", "MAR"), ("ar-EG", "ar-MA")
    source: list[dict[str, object]] = [
        {"id": f"i{k}", "prompt": f"q{k}", "answer": f"a{k}", "country": countries[k % 2], "dialect": dialects[k % 2]}
        for k in range(40)
    ]
    out = exported(tmp_path, lines(tmp_path / "a.jsonl", source), "--raters", 4)
    labels = ("westernised", "exoticised", "neutral", "authentic")
    back = []
    for n in range(1, 5):
        own = 0 if n < 3 else 1

        def say(row: dict[str, str], own: int = own, n: int = n) -> dict[str, str]:
            k = int(row["prompt"][1:])
            if k % 2 == own:
                return {"label": labels[(k // 2) % 4], "grade": "٧"}
            return {"label": labels[(k * 7 + n * (k // 2 + 1)) % 4], "grade": str((k * n) % 11)}

        pack = filled(read(out / "packs" / f"rater-{n}.csv"), say, countries[own], dialects[own])
        back.append(write(tmp_path / f"b{n}.csv", pack))
    made = called("rate", "import", *back, "--key", out / "key.json", "--out", tmp_path / "l.jsonl")
    alphas = {(one["what"], one["who"]): one["alpha"] for one in made["agreement"]}
    assert alphas["label", "own country"] == pytest.approx(1.0) == alphas["label", "own dialect"]
    assert alphas["label", "other country"] < 0.4
    assert alphas["grade", "own country"] is None
    first = rows(tmp_path / "l.jsonl")[0]
    assert first["human"].count(7.0) >= 2 and len({one["rater"] for one in first["ratings"] if one["label"]}) == 4
    assert find_instrument("grades:l.jsonl", tmp_path, None).references["i0"]["7"] >= 2


def change(column: str, value: str, row: int = 1) -> Callable[[Pack], Any]:
    return lambda pack: pack[row].update({column: value})


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (change("answer_1", "something else"), "line 3, row 2, column answer_1: it was changed"),
        (change("prompt", "another question"), "line 3, row 2, column prompt: it was changed"),
        (change("place", "Norway"), "line 3, row 2, column place: it was changed"),
        (change("code", "0000000000"), "line 3, row 2, column code: '0000000000' is no row of the pack"),
        (change("checksum", "0" * 16), "line 3, row 2, column checksum"),
        (change("choice", "3"), "line 3, row 2, column choice: '3'; allowed: 1, 2 or tie"),
        (change("rater", "rater-2"), "line 3, row 2, column rater: it was changed"),
        (change("rater", "somebody", 0), "line 2, row 1, column rater: 'somebody' is none of the 3 raters"),
        (change("pack", "ffff", 0), "line 2, row 1, column pack: 'ffff' is not the pack of this key"),
        (change("consent", "no", 0), "line 2, row 1, column consent: 'no'; without a yes"),
        (change("consent", "", 0), "line 2, row 1, column consent: ''; without a yes"),
        (change("consent", "no", 3), "line 5, row 4, column consent: 'no', and 'yes' in a row above"),
        (change("rater_country", "Egyptia", 0), "line 2, row 1, column rater_country: 'Egyptia' is no country"),
        (change("rater_country", "", 0), "line 2, row 1, column rater_country: '' is no country"),
        (change("rater_dialect", "x" * 81, 0), "line 2, row 1, column rater_dialect: longer than 80"),
        (lambda pack: pack.append(dict(pack[4])), "line 14, row 13, column code"),
        (lambda pack: pack.pop(), "1 of 12 rows are missing"),
        (lambda pack: [row.pop("checksum") for row in pack], "the column 'checksum' is missing"),
    ],
)
def test_a_pack_edited_by_hand_is_refused(tmp_path: Path, out: Path, edit: Callable[[Pack], Any], said: str) -> None:
    pack = filled(read(out / "packs" / "rater-1.csv"), prefers("USA"))
    edit(pack)
    with pytest.raises(BadFile) as error:
        called("rate", "import", write(tmp_path / "b.csv", pack), "--key", out / "key.json", "--out", tmp_path / "l")
    assert said in str(error.value) and "b.csv" in str(error.value) and "\n" not in str(error.value)
    assert not (tmp_path / "l").exists()


def test_rows_swapped_between_two_codes_are_refused(tmp_path: Path, out: Path) -> None:
    pack = filled(read(out / "packs" / "rater-1.csv"), prefers("USA"))
    pack[2]["code"], pack[3]["code"] = pack[3]["code"], pack[2]["code"]
    with pytest.raises(BadFile, match=r"line 4, row 3, column (place|prompt): it was changed"):
        called("rate", "import", write(tmp_path / "b.csv", pack), "--key", out / "key.json", "--out", tmp_path / "l")


def test_a_rater_who_comes_twice_and_a_foreign_key_are_refused(tmp_path: Path, out: Path) -> None:
    pack = write(tmp_path / "b.csv", filled(read(out / "packs" / "rater-1.csv"), prefers("USA")))
    again = write(tmp_path / "c.csv", filled(read(out / "packs" / "rater-1.csv"), prefers("EGY")))
    with pytest.raises(BadFile, match=r"c\.csv line 2, row 1, column rater: rater-1 came already, in .*b\.csv"):
        called("rate", "import", pack, again, "--key", out / "key.json", "--out", tmp_path / "l")
    for text in (
        "{}",
        "[1]",
        '{"pack": 1',
        json.dumps({"shown": {}, "pack": "a", "kind": "x", "secret": "zz", "language": "en", "rows": {}}),
    ):
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(BadFile, match="no key"):
            called("rate", "import", pack, "--key", tmp_path / "bad.json", "--out", tmp_path / "l")


def test_remarks_come_back_and_nothing_that_is_read_is_written_over(tmp_path: Path, out: Path) -> None:
    pack = filled(read(out / "packs" / "rater-1.csv"), lambda row: {"choice": "", "comment": ""})
    pack[0]["comment"], pack[1]["choice"] = "'=neither is said here", "tie"
    back = write(tmp_path / "b.csv", pack)
    for target in (back, out / "key.json"):
        before = target.read_bytes()
        with pytest.raises(BadFile, match="would be written over"):
            called("rate", "import", back, "--key", out / "key.json", "--out", target)
        assert target.read_bytes() == before
    called("rate", "import", back, "--key", out / "key.json", "--out", tmp_path / "l.jsonl")
    said = [one for row in rows(tmp_path / "l.jsonl") for one in row["ratings"] if "remark" in one]
    who = {"pack": pack[0]["pack"], "rater": "rater-1", "country": "EGY"}
    assert said == [{**who, "remark": "=neither is said here"}]


def test_a_second_round_of_people_stands_after_the_first(tmp_path: Path, out: Path) -> None:
    first = write(tmp_path / "b.csv", filled(read(out / "packs" / "rater-1.csv"), prefers("USA")))
    called("rate", "import", first, "--key", out / "key.json", "--out", tmp_path / "once.jsonl")
    called("rate", "export", tmp_path / "once.jsonl", "--out", tmp_path / "again", "--raters", 1)
    second = filled(read(tmp_path / "again" / "packs" / "rater-1.csv"), prefers("[c=MAR]"), "MAR")
    back = write(tmp_path / "c.csv", second)
    called("rate", "import", back, "--key", tmp_path / "again" / "key.json", "--out", tmp_path / "twice.jsonl")
    for row in rows(tmp_path / "twice.jsonl"):
        assert [one["country"] for one in row["ratings"]] == ["EGY", "MAR"] and len(row["human"]) == 5
        assert len({one["pack"] for one in row["ratings"]}) == 2


@pytest.mark.parametrize("head", ["", "sep=;\r\n"])
def test_a_spreadsheet_may_write_semicolons_and_commas_in_numbers(tmp_path: Path, head: str) -> None:
    source: list[dict[str, object]] = [{"id": f"i{k}", "prompt": f"q{k}", "answer": f"a, {k}; b"} for k in range(4)]
    out = exported(tmp_path, lines(tmp_path / "a.jsonl", source), "--raters", 1)
    pack = filled(read(out / "packs" / "rater-1.csv"), lambda row: {"label": "أصيل", "grade": "7,5"})
    held = io.StringIO(newline="")
    made = csv.DictWriter(held, list(pack[0]), delimiter=";")
    made.writeheader()
    made.writerows(pack)
    back = tmp_path / "b.csv"
    back.write_text(head + held.getvalue(), encoding="utf-8-sig", newline="")
    called("rate", "import", back, "--key", out / "key.json", "--out", tmp_path / "l.jsonl")
    assert [row["human"] for row in rows(tmp_path / "l.jsonl")] == [[7.5]] * 4


@pytest.mark.parametrize("country", ["Egypt", "مصر", "egy", " EGY "])
def test_a_country_may_be_written_as_people_write_it(tmp_path: Path, out: Path, country: str) -> None:
    back = write(tmp_path / "b.csv", filled(read(out / "packs" / "rater-1.csv"), prefers("USA"), country))
    called("rate", "import", back, "--key", out / "key.json", "--out", tmp_path / "l.jsonl")
    assert {one["country"] for row in rows(tmp_path / "l.jsonl") for one in row["ratings"]} == {"EGY"}


@pytest.mark.parametrize("tie", ["no difference", "لا فرق", "Tie", "تعادل", "="])
def test_no_difference_is_read_in_the_words_of_the_form(tmp_path: Path, out: Path, tie: str) -> None:
    back = write(tmp_path / "b.csv", filled(read(out / "packs" / "rater-1.csv"), lambda row: {"choice": tie}))
    called("rate", "import", back, "--key", out / "key.json", "--out", tmp_path / "l.jsonl")
    assert {one["choice"] for row in rows(tmp_path / "l.jsonl") for one in row["ratings"]} == {"tie"}


def test_rows_may_be_skipped_and_come_in_any_order(tmp_path: Path, out: Path) -> None:
    pack = filled(read(out / "packs" / "rater-1.csv"), prefers("USA"))
    for row in pack[3:]:
        row["choice"] = ""
    back = write(out / "packs" / "back.csv", [pack[0], *pack[:0:-1]])
    made = called("rate", "import", back, "--out", tmp_path / "l.jsonl")
    assert sum(len(row["human"]) == 4 for row in rows(tmp_path / "l.jsonl")) == 3 and made["rows"] == 12
    assert {one["why"] for one in made["agreement"] if one["ratings"]} == {"no item has two ratings"}


def test_a_run_can_be_rated(tmp_path: Path) -> None:
    run = answered(tmp_path, "a", {"q1": ["Beans"], "q2": ["Songs"]})
    out = exported(tmp_path, run, "--folder", tmp_path, "--language", "ar")
    pack = read(out / "packs" / "rater-1.csv")
    assert {row["answer"] for row in pack} == {"Beans", "Songs"} and {row["place"] for row in pack} == {"مصر", "المغرب"}


class Parsed(HTMLParser):
    """Elements, attributes and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_hostile_texts_are_text_in_forms_and_tables(tmp_path: Path, language: str) -> None:
    source = [
        {"id": f"h{k}", "prompt": text, "answer": f"{text} {k}", "country": "EGY"} for k, text in enumerate(HOSTILE)
    ]
    out = exported(tmp_path, lines(tmp_path / "h.jsonl", source), "--raters", 1, "--language", language)
    text = (out / "packs" / "rater-1.html").read_text(encoding="utf-8")
    page = Parsed(text)
    tags = [tag for tag, _ in page.tags]
    assert tags.count("script") == 2 and "img" not in tags and "b" in tags
    assert not any(name.startswith("on") for _, given in page.tags for name in given)
    assert not any(name in ("src", "href", "action") for _, given in page.tags for name in given)
    assert all(any(hostile.strip() in found for found in page.texts) for hostile in HOSTILE)
    html = next(given for tag, given in page.tags if tag == "html")
    assert html == {"lang": language, "dir": "rtl" if language == "ar" else "ltr"}
    policy = next(given["content"] for tag, given in page.tags if given.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None and policy.startswith("default-src 'none'") and "unsafe" not in policy
    pack = filled(read(out / "packs" / "rater-1.csv"), lambda row: {"label": "neutral", "grade": "5"})
    assert all(not row["prompt"].startswith("=") for row in pack)
    called("rate", "import", write(tmp_path / "b.csv", pack), "--key", out / "key.json", "--out", tmp_path / "l.jsonl")
    assert [row["prompt"] for row in rows(tmp_path / "l.jsonl")] == list(HOSTILE)


def test_what_cannot_be_exported(tmp_path: Path, out: Path) -> None:
    file = pairs(tmp_path / "q.jsonl", 4)
    for arguments, said in (
        ([file, "--out", out], "there is something there"),
        ([file, "--out", tmp_path / "n", "--language", "fr"], "forms are in en, ar"),
        ([file, "--out", tmp_path / "n", "--raters", 0], "from 1 to 1000"),
        (["--out", tmp_path / "n"], "name a FILE or RUN"),
        ([file, "--author", "--out", tmp_path / "n"], "name a FILE or RUN"),
        ([tmp_path / "none.jsonl", "--out", tmp_path / "n"], "no such file"),
        ([tmp_path / "run", "--out", tmp_path / "n"], "no such file, and no such run"),
    ):
        with pytest.raises(TawazunError, match=said):
            called("rate", "export", *arguments)


AUTHORED = {
    "question": "ماذا يقال عند الوداع؟", "A": "مع السلامة", "B": "كش ملك", "answer": "A",
    "country": "EGY", "topic": "speech", "source": "own knowledge", "licence": "CC-BY-4.0", "language": "ar",
    "author": "palm", "author_country": "EGY", "author_dialect": "ar-EG", "consent": "yes",
}  # fmt: skip


def test_questions_that_people_wrote_become_a_benchmark(tmp_path: Path) -> None:
    called("rate", "export", "--author", "--out", tmp_path / "form", "--language", "ar")
    header = (tmp_path / "form" / "questions.csv").read_text(encoding="utf-8-sig").strip().split(",")
    assert set(AUTHORED) <= set(header)
    assert Parsed((tmp_path / "form" / "questions.html").read_text()).tags[0][1]["dir"] == "rtl"
    blank = dict.fromkeys(header, "")
    sent = [{**blank, **AUTHORED}, {**blank, **AUTHORED, "question": "-ماذا يؤكل؟", "A": "", "B": "", "answer": "فول"}]
    sent[1]["question"] = "'" + sent[1]["question"]
    made = called("rate", "import", "--author", write(tmp_path / "q.csv", sent), "--out", tmp_path / "own.jsonl")
    assert made["rows"] == 2
    loaded = load_custom(tmp_path / "own.jsonl").instrument
    assert loaded.languages == ("ar",) and loaded.gold == {loaded.questions[0].id: 1.0}
    assert loaded.questions[0].tagged("country") == "EGY" and "palm" in loaded.questions[0].wordings[0].author
    assert loaded.source.licence == "CC-BY-4.0" and loaded.questions[1].wordings[0].stem == "-ماذا يؤكل؟"
    assert (
        rows(tmp_path / "own.jsonl")[0]["author_dialect"] == "ar-EG"
        and "consent" not in rows(tmp_path / "own.jsonl")[0]
    )


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ({"consent": "no"}, "column consent"),
        ({"consent": ""}, "column consent: it is empty"),
        ({"licence": "mine"}, "column licence: 'mine'; allowed: CC0-1.0"),
        ({"source": ""}, "column source: it is empty"),
        ({"country": "Egypt"}, "column country: 'Egypt' is no place"),
        ({"author_country": "XX"}, "column author_country"),
        ({"B": "مع السلامة"}, "column B: 'مع السلامة' stands twice"),
        ({"A": "", "B": "x"}, "column A: an empty option stands before another"),
        ({"B": ""}, "column B: a question has two options or more"),
        ({"answer": "C"}, "q.csv line 3, row 2, column answer: the key 'C' is none of its 2 options"),
        ({"language": "en"}, "q.csv line 3, row 2, column language: en, and ar in"),
        ({"question": "ماذا يقال عند الوداع"}, "column question: the same question stands in"),
    ],
)
def test_a_question_that_lacks_something_is_refused(tmp_path: Path, edit: dict[str, str], said: str) -> None:
    other = {**AUTHORED, "question": "غير ذلك؟"} if "question" not in edit else dict(AUTHORED)
    file = write(tmp_path / "q.csv", [other, {**AUTHORED, **edit}])
    with pytest.raises(TawazunError) as error:
        called("rate", "import", "--author", file, "--out", tmp_path / "own.jsonl")
    assert said in str(error.value) and not (tmp_path / "own.jsonl").exists()
