"""Many candidates at once score what each scores alone, wherever the vectors stand."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

from tawazun.adapt.ground import Ground
from tawazun.adapt.problem import make_problem
from tawazun.engine import SoftPrompt, write_soft_prompt
from tawazun.errors import BadStudy, Refused
from tawazun.respondents import Settings, make_respondent
from tests import tiny_models

Make = Callable[..., Ground]
SHORT = {("mistral", "before"), ("mistral", "persona")}


def drawn(count: int, tokens: int = 2, width: int = 32, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.4, (count, tokens, width)).astype(np.float32)


@pytest.mark.parametrize("kind", ["llama", "gpt2", "mistral"])
@pytest.mark.parametrize("position", ["before", "persona", "after"])
def test_a_population_scores_as_one_by_one(grounded: Make, kind: str, position: str) -> None:
    """Whatever the model can share: everything, a beginning only; and whether questions are kept or not."""
    ground = grounded(kind, search={"position": position, "tokens": 2}, ask={"orders": ["forward", "reversed"]})
    vectors = drawn(5)
    with ground.layout(2, 4) as layout:
        p, mass = layout.shares(vectors)  # more candidates than room: in two goes
    assert p.shape == (5, 4, 5) and p.sum(axis=2) == pytest.approx(np.ones((5, 4)))
    # two layers with a window of 8 do not look back to the beginning
    assert (kind, position) in SHORT or float(np.abs(p[0] - p[1]).max()) > 1e-4
    with ground.layout(2, 1) as layout:
        alone = [layout.shares(vectors[i : i + 1]) for i in range(5)]
    assert p == pytest.approx(np.concatenate([one for one, _ in alone]), abs=1e-5)
    assert mass == pytest.approx(np.concatenate([one for _, one in alone]), abs=1e-5)


@pytest.mark.parametrize("position", ["before", "persona", "after"])
def test_a_study_with_the_adapter_answers_as_the_search_did(
    grounded: Make, tiny: Callable[[str], Path], tmp_path: Path, position: Any
) -> None:
    ground = grounded("qwen", search={"position": position}, ask={"orders": ["forward", "reversed"]})
    vectors = drawn(3, seed=4)
    with ground.layout(2, 3) as layout:
        p, mass = layout.shares(vectors)
    write_soft_prompt(tmp_path / "soft", SoftPrompt(torch.from_numpy(vectors[1]), position))
    made = make_respondent(Settings("it", "hf", model=str(tiny("qwen")), adapter=str(tmp_path / "soft"), device="cpu"))
    answers = made.answer(ground.asks, 1, 0)  # type: ignore[union-attr]
    raw = np.array([one.p for one in answers]).reshape(2, 4, 5)
    assert p[1] == pytest.approx((raw / raw.sum(axis=2, keepdims=True)).mean(axis=0), abs=1e-5)
    assert mass[1] == pytest.approx(raw.sum(axis=2).mean(axis=0), abs=1e-5)


def test_peft_alone_gives_the_logits_of_the_search(grounded: Make, tiny: Callable[[str], Path], tmp_path: Path) -> None:
    ground = grounded(search={"position": "before"})
    vectors = drawn(2, seed=5)
    folder = write_soft_prompt(tmp_path / "soft", SoftPrompt(torch.from_numpy(vectors[1]), "before"))
    (folder / "soft_prompt.json").unlink()
    plain = AutoModelForCausalLM.from_pretrained(tiny("llama"), dtype=torch.float32).eval()
    wrapped = PeftModel.from_pretrained(plain, str(folder)).eval()
    with ground.layout(2, 2) as layout, torch.inference_mode():
        layout.bank.put(vectors)
        for piece in layout.pieces:
            assert not piece.head
            ids = torch.tensor([piece.tail])
            theirs = wrapped(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[0, -1]
            own = layout.model.module(torch.tensor([layout.prompt(piece, 1)]), use_cache=False).logits[0, -1]
            assert float((own - theirs).abs().max()) <= 1e-5


def test_labels_of_several_tokens_and_texts_are_scored_too(grounded: Make) -> None:
    for labels in ("text", "digits"):
        ground = grounded(ask={"labels": [labels]})
        with ground.layout(1, 3) as layout:
            p, _ = layout.shares(drawn(3, 1))
            each = np.concatenate([layout.shares(one[None])[0] for one in drawn(3, 1)])
        assert p == pytest.approx(each, abs=1e-5)


def test_drawn_replies_are_shares_of_replies_and_repeat(grounded: Make) -> None:
    ground = grounded(objective={"readout": "sampled", "samples": 4}, ask={"decoding": [{"max_tokens": 3}]})
    with ground.layout(1, 2) as layout:
        first, read = layout.replies(drawn(2, 1), 4, 0)
        again, _ = layout.replies(drawn(2, 1), 4, 0)
    assert np.array_equal(first, again, equal_nan=True)
    known = np.isfinite(first).all(axis=2)
    assert (np.isclose(first[known].sum(axis=1), 1)).all()
    assert ((read >= 0) & (read <= 1) & np.isclose(read * 4, np.round(read * 4))).all()


def test_the_vectors_are_let_go(grounded: Make) -> None:
    ground = grounded()
    before = ground.model.virtual.first
    for _ in range(2):
        problem = make_problem(ground, ground.targets)
        assert problem.layout.bank.numbers.start == before
        problem.layout.close()


def test_a_base_that_has_an_adapter_is_refused(grounded: Make, tiny: Callable[[str], Path], tmp_path: Path) -> None:
    """What was found on top of it could not be asked: a study takes one adapter."""
    write_soft_prompt(tmp_path / "soft", SoftPrompt(torch.from_numpy(drawn(1)[0]), "before"))
    with pytest.raises(Refused, match=r"base\.adapter = .*merge it into the weights"):
        grounded(base={"model": str(tiny("llama")), "adapter": str(tmp_path / "soft")})


def test_a_tokenizer_without_the_names_is_said(tmp_path: Path, grounded: Make) -> None:
    folder = tiny_models.save(tmp_path / "blind", "llama", tiny_models.short_sighted())
    ground = grounded(base={"model": str(folder)})
    with pytest.raises(BadStudy, match="the anchor x-norvane: the model's tokenizer does not know 'Norvane'"):
        make_problem(ground, ground.targets)


def test_endpoints_are_refused_in_one_line(grounded: Make) -> None:
    with pytest.raises(Refused, match="tawazun adapt prompts") as caught:
        grounded(base={"kind": "endpoint", "model": "x", "base_url": "http://localhost:1"})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("search", "says"),
    [
        ({"anchors": ["x-marsouk", "x-sahelia"]}, "x-marsouk is the target"),
        ({"components": 40}, "name more anchors or take fewer components"),
        ({"tokens": 40_000_000}, "use fewer virtual tokens"),
        ({"space": "text", "text": "Egypt", "tokens": 40_000_000}, "use fewer virtual tokens"),
        ({"tokens": 600}, "longer than the model's 512"),
    ],
)
def test_spaces_that_cannot_be_searched_are_said(grounded: Make, search: dict[str, Any], says: str) -> None:
    ground = grounded(search=search)
    with pytest.raises(BadStudy, match=says):
        make_problem(ground, ground.targets)


def test_scores_by_hand_need_named_anchors(grounded: Make) -> None:
    keys = {"populations": [], "scores": {"rank": 30.0}, "place": "x-marsouk"}
    ground = grounded(target=keys)
    with pytest.raises(BadStudy, match="scores by hand have no source"):
        make_problem(ground, ground.targets)
    ground = grounded(target=keys, search={"anchors": ["group:atlas@1"]})
    problem = make_problem(ground, ground.targets)
    assert len(problem.began.anchors) == 29 and "x-marsouk" not in problem.began.anchors
    problem.layout.close()


def test_embeddings_that_cannot_be_read_are_said(grounded: Make) -> None:
    spread = grounded("qwen")
    spread.model.module.hf_device_map = {"model.layers.0": 0, "model.layers.1": 1}
    with pytest.raises(Refused, match="spread over several devices"):
        make_problem(spread, spread.targets)
    few_bits = grounded("qwen")
    few_bits.model.module.get_input_embeddings = lambda: torch.nn.Embedding.from_pretrained(
        torch.zeros(2, 2, dtype=torch.int8)
    )
    with pytest.raises(Refused, match="its embedding table cannot be read"):
        make_problem(few_bits, few_bits.targets)


def test_a_start_that_holds_an_item_is_refused(grounded: Make) -> None:
    """A held-out question in the start text would be an example of itself."""
    free = grounded(search={"space": "text", "text": "You live in a small town by the sea", "components": 0})
    make_problem(free, free.targets).layout.close()
    stem = free.instrument.questions[40].wordings[0].stem
    ground = grounded(search={"space": "text", "text": f"Most people say yes. {stem} Yes.", "components": 0})
    with pytest.raises(BadStudy, match=r"search\.text gives away atlas:a41"):
        make_problem(ground, ground.targets)
