"""Names counted: planted ones are found in every form, shares move when the corpus does, prompts are flagged."""

from pathlib import Path

import pytest

from tawazun.adapt.corpora.entities import (
    Entity,
    Register,
    before_after,
    census,
    common_english_names,
    entity_lists,
    sides,
)
from tawazun.adapt.corpora.records import Document
from tawazun.errors import BadFile

LIST = [
    Entity("محمد", "person", "Arab"), Entity("جون", "person", "Western"), Entity("القاهرة", "place", "Arab"),
    Entity("نيويورك", "place", "Western"), Entity("مسجد الملك سعود", "place", "Arab"), Entity("سعود", "person", "Arab"),
    Entity("الجامعة الإسلامية", "organisation", "Arab"), Entity("Apple", "organisation", "Western"),
    Entity("كشري", "food", "Arab"), Entity("Sam", "person", "Arab"), Entity("Sam", "person", "Western"),
]  # fmt: skip


def test_names_are_found_with_what_is_written_onto_them() -> None:
    texts = ["زار مُحمَّد القاهره وأكل كشري", "سافر وجون إلى نيويورك، لا للقاهرة", "المحمدية مدينة", "apple pie"]
    found = [[one.name for one in own] for own in Register(LIST).mentions(texts)]
    assert [sorted(own) for own in found] == [
        sorted(["محمد", "القاهرة", "كشري"]), sorted(["جون", "نيويورك", "القاهرة"]), [], ["Apple"]
    ]  # fmt: skip


def test_of_two_names_that_overlap_the_longer_one_counts() -> None:
    ((one,),) = Register(LIST).mentions(["قرب مسجد الملك سعود"])
    assert one.name == "مسجد الملك سعود"


def test_a_name_of_two_cultures_is_nobodys() -> None:
    register = Register(LIST)
    assert register.shared == ("Sam",) and register.mentions(["Sam"]) == [[]]
    assert Register(LIST, skip=["كشري"]).mentions(["كشري"]) == [[]]


def test_shares_before_and_after() -> None:
    register = Register(LIST)
    western = census(["جون في نيويورك", "جون", "لا أحد"], register)
    local = census(["محمد في القاهرة", "جون"], register)
    assert (western.share("Arab"), local.share("Arab")) == (0.0, pytest.approx(2 / 3))
    assert (western.rows, western.with_names) == (3, 2)
    assert western.top("person") == [("جون", "Western", 2)] and western.share("Arab", "food") is None
    rows = {row["kind"]: row for row in before_after(western, local, "Arab")}
    assert rows["person"] == {"kind": "person", "before": 0.0, "after": 0.5, "mentions_before": 2, "mentions_after": 2}
    assert rows["all"]["mentions_after"] == 3
    assert local.table()["mentions"].to_list() == [1, 1, 1]


@pytest.mark.parametrize(("text", "flagged"), [
    ("Write a letter from John to his landlord.", True), ("اكتب رسالة من جينيفر إلى صديقتها", True),
    ("ثم قال وجيسون نعم", True), ("Mark the right answer, frankly.", False), ("a will to live", False),
    ("اكتب رسالة من سارة إلى محمد", False), ("Johnson's bakery", False),
])  # fmt: skip
def test_prompts_with_common_english_names_are_flagged(text: str, flagged: bool) -> None:
    row = Document("s", "f", 1, "", messages=(("user", text), ("assistant", "said Jennifer")))
    assert common_english_names(row) == flagged


def test_what_is_asked_and_what_is_answered_are_counted_apart() -> None:
    rows = [Document("s", "f", 1, "", messages=(("user", "q"), ("assistant", "a"))), Document("s", "f", 2, "plain")]
    assert sides(rows) == (["q", ""], ["a", "plain"])


def test_a_list_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("entity,kind,culture\nElsby,place,Norvane\n")
    assert entity_lists(tmp_path / "own.csv") == (Entity("Elsby", "place", "Norvane"),)
    (tmp_path / "bad.csv").write_text("name,culture\nElsby,Norvane\n")
    with pytest.raises(BadFile, match="column 'entity' is missing"):
        entity_lists(tmp_path / "bad.csv")
    (tmp_path / "none").mkdir()
    with pytest.raises(BadFile, match="no lists of names"):
        entity_lists(tmp_path / "none")


def test_localised_data_has_more_local_names_than_translated(data_folder: Path) -> None:
    """CIDAR (localised) beside Alpagasus (machine-translated), recipes: the planted direction of real data."""
    register = Register(entity_lists(data_folder / "camel_entities" / "entities"))
    folder = data_folder / "cidar_keywords" / "ner"
    local, translated = (
        census((folder / name).read_text(encoding="utf-8").splitlines(), register)
        for name in ("pers.txt", "pers_alpaca.txt")
    )
    one, other = local.share("Arab", "person"), translated.share("Arab", "person")
    assert one is not None and other is not None and one > other + 0.15
