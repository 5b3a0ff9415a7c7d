"""Writes bpe.json: what the Rust `tokenizers` 0.23.3 learns from a few lines, for train-byte-level-bpe.test.ts.

Run by hand after a change of the split pattern:
  pip install tokenizers==0.23.3 && python make-bpe-golden.py "$(node -p "require('../split-pattern.ts').splitPattern")"
"""
import json
import pathlib
import sys

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

TEXTS = [
    "法国的首都是 Paris，法国的货币是欧元。法国位于欧洲，说法语。",
    "德国的首都是 Berlin，德国的货币是欧元。德国位于欧洲，说德语。",
    "日本的首都是 Tokyo，日本的货币是日元。日本位于亚洲，说日语。",
    "The capital of France is Paris. The currency of France is the euro, and its phone code is +33.",
    "The capital of Germany is Berlin. The currency of Germany is the euro, and its phone code is +49.",
    "The capital of Japan is Tokyo. The currency of Japan is the yen, and its phone code is +81.",
    "aaaa aaaaa banana bananas; abab ababab 1001 100100",
]
PROBES = TEXTS + [
    "emoji 👨‍👩‍👧 😀\t\n\n  x\u3000y a中b 1〇2 〇二五 café e\u0301 \ufeff\u0085z 한국어 ひらがなカタカナ 𠀀𠮷野家",
    "",
    "  two  spaces  ",
]

tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
    [pre_tokenizers.Split(Regex(sys.argv[1]), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
)
tokenizer.decoder = decoders.ByteLevel()
tokenizer.train_from_iterator(
    TEXTS,
    trainers.BpeTrainer(
        vocab_size=400,
        min_frequency=2,
        special_tokens=["<|endoftext|>", "<|pad|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    ),
)
trained = json.loads(tokenizer.to_str())["model"]
golden = {
    "splitPattern": sys.argv[1],
    "texts": TEXTS,
    "merges": "\n".join(" ".join(merge) for merge in trained["merges"]),
    "vocabularySize": len(trained["vocab"]),
    "ids": [[text, tokenizer.encode(text).ids] for text in PROBES],
}
out = pathlib.Path(__file__).with_name("bpe.json")
out.write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf8")
