"""Writes kinds.json: what transformers makes of texts with tokenizers of every kind, for tokenizer-kinds.test.ts.

Run by hand after a change of the kinds or texts:
  pip install transformers==5.24.0 tokenizers==0.23.3 && python make-kinds-golden.py

The tokenizers are learned from a few lines, in the build that the named models have.
"""
import json
import pathlib
import tempfile

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertTokenizer, PreTrainedTokenizerFast

TEXTS = [
    "法国的首都是 Paris，法国的货币是欧元。法国位于欧洲，说法语。",
    "日本的首都是 Tokyo，日本的货币是日元。日本位于亚洲，说日语。",
    "The capital of France is Paris. The currency of France is the euro, and its phone code is +33.",
    "The capital of Japan is Tokyo. The currency of Japan is the yen, and its phone code is +81.",
    "It's a banana; she'll say they've got 1001 bananas, won't they?",
]
PROBES = TEXTS + [
    "给定问题：德国的首都是哪里？，给定答案： Berlin",
    "  two  spaces\tand\n\nlines \r\n\u3000wide \u00a0 ",
    "Café naïve ÀÉÎ ﬁne ½ ① ２０２６ e\u0301 \u200b\ufeff",
    "emoji 👨‍👩‍👧 😀 한국어 ひらがな カタカナ 𠀀𠮷 Ωμέγα العربية",
    "1234567 3.14 a_b-c/d {x: [1, 2]} <b>&amp;</b>",
    "I'm HELLO'S we'RE",
    "",
    "before<|im_start|>user\nhi<|im_end|>  after <tool_call> x",
]
GPT2 = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = LLAMA3.replace("{1,3}", "")
SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]


def byte_level(pre_tokenizer, normalizer=None, ignore_merges=False):
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=340, min_frequency=2, special_tokens=SPECIALS, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    tokenizer.add_tokens([AddedToken("<tool_call>", special=False, normalized=False)])
    return tokenizer


def split(pattern):
    return pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(pattern), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )


def smollm2():
    return byte_level(
        pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)]
        )
    )


def llama3():
    tokenizer = byte_level(split(LLAMA3), ignore_merges=True)
    begin = tokenizer.token_to_id("<|im_start|>")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<|im_start|> $A", pair="<|im_start|> $A $B", special_tokens=[("<|im_start|>", begin)]
    )
    return tokenizer


def llama2():
    """Pieces of a sentence with ▁ for a space, and bytes for what the vocabulary lacks."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    trainer = trainers.BpeTrainer(
        vocab_size=420,
        min_frequency=2,
        special_tokens=["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)],
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXTS[:1] + TEXTS[2:], trainer)
    state = json.loads(tokenizer.to_str())
    state["added_tokens"] = state["added_tokens"][:3]
    tokenizer = Tokenizer.from_str(json.dumps(state))
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)])
    return tokenizer


def unigram():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    trainer = trainers.UnigramTrainer(vocab_size=200, special_tokens=["<unk>", "<s>", "</s>"], unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(TEXTS, trainer)
    return tokenizer


def fast(name, tokenizer, eos, bos=None):
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=eos, bos_token=bos, clean_up_tokenization_spaces=False)
    config = {"eos_token": eos, "bos_token": bos, "clean_up_tokenization_spaces": False}
    return {"name": name, "tokenizer": json.loads(tokenizer.to_str()), "config": config, **answers(wrapped)}


def bert(name, lower):
    characters = sorted({c for text in PROBES for c in text if "\u4e00" <= c <= "\u9fff"} - set("语"))
    letters = "abcdefghijklmnopqrstuvwxyz" + ("" if lower else "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    words = ["the", "capital", "of", "france", "is", "paris", "cafe", "euro", "hello", "it", "'", "##ana", "ban"]
    signs = list(".,?!:;+-/[]{}<>&()_'\"，。？：")
    marks = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    digits = list("0123456789")
    vocabulary = marks + signs + digits + list(letters) + [f"##{c}" for c in letters + "0123456789"] + characters + words
    vocabulary = list(dict.fromkeys(vocabulary))
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "vocab.txt")
        file.write_text("\n".join(vocabulary) + "\n", encoding="utf8")
        tokenizer = BertTokenizer(str(file), do_lower_case=lower)
        return {"name": name, "vocabulary": vocabulary, "config": {"do_lower_case": lower}, **answers(tokenizer)}


def answers(tokenizer):
    ids = [tokenizer.encode(text, add_special_tokens=False) for text in PROBES]
    return {"ids": ids, "texts": [tokenizer.decode(each, skip_special_tokens=True) for each in ids]}


golden = {
    "probes": PROBES,
    "kinds": [
        fast("SmolLM2: digits alone, GPT-2's pieces", smollm2(), "<|im_end|>", "<|im_start|>"),
        fast("GPT-2", byte_level(pre_tokenizers.ByteLevel(add_prefix_space=False)), "<|endoftext|>"),
        fast("Llama 3: whole pieces before merges", llama3(), "<|im_end|>", "<|im_start|>"),
        fast("Qwen2: NFC", byte_level(split(QWEN2), normalizers.NFC()), "<|im_end|>"),
        fast("Llama 2: bytes where letters are missing", llama2(), "</s>", "<s>"),
        fast("Unigram", unigram(), "</s>"),
        bert("BERT, lower case", True),
        bert("BERT, cased", False),
    ],
}
out = pathlib.Path(__file__).with_name("kinds.json")
out.write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf8")
