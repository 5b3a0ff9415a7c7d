"""Makes golden/methods.json: what PEFT computes and writes for each kind of adapter on the two models of golden.py.

    /tmp/parity/bin/python test/parity/methods.py            (the virtual environment of golden.py)
    /tmp/parity/bin/python test/parity/methods.py --read F   prints what PEFT computes with the adapters in the folder F

A document runs through the model alone, as in golden.py; what PEFT puts before it has no loss.
"""

import base64
import json
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import torch
from golden import MODELS, disturb, packed
from peft import IA3Config, LoraConfig, PeftModel, PrefixTuningConfig, PromptTuningConfig, get_peft_model
from peft.utils import get_peft_model_state_dict
from safetensors.torch import load_file

GOLDEN = Path(__file__).with_name("golden")
VIRTUAL = {"num_virtual_tokens": 5, "task_type": "CAUSAL_LM"}


def configs(family, targets):
    """What PEFT is asked for, and the method of a manifest that asks for the same."""
    low = {"r": 2, "lora_alpha": 6, "fan_in_fan_out": family == "gpt2", "task_type": "CAUSAL_LM"}
    plain = {"rank": 2, "alpha": 6}
    last = targets[-1]
    yield "lora", LoraConfig(**low, target_modules=targets[:2]), {"lora": {**plain, "targetModules": targets[:2]}}
    yield "rsLora", LoraConfig(**low, target_modules="all-linear", use_rslora=True), {"lora": {**plain, "variant": "RsLora"}}
    yield "DoRA", LoraConfig(**low, target_modules="all-linear", use_dora=True), {"lora": {**plain, "variant": "DoRA"}}
    yield (
        "patterns",
        LoraConfig(
            **low, target_modules=targets, layers_to_transform=[1], rank_pattern={last: 3}, alpha_pattern={targets[0]: 5}
        ),
        {"lora": {**plain, "layersToTransform": [1], "rankPattern": {last: 3}, "alphaPattern": {targets[0]: 5}}},
    )
    yield "ia3", IA3Config(task_type="CAUSAL_LM", fan_in_fan_out=family == "gpt2"), {"ia3": {}}
    yield "softPrompt", PromptTuningConfig(**VIRTUAL), {"softPrompt": {"tokens": 5}}
    yield "prefix", PrefixTuningConfig(**VIRTUAL), {"prefix": {"tokens": 5}}


def base(family, golden):
    model = MODELS[family][0]().train()
    state = {
        name: torch.frombuffer(bytearray(base64.b64decode(golden["weights"][name])), dtype=torch.float32).reshape(p.shape)
        for name, p in model.state_dict().items()
        if name in golden["weights"]
    }
    model.load_state_dict(state, strict=False)
    return model


def loss_of(model, batch):
    """Mean over the supervised tokens, of which virtual ones are none."""
    total, count = 0.0, 0
    for document in batch:
        tokens = torch.tensor(document["tokens"])
        logits = model(input_ids=tokens[None], attention_mask=torch.ones(1, len(tokens))).logits[0, -len(tokens) : -1]
        first = document["supervisedFrom"]
        total = total + torch.nn.functional.cross_entropy(logits[first - 1 :], tokens[first:], reduction="sum")
        count += len(tokens) - first
    return total / count


def ordered(config):
    """PEFT writes sets as lists, in an order that changes from run to run."""
    return {key: sorted(value) if key.endswith("_modules") and value else value for key, value in config.items()}


def in_file(name):
    return name.replace(".default.weight", ".weight").replace(".default", "").replace("magnitude_vector.weight", "magnitude_vector")


def adapter_name(name):
    return name.removeprefix("base_model.model.")


def run(family, golden, config, generator):
    model = get_peft_model(base(family, golden), config)
    trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
    disturb(trained.values(), generator)
    loss = loss_of(model, golden["batches"][0])
    loss.backward()
    prompt = len(trained) == 1 and config.peft_type in ("PROMPT_TUNING", "PREFIX_TUNING")
    gradient = {"prompt_embeddings" if prompt else adapter_name(in_file(name)): packed(p.grad) for name, p in trained.items()}
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        tensors = load_file(Path(folder, "adapter_model.safetensors"))
        return {
            "config": ordered(json.loads(Path(folder, "adapter_config.json").read_text())),
            "files": {name: list(tensor.shape) for name, tensor in tensors.items()},
            "adapter": {adapter_name(name): packed(tensor) for name, tensor in tensors.items()},
            "loss": loss.item(),
            "gradient": gradient,
        }


def read(folder):
    losses = {}
    for family in MODELS:
        golden = json.loads(GOLDEN.joinpath(f"{family}.json").read_text())
        for adapter in sorted(Path(folder, family).iterdir()):
            model = PeftModel.from_pretrained(base(family, golden), adapter).eval()
            # Whatever PEFT did not find in the file it draws at random and says nothing.
            saved = {adapter_name(name) for name in get_peft_model_state_dict(model)}
            given = {adapter_name(name) for name in load_file(adapter / "adapter_model.safetensors")}
            assert saved == given, (adapter, saved ^ given)
            with torch.no_grad():
                losses[f"{family}/{adapter.name}"] = loss_of(model, golden["batches"][0]).item()
    print(json.dumps(losses))


def main():
    torch.set_num_threads(1)
    if sys.argv[1:2] == ["--read"]:
        return read(sys.argv[2])
    found = {"versions": {name: version(name) for name in ["torch", "transformers", "peft"]}, "cases": []}
    for seed, (family, (_, _, targets)) in enumerate(MODELS.items(), start=1):
        torch.manual_seed(seed)
        generator = torch.Generator().manual_seed(seed)
        golden = json.loads(GOLDEN.joinpath(f"{family}.json").read_text())
        for name, config, method in configs(family, targets):
            found["cases"].append({"family": family, "name": name, "method": method, **run(family, golden, config, generator)})
    GOLDEN.joinpath("methods.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
