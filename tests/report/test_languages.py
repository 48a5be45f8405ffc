"""The page's languages: every text there is, with the same blanks; what differs travels inside the page."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, expect

from tawazun.errors import UnknownName
from tawazun.report import page
from tawazun.report.embed import difference
from tawazun.report.words import languages, plural_form, words
from tests.report.parsed import parsed
from tests.report.test_hostile import ATTACKS, hostile_page
from tests.report.toy_run import Texts, answers, estimate, floor, humans, write_run

FORMS = re.compile(r"\.(one|two|few|many)$")
ENGLISH = words("en").texts
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=8,
)


def blanks(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


class Marks(HTMLParser):
    """The mark-up of a text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        self.found.append((tag, attributes))


def own_texts(language: str) -> dict[str, str]:
    from tawazun.report.words import _texts

    return _texts(language)


def test_there_is_english_and_arabic() -> None:
    assert {"en", "ar"} <= set(languages())


@pytest.mark.parametrize("language", [one for one in languages() if one != "en"])
def test_a_language_has_every_text_with_the_same_blanks_and_mark_up(language: str) -> None:
    own = own_texts(language)
    assert sorted(set(ENGLISH) - set(own)) == []
    assert [key for key in set(own) - set(ENGLISH) if not FORMS.search(key)] == []
    for key, text in own.items():
        if not FORMS.search(key):
            assert blanks(text) == blanks(ENGLISH[key]), key
            assert Marks(text).found == Marks(ENGLISH[key]).found, key


def test_what_a_file_leaves_out_is_said_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    import tawazun.report.words as room

    real = room._texts
    monkeypatch.setattr(room, "languages", lambda: ("en", "xx"))
    monkeypatch.setattr(room, "_texts", lambda name: {"page.kicker": "Xx"} if name == "xx" else real(name))
    made = room.words.__wrapped__("xx")
    assert made.plain("page.kicker") == "Xx" and made.plain("page.skip") == ENGLISH["page.skip"]


def test_an_unknown_language_is_one_clear_line() -> None:
    with pytest.raises(UnknownName, match="no texts in 'tlh'; there are ar, en"):
        words("tlh")


@pytest.mark.parametrize(
    ("number", "form"),
    [(0, "other"), (1, "one"), (2, "two"), (3, "few"), (10, "few"), (11, "many"), (99, "many"), (100, "other"),
     (102, "other"), (103, "few"), (111, "many")],
)  # fmt: skip
def test_arabic_counts(number: int, form: str) -> None:
    assert plural_form("ar", number) == form
    assert plural_form("en", number) == ("one" if number == 1 else "other")


def patched(base: Any, patch: dict[str, Any] | None) -> Any:
    """As the page's script does it."""
    if patch is None:
        return base
    if "=" in patch:
        return patch["="]
    made: Any = list(base) if isinstance(base, list) else dict(base)
    for key, inner in patch["~"].items():
        at = int(key) if isinstance(base, list) else key
        made[at] = patched(base[at], inner)
    return made


@given(JSON, JSON)
def test_a_difference_turns_one_value_into_the_other(base: object, other: object) -> None:
    patch = difference(base, other)
    assert patched(base, patch) == other and (patch is None) == (base == other)


def run(folder: Path, **parts: Any) -> Any:
    texts = Texts()
    made = [
        estimate(texts), estimate(texts, population="people-1/JOR", persona="JOR", value=0.8, low=0.7, high=0.9),
        floor("uniform", 0.7), floor("uniform", 0.7, "people-1/JOR"), estimate(texts, item="q1", n=1),
    ]  # fmt: skip
    return write_run(folder / "run", made, answers=answers(texts, ("none", "EGY", "JOR")), humans=humans(), **parts)


def test_listed_names_of_another_script_keep_to_themselves() -> None:
    assert words("ar").listed(["GPT-4 (x)", "مصر"]) == "\u2068GPT-4 (x)\u2069 و\u2068مصر\u2069"
    assert words("en").listed(["a", "b", "c"]) == "a, b and c"


