"""Agreement of planted judges with people, overall and by country, against scikit-learn, SciPy and a plain alpha."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import spearmanr

from tawazun.runs import Run
from tests.judging.planted import judged, lines
from tests.judging.test_planted_judge import value

COUNTRIES = ("EGY", "MAR", "SAU")
Rows = list[dict[str, Any]]


def plain_alpha(units: Sequence[Sequence[float]], apart: Callable[[float, float], float]) -> float:
    """Krippendorff's alpha by going through every two ratings."""
    met = [unit for unit in units if len(unit) > 1]
    every = Counter(one for unit in met for one in unit)
    n = sum(every.values())
    seen = sum(sum(apart(a, b) for a, b in itertools.permutations(unit, 2)) / (len(unit) - 1) for unit in met) / n
    chance = sum(every[a] * every[b] * apart(a, b) for a in every for b in every) / (n * (n - 1))
    return 1 - seen / chance


def made(seed: int) -> tuple[Rows, Rows]:
    """Pairs and answers of three countries with 0 to 3 people each, who err and tie."""
    rng = np.random.default_rng(seed)
    pairs, answers = [], []
    for k in range(60):
        country, qualities = COUNTRIES[k % 3], rng.permutation(11)[:2]
        better = str(1 + int(qualities[1] > qualities[0]))
        said = [str(rng.choice(["1", "2", "tie"])) if rng.random() < 0.3 else better for _ in range(k % 4)]
        pairs.append({"id": f"p{k}", "prompt": f"q{k}", "answer_1": f"a [q={qualities[0]}]",
                      "answer_2": f"bb [q={qualities[1]}]", "country": country, "human": said})  # fmt: skip
        grades = [int(np.clip(qualities[0] + rng.integers(-2, 3), 0, 10)) for _ in range(k % 4)]
        answers.append({"id": f"g{k}", "prompt": f"q{k}", "answer": f"a [q={qualities[0]}]", "country": country,
                        "human": grades})  # fmt: skip
    return pairs, answers


def chosen_of(run: Run) -> dict[str, int]:
    """Pairs won by one answer under both orders: id -> 1 or 2."""
    won: dict[str, list[int]] = defaultdict(list)
    for row in run.answers.iter_rows(named=True):
        if row["p"] is not None and row["p"][0] != row["p"][1] and sum(row["p"]) > 0:
            won[row["question"]].append(1 + int(row["p"][1] > row["p"][0]))
    return {item: sides[0] for item, sides in won.items() if len(sides) == 2 and sides[0] == sides[1]}


@pytest.mark.parametrize("faults", [{}, {"noise": 0.5}, {"position_bias": -0.4, "fails": 0.1}])
def test_verdicts(tmp_path: Path, faults: dict[str, float]) -> None:
    kappa = pytest.importorskip("sklearn.metrics").cohen_kappa_score
    rows, _ = made(4)
    run = judged(tmp_path / "run", lines(tmp_path / "p.jsonl", rows), "pairs", ask=None, **faults)
    chosen = chosen_of(run)
    for group in ("", *COUNTRIES):
        own = [row for row in rows if row["human"] and group in ("", row["country"]) and row["id"] in chosen]
        voted = [(row, Counter(map(str, row["human"])).most_common()) for row in own]
        clear = [(row, votes[0][0]) for row, votes in voted if len(votes) == 1 or votes[0][1] > votes[1][1]]
        two = [(chosen[row["id"]], int(said)) for row, said in clear if said != "tie"]
        name = f"country:{group}" if group else ""
        assert value(run, "agreement", "share", name) == pytest.approx(np.mean([a == b for a, b in two]))
        assert value(run, "agreement", "kappa", name) == pytest.approx(kappa(*zip(*two, strict=True)))
        units = [[*row["human"], str(chosen[row["id"]])] for row in own]
        assert value(run, "agreement", "alpha", name) == pytest.approx(plain_alpha(units, lambda a, b: float(a != b)))


@pytest.mark.parametrize("faults", [{}, {"noise": 0.5}, {"fails": 0.2}])
def test_grades(tmp_path: Path, faults: dict[str, float]) -> None:
    _, rows = made(7)
    run = judged(tmp_path / "run", lines(tmp_path / "g.jsonl", rows), "grades", ask=None, **faults)
    given = dict(run.answers.filter(pl.col("value").is_not_null()).select("question", "value").iter_rows())
    for group in ("", *COUNTRIES):
        own = [row for row in rows if row["human"] and group in ("", row["country"]) and row["id"] in given]
        name = f"country:{group}" if group else ""
        means = [float(np.mean(row["human"])) for row in own]
        found = spearmanr([given[row["id"]] for row in own], means).statistic
        assert value(run, "agreement", "spearman", name) == pytest.approx(found)
        units = [[*row["human"], given[row["id"]]] for row in own]
        assert value(run, "agreement", "alpha", name) == pytest.approx(plain_alpha(units, lambda a, b: (a - b) ** 2))
        people = plain_alpha([row["human"] for row in rows if group in ("", row["country"])], lambda a, b: (a - b) ** 2)
        assert value(run, "agreement", "alpha", name, "ceiling:people") == pytest.approx(people)
