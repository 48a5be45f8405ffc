"""READMEs of any kind: front matter that is wrong or hostile, templates, megabytes, bytes that are no text."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tawazun.audit.cards.readme import (
    MOST_BYTES,
    Readme,
    front_matter,
    is_placeholder,
    listed,
    read_readme,
    sections,
    split_front,
)


def read(text: str) -> Readme:
    made = read_readme(text.encode())
    assert isinstance(made, Readme)
    return made


def test_front_matter_keeps_values_as_texts() -> None:
    made = read("---\nlanguage: no\nlicense: mit\nversion: 1.10\ndate: 2024-01-01\n---\n# Title\n")
    assert made.front == {"language": "no", "license": "mit", "version": "1.10", "date": "2024-01-01"}
    assert made.notes == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("---\nlicense: [mit\n---\nbody", "line 3 is not YAML"),
        ("---\nlicense: mit\nbody without an end", "never closed"),
        ("---\n- a\n- b\n---\nbody", "is a list"),
        ("---\njust a line\n---\nbody", "is a str"),
        ("---\na: &x [1]\nb: *x\n---\nbody", "alias"),
        ("---\na: " + "[" * 60 + "]" * 60 + "\n---\nbody", "deeper than"),
        ("---\na: " + "x" * 500_000 + "\n---\nbody", "was not read"),
        ("---\na: \tb\n\tc: d\n---\nbody", "not YAML"),
        ("---\na: !!python/object/apply:os.system ['true']\n---\nbody", ""),
    ],
)
def test_wrong_front_matter_is_a_note_and_the_text_is_still_read(text: str, why: str) -> None:
    made = read(text)
    assert "body" in made.text
    assert why in "; ".join(made.notes)
    assert bool(made.notes) == bool(why)


def test_no_yaml_tag_makes_an_object() -> None:
    found, why = front_matter("a: !!python/object/apply:os.getcwd []\nb: !!binary aGk=")
    assert (found, why) == ({"a": [], "b": "aGk="}, "")


def test_aliases_cannot_blow_up() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    begun = time.process_time()
    assert "alias" in front_matter("\n".join(lines))[1]
    assert time.process_time() - begun < 2


@pytest.mark.parametrize(
    "value",
    [
        "[More Information Needed]",
        "More information needed",
        "TODO: ask",
        "{{ license }}",
        "N/A",
        "none",
        "-",
        "tbd",
        "",
        " ",
    ],
)
def test_placeholders_are_absent(value: str) -> None:
    assert is_placeholder(value)
    assert listed([value, "x"]) == ["x"]
    (section,) = sections(f"# Annotators\n{value}\n")[1:]
    assert not section.filled


@pytest.mark.parametrize("value", ["mit", "no", "ar-EG", "Nouns", "crowdsourced", "نعم"])
def test_real_values_stay(value: str) -> None:
    assert not is_placeholder(value)


def test_sections_know_code_from_headings_and_drop_template_comments() -> None:
    text = (
        "intro\n# One\n```\n# not a heading\n```\n<!-- a hint of the template -->\n"
        "## Two ##\n- **Curated by:** [More Information Needed]\n"
    )
    made = sections(text)
    assert [one.heading for one in made] == ["", "One", "Two"]
    assert "not a heading" in made[1].text and "hint" not in made[1].text
    assert not made[2].filled and made[2].placeholder


def test_megabytes_are_cut_and_it_is_said() -> None:
    made = read_readme(b"# Title\n" + b"text " * 400_000)
    assert isinstance(made, Readme)
    assert len(made.text) <= MOST_BYTES and "2.0 MB" in made.notes[0]
    arabic = read_readme("ا".encode() * 600_001)  # cut inside a letter
    assert isinstance(arabic, Readme) and len(arabic.notes) == 1


@pytest.mark.parametrize("raw", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", bytes(range(128, 256)) * 50, b"PK\x03\x04\0\0"])
def test_bytes_that_are_no_text_are_said_to_be_none(raw: bytes) -> None:
    made = read_readme(raw)
    assert isinstance(made, str) and "not a" in made


def test_another_encoding_is_read_and_noted() -> None:
    made = read_readme("# عنوان".encode("utf-16"))
    assert isinstance(made, Readme) and "عنوان" in made.text and "UTF-16" in made.notes[0]


HOSTILE = [
    " " * 240_000, "#" * 240_000, "[" * 240_000, "{{" * 120_000, "<!--" * 60_000, "# " * 120_000, "**" * 120_000,
    "-" * 240_000, "```\n" * 60_000, "\n" * 240_000, "TODO " * 50_000, "---\n" * 60_000, "a" * 240_000 + "{{",
    "# x" + " #" * 120_000, ". " * 120_000 + "x",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=[str(n) for n in range(len(HOSTILE))])
def test_hostile_texts_are_read_in_bounded_time(text: str) -> None:
    from tawazun.audit.cards import Facts, review
    from tawazun.audit.cards.folder import with_readme

    begun = time.process_time()
    review(with_readme(Facts("a"), text.encode()), "2025-07-01")
    assert time.process_time() - begun < 10


@given(st.binary(max_size=300))
def test_any_bytes_come_to_a_readme_or_a_reason(raw: bytes) -> None:
    made = read_readme(raw)
    assert isinstance(made, Readme) or made


@given(st.text(max_size=200))
def test_front_and_body_are_parts_of_the_text(text: str) -> None:
    _, body, _ = split_front(text)
    assert text.endswith(body)
