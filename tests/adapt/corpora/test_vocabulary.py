"""New pieces: learnt as byte-pair encoding would, old tokens kept, vectors the mean of what a piece is made of."""

import json
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from tawazun.adapt.corpora.pieces import learn_pieces
from tawazun.adapt.corpora.vocabulary import extend_vocabulary, fertility
from tawazun.atlas import model_folder
from tawazun.errors import BadStudy, Refused

TEXTS = [
    "السلام عليكم يا أهل المدينة القديمة، كيف حال الأسواق والموانئ اليوم؟",
    "الأسواق مزدحمة والموانئ مفتوحة، والحمد لله على السلامة يا أهل المدينة.",
    "في المدينة القديمة أسواق كثيرة، وفي الموانئ سفن كثيرة.",
] * 3
ENGLISH = ["The harbour is open and the markets are full."]


@pytest.mark.parametrize("tied", [True, False])
def test_a_model_with_more_pieces_loads_and_reads_old_texts_as_before(tmp_path: Path, tied: bool) -> None:
    source: Path = model_folder()
    if not tied:
        config = LlamaConfig.from_pretrained(source, tie_word_embeddings=False, num_hidden_layers=1, dtype="float32")
        torch.manual_seed(0)
        source = tmp_path / "untied"
        LlamaForCausalLM(config).save_pretrained(source)
        AutoTokenizer.from_pretrained(model_folder()).save_pretrained(source)
    made = extend_vocabulary(source, TEXTS, tmp_path / "out", count=40, samples={"ar": TEXTS, "en": ENGLISH})
    old, new = (AutoTokenizer.from_pretrained(folder) for folder in (source, tmp_path / "out"))
    before, after = (AutoModelForCausalLM.from_pretrained(folder) for folder in (source, tmp_path / "out"))
    assert (made.pieces, made.tied, made.rows) == (40, tied, len(old) + 40)
    assert made.after["ar"].tokens < 0.8 * made.before["ar"].tokens and made.after["en"] == made.before["en"]
    assert made.after["ar"].unbroken > made.before["ar"].unbroken
    assert json.loads(json.dumps(made.record()))["before"]["ar"]["words"] == made.before["ar"].words
    for text in (*TEXTS, *ENGLISH):
        assert new.decode(new(text)["input_ids"]) == old.decode(old(text)["input_ids"]) == text
    ids = old(ENGLISH[0], return_tensors="pt")["input_ids"]
    assert new(ENGLISH[0])["input_ids"] == ids[0].tolist()
    with torch.inference_mode():
        assert torch.equal(after(ids).logits[..., : len(old)], before(ids).logits)
    pieces = learn_pieces(old, TEXTS, 40)
    for piece, olds in pieces.added.items():
        rows = [old.get_vocab()[one] for one in olds]
        for get in ("get_input_embeddings", "get_output_embeddings"):
            own, was = getattr(after, get)().weight, getattr(before, get)().weight
            assert torch.allclose(own[new.get_vocab()[piece]], was[rows].mean(dim=0), atol=1e-2 if tied else 1e-6)


def test_learning_goes_on_as_byte_pair_encoding_from_the_start() -> None:
    """From single letters our merges are those of the tokenizers library, whose ties may fall otherwise."""
    texts = ["low lower lowest newer newest wider widest low low new new wide"] * 2
    base = Tokenizer(models.BPE())
    base.pre_tokenizer = pre_tokenizers.Whitespace()
    alphabet = sorted(set("".join(texts)) - {" "})
    base.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=len(alphabet), show_progress=False))
    ours = learn_pieces(PreTrainedTokenizerFast(tokenizer_object=base), texts, 8)
    whole = Tokenizer(models.BPE())
    whole.pre_tokenizer = pre_tokenizers.Whitespace()
    whole.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=len(alphabet) + 8, show_progress=False))
    assert set(ours.added) == set(whole.get_vocab()) - set(alphabet)
    assert all("".join(olds) == piece for piece, olds in ours.added.items())


def test_what_cannot_be_learnt_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadStudy, match="stand together twice"):
        extend_vocabulary(model_folder(), ["q"], tmp_path / "out", count=3, samples={})
    with pytest.raises(BadStudy, match="at least one"):
        extend_vocabulary(model_folder(), TEXTS, tmp_path / "out", count=0, samples={})
    words = Tokenizer(models.WordLevel({"a": 0, "[UNK]": 1}, unk_token="[UNK]"))
    with pytest.raises(Refused, match="byte-pair"):
        learn_pieces(PreTrainedTokenizerFast(tokenizer_object=words), TEXTS, 3)
    with pytest.raises(BadStudy, match="no words"):
        fertility(AutoTokenizer.from_pretrained(model_folder()), ["  "])
