"""The six criteria: thresholds as published, faults of the scorer planted one by one, and both values shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tawazun.audit.cards import Facts, review
from tawazun.audit.cards.folder import with_readme
from tawazun.audit.cards.records import CRITERIA, Criterion
from tawazun.audit.cards.rubric import level, months, six
from tawazun.errors import BadStudy

DAY = "2025-07-01"


def criterion(facts: Facts, name: str, day: str = DAY) -> Criterion:
    return review(facts, day).criterion(name)


@pytest.mark.parametrize(
    ("name", "score", "expected"),
    [
        ("popularity", 200, "High"), ("popularity", 199, "Medium"), ("popularity", 100, "Medium"),
        ("popularity", 99, "Low"),
        ("adoption", 50, "High"), ("adoption", 49, "Medium"), ("adoption", 20, "Medium"), ("adoption", 19, "Low"),
        ("recency", 6, "High"), ("recency", 7, "Medium"), ("recency", 12, "Medium"), ("recency", 13, "Low"),
        ("documentation", 4, "High"), ("documentation", 3.5, "Medium"), ("documentation", 1.5, "Low"),
        ("scientific", 3, "High"), ("scientific", 2, "Medium"), ("scientific", 1, "Low"),
    ],
)  # fmt: skip
def test_thresholds_are_the_published_ones(name: str, score: float, expected: str) -> None:
    assert level(name, score) == expected


def test_a_missing_arxiv_link_counts_one_as_published_and_none_corrected() -> None:
    made = criterion(Facts("a", acl=("2024.acl-long.1",), acl_counted=1), "scientific")
    assert (made.published, made.published_level) == (2, "Medium")
    assert (made.score, made.level) == (1, "Low")
    assert "arXiv" in made.why


def test_a_language_tag_is_no_doi_when_corrected() -> None:
    made = criterion(Facts("a", tags=("language:doi",), doi_counted=True, arxiv=("2401.00001",)), "scientific")
    assert (made.published, made.score) == (2, 1)
    assert "doi" in made.why


def test_repeated_acl_links_are_one_paper_when_corrected() -> None:
    text = (
        "See https://aclanthology.org/2024.eacl-srw.3/ and (https://aclanthology.org/2024.eacl-srw.3.pdf) "
        "or https://www.aclanthology.org/2024.eacl-srw.3."
    )
    made = with_readme(Facts("a"), text.encode())
    assert made.acl == ("2024.eacl-srw.3",)
    assert made.acl_counted == 3
    told = criterion(made, "scientific")
    assert (told.published_level, told.level) == ("High", "Low")


@pytest.mark.parametrize(
    ("licence", "corrected", "published"),
    [
        ("apache-2.0", "High", "High"), ("other", "Medium", "Medium"), ("unknown", "Medium", "Medium"),
        ("none", "Low", "Low"), (None, "Low", "High"), ("[More Information Needed]", "Low", "High"),
    ],
)  # fmt: skip
def test_licences(licence: str | None, corrected: str, published: str) -> None:
    made = criterion(Facts("a", licence=licence), "licensing")
    assert (made.level, made.published_level) == (corrected, published)
    assert bool(made.why) == (corrected != published)


def test_popularity_says_where_downloads_alone_decide() -> None:
    assert "downloads" in criterion(Facts("a", likes=3, downloads=500), "popularity").why
    assert criterion(Facts("a", likes=120, downloads=500), "popularity").why == ""


def test_recency_is_counted_to_the_pinned_day() -> None:
    facts = Facts("a", last_modified="2025-01-31")
    assert criterion(facts, "recency", "2025-07-01").level == "High"
    assert criterion(facts, "recency", "2025-08").level == "Medium"
    assert criterion(facts, "recency", "2026-07-01").level == "Low"


def test_a_change_after_the_day_of_the_review_has_no_level() -> None:
    made = criterion(Facts("a", last_modified="2025-09-01"), "recency")
    assert made.level == "" and "after the day" in made.why
    assert made.published_level == "High"


@pytest.mark.parametrize("date", ["", "yesterday", "2025-13-01", "2025-7-1", "01/07/2025", "2025-07-32"])
def test_a_date_that_is_none_is_refused(date: str) -> None:
    with pytest.raises(BadStudy, match="--date"):
        review(Facts("a"), date)


def test_what_is_not_known_has_no_level_and_says_why() -> None:
    for made in six(Facts("a"), DAY):
        if made.name not in ("licensing", "scientific"):
            assert made.level == "" and made.score is None and made.why


def test_a_recorded_level_goes_before_our_own_count_and_says_so() -> None:
    made = criterion(Facts("a", acl=("2024.eacl-srw.3",), acl_counted=1, recorded={"scientific": "High"}), "scientific")
    assert made.published_level == "High" and made.published is None and made.lost
    assert "recorded High, counted again from the list Medium" in made.why
    kept = criterion(
        Facts("a", acl=("2024.eacl-srw.3",), acl_counted=1, recorded={"scientific": "Medium"}), "scientific"
    )
    assert kept.published == 2 and not kept.lost


PADDED = "These words are enough to say something."


def test_the_corrected_count_asks_for_sections_and_not_for_letters() -> None:
    template = "Usage license example citation description author: " + "[More Information Needed]"
    made = criterion(with_readme(Facts("a"), template.encode()), "documentation")
    assert made.published == 3.0
    assert made.score == 0.0


def test_filled_sections_give_points_and_placeholders_do_not() -> None:
    heads = ("Usage", "Example", "Citation", "Description", "Contact")
    filled = "\n".join(f"## {head}\n{PADDED}" for head in heads)
    empty = "\n".join(f"## {head}\n[More Information Needed]" for head in heads)
    front = (
        "---\nlicense: mit\nlanguage: ar\ntask_categories: [translation]\nsize_categories: [n<1K]\n"
        "source_datasets: [original]\nconfigs:\n- config_name: x\n---\n"
    )
    whole = criterion(with_readme(Facts("a"), (front + filled).encode()), "documentation")
    assert (whole.score, whole.level) == (6.0, "High")
    half = criterion(with_readme(Facts("a"), (front + empty).encode()), "documentation")
    assert (half.score, half.level) == (3.0, "Medium")
    assert all(name in half.why for name in ("usage", "example", "citation", "description", "maintainer"))
    assert half.published is not None and half.published > half.score


def test_the_licence_counts_once() -> None:
    with_it = criterion(with_readme(Facts("a"), b"---\nlicense: mit\n---\ntext"), "documentation")
    without = criterion(with_readme(Facts("a"), b"---\npretty_name: x\n---\ntext"), "documentation")
    assert with_it.published == 1.0 and without.published == 0.0
    assert with_it.score == 0.5 and without.score == 0.0


counts = st.integers(0, 10_000)
facts = st.builds(
    Facts,
    id=st.text(min_size=1, max_size=5),
    likes=st.none() | counts,
    downloads=st.none() | counts,
    models=st.none() | counts,
    spaces=st.none() | counts,
    last_modified=st.sampled_from(["", "2020-01-01", "2025-06", "2025-12-31", "gone"]),
    licence=st.sampled_from([None, "", "none", "mit", "other", "TODO"]),
    readme=st.none() | st.text(max_size=60),
    acl=st.just(()),
    acl_counted=st.integers(0, 3),
    doi_counted=st.booleans(),
)


@given(facts)
def test_every_set_gets_six_criteria_and_no_level_without_a_reason(made: Facts) -> None:
    found = review(made, DAY)
    assert tuple(one.name for one in found.criteria) == CRITERIA
    assert all(one.level or one.why for one in found.criteria)
    scientific = found.criterion("scientific")
    assert scientific.published is not None and scientific.score is not None
    assert scientific.published >= scientific.score


@given(st.dates(), st.dates())
def test_months_run_backwards_too(first: object, last: object) -> None:
    assert months(str(first), str(last)) == -months(str(last), str(first))
