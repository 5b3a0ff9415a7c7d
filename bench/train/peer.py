"""The other contestant: PyTorch with transformers and PEFT on the same material. See ../contestant.ts for what it speaks."""

import contextlib
import json
import resource
import sys
import time
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM


def create_model(folder, case):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    # Our trainer has no dropout.
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    if case["lora"] is None:
        return model.train()
    gpt2 = case["family"] == "gpt2"
    model = get_peft_model(
        model,
        LoraConfig(
            r=case["lora"]["rank"],
            lora_alpha=case["lora"]["alpha"],
            lora_dropout=0.0,
            target_modules=["c_attn", "c_proj", "c_fc"] if gpt2 else "all-linear",
            fan_in_fan_out=gpt2,
        ),
    )
    start = load_file(folder / "adapter.safetensors")
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.requires_grad:
                parameter.copy_(start.pop(name.removeprefix("base_model.model.").replace(".default.", ".")))
    assert not start, f"tensors that PEFT does not train: {list(start)}"
    return model.train()


def create_optimizer(parameters, options):
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": options["weightDecay"]},
        {"params": [p for p in parameters if p.ndim == 1], "weight_decay": 0.0},
    ]
    # The fused implementation is the fastest that PyTorch has on a CPU.
    return torch.optim.AdamW(
        [group for group in groups if group["params"]],
        lr=options["learningRate"],
        betas=(options["beta1"], options["beta2"]),
        eps=options["epsilon"],
        fused=True,
    )


def main():
    folder, precision = Path(sys.argv[1]), sys.argv[2]
    material = json.loads((folder / "material.json").read_text())
    torch.set_num_threads(material["threads"])
    model = create_model(folder, material["case"])
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = create_optimizer(parameters, material["optimizer"])
    batches = [torch.tensor(batch) for batch in material["batches"]]

    def autocast():
        return torch.autocast("cpu", dtype=torch.bfloat16) if precision == "bfloat16" else contextlib.nullcontext()

    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        tokens = batches[int(line) % len(batches)]
        before = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        with autocast():
            logits = model(input_ids=tokens, use_cache=False).logits[:, :-1]
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1).float(), tokens[:, 1:].flatten())
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(parameters, material["optimizer"]["gradientClip"])
        optimizer.step()
        answer = {"loss": loss.item(), "gradientNorm": norm.item(), "ms": 1000 * (time.perf_counter() - before)}
        # Bytes on macOS, kilobytes elsewhere.
        answer["peakMb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
