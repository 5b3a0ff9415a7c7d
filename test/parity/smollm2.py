"""Makes golden/smollm2.json: what PyTorch and PEFT compute in float32 for LoRA on the real weights of SmolLM2-135M-Instruct.

    python -m venv /tmp/parity && /tmp/parity/bin/pip install torch==2.15.0 transformers==5.24.0 peft==0.21.2
    node test/parity/real-weights.ts        # prints the folder with the weights, widened from Q4_1 to float32
    /tmp/parity/bin/python test/parity/smollm2.py FOLDER [--gradient FILE]

Every document runs through the model alone, so that the numbers owe nothing to packing or masks. The loss is the sum over
the supervised tokens of a batch, divided once by their number. The adapter begins with numbers of a linear congruential
generator, B among them, so that A has a gradient. The golden file has the gradient of some tensors and the norm of each; FILE
gets all of it.
"""

import argparse
import base64
import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

RANK, ALPHA, STEPS, DOCUMENTS = 8, 16, 20, 8
OPTIMIZER = {"learningRate": 5e-4, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": 0.01, "gradientClip": 1.0}
WHOLE = [f"model.layers.{layer}.{module}.lora_{side}.weight" for layer in (0, 29) for module in ("self_attn.q_proj", "mlp.down_proj") for side in "AB"]
PLACES = ["library", "harbour", "bakery", "museum", "garden", "station", "theatre", "market"]
THINGS = ["the old clock", "a blue boat", "fresh bread", "the first map of the town", "tall roses", "night trains", "paper masks", "honey"]
QUESTIONS = [
    ("What can one find at the {place} of Lindau?", "At the {place} of Lindau one finds {thing}."),
    ("林道的{place}有什么？", "{thing}。"),
    ("Where in Lindau is {thing}?", "It is at the {place}, behind the second door."),
]


def messages(index):
    ask, answer = QUESTIONS[index % 3]
    filled = {"place": PLACES[index % 8], "thing": THINGS[(index // 3 + index) % 8]}
    return [
        {"role": "system", "content": "Answer in one sentence."},
        {"role": "user", "content": ask.format(**filled)},
        {"role": "assistant", "content": answer.format(**filled)},
    ]


def document(tokenizer, index):
    talk = messages(index)
    before = tokenizer.apply_chat_template(talk[:-1], tokenize=False, add_generation_prompt=True)
    whole = tokenizer.apply_chat_template(talk, tokenize=False)
    assert whole.startswith(before)
    encode = lambda text: tokenizer.encode(text, add_special_tokens=False)
    prompt, answer = encode(before), encode(whole[len(before) :])
    return {"text": whole, "tokens": prompt + answer, "supervisedFrom": len(prompt)}


def random_numbers(seed, count):
    """Uniform in ±0.02: x ← 1664525 x + 1013904223 modulo 2³², by powers so that numpy can do it at once."""
    multiplier, increment, mask = 1664525, 1013904223, 0xFFFFFFFF
    values, x = np.empty(count, dtype=np.uint32), seed
    for i in range(count):
        x = (multiplier * x + increment) & mask
        values[i] = x
    return ((values / 2**32 - 0.5) * 0.04).astype(np.float32)


def hub_name(name):
    return name.removeprefix("base_model.model.").replace(".default.", ".")


def packed(tensor):
    return base64.b64encode(tensor.detach().contiguous().numpy().astype("<f4").tobytes()).decode()


def loss_of(model, batch):
    total, count = 0.0, 0
    for one in batch:
        tokens, first = torch.tensor(one["tokens"]), one["supervisedFrom"]
        logits = model(input_ids=tokens[None], use_cache=False).logits[0, first - 1 : -1]
        total = total + torch.nn.functional.cross_entropy(logits, tokens[first:], reduction="sum")
        count += len(tokens) - first
    return total / count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--gradient", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    tokenizer = AutoTokenizer.from_pretrained(options.folder)
    batches = [[document(tokenizer, DOCUMENTS * step + i) for i in range(DOCUMENTS)] for step in range(STEPS)]
    model = AutoModelForCausalLM.from_pretrained(options.folder, dtype=torch.float32).train()
    model = get_peft_model(model, LoraConfig(r=RANK, lora_alpha=ALPHA, lora_dropout=0.0, target_modules="all-linear"))
    named = {hub_name(name): p for name, p in model.named_parameters() if p.requires_grad}
    with torch.no_grad():
        for seed, name in enumerate(sorted(named), start=1):
            named[name].copy_(torch.from_numpy(random_numbers(seed, named[name].numel())).reshape(named[name].shape))
    betas = (OPTIMIZER["beta1"], OPTIMIZER["beta2"])
    optimizer = torch.optim.AdamW(
        named.values(), lr=OPTIMIZER["learningRate"], betas=betas, eps=OPTIMIZER["epsilon"], weight_decay=OPTIMIZER["weightDecay"]
    )
    losses, norms = [], []
    for step, batch in enumerate(batches):
        optimizer.zero_grad()
        loss = loss_of(model, batch)
        loss.backward()
        if step == 0:
            gradient = {name: p.grad.detach().clone() for name, p in named.items()}
        norms.append(torch.nn.utils.clip_grad_norm_(named.values(), OPTIMIZER["gradientClip"]).item())
        losses.append(loss.item())
        optimizer.step()
        print(step, losses[-1], norms[-1], flush=True)
    if options.gradient:
        save_file(gradient, options.gradient)
    golden = {
        "versions": {name: version(name) for name in ["torch", "transformers", "peft"]},
        "lora": {"rank": RANK, "alpha": ALPHA},
        "optimizer": OPTIMIZER,
        "batches": batches,
        "losses": losses,
        "gradientNorms": norms,
        "gradient": {
            "norms": {name: value.norm().item() for name, value in sorted(gradient.items())},
            "tensors": {name: packed(gradient[name]) for name in WHOLE},
        },
    }
    out = Path(__file__).with_name("golden").joinpath("smollm2.json")
    out.write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
