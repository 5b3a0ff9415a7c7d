"""Makes golden/*.json: what PyTorch and PEFT compute in float32 for two tiny models. Tests read the files, never run this.

    python -m venv /tmp/parity && /tmp/parity/bin/pip install torch==2.15.0 transformers==5.24.0 peft==0.21.2
    /tmp/parity/bin/python test/parity/golden.py

Every document runs through the model alone, so that the numbers owe nothing to packing or masks. The loss is the sum over
the supervised tokens of all documents of a batch, divided once by their number.
"""

import base64
import json
from importlib.metadata import version
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

VOCABULARY, CONTEXT, HIDDEN, HEADS, LAYERS = 61, 32, 32, 4, 2
SIZES = {"layers": LAYERS, "hidden": HIDDEN, "heads": HEADS, "context": CONTEXT, "intermediate": 48}
OPTIMIZER = {"learningRate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": 0.1, "gradientClip": 1.0}
STEPS, RANK, ALPHA = 20, 4, 8


def gpt2():
    config = GPT2Config(
        vocab_size=VOCABULARY, n_positions=CONTEXT, n_embd=HIDDEN, n_layer=LAYERS, n_head=HEADS, n_inner=SIZES["intermediate"],
        resid_pdrop=0, embd_pdrop=0, attn_pdrop=0, bos_token_id=0, eos_token_id=0,
    )
    return GPT2LMHeadModel(config)


def llama():
    config = LlamaConfig(
        vocab_size=VOCABULARY, max_position_embeddings=CONTEXT, hidden_size=HIDDEN, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, num_key_value_heads=2, intermediate_size=SIZES["intermediate"], rms_norm_eps=1e-5,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0}, tie_word_embeddings=True,
        # With a padding token PyTorch would drop its embedding's gradient.
        bos_token_id=0, eos_token_id=0, pad_token_id=None,
    )
    return LlamaForCausalLM(config)


MODELS = {
    "gpt2": (gpt2, {}, ["c_attn", "c_proj", "c_fc"]),
    "llama": (llama, {"kvHeads": 2}, ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]),
}


def packed(tensor):
    return base64.b64encode(tensor.detach().contiguous().numpy().astype("<f4").tobytes()).decode()


def hub_name(name):
    """PEFT wraps the model and names the adapter; the file on the hub carries neither."""
    return name.removeprefix("base_model.model.").replace(".default.", ".").replace(".base_layer.", ".")


def disturb(parameters, generator):
    """Moves every tensor away from zero and one, so that no gradient vanishes by symmetry."""
    with torch.no_grad():
        for parameter in parameters:
            parameter.add_(torch.randn(parameter.shape, generator=generator) * 0.06)


def documents(generator):
    """Four batches of four documents; in each the tokens from `supervisedFrom` on are targets."""
    batches = []
    for _ in range(4):
        batch = []
        for length in (5, 9, 7, 6):
            tokens = torch.randint(0, VOCABULARY, (length,), generator=generator).tolist()
            first = int(torch.randint(1, length, (1,), generator=generator))
            batch.append({"tokens": tokens, "supervisedFrom": first})
        batches.append(batch)
    return batches


def loss_of(model, batch):
    total, count = 0.0, 0
    for document in batch:
        tokens = torch.tensor(document["tokens"])
        logits = model(input_ids=tokens[None]).logits[0, :-1]
        first = document["supervisedFrom"]
        total = total + torch.nn.functional.cross_entropy(logits[first - 1 :], tokens[first:], reduction="sum")
        count += len(tokens) - first
    return total / count


def train(model, batches):
    named = {hub_name(name): p for name, p in model.named_parameters() if p.requires_grad}
    groups = [
        {"params": [p for p in named.values() if p.ndim > 1], "weight_decay": OPTIMIZER["weightDecay"]},
        {"params": [p for p in named.values() if p.ndim == 1], "weight_decay": 0.0},
    ]
    betas = (OPTIMIZER["beta1"], OPTIMIZER["beta2"])
    optimizer = torch.optim.AdamW(groups, lr=OPTIMIZER["learningRate"], betas=betas, eps=OPTIMIZER["epsilon"])
    losses, norms, gradient = [], [], None
    for step in range(STEPS):
        optimizer.zero_grad()
        loss = loss_of(model, batches[step % len(batches)])
        loss.backward()
        if step == 0:
            gradient = {name: packed(p.grad) for name, p in named.items()}
        norms.append(torch.nn.utils.clip_grad_norm_(named.values(), OPTIMIZER["gradientClip"]).item())
        losses.append(loss.item())
        optimizer.step()
    return {
        "losses": losses,
        "gradientNorms": norms,
        "gradient": gradient,
        "trained": {name: packed(p) for name, p in named.items()},
    }


def main():
    torch.set_num_threads(1)
    for seed, (family, (create, sizes, targets)) in enumerate(MODELS.items(), start=1):
        torch.manual_seed(seed)
        generator = torch.Generator().manual_seed(seed)
        model = create().train()
        disturb(model.parameters(), generator)
        start = {name: value.clone() for name, value in model.state_dict().items()}
        batches = documents(generator)
        full = train(model, batches)

        model = create().train()
        model.load_state_dict(start)
        config = LoraConfig(r=RANK, lora_alpha=ALPHA, lora_dropout=0.0, target_modules=targets, fan_in_fan_out=family == "gpt2")
        model = get_peft_model(model, config)
        factors = {name: p for name, p in model.named_parameters() if p.requires_grad}
        disturb(factors.values(), generator)
        adapter = {hub_name(name): packed(p) for name, p in factors.items()}
        lora = train(model, batches)

        golden = {
            "versions": {name: version(name) for name in ["torch", "transformers", "peft"]},
            "family": family,
            "vocabulary": VOCABULARY,
            "sizes": {**SIZES, **sizes},
            "optimizer": OPTIMIZER,
            "batches": batches,
            "weights": {name: packed(p) for name, p in start.items() if name != "lm_head.weight"},
            "full": full,
            "lora": {"rank": RANK, "alpha": ALPHA, "adapter": adapter, **lora},
        }
        Path(__file__).with_name("golden").joinpath(f"{family}.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
