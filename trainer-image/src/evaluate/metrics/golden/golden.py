"""Makes metrics.json, the numbers that the metrics are tested against. Tests read the file and never run this.

    python -m venv /tmp/golden && /tmp/golden/bin/pip install sacrebleu==2.6.0 rouge_score==0.1.2 nltk==3.10.4
    /tmp/golden/bin/python trainer-image/src/evaluate/metrics/golden/golden.py && npm run format
"""

import json
import random
from importlib.metadata import version
from pathlib import Path

from nltk.stem.porter import PorterStemmer
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import BLEU, CHRF

BLEU_TOKENIZERS = ["13a", "zh", "char", "intl", "none"]
ROUGE_TYPES = ["rouge1", "rouge2", "rougeL", "rougeLsum"]

ENGLISH = [
    ["The cat sat on the mat.", "The cat is sitting on the mat."],
    ["It's 3.5 km away, isn't it?", "It is 3.5 km away, is it not?"],
    [
        "Paris is the capital of France.\nIt is large.",
        "Paris, the capital of France, is large.\nIt has 2 million people.",
    ],
    ["running runners ran quickly", "the runner runs quick"],
]
CHINESE = [
    ["北京是中国的首都。", "中国的首都是北京。"],
    ["他说：“今天天气很好”……——真的。", "他说：“今天的天气很好”……真的！"],
    ["GPT-2有1.5亿参数", "GPT-2拥有15亿个参数"],
]
SEVERAL_REFERENCES = [
    ["the cat is on the mat", "the cat sat on the mat", "there is a cat on the mat"],
    ["He lives in Berlin, Germany.", "He's living in Berlin.", "His home is in Berlin, Germany now."],
    ["a b c d e", "a b c", "c d e f g h i"],
    ["", "nothing was said", "silence"],
    ["equally far", "one", "one two three"],
]
TRICKY_TEXTS = [
    "𠀀𠮷野家 café—“x” ① ½ → α",
    "“Hi” &quot;x&quot; 1,000.5 U.S. a-b 3-4 $5",
    "半角ｶﾅ Ｆｕｌｌ－ｗｉｄｔｈ １，０００ 元！",
    "a\u2003b\u00a0c\u3000d\u200be\ufefff",
    "<skipped>join-\ned &amp;lt; lines\tand  tabs ",
    "😀.👍🏽, 👨‍👩‍👧 ok.Yes",
    "3.14.15, 1-2-3 -4 v2.0-beta (a,b) x=y^2",
    "《红楼梦》…“曹雪芹”——1791年；第1,234回",
    "naïve œuvre İstanbul ΣΊΣΥΦΟΣ straße",
    "price: €5.00–£6,50 ±3% №7 © ™",
]
ALPHABETS = {
    "english": "the a of is in to capital city river people France Paris runs running 3.5 1,000 it's e-mail".split(),
    "chinese": list("的是在中国首都北京河流人口年，。！？《》“”、：…—1234567890"),
    "marks": list(".,-!?;:'\"()[]{}&<>/\\@#$%^*+=~`_|…—–“”‘’·„«»¡¿"),
    "rare": list("😀👍🏽𠀀𠮷éßñøαΩЖخ한ｶＡ１½①→€№\u00a0\u3000\u200d"),
}
WORDS = """skies dying lying tying died dies tied ties flies flied spied news innings canning proceed exceed succeed howe
caresses ponies cats feed agreed plastered bled motoring sing conflated troubled sized hopping tanned falling hissing
fizzed failing filing happy sky enjoy enjoyment spy try relational conditional rational valenci hesitanci digitizer
conformabli radicalli differentli vileli analogousli vietnamization predication operator feudalism decisiveness
hopefulness callousness formaliti sensitiviti sensibiliti triplicate formative formalize electriciti electrical hopeful
goodness revival allowance inference airliner gyroscopic adjustable defensible irritant replacement adjustment dependent
adoption homologou communism activate angulariti homologous effective bowdlerize probate rate cease controll roll
geology theology archaeology philology logi generically usefully gracefully hopefully equally yyyy yay sayings syzygy
ability abli national internationalization universities abc123 2nd 1990s running runners quickly being been owed using
oxen owing aging eying ion lion nation session attention sion tion bly ably agree seed need eed ied ies ing ed bed""".split()


