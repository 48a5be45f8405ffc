"""The analytic planted respondent: exact when well, and each fault moves what it should and nothing else."""

import time

import numpy as np
import pytest

from tawazun import atlas
from tawazun.answers import Outcome, check
from tawazun.cells import Ask, Asker, Decoding, Framing
from tawazun.errors import BadStudy
from tawazun.instruments import instrument
from tawazun.respondents import Respondent, Settings, make_respondent, respondent_id

VALUES, FACTS = instrument("atlas"), instrument("atlas_facts")
WORLD = atlas.world()
STRENGTHS: dict[str, float] = {
    "default_pull": 0.5,
    "homogenise": 1.0,
    "mirror": 1.0,
    "caricature": 0.5,
    "order_bias": 0.3,
    "label_bias": 0.3,
    "wording_sensitivity": 0.8,
    "acquiescence": 0.8,
    "dispersion_collapse": 0.5,
    "refuse": 0.2,
    "refuse_value": 0.4,
    "low_mass": 0.3,
    "mismatch": 0.5,
}


def planted(**options: object) -> Respondent:
    made = make_respondent(Settings("p", "planted", options=options))
    assert isinstance(made, Respondent)
    return made


def asks(personas, items=("a01", "a14", "a27", "a45"), language="en", wordings=("w1",), orders=("forward",),
         labels="letters", mode="logprob", exam=False) -> list[Ask]:  # fmt: skip
    asker, of = Asker(7), FACTS if exam else VALUES
    decoding = "readout" if mode == "logprob" else Decoding().text
    return [
        asker.ask(of, of.question(item), Framing(
            persona, "persona" if persona.startswith("x-") else "self", language, wording, order, labels,
            mode=mode, decoding=decoding,
        ))
        for persona in personas for item in items for wording in wordings for order in orders
    ]  # fmt: skip


def shares(respondent, asked, samples=1, seed=0) -> list[np.ndarray]:
    return [np.array(one.p) for one in respondent.answer(asked, samples, seed)]


def scored(p: np.ndarray) -> float:
    return float(p @ np.arange(p.size) / p.sum())


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("labels", ["letters", "digits", "ar-letters"])
def test_a_well_respondent_is_the_planted_truth(language, labels):
    personas = ["none", "human", "x-sahelia", "x-badiyan", "x-marsouk", "x-takumo?age=18-29&sex=f"]
    asked = asks(personas, language=language, labels=labels, orders=("forward", "reversed", "shuffle-3"),
                 wordings=("w1", "w3"))  # fmt: skip
    for ask, outcome in zip(asked, planted().answer(asked, 1, 0), strict=True):
        expected = atlas.respondent_truth(ask.question.id, ask.framing.persona, language)
        assert np.array(outcome.p) == pytest.approx(expected, abs=1e-12)
        assert (outcome.off_menu, outcome.refused, outcome.unread, outcome.n) == (0.0, 0.0, 0.0, None)


def test_facts_are_known_to_it():
    asked = asks(["none", "x-sahelia"], items=["f01", "f30"], exam=True)
    for ask, p in zip(asked, shares(planted(), asked), strict=True):
        assert ask.question.codes[int(p.argmax())] == FACTS.gold[ask.question.id] and p.max() == pytest.approx(0.97)


@pytest.mark.parametrize("fault", STRENGTHS)
def test_a_fault_at_zero_is_no_fault(fault):
    asked = asks(["none", "x-sahelia"], mode="generate" if fault == "mismatch" else "logprob")
    assert list(planted(**{fault: 0}).answer(asked, 20, 0)) == list(planted().answer(asked, 20, 0))
    assert respondent_id(planted(**{fault: 0}).identity) == respondent_id(planted().identity)
    assert respondent_id(planted(**{fault: 0.5}).identity) != respondent_id(planted().identity)


def gap(fault: str, **asking: object) -> float:
    """Largest change of a share that a fault makes in some asks."""
    asked = asks(**asking)
    ill, well = shares(planted(**{fault: STRENGTHS[fault]}), asked), shares(planted(), asked)
    return max(float(np.abs(a - b).max()) for a, b in zip(ill, well, strict=True))


@pytest.mark.parametrize("fault", ["default_pull", "homogenise", "mirror", "caricature"])
def test_faults_of_the_persona_leave_the_default_and_unknown_countries_alone(fault):
    assert gap(fault, personas=["x-sahelia", "x-takumo"]) > 0.02
    assert gap(fault, personas=["none", "human", "x-marsouk"]) == 0.0
    assert gap(fault, personas=["x-sahelia"], items=["f01"], exam=True) == 0.0


def regional(place: str, item: str) -> np.ndarray:
    members = [p for p, region in zip(WORLD.places, WORLD.regions, strict=True)
               if region == WORLD.regions[WORLD.row(place)] and atlas.role_of(p) != "unknown"]  # fmt: skip
    return np.mean([atlas.respondent_truth(item, p, "en") for p in members], axis=0)