def test_a_page_opens_in_the_language_asked_for(tmp_path: Path) -> None:
    html = page(run(tmp_path), "ar")
    document = parsed(html)
    assert '<html lang="ar" dir="rtl">' in html and document.faults == []
    assert "بصفة مصر" in document.one("answer").text or "مصر" in document.one("answer").text
    assert "English" in html and document.has("page-en")


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_text_stays_text_in_the_other_language(tmp_path: Path, attack: str) -> None:
    packed = parsed(hostile_page(tmp_path / "a", attack)).data("page-ar")["html"]
    plain = parsed(hostile_page(tmp_path / "b", "plain")).data("page-ar")["html"]
    shapes = [[(tag, [name for name, _ in each]) for tag, each in Marks(one).found if tag != "text"]
              for one in (packed, plain)]  # fmt: skip
    assert shapes[0] == shapes[1]


MIRRORED = """one => {
  const text = one.firstChild, at = (sign) => {
    const range = document.createRange(), from = text.data.indexOf(sign);
    range.setStart(text, from); range.setEnd(text, from + 1);
    return range.getBoundingClientRect().left;
  };
  return at("[") > at(",");
}"""


def mirrored(opened: Page, selector: str) -> bool:
    """Whether the lower end of an interval stands on the right of its comma."""
    return bool(opened.locator(selector, has_text="[").first.evaluate(MIRRORED))


def test_names_in_an_arabic_page_keep_their_direction_and_the_page_its_own(tmp_path: Path) -> None:
    document = parsed(page(run(tmp_path), "ar"))
    facts = document.one("answer").text
    assert "\u2068" in facts and "forward" not in facts
    assert words("en").isolated("x") == "x" and words("ar").isolated("x") == "\u2068x\u2069"


@pytest.mark.chromium
def test_the_button_turns_the_page_and_back(browser: Browser, tmp_path: Path) -> None:
    made = run(tmp_path)
    file = made.path / "report.html"
    file.write_text(page(made), encoding="utf-8")
    opened = browser.new_page(viewport={"width": 390, "height": 844})
    wrong: list[str] = []
    opened.on("console", lambda message: wrong.append(message.text))
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.goto(file.as_uri())
    opened.get_by_role("button", name="العربية").click()
    html = opened.locator("html")
    expect(html).to_have_attribute("dir", "rtl")
    expect(html).to_have_attribute("lang", "ar")
    expect(opened.locator("#answer h2").first).to_have_text("كم هو قريب، وممّن، وبأي يقين")
    opened.locator("nav.sections a[href='#closeness']").click()
    cells = opened.locator("#closeness .explorer tbody tr").first
    expect(cells).to_contain_text("مصر")
    box, heading = opened.locator("#closeness h2").bounding_box(), opened.viewport_size
    assert box is not None and heading is not None and box["x"] + box["width"] > heading["width"] - 60
    assert opened.evaluate("document.documentElement.scrollWidth") <= 390
    interval = opened.locator("#closeness .ci").first
    assert interval.evaluate("one => getComputedStyle(one).unicodeBidi") == "plaintext"
    opened.locator("nav.sections a[href='#items']").click()
    assert mirrored(opened, "#items .item header .n") is False
    opened.get_by_role("button", name="English").click()
    expect(html).to_have_attribute("dir", "ltr")
    expect(opened.locator("#closeness .explorer tbody tr").first).to_contain_text("Egypt")
    assert wrong == []
    opened.close()


@pytest.mark.chromium
def test_light_and_dark_can_be_chosen(browser: Browser, tmp_path: Path) -> None:
    made = run(tmp_path)
    file = made.path / "report.html"
    file.write_text(page(made), encoding="utf-8")
    opened = browser.new_page(color_scheme="light")
    opened.goto(file.as_uri())
    ground = "getComputedStyle(document.body).backgroundColor"
    before = opened.evaluate(ground)
    opened.get_by_role("button", name="Light or dark").click()
    assert opened.evaluate(ground) == "rgb(20, 24, 27)" != before
    opened.get_by_role("button", name="Light or dark").click()
    assert opened.evaluate(ground) == before
    opened.close()
