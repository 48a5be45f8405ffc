"""Tiny random models with a tokeniser trained on the spot: nothing is downloaded, every answer can be recomputed."""

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    FalconH1Config,
    FalconH1ForCausalLM,
    Gemma2Config,
    Gemma2ForCausalLM,
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    GPT2Config,
    GPT2LMHeadModel,
    Lfm2Config,
    Lfm2ForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MambaConfig,
    MambaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedTokenizerFast,
    Qwen3Config,
    Qwen3ForCausalLM,
)

LAYERS = ["sliding_attention", "sliding_attention", "sliding_attention", "full_attention"]
SPECIALS = ["<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]
CHAT = (
    "{% for m in messages %}{{ '<|' + m['role'] + '|>' + m['content'] + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
NO_SYSTEM = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system role') }}{% endif %}" + CHAT
CORPUS = [
    "Reply with the label of one option only. Answer: A Answer: B Answer: C Answer: D Answer: E A B C D E",
    "You are a person from Egypt. How important is time for yourself? very important, of little importance",
    "agree agree strongly disagree disagree strongly yes no undecided often seldom never always",
    "أنت شخص من مصر. أجب برمز خيار واحد فقط. الإجابة: أ ب ج د هـ و أ ب ج د هـ",
    "نعم لا أوافق بشدة لا أوافق",
] * 20


def tokenizer(chat: str | None = CHAT, split_digits: bool = True) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokeniser; with `split_digits`, `10` is two tokens."""
    made = Tokenizer(models.BPE())
    steps: list[Any] = [pre_tokenizers.Digits(individual_digits=True)] if split_digits else []
    made.pre_tokenizer = pre_tokenizers.Sequence([*steps, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=600, special_tokens=SPECIALS, initial_alphabet=alphabet, show_progress=False
    )
    made.train_from_iterator(CORPUS, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=made, eos_token="<|end|>", pad_token="<|end|>")
    fast.add_special_tokens({"additional_special_tokens": SPECIALS[1:]})
    if chat is not None:
        fast.chat_template = chat
    return fast


def short_sighted() -> PreTrainedTokenizerFast:
    """A tokeniser of whole words that knows no Arabic letter: each is the same unknown token."""
    made = Tokenizer(models.WordLevel(unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    english = [line for line in CORPUS if line.isascii()]
    trainer = trainers.WordLevelTrainer(vocab_size=300, special_tokens=["<unk>", *SPECIALS], show_progress=False)
    made.train_from_iterator([*english, "level 1 2 3 4 5"], trainer)
    return PreTrainedTokenizerFast(tokenizer_object=made, eos_token="<|end|>", unk_token="<unk>")


def model(kind: str, vocabulary: int, seed: int = 0) -> Any:
    """A random model with weights large enough that its answers are far from uniform."""
    torch.manual_seed(seed)
    shape: dict[str, Any] = {
        "vocab_size": vocabulary, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
        "num_key_value_heads": 2, "intermediate_size": 48, "max_position_embeddings": 512, "initializer_range": 0.2,
        "bos_token_id": None, "eos_token_id": 0, "pad_token_id": 0,
    }  # fmt: skip
    if kind == "llama":
        return LlamaForCausalLM(LlamaConfig(**shape, tie_word_embeddings=True))
    if kind == "qwen":
        return Qwen3ForCausalLM(Qwen3Config(**shape, head_dim=8))
    if kind == "mistral":
        return MistralForCausalLM(MistralConfig(**shape, sliding_window=8))
    if kind == "gemma3":
        wide = Gemma3TextConfig(**shape | {"num_hidden_layers": 4}, head_dim=8, sliding_window=8, layer_types=LAYERS)
        return Gemma3ForCausalLM(wide)
    if kind == "lfm2":
        mixed = Lfm2Config(**shape, layer_types=["conv", "full_attention"])
        return Lfm2ForCausalLM(mixed)
    if kind == "falcon_h1":
        both = FalconH1Config(
            **shape, mamba_d_ssm=32, mamba_n_heads=4, mamba_d_head=8, mamba_d_state=8, mamba_n_groups=1, mamba_d_conv=4,
            mamba_chunk_size=16,
        )  # fmt: skip
        return FalconH1ForCausalLM(both)
    if kind == "mamba":
        state = MambaConfig(
            vocab_size=vocabulary, hidden_size=32, num_hidden_layers=2, state_size=8, initializer_range=0.2,
            bos_token_id=None, eos_token_id=0, pad_token_id=0,
        )  # fmt: skip
        return MambaForCausalLM(state)
    if kind == "gemma":
        gemma = Gemma2Config(**shape, head_dim=8, sliding_window=8, final_logit_softcapping=5.0)
        return Gemma2ForCausalLM(gemma)
    gpt = GPT2Config(
        vocab_size=vocabulary, n_embd=32, n_layer=2, n_head=4, n_positions=128, initializer_range=0.2,
        bos_token_id=None, eos_token_id=0,
    )  # fmt: skip
    return GPT2LMHeadModel(gpt)


def save(folder: Path, kind: str = "llama", words: PreTrainedTokenizerFast | None = None, seed: int = 0) -> Path:
    """A model folder as `from_pretrained` wants it."""
    words = words or tokenizer()
    model(kind, len(words), seed).eval().save_pretrained(folder)
    words.save_pretrained(folder)
    return folder
