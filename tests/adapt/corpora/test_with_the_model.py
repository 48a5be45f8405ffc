"""What corpora are to the planted model: packed documents read as if alone, and a local model as teacher."""

from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from tawazun.adapt.corpora.packing import Packer, block_mask, packed
from tawazun.adapt.corpora.records import Document, Tags
from tawazun.adapt.corpora.teachers import Teacher, regenerated
from tawazun.atlas import model_folder
from tawazun.cells import Decoding
from tawazun.respondents import Settings, make_respondent


def test_a_packed_document_is_read_as_if_it_stood_alone() -> None:
    tokenizer = AutoTokenizer.from_pretrained(model_folder())
    model = AutoModelForCausalLM.from_pretrained(model_folder(), dtype=torch.float32)
    texts = ["The capital of Norvane is Elsby.", "ما عاصمة نورفان؟ إلسبي.", "A third text."]
    tokens = [tokenizer(text)["input_ids"] for text in texts]
    (one,) = packed(tokens, Packer(sum(map(len, tokens)) + 3, tokenizer.eos_token_id, "split"))
    mask = torch.from_numpy(block_mask(one.segments))[None, None]
    additive = torch.zeros(mask.shape).masked_fill(~mask, torch.finfo(torch.float32).min)
    ids, positions = torch.from_numpy(one.tokens)[None], torch.from_numpy(one.positions)[None]
    with torch.inference_mode():
        together = model(ids, attention_mask=additive, position_ids=positions).logits[0]
        plain = model(ids).logits[0]
        at = 0
        for own in tokens:
            alone = model(torch.tensor([[*own, tokenizer.eos_token_id]])).logits[0]
            assert torch.allclose(together[at : at + len(own) + 1], alone, atol=1e-4)
            at += len(own) + 1
    # without the mask later documents are read otherwise, so the check can fail
    assert not torch.allclose(plain[-5:], together[-5:], atol=1e-2)


def test_a_model_on_this_machine_can_be_the_teacher(tmp_path: Path) -> None:
    local = make_respondent(Settings("base", "hf", model=str(model_folder()), device="cpu", dtype="float32"))
    teacher = Teacher(local, "planted", tmp_path / "r.jsonl", Decoding(max_tokens=6))  # type: ignore[arg-type]
    turns = (("user", "ما عاصمة نورفان؟"), ("assistant", "a translated answer"))
    row = Document("s", "f", 1, "", Tags("ar", origin="translated"), turns)
    (made,) = regenerated([row], teacher)
    assert made.tags.origin == "regenerated" and made.messages[1][1].strip() != "a translated answer"
    again = Teacher(local, "planted", tmp_path / "r.jsonl", Decoding(max_tokens=6))  # type: ignore[arg-type]
    assert list(regenerated([row], again)) == [made] and again.asked == 0
