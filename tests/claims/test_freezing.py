"""Freezing: what is fixed, who may no longer change it, and what is exploratory all the same."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tawazun import api
from tawazun.claims import decide, load_claim
from tawazun.claims.comparison import Asked, compare
from tawazun.claims.freezing import drift_of, freeze_text, frozen_table
from tawazun.errors import BadStudy, Refused, StudyChanged
from tawazun.instruments import instrument
from tawazun.study import load_study, study_from, study_toml
from tests.claims.conftest import PEOPLE, REGION, planted_table
from tests.toys import write

MEASURE: dict[str, Any] = {"primary": "js_similarity", "smallest_effect": 0.05, "measures": ["js_similarity"]}
CLAIM = """
version = 1
claim = "the healthy one is closer than the mirror"
kind = "closer"
respondent = "healthy"
other = "mirror"
persona = "own"
target = "{people}"
measure = "js_similarity"
"""


def table(**changes: Any) -> dict[str, Any]:
    base = planted_table(
        ["healthy", "mirror"],
        ask={"personas": ["x-sahelia", "x-zahrania"], "wordings": 3, "items": [f"q{n:02d}" for n in range(1, 9)]},
        measure={**MEASURE, "populations": [f"atlas-1/{p}" for p in ("x-sahelia", "x-zahrania")], "groups": []},
    )
    return {**base, **changes}


def items() -> list[str]:
    return [question.id for question in instrument("atlas").questions[:8]]


def study_file(folder: Path, frozen: bool = True, claims: tuple[str, ...] = (), **changes: Any) -> Path:
    """A study file, frozen or not."""
    content = table(**changes)
    content["ask"] = {**content["ask"], "items": items()}
    path = write(folder / "study.toml", study_toml(study_from(content, "study.toml")))
    if frozen:
        path.write_text(path.read_text() + freeze_text(api.freeze(path, claims=claims)))
    return path


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A frozen study with one frozen claim, and its run."""
    folder = tmp_path_factory.mktemp("frozen")
    claim = write(folder / "claim.toml", CLAIM.format(people="atlas-1/x-sahelia"))
    path = study_file(folder, claims=(str(claim),))
    api.run(load_study(path), folder / "run")
    return path, folder / "run"


def test_a_frozen_study_runs_and_says_so(kept: tuple[Path, Path]) -> None:
    manifest = json.loads((kept[1] / "manifest.json").read_text())
    assert manifest["frozen"]["primary"] == "js_similarity" and "kept" in manifest["frozen"]["state"]
    api.measure(api.open_run(kept[1]))
    again = json.loads((kept[1] / "manifest.json").read_text())
    assert again["frozen"] == manifest["frozen"]


def test_only_the_frozen_primary_analysis_is_confirmatory(kept: tuple[Path, Path], tmp_path: Path) -> None:
    gathered = api.gather_runs([kept[1]])
    assert not compare(gathered, Asked("js_similarity")).exploratory
    for other in (
        Asked("w1_similarity"),
        Asked("js_similarity", ("atlas-1/x-sahelia",)),
        Asked("js_similarity", smallest_effect=0.01),
        Asked("js_similarity", family="population"),
        Asked("js_similarity", narrow={"persona": "own"}),
    ):
        assert compare(gathered, other).exploratory
    frozen = decide(gathered, load_claim(kept[0].parent / "claim.toml"))
    assert not frozen.exploratory and frozen.smallest_effect == 0.05 and "study" in frozen.smallest_effect_from
    other_claim = write(tmp_path / "claim.toml", CLAIM.format(people="atlas-1/x-zahrania"))
    found = decide(gathered, load_claim(other_claim))
    assert found.exploratory and any("Exploratory" in line for line in found.limits)


def test_claims_that_are_frozen_together_are_one_family(tmp_path: Path) -> None:
    people = [write(tmp_path / f"{p}.toml", CLAIM.format(people=f"atlas-1/{p}")) for p in ("x-sahelia", "x-zahrania")]
    path = study_file(tmp_path, claims=tuple(str(one) for one in people))
    api.run(load_study(path), tmp_path / "run")
    found = decide(api.gather_runs([tmp_path / "run"]), load_claim(people[0]))
    assert found.family == 2 and found.alpha == pytest.approx(0.025) and not found.exploratory