def test_persona_faults_move_along_the_deviation_from_the_region():
    heard = [p for p in WORLD.places if atlas.role_of(p) != "unknown"]
    asked = asks(heard, items=[q.id for q in VALUES.questions])
    means = np.array([regional(a.framing.persona, a.question.id) @ np.arange(a.question.cells) for a in asked])
    true = np.array([scored(p) for p in shares(planted(), asked)]) - means
    slopes = {}
    for fault in ("homogenise", "mirror", "caricature"):
        ill = np.array([scored(p) for p in shares(planted(**{fault: STRENGTHS[fault]}), asked)]) - means
        slopes[fault] = float(ill @ true / (true @ true))
    assert slopes["homogenise"] == pytest.approx(0.0, abs=1e-9)
    assert -1.001 < slopes["mirror"] < -0.85
    assert 1.25 < slopes["caricature"] < 1.501


def test_default_pull_goes_half_way():
    asked = asks(["x-sahelia"])
    for ask, p in zip(asked, shares(planted(default_pull=0.5), asked), strict=True):
        own, none = (atlas.respondent_truth(ask.question.id, who, "en") for who in ("x-sahelia", "none"))
        assert p == pytest.approx((own + none) / 2)


def test_order_bias_follows_the_place_and_not_the_option():
    for strength, place in ((0.3, 0), (-0.3, -1)):
        asked = asks(["none"], orders=("forward", "reversed", "shuffle-2"))
        for ask, ill, well in zip(
            asked, shares(planted(order_bias=strength), asked), shares(planted(), asked), strict=True
        ):
            expected = 0.7 * well
            expected[ask.shown.order[place]] += 0.3
            assert ill == pytest.approx(expected)


def test_label_bias_follows_the_label_and_only_where_it_is_shown():
    for order in ("forward", "reversed"):
        asked = asks(["none"], orders=(order,))
        for ask, ill, well in zip(asked, shares(planted(label_bias=0.3), asked), shares(planted(), asked), strict=True):
            expected = 0.7 * well
            expected[ask.shown.order[1]] += 0.3
            assert ill == pytest.approx(expected)
    assert gap("label_bias", personas=["none"], labels="digits") == 0.0


def test_wording_sensitivity_differs_by_wording_only():
    ill = planted(wording_sensitivity=0.8)
    by_wording = [shares(ill, asks(["none"], items=["a05"], wordings=(w,)))[0] for w in ("w1", "w2", "w3")]
    assert max(abs(scored(p) - scored(by_wording[0])) for p in by_wording[1:]) > 0.05
    one = [shares(ill, asks(["none"], items=["a05"], orders=(o,)))[0] for o in ("forward", "reversed")]
    assert one[0] == pytest.approx(one[1])


def test_acquiescence_lifts_agreement_whatever_the_direction_and_nothing_else():
    lift = {}
    for question in VALUES.questions:
        asked = asks(["none"], items=[question.id])
        lift[question.id] = scored(shares(planted(acquiescence=0.8), asked)[0]) - scored(shares(planted(), asked)[0])
    agreeing = {q.id for q in VALUES.questions if any("agreement" in tag or "yes-no" in tag for tag in q.tags)}
    assert {q.reverse for q in VALUES.questions if q.id in agreeing} == {True, False}
    assert min(lift[item] for item in agreeing) > 0.01
    assert {value for item, value in lift.items() if item not in agreeing} == {0.0}


def test_dispersion_collapse_keeps_the_mode():
    for ill, well in zip(
        *(shares(r, asks(["x-takumo"])) for r in (planted(dispersion_collapse=0.5), planted())), strict=True
    ):
        assert ill.argmax() == well.argmax() and ill.max() == pytest.approx(0.5 + 0.5 * well.max())


def test_refusals_at_random_keep_the_shape_and_those_by_value_bend_it():
    asked = asks(["none"], items=["a01", "a27"])
    for outcome, well in zip(planted(refuse=0.2).answer(asked, 1, 0), shares(planted(), asked), strict=True):
        assert outcome.refused == pytest.approx(0.2) and np.array(outcome.p) == pytest.approx(0.8 * well)
    for outcome, well in zip(planted(refuse_value=0.4).answer(asked, 1, 0), shares(planted(), asked), strict=True):
        ratio = np.array(outcome.p) / well
        assert ratio == pytest.approx(1 - 0.4 * np.arange(well.size) / (well.size - 1))
        assert outcome.refused == pytest.approx(1 - sum(outcome.p))


def test_low_mass_is_off_the_menu_in_a_read_out_and_unread_in_replies():
    outcome = next(iter(planted(low_mass=0.3).answer(asks(["none"]), 1, 0)))
    assert outcome.off_menu == pytest.approx(0.3) and sum(outcome.p) == pytest.approx(0.7)
    drawn = next(iter(planted(low_mass=0.3).answer(asks(["none"], mode="generate"), 2000, 0)))
    assert drawn.off_menu is None and drawn.unread == pytest.approx(0.3, abs=0.04)
    assert drawn.text.count("That depends on the day.") == drawn.unread * 2000


