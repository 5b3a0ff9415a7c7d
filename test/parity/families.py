"""Makes golden/families.json: what transformers computes in float32 for tiny models of every family. Tests read the file, never run this.

    python -m venv /tmp/parity && /tmp/parity/bin/pip install torch==2.15.0 transformers==5.24.0
    /tmp/parity/bin/python test/parity/families.py

Each configuration is written as save_pretrained does and read back by the tests as a config.json. The loss is the mean over
all next tokens of both documents.
"""

import base64
import json
import tempfile
from importlib.metadata import version
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, GPT2Config, LlamaConfig, Qwen2Config, Qwen3Config

VOCABULARY, CONTEXT, LENGTHS = 37, 32, (29, 12)
SIZES = {
    "vocab_size": VOCABULARY, "max_position_embeddings": CONTEXT, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "intermediate_size": 24, "rms_norm_eps": 1e-5, "bos_token_id": 0, "eos_token_id": 0, "pad_token_id": None,
}
LLAMA3 = {
    "rope_type": "llama3", "rope_theta": 500000.0, "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8,
}
CASES = {
    "llama, tied": LlamaConfig(**SIZES, tie_word_embeddings=True, rope_parameters={"rope_type": "default", "rope_theta": 100000.0}),
    "llama, Llama 3 scaling, every bias": LlamaConfig(
        **SIZES, tie_word_embeddings=False, attention_bias=True, mlp_bias=True, rope_parameters=LLAMA3
    ),
    "llama, linear scaling, wide heads": LlamaConfig(
        **SIZES, head_dim=8, rope_parameters={"rope_type": "linear", "rope_theta": 10000.0, "factor": 2.0}
    ),
    "qwen2": Qwen2Config(**SIZES, tie_word_embeddings=True, rope_parameters={"rope_type": "default", "rope_theta": 1000000.0}),
    "qwen3": Qwen3Config(**SIZES, head_dim=8, tie_word_embeddings=False),
    "qwen3, attention bias": Qwen3Config(**SIZES, head_dim=8, attention_bias=True, tie_word_embeddings=True),
    "gpt2": GPT2Config(
        vocab_size=VOCABULARY, n_positions=CONTEXT, n_embd=16, n_layer=2, n_head=4, resid_pdrop=0, embd_pdrop=0, attn_pdrop=0,
        bos_token_id=0, eos_token_id=0,
    ),
}


def packed(tensor):
    return base64.b64encode(tensor.detach().contiguous().numpy().astype("<f4").tobytes()).decode()


def case(name, config, seed):
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").float().train()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator) * 0.2)
    documents = [torch.randint(0, VOCABULARY, (length,), generator=generator) for length in LENGTHS]
    logits = [model(input_ids=tokens[None]).logits[0] for tokens in documents]
    loss = sum(
        torch.nn.functional.cross_entropy(each[:-1], tokens[1:], reduction="sum") for each, tokens in zip(logits, documents)
    ) / sum(length - 1 for length in LENGTHS)
    loss.backward()
    with tempfile.TemporaryDirectory() as folder:
        model.config.save_pretrained(folder)
        written = json.loads(Path(folder, "config.json").read_text())
    named = dict(model.named_parameters())
    return {
        "name": name,
        "config": written,
        "weights": {key: packed(value) for key, value in named.items()},
        "documents": [tokens.tolist() for tokens in documents],
        "logits": [packed(each) for each in logits],
        "loss": loss.item(),
        "gradient": {key: packed(value.grad) for key, value in named.items()},
    }


def main():
    torch.set_num_threads(1)
    golden = {
        "versions": {name: version(name) for name in ["torch", "transformers"]},
        "cases": [case(name, config, seed) for seed, (name, config) in enumerate(CASES.items(), start=1)],
    }
    Path(__file__).with_name("golden").joinpath("families.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