@pytest.mark.parametrize(
    ("section", "change", "said"),
    [
        ("ask", {"wordings": 2}, "ask.wordings"),
        ("ask", {"orders": ["reversed"]}, "ask.orders"),
        ("ask", {"items": None}, "items of atlas"),
        ("measure", {"smallest_effect": 0.01}, "measure.smallest_effect"),
        ("measure", {"primary": "w1_similarity"}, "measure.primary"),
        ("measure", {"alpha": 0.1}, "measure.alpha"),
        ("measure", {"populations": ["atlas-1/x-sahelia"]}, "measure.populations"),
        ("measure", {"populations": ["atlas_exact-1/x-sahelia", "atlas_exact-1/x-zahrania"]}, "people of atlas-1"),
        ("gates", {"allowed_mass": 0.5}, "gates.allowed_mass"),
        ("gates", {"half_width": 0.5}, "gates.half_width"),
        ("seed", 99, "seed"),
        ("respondent", 0, "respondent 'healthy'"),
    ],
)
def test_a_frozen_study_that_has_drifted_is_refused_by_its_key(
    tmp_path: Path, section: str, change: Any, said: str
) -> None:
    path = study_file(tmp_path)
    changed = load_study(path).model_dump(mode="json", exclude_none=True)
    if section == "respondent":
        changed["respondent"][0]["options"]["homogenise"] = 0.5
    elif isinstance(change, dict):
        new = {key: value if value is not None else items()[:-1] for key, value in change.items()}
        changed[section] = {**changed[section], **new}
    else:
        changed[section] = change
    with pytest.raises(StudyChanged) as caught:
        api.prepare(study_from(changed, "study.toml"))
    assert said in str(caught.value) and "frozen" in str(caught.value)


def test_a_run_whose_measure_keys_were_changed_later_is_refused(kept: tuple[Path, Path], tmp_path: Path) -> None:
    import shutil

    shutil.copytree(kept[1], tmp_path / "run")
    stored = tmp_path / "run" / "study.toml"
    stored.write_text(stored.read_text().replace("smallest_effect = 0.05", "smallest_effect = 0.02", 1))
    with pytest.raises(StudyChanged, match=r"measure\.smallest_effect"):
        api.gather_runs([tmp_path / "run"])
    with pytest.raises(StudyChanged, match=r"measure\.smallest_effect"):
        api.measure(api.open_run(tmp_path / "run"))


def test_arms_may_be_run_one_by_one(kept: tuple[Path, Path]) -> None:
    study = load_study(kept[0])
    one = study.model_copy(update={"respondent": study.respondent[:1]})
    assert api.prepare(one).study.respondent[0].name == "healthy"


def test_a_name_that_is_changed_does_not_unfreeze(kept: tuple[Path, Path]) -> None:
    study = load_study(kept[0]).model_copy(update={"name": "another title"})
    assert drift_of(study, [instrument("atlas")], api.open_run(kept[1]).humans).keys == ()


@pytest.mark.parametrize(("key", "value"), [("primary", ""), ("smallest_effect", None)])
def test_without_a_primary_measure_or_a_smallest_effect_nothing_is_frozen(tmp_path: Path, key: str, value: Any) -> None:
    measure = {**table()["measure"], key: value}
    path = study_file(tmp_path, frozen=False, measure={k: v for k, v in measure.items() if v is not None})
    with pytest.raises(BadStudy, match=f"measure.{key}"):
        api.freeze(path)


def test_what_is_frozen_or_wrong_is_not_frozen_again(kept: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(Refused, match="frozen already"):
        api.freeze(kept[0])
    path = study_file(tmp_path, frozen=False, measure={**table()["measure"], "primary": "closeness"})
    with pytest.raises(BadStudy, match="is no measure"):
        api.freeze(path)
    path.write_text(path.read_text() + '\n[frozen]\nprimary = "js_similarity"\n')
    with pytest.raises(BadStudy, match="not a table that"):
        api.prepare(load_study(path))


def test_the_table_names_what_it_fixes() -> None:
    study = study_from(planted_table(["healthy"], measure=MEASURE), "study.toml")
    humans = pl.DataFrame(schema={"source": pl.String})
    made = frozen_table(study, [instrument("atlas")], humans, {"c.toml": "0" * 32})
    assert set(made) == {
        "version", "prompt_version", "measure", "gates", "family", "exclusions", "items", "texts", "arms", "ask",
        "places", "groups", "people", "recorded", "files", "claims",
    }  # fmt: skip
    assert made["measure"]["smallest_effect"] == 0.05 and set(made["arms"]) == {"healthy"}
    assert freeze_text(made).startswith("[frozen]")
    assert REGION in PEOPLE


def test_texts_of_the_users_own_are_frozen_too(tmp_path: Path) -> None:
    atlas = instrument("atlas")
    rows = [f"{q.id},en,official,How much of thing {n}?,{'|'.join('abcdefghij'[: q.options])}"
            for n, q in enumerate(atlas.questions[:8])]  # fmt: skip
    stems = ["question,language,wording,stem,options", *rows]
    texts = write(tmp_path / "official.csv", "\n".join(stems) + "\n")
    path = study_file(tmp_path, ask={**table()["ask"], "texts": ["atlas=official.csv"], "wordings": ["official"]})
    study = load_study(path)
    prepared = api.prepare(study, folder=tmp_path)
    made = api.run_prepared(prepared, tmp_path / "run")
    assert api.gather_runs([made]).drifts["run"].keys == ()
    texts.write_text(texts.read_text().replace("How much of thing 3", "How little of thing 3"))
    for again in (lambda: api.prepare(study, folder=tmp_path), lambda: api.measure(made, study, folder=tmp_path)):
        with pytest.raises(StudyChanged, match="texts of atlas"):
            again()
