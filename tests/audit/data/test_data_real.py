"""Contrasts that real sets are known for: only aggregates are looked at, no text is copied."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tawazun.audit.data import Batch, Choice, Contrast, audit_rows, batch_of, contrast, family, measured, read_files
from tawazun.audit.data.contrasts import contrast_pairs, contrast_within, counterparts
from tawazun.audit.data.entities import read_entities

pytestmark = pytest.mark.data


def rows_of(texts: Sequence[str], language: str, *families: str) -> dict[str, np.ndarray]:
    return dict(measured(batch_of(texts, language), [family(name) for name in families])[0])


def held(first: dict[str, np.ndarray], second: dict[str, np.ndarray], name: str) -> Contrast:
    return contrast(first[name], second[name], draws=400)


def blocks(folder: Path, name: str, *keywords: str) -> list[str]:
    texts: dict[str, None] = {}
    for keyword in keywords:
        path = folder / "cidar_keywords" / "keywords" / f"{name}_{keyword}.txt"
        texts |= dict.fromkeys(one.strip() for one in path.read_text(encoding="utf-8").split("*********"))
    return [one for one in texts if one]


RECIPES, TRANSLATE, ONLY_CIDAR = "وصفة", "ترجم", ("إعراب", "تشكيل")
KEYWORDS = {"cidar": (RECIPES, TRANSLATE), "alpagasus": (RECIPES, TRANSLATE)}


def test_rows_on_grammar_make_cidar_look_less_translated(data_folder: Path) -> None:
    """What rows are about, not how they were made: Alpagasus has no rows with these keywords."""
    grammar = rows_of(blocks(data_folder, "cidar", *ONLY_CIDAR), "ar", "culture", "arabic")
    alpagasus = rows_of(blocks(data_folder, "alpagasus", RECIPES, TRANSLATE), "ar", "culture", "arabic")
    assert held(grammar, alpagasus, "arabic.translationese").high < -0.5
    assert held(grammar, alpagasus, "culture.western_rate").high < 0


def test_localised_rows_name_more_of_their_own_than_translated_ones_with_the_same_keyword(data_folder: Path) -> None:
    values, kinds = {}, {}
    for name, keywords in KEYWORDS.items():
        by = {one: blocks(data_folder, name, one) for one in keywords}
        values[name] = rows_of([text for own in by.values() for text in own], "ar", "culture", "arabic")
        kinds[name] = np.repeat(list(by), [len(own) for own in by.values()])
    both = kinds["cidar"], kinds["alpagasus"]
    found = {
        name: contrast_within(values["cidar"][name], values["alpagasus"][name], both, draws=400)
        for name in ("culture.local_share", "arabic.translationese")
    }
    assert found["culture.local_share"].low > 0
    # not seen, and with reason: see the next test
    assert not found["arabic.translationese"].clear


def test_localised_rows_are_the_translated_ones_with_western_names_taken_out(data_folder: Path) -> None:
    texts = [blocks(data_folder, name, *keywords) for name, keywords in KEYWORDS.items()]
    own, theirs = counterparts(*texts, 0.3)
    assert len(own) > 200
    alike = sum("".join(texts[0][i].split()) == "".join(texts[1][j].split()) for i, j in zip(own, theirs, strict=True))
    assert alike > 0.6 * len(own)
    first, second = (rows_of([side[i] for i in rows], "ar", "culture", "arabic")
                     for side, rows in zip(texts, (own, theirs), strict=True))  # fmt: skip
    western, translated = (
        contrast_pairs(first[name], second[name], draws=400)
        for name in ("culture.western_rate", "arabic.translationese")
    )
    assert western.clear and western.high < 0
    assert not translated.clear and abs(translated.difference) < 0.2


def test_the_names_found_in_both_sets_lie_on_the_known_sides(data_folder: Path) -> None:
    names = [
        rows_of((data_folder / "cidar_keywords/ner" / f"{name}.txt").read_text().split("\n"), "ar", "culture")
        for name in ("locs", "locs_alpaca")
    ]
    found = held(*names, "culture.local_share")
    assert found.low > 0.7 and found.auc_low > 0.85


def test_a_large_list_of_names_agrees(data_folder: Path) -> None:
    listed = read_entities(data_folder / "camel_entities")
    values = []
    for name in ("pers", "pers_alpaca"):
        texts = (data_folder / "cidar_keywords/ner" / f"{name}.txt").read_text().split("\n")
        batch = Batch(batch_of(texts, "ar").samples, "ar", listed)
        values.append(dict(measured(batch, [family("culture")])[0]))
    assert held(values[0], values[1], "culture.local_share").low > 0.5


def test_dialect_cues_tell_spoken_from_standard_tweets(data_folder: Path) -> None:
    table = pl.read_csv(data_folder / "arsarcasm" / "testing_data.csv")
    found = rows_of(table["tweet"].to_list(), "ar", "arabic")
    gold = table["dialect"].to_numpy()
    by = {
        name: {key: values[gold == name] for key, values in found.items()}
        for name in ("msa", "egypt", "gulf", "levant")
    }
    assert held(by["egypt"], by["msa"], "arabic.dialect_balance").auc_low > 0.65
    assert held(by["gulf"], by["msa"], "arabic.dialect_balance").auc_low > 0.55
    assert held(by["levant"], by["msa"], "arabic.dialect_levantine").auc_low > 0.5
    # each variety's own words speak for it, against the other
    assert held(by["egypt"], by["gulf"], "arabic.dialect_egyptian").auc_low > 0.6
    assert held(by["egypt"], by["gulf"], "arabic.dialect_gulf").auc_high < 0.5


def answers(folder: Path, model: str) -> list[str]:
    lines = (folder / "rakuda_ja" / "answers" / f"{model}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines]


def test_strong_answers_are_longer_and_repeat_less_than_weak_ones(data_folder: Path) -> None:
    strong, weak, empty = (
        rows_of(answers(data_folder, name), "ja", "structure", "diversity", "lexical")
        for name in ("gpt4", "rwkv-jp-v1", "llama2-7b")
    )
    assert held(strong, weak, "diversity.repetition_3").high < 0
    assert held(strong, weak, "lexical.mtld").low > 0
    assert held(strong, weak, "structure.characters").low > 0
    assert held(strong, empty, "lexical.mtld").low > 10


def test_chinese_and_english_sets_are_told_apart_row_by_row(data_folder: Path) -> None:
    pytest.importorskip("py3langid")
    for name, language in (("alpaca_zh_demo", "zh"), ("alpaca_en_demo", "en")):
        done = audit_rows(read_files(data_folder / "zh_demo" / f"{name}.json"), Choice(families=("scripts",)))
        assert (done.rows, done.shapes) == (1000, {"instruction": 1000})
        assert done.languages[language] > 0.9 * done.rows
        others = {one: count for one, count in done.languages.items() if one not in (language, "und")}
        # some Chinese rows answer in English, because a translation was asked for
        assert sum(others.values()) < 0.03 * done.rows
    done = audit_rows(read_files(data_folder / "zh_demo" / "dpo_zh_demo.json"), Choice(families=("scripts",)))
    assert done.shapes == {"preference": 300}


def test_care_is_about_its_own_cultures(data_folder: Path) -> None:
    found = {}
    for language, name in (("ar", "Arabic"), ("zh", "Chinese"), ("ja", "Japanese")):
        texts = [
            f"{one['question']}\n{one['answer']}"
            for one in json.loads((data_folder / f"care/{name}-test.json").read_text())
        ]
        found[language] = rows_of(texts, language, "culture")
        assert np.nanmean(found[language]["culture.local_share"]) > 0.8
    general = [one["output"] for one in json.loads((data_folder / "zh_demo" / "alpaca_zh_demo.json").read_text())]
    assert held(found["zh"], rows_of(general, "zh", "culture"), "culture.local_share").low > 0.6
