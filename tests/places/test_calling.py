"""Places by what people call them: every name we print is understood, and what several have is never guessed."""

import pytest

from tawazun.errors import UnknownName
from tawazun.places import Group, called, groups, place, places
from tawazun.places.calling import _exact, _table


def test_every_name_in_every_language_finds_its_place_or_names_its_rivals() -> None:
    table = _table()
    shared = []
    for code, one in places().items():
        for name in one.names.values():
            found = table[_exact(name.name)]
            assert code in found
            if len(found) > 1:
                shared.append((name.name, sorted(found)))
    assert shared == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Egypt", "EGY"), (" egypt ", "EGY"), ("egy", "EGY"), ("مصر", "EGY"), ("埃及", "EGY"), ("エジプト", "EGY"),
        ("मिस्र", "EGY"), ("السعودية", "SAU"), ("Viet Nam", "VNM"), ("the Netherlands", "NLD"), ("IN-KL", "IN-KL"),
        ("केरल", "IN-KL"), ("टोगो", "TGO"), ("टोंगा", "TON"), ("x-sahelia", "x-sahelia"), ("Sahelia", "x-sahelia"),
    ],
)  # fmt: skip
def test_a_place_is_found_by_any_of_its_names(name: str, code: str) -> None:
    assert called(name) == place(code)


@pytest.mark.parametrize(
    ("name", "begin"),
    [("Arab League", "group:arab-league@"), ("gcc", "group:gcc@"), ("European Union", "group:eu@"),
     ("group:asean@2024-12", "group:asean@")],
)  # fmt: skip
def test_a_group_is_found_without_its_date(name: str, begin: str) -> None:
    found = called(name)
    assert isinstance(found, Group) and found.id.startswith(begin)


@pytest.mark.parametrize(
    ("name", "said"),
    [("Korea", "North Korea (PRK) or South Korea (KOR)"), ("eygpt", "did you mean Egypt (EGY)"),
     ("", "tawazun list places"), ("planted world", "more"), ("qqqq", "tawazun list places")],
)  # fmt: skip
def test_what_nobody_or_several_are_called_is_one_line_with_hints(name: str, said: str) -> None:
    with pytest.raises(UnknownName) as raised:
        called(name)
    assert said in str(raised.value)


def test_every_group_is_found_by_its_title() -> None:
    assert [one.id for one in groups().values() if called(one.title) != one] == []