def test_mismatch_is_seen_in_replies_only():
    assert gap("mismatch", personas=["x-sahelia"]) == 0.0
    asked = asks(["x-takumo"], mode="sample", items=["a45"])
    well, ill = shares(planted(), asked, 4000)[0], shares(planted(mismatch=0.5), asked, 4000)[0]
    assert ill == pytest.approx(0.5 * well + 0.5 * well[::-1], abs=0.04)


@pytest.mark.parametrize("mode", ["sample", "generate"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_replies_are_drawn_from_the_truth_and_say_what_was_counted(mode, language):
    asked = asks(["x-hwanlo"], mode=mode, language=language, orders=("shuffle-1",))
    for ask, outcome in zip(asked, planted(refuse=0.1).answer(asked, 3000, 5), strict=True):
        expected = 0.9 * atlas.respondent_truth(ask.question.id, "x-hwanlo", language)
        assert np.array(outcome.p) == pytest.approx(expected, abs=0.035)
        assert outcome.n == 3000 and len(outcome.text) == 3000
        for option, share in enumerate(outcome.p):
            label = ask.shown.labels[ask.shown.order.index(option)]
            reply = label if mode == "sample" else f"{label}. {ask.shown.wording.options[option]}"
            assert outcome.text.count(reply) == round(share * 3000)


def test_draws_depend_on_seed_and_ask_and_never_on_the_batch():
    asked = asks(["none", "x-sahelia", "x-takumo"], mode="sample", orders=("forward", "shuffle-1"))
    options = {"refuse": 0.1, "mismatch": 0.2, "low_mass": 0.1}
    whole = list(planted(**options).answer(asked, 30, 1))
    alone = [next(iter(planted(**options).answer([ask], 30, 1))) for ask in reversed(asked)]
    assert whole == alone[::-1]
    assert whole != list(planted(**options).answer(asked, 30, 2))
    longer = list(planted(**options).answer(asked, 31, 1))
    assert [one.text[:30] for one in longer] == [one.text for one in whole]


def test_temperature_zero_always_takes_the_likeliest():
    asker = Asker(1)
    framing = Framing("x-takumo", "persona", "en", "w1", mode="sample", decoding=Decoding(temperature=0).text)
    outcome = next(iter(planted().answer([asker.ask(VALUES, VALUES.question("a03"), framing)], 50, 0)))
    assert max(outcome.p) == 1.0
    nucleus = Framing("x-takumo", "persona", "en", "w1", mode="sample", decoding=Decoding(top_p=0.5).text)
    kept = next(iter(planted().answer([asker.ask(VALUES, VALUES.question("a03"), nucleus)], 200, 0)))
    truth = atlas.respondent_truth("a03", "x-takumo", "en")
    assert {k for k, p in enumerate(kept.p) if p > 0} <= set(
        np.argsort(-truth)[: int((np.cumsum(np.sort(truth)[::-1]) < 0.5).sum()) + 1]
    )


@pytest.mark.parametrize("mode", ["logprob", "sample", "generate"])
def test_every_outcome_keeps_the_contract_with_all_faults_at_once(mode):
    asked = asks(["none", "x-sahelia", "x-badiyan", "x-marsouk"], mode=mode, orders=("forward", "rotate-1"))
    asked += asks(["x-sahelia"], items=["f01", "f50"], mode=mode, exam=True)
    for ask, outcome in zip(asked, planted(**STRENGTHS).answer(asked, 7, 0), strict=True):
        assert isinstance(outcome, Outcome) and check(outcome, ask.question, "planted") is outcome


@pytest.mark.parametrize(("options", "line"), [
    ({"morror": 1.0}, "morror is unknown; allowed: default_pull"),
    ({"mirror": 2.0}, "mirror is a number from 0 to 1, not 2.0"),
    ({"order_bias": "first"}, "order_bias is a number from -1 to 1"),
    ({"refuse": True}, "refuse is a number"),
    ({"favourite": 3}, "favourite is a label"),
])  # fmt: skip
def test_bad_options_are_named(options, line):
    with pytest.raises(BadStudy, match=line):
        planted(**options)


def test_other_instruments_are_an_error_of_the_cell():
    ask = asks(["none"])[0]
    foreign = Ask(ask.ask, "vsm13", ask.question, ask.framing, ask.shown, ask.who)
    assert "knows atlas and atlas_facts" in next(iter(planted().answer([foreign], 1, 0))).error


def test_it_is_fast():
    asked = asks(WORLD.places, items=[q.id for q in VALUES.questions], orders=("forward", "reversed"))
    ill, rates = planted(**STRENGTHS), []
    for _ in range(3):  # the best of three: a busy neighbour on the core slows CPU seconds too
        start = time.process_time()
        count = sum(1 for _ in ill.answer(asked, 1, 0))
        rates.append(count / (time.process_time() - start))
    assert max(rates) > 10_000, rates
