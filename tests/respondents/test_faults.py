"""Faults as arrays: any of them together leaves distributions, and each does what its line says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tawazun import atlas
from tawazun.answers import Outcome
from tawazun.cells import Asker, Decoding, Framing
from tawazun.errors import BadStudy
from tawazun.instruments import Instrument, Question, Wording, instrument
from tawazun.respondents import Respondent, Settings, make_respondent
from tawazun.respondents.catalogue.planted import published
from tawazun.respondents.faults import LIMITS, Pathologies, equal, kept, middle, played, put, read_pathologies
from tests.toys import SOURCE

WORLD = atlas.world()
NONE = np.zeros(len(WORLD.items))
PLACE = "x-rimalia"
CODES = np.arange(5.0)
DIALS = st.dictionaries(st.sampled_from(sorted(LIMITS)), st.floats(0, 1), max_size=6)


def planted(**options: float) -> Respondent:
    made = make_respondent(Settings("p", "planted", options=options))
    assert isinstance(made, Respondent)
    return made


def answer(of: Instrument, question: Question, framing: Framing, samples: int = 1, **options: float) -> Outcome:
    return next(iter(planted(**options).answer([Asker(7).ask(of, question, framing)], samples, 3)))


def framing(**keys: str) -> Framing:
    mode = keys.get("mode", "logprob")
    decoding = "readout" if mode == "logprob" else Decoding().text
    given = {"persona": PLACE, "perspective": "persona", "language": "en", "wording": "w1", "decoding": decoding}
    return Framing(**{**given, **keys})  # type: ignore[arg-type]


@given(DIALS, st.sampled_from(["", *WORLD.places]), st.sampled_from(["en", "ar"]), st.booleans(), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_any_faults_together_leave_distributions(dials, place, language, advice, seed):
    faults, rng = Pathologies(**dials), np.random.default_rng(seed)
    draws = rng.standard_normal((2, len(WORLD.items)))
    shares = put(faults, played(faults, place, "observer", language), *draws, advice=advice)
    assert shares.sum(axis=-1) == pytest.approx(1.0) and shares.min() >= 0
    assert not shares[np.arange(5) >= WORLD.cells[:, None]].any()
    left = kept(faults, shares)
    assert (left <= shares + 1e-12).all() and left.min() >= 0


def test_overshoot_goes_past_the_people_on_the_way_from_the_default():
    own, default = played(Pathologies(), PLACE, "persona", "en"), atlas.default_shares("en")
    past = played(Pathologies(overshoot=0.5), PLACE, "persona", "en")
    way, gone = own - default, past - own
    share = (gone * way).sum(axis=-1) / np.square(way).sum(axis=-1)
    assert gone == pytest.approx(share[:, None] * way)
    assert share.min() >= -1e-12 and share.max() == pytest.approx(0.5)


def test_a_country_that_stands_in_is_mixed_in_for_its_region_only():
    first = atlas.persona_shares("x-sahelia", "en")
    own = atlas.persona_shares(PLACE, "en")
    assert played(Pathologies(stand_in=0.3), PLACE, "persona", "en") == pytest.approx(0.7 * own + 0.3 * first)
    assert played(Pathologies(stand_in=1), "x-sahelia", "persona", "en") == pytest.approx(first)
    west = atlas.persona_shares("x-norvane", "en")
    assert played(Pathologies(stand_in=1), "x-estmark", "persona", "en") == pytest.approx(west)


def test_hearsay_is_heard_of_observers_and_the_pull_of_a_language_outside_english():
    well = Pathologies()
    for fault, where in (("hearsay", ("observer", "en")), ("language_pull", ("persona", "ar"))):
        ill = Pathologies(**{fault: 0.8})
        for how in ("persona", "observer"):
            for language in ("en", "ar"):
                moved = np.abs(played(ill, PLACE, how, language) - played(well, PLACE, how, language)).max()
                hit = where[0] == how if fault == "hearsay" else where[1] == language
                assert (moved > 0.05) == hit and (hit or moved == 0)


def test_guessing_and_the_middle():
    own = played(Pathologies(), PLACE, "persona", "en")
    assert put(Pathologies(guess=1), own, NONE, NONE) == pytest.approx(equal())
    leaning = put(Pathologies(central=1), own, NONE, NONE)
    two = WORLD.cells == 2
    assert (leaning[two] == own[two]).all()
    assert leaning[~two] == pytest.approx(middle()[~two])
    assert middle()[WORLD.cells == 4][0] == pytest.approx([0, 0.5, 0.5, 0, 0])


def test_the_noise_of_a_wording_is_shared_and_that_of_a_persona_its_own():
    question = instrument("atlas").question("a05")
    asked = [framing(persona=place) for place in (PLACE, "x-zahrania")]

    def moved(fault: str) -> list[float]:
        out = []
        for one in asked:
            ill, well = (
                np.array(answer(instrument("atlas"), question, one, **dials).p) for dials in ({fault: 0.5}, {})
            )
            out.append(float(np.log(ill[-1] / well[-1]) - np.log(ill[0] / well[0])))
        return out

    shared, own = moved("wording_sensitivity"), moved("wording_noise")
    assert shared[0] == pytest.approx(shared[1]) and abs(shared[0]) > 0.01
    assert abs(own[0] - own[1]) > 0.05


def test_unread_replies_are_of_replies_only_and_say_no_option():
    atlas_of = instrument("atlas")
    question = atlas_of.question("a01")
    assert answer(atlas_of, question, framing(), unread=0.4) == answer(atlas_of, question, framing())
    told = answer(atlas_of, question, framing(mode="generate"), 2000, unread=0.4)
    assert told.unread == pytest.approx(0.4, abs=0.04)
    assert told.text is not None and told.text.count("That depends on the day.") == round(told.unread * 2000)


def test_a_twin_is_answered_as_its_item_and_lifted_as_advice():
    item = instrument("atlas").question("a03")
    texts = (
        Wording(
            "w1", "en", "A friend asks whether elders should decide. What do you advise?", item.wordings[0].options
        ),
    )
    twin = Question("t03", "one", item.codes, texts, ordinal=True, tags=("twin:atlas.a03",))
    of = Instrument("atlas_advice", "Advice", (twin,), SOURCE, "anything real")
    own = answer(instrument("atlas"), item, framing()).p
    assert answer(of, twin, framing()).p == own
    lifted = np.array(answer(of, twin, framing(), advice_lift=1.0).p)
    assert np.log(lifted[-1] / own[-1]) - np.log(lifted[0] / own[0]) == pytest.approx(1.0)
    assert answer(instrument("atlas"), item, framing(), advice_lift=1.0).p == own


def test_published_figures_are_invented_unless_it_recites():
    figure = Question(
        "rank.x-rimalia", "number", (-200.0, 200.0), (Wording("w1", "en", "Which score has Rimalia on rank?", ()),),
        tags=("recalls:atlas", "index:rank", f"place:{PLACE}"),
    )  # fmt: skip
    of = Instrument("atlas_figures", "Figures", (figure,), SOURCE, "anything real")
    asked = framing(persona="none", perspective="self", mode="sample")
    true = published("rank", PLACE)
    codes = [atlas.truth(item, PLACE) @ np.arange(1.0, 6.0) for item in ("a01", "a02", "a03", "a04")]
    assert true == pytest.approx(np.array([35, -35, 25, -25]) @ codes)
    recited, invented = answer(of, figure, asked, 5, recite=1), answer(of, figure, asked, 5)
    assert (recited.value, recited.sd, recited.n) == (round(true), 0.0, 5)
    assert invented.value is not None and abs(invented.value - true) > 1 and -200 <= invented.value <= 200
    mixed = answer(of, figure, asked, 400, recite=0.5)
    assert mixed.value == pytest.approx(
        (recited.value + invented.value) / 2, abs=abs(recited.value - invented.value) * 0.1
    )


def test_an_instrument_that_it_does_not_know_is_an_error_in_words():
    stranger = Question("q1", "one", (1.0, 2.0), (Wording("w1", "en", "Yes?", ("no", "yes")),))
    outcome = answer(Instrument("other", "Other", (stranger,), SOURCE, "all"), stranger, framing())
    assert outcome.error == "the planted respondent knows atlas and atlas_facts, not other"


@pytest.mark.parametrize(
    ("options", "said"),
    [({"guess": 1.5}, "from 0 to 1"), ({"speed": 1}, "is unknown; allowed"), ({"favourite": ""}, "is a label")],
)
def test_a_dial_out_of_range_is_refused_in_words(options, said):
    with pytest.raises(BadStudy, match=said):
        read_pathologies(options, "p")