def numbers(values):
    return [round(value, 10) for value in values]


def random_text(source):
    kinds = source.choice([["english"], ["chinese"], ["english", "marks"], ["chinese", "marks"], list(ALPHABETS)])
    glue = " " if "english" in kinds else source.choice(["", " "])
    return glue.join(source.choice(ALPHABETS[source.choice(kinds)]) for _ in range(source.randrange(0, 24)))


def disturbed(text, source):
    """The text with some characters dropped, doubled or moved: close enough to match in part."""
    pieces = list(text)
    for _ in range(source.randrange(0, 6)):
        if not pieces:
            break
        at = source.randrange(len(pieces))
        source.choice([lambda: pieces.pop(at), lambda: pieces.insert(at, pieces[at]), lambda: pieces.append(pieces.pop(at))])()
    return "".join(pieces)


def random_pairs(seed, count):
    source = random.Random(seed)
    pairs = []
    for _ in range(count):
        reference = random_text(source)
        other = random_text(source) if source.random() < 0.2 else disturbed(reference, source)
        pairs.append([other, reference])
    return pairs


class Characters:
    """rouge_score's algorithm on single characters."""

    def tokenize(self, text):
        return list("".join(text.lower().split()))


def describe_bleu(metric, hypotheses, references):
    result = metric.corpus_score(hypotheses, references)
    return {
        "score": round(result.score, 10),
        "lengths": [result.sys_len, result.ref_len],
        "signature": str(metric.get_signature()),
    }


def describe_chrf(metric, hypotheses, references):
    return {
        "score": round(metric.corpus_score(hypotheses, references).score, 10),
        "signature": str(metric.get_signature()),
    }


def rouge(scorer, examples):
    rows = []
    for hypothesis, *references in examples:
        best = scorer.score_multi(references, hypothesis)
        rows.append({name: numbers(best[name]) for name in ROUGE_TYPES})
    return rows


def describe(examples):
    hypotheses = [example[0] for example in examples]
    references = [list(column) for column in zip(*(example[1:] for example in examples))]
    return {
        "examples": examples,
        "bleu": {name: describe_bleu(BLEU(tokenize=name), hypotheses, references) for name in BLEU_TOKENIZERS},
        "sentenceBleu": {
            name: numbers(BLEU(tokenize=name, effective_order=True).sentence_score(h, r).score for h, *r in examples)
            for name in ["13a", "zh"]
        },
        "chrf": describe_chrf(CHRF(), hypotheses, references),
        "chrfPlusPlus": describe_chrf(CHRF(word_order=2), hypotheses, references),
        "sentenceChrf": numbers(CHRF().sentence_score(h, r).score for h, *r in examples),
        "rouge": rouge(RougeScorer(ROUGE_TYPES), examples),
        "rougeStemmed": rouge(RougeScorer(ROUGE_TYPES, use_stemmer=True), examples),
        "rougeCharacters": rouge(RougeScorer(ROUGE_TYPES, tokenizer=Characters()), examples),
    }


def main(fuzz_seed=1, fuzz_count=40, target=Path(__file__).with_name("metrics.json")):
    stemmer = PorterStemmer()
    texts = TRICKY_TEXTS + [text for text, _ in ENGLISH + CHINESE]
    golden = {
        "versions": {name: version(name) for name in ["sacrebleu", "rouge_score", "nltk"]},
        "tokens": {name: {text: BLEU(tokenize=name).tokenizer(text.rstrip()).split() for text in texts} for name in BLEU_TOKENIZERS},
        "stems": {word: stemmer.stem(word) for word in WORDS},
        "corpora": {
            "english": describe(ENGLISH),
            "chinese": describe(CHINESE),
            "several references": describe([example for example in SEVERAL_REFERENCES]),
            "random": describe(random_pairs(fuzz_seed, fuzz_count)),
        },
    }
    target.write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
