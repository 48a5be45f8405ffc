"""What counts as frozen before answers: every way round it that was found is noticed and called by its name."""

import json
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from tawazun import api
from tawazun.claims import decide, load_claim
from tawazun.claims.asked import Asked
from tawazun.claims.comparison import compare
from tawazun.claims.freezing import freeze_text
from tawazun.errors import StudyChanged
from tawazun.runs import Run
from tawazun.studies import FOLDER
from tawazun.study import load_study, study_from, study_toml
from tests.claims.conftest import GPT, RECORDED
from tests.claims.test_freezing import CLAIM, study_file, table
from tests.toys import write

LATE = "frozen after answers were seen"


def manifest(run: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads((run / "manifest.json").read_text())["frozen"]
    return found


def edited(file: Path, **changes: Any) -> None:
    """Change keys of a TOML file; `measure__alpha` is a key of a table."""
    held = tomllib.loads(file.read_text())
    for key, value in changes.items():
        *tables, last = key.split("__")
        inner = held
        for one in tables:
            inner = inner.setdefault(one, {})
        inner[last] = value
    file.write_text(tomli_w.dumps(held))


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A study that was run, claimed about, and only then frozen with the claim; (folder, run)."""
    folder = tmp_path_factory.mktemp("seen")
    claim = write(folder / "claim.toml", CLAIM.format(people="atlas-1/x-sahelia"))
    path = study_file(folder, frozen=False)
    api.run(load_study(path), folder / "run")
    assert manifest(folder / "run")["state"].startswith("not frozen")
    path.write_text(path.read_text() + freeze_text(api.freeze(path, claims=[claim])))
    return folder, folder / "run"


def says_late(run: Path | Run, claim: Path) -> None:
    """Claim and comparison of a run that is called exploratory for being late."""
    gathered = api.gather_runs([run])
    found = decide(gathered, load_claim(claim))
    assert found.exploratory and "exploratory" in found.sentence
    assert any(LATE in line for line in found.limits)
    compared = compare(gathered, Asked("js_similarity"))
    assert compared.exploratory and any(LATE in line for line in compared.limits)


def test_frozen_after_the_answers_were_seen_is_called_so_everywhere(seen: tuple[Path, Path], tmp_path: Path) -> None:
    folder, run = seen
    shutil.copytree(run, tmp_path / "again")
    for made in (
        api.run(load_study(folder / "study.toml"), tmp_path / "again"),
        api.measure(api.open_run(tmp_path / "again"), load_study(folder / "study.toml"), folder=folder),
    ):
        assert manifest(made.path)["state"] == f"exploratory: {LATE}"
        says_late(made, folder / "claim.toml")
        assert "nothing was frozen before asking" in (made.path / "report.html").read_text()


def test_a_frozen_table_written_into_the_run_folder_by_hand_does_not_count(
    seen: tuple[Path, Path], tmp_path: Path
) -> None:
    folder, run = seen
    shutil.copytree(run, tmp_path / "run")
    frozen = tomllib.loads((folder / "study.toml").read_text())["frozen"]
    edited(tmp_path / "run" / "study.toml", frozen=frozen)
    says_late(tmp_path / "run", folder / "claim.toml")


def test_a_claim_added_to_what_was_frozen_does_not_count(tmp_path: Path) -> None:
    claims = [write(tmp_path / f"{p}.toml", CLAIM.format(people=f"atlas-1/{p}")) for p in ("x-sahelia", "x-zahrania")]
    path = study_file(tmp_path, claims=(str(claims[0]),))
    made = api.run(load_study(path), tmp_path / "run")
    assert not decide(api.gather_runs([made]), load_claim(claims[0])).exploratory
    edited(path, frozen__claims={one.name: load_claim(one).digest for one in claims})
    again = api.run(load_study(path), tmp_path / "run")
    assert manifest(again.path)["state"] == f"exploratory: {LATE}"
    says_late(again, claims[1])


def test_a_run_that_kept_no_record_is_not_taken_for_confirmatory(tmp_path: Path) -> None:
    claim = write(tmp_path / "claim.toml", CLAIM.format(people="atlas-1/x-sahelia"))
    made = api.run(load_study(study_file(tmp_path, claims=(str(claim),))), tmp_path / "run")
    says = decide(api.gather_runs([made]), load_claim(claim))
    assert not says.exploratory
    (made.path / ".frozen.json").unlink()
    found = decide(api.gather_runs([made]), load_claim(claim))
    assert found.exploratory and any("kept no record" in line for line in found.limits)


def test_taking_a_run_up_again_changes_nothing(tmp_path: Path) -> None:
    path = study_file(tmp_path)
    made = api.run(load_study(path), tmp_path / "run")
    before = (made.path / ".frozen.json").read_text()
    assert "frozen before answers and kept" in manifest(made.path)["state"]
    again = api.run(load_study(path), tmp_path / "run")
    assert (again.path / ".frozen.json").read_text() == before
    assert "frozen before answers and kept" in manifest(made.path)["state"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"measure__undefined_rank": "minus-one"}, "measure.undefined_rank"),
        ({"measure__constants": "anchor"}, "measure.constants"),
        ({"measure__language_places": {"en": "x-sahelia"}}, "measure.language_places"),
        ({"measure__estimates": True}, "measure.estimates"),
        ({"measure__item_correlation": 0.0}, "measure.item_correlation"),
        ({"measure__words": "fixed"}, "measure.words"),
        ({"measure__draws": 100}, "measure.draws"),
        ({"group": [{"id": "group:two@1", "members": ["x-sahelia"]}]}, "the members of group:two@1"),
        ({"group": []}, "the members of group:two@1"),
        ({"place": [{"code": "x-hill", "names": {"en": "Valley"}}]}, "place x-hill"),
    ],
)
def test_whatever_could_move_a_number_is_frozen(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    own: dict[str, Any] = {
        "group": [{"id": "group:two@1", "members": ["x-sahelia", "x-zahrania"]}],
        "place": [{"code": "x-hill", "names": {"en": "Hill"}}],
    }
    path = study_file(tmp_path, **own)
    edited(path, **changes)
    with pytest.raises(StudyChanged) as caught:
        api.prepare(load_study(path))
    assert said in str(caught.value)


# --- recorded answers ----------------------------------------------------------------------------------------------


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    """A frozen study of recorded answers, with a frozen claim."""
    write(tmp_path / "gpt_recorded.csv", (FOLDER / "gpt_recorded.csv").read_text())
    names = (("GPT-3.5", "gpt-3.5-turbo"), ("GPT-4", "gpt-4"))
    respondents = "".join(RECORDED.format(name=name, model=model) for name, model in names)
    text = GPT.format(respondents=respondents) + 'primary = "map_distance"\nsmallest_effect = 0.5\n'
    write(
        tmp_path / "claim.toml",
        'claim = "GPT-4 is closer to India"\nkind = "closer"\nrespondent = "GPT-4 (recorded 2023)"\n'
        'other = "GPT-3.5 (recorded 2023)"\ntarget = "cultural_map-2022/IND"\nmeasure = "map_distance"\n',
    )
    path = write(tmp_path / "study.toml", text)
    path.write_text(path.read_text() + freeze_text(api.freeze(path, claims=[tmp_path / "claim.toml"])))
    return path


def test_recorded_answers_are_never_frozen_before_they_were_there(recordings: Path) -> None:
    folder = recordings.parent
    made = api.run(load_study(recordings), folder / "run", folder=folder)
    state = manifest(made.path)["state"]
    assert state.startswith("exploratory") and "recorded" in state and "before answers and kept" not in state
    gathered = api.gather_runs([made])
    found = decide(gathered, load_claim(folder / "claim.toml"))
    assert found.exploratory and any("recorded ones, which were there before" in line for line in found.limits)
    compared = compare(gathered, Asked("map_distance"))
    assert compared.exploratory and any("recorded ones" in line for line in compared.limits)


def test_a_recorded_file_that_was_replaced_is_noticed(recordings: Path) -> None:
    folder = recordings.parent
    api.prepare(load_study(recordings), folder=folder)
    csv = folder / "gpt_recorded.csv"
    csv.write_text(csv.read_text().replace("gpt-4,w1,", "gpt-4,w01,"))
    with pytest.raises(StudyChanged, match=r"the file of respondent .GPT-3\.5"):
        api.prepare(load_study(recordings), folder=folder)


def test_one_recorded_arm_does_not_take_the_others_confirmation_away(tmp_path: Path) -> None:
    rows = ["persona,question,wording,option,share"]
    asked = study_file(tmp_path, frozen=False)
    made = api.run(load_study(asked), tmp_path / "source").answers
    for row in made.filter(made["respondent"] == "mirror").iter_rows(named=True):
        for k, share in enumerate(row["p"], 1):
            rows.append(f"{row['persona']},{row['question']},{row['wording']},{k},{share!r}")
    write(tmp_path / "old.csv", "\n".join(rows) + "\n")
    content = table()
    arm = {"name": "old", "kind": "recorded", "file": "old.csv", "fill": {"instrument": "atlas"}}
    content["respondent"] = [*content["respondent"], arm]
    content["ask"] = {**content["ask"], "items": load_study(asked).ask.items}
    folder = tmp_path / "mixed"
    folder.mkdir()
    claim = write(folder / "claim.toml", CLAIM.format(people="atlas-1/x-sahelia"))
    write(folder / "old.csv", (tmp_path / "old.csv").read_text())
    path = write(folder / "study.toml", study_toml(study_from(content, "study.toml")))
    path.write_text(path.read_text() + freeze_text(api.freeze(path, claims=[claim])))
    run = api.run(load_study(path), folder / "run", folder=folder)
    assert "not for old" in manifest(run.path)["state"]
    assert not decide(api.gather_runs([run]), load_claim(claim)).exploratory
