"""Makes golden/dpo.json: loss and gradient of direct preference optimisation (Rafailov et al., 2023) in PyTorch, written
from the paper, for a LoRA adapter and for every weight. Run it like methods.py.

A golden batch of golden.py is taken as two pairs: documents 0 and 1, documents 2 and 3, the first of each preferred.
"""

import json
from importlib.metadata import version

import torch
from golden import MODELS, disturb, packed
from methods import GOLDEN, adapter_name, base, in_file
from peft import LoraConfig, get_peft_model

OPTIONS = [{"beta": 0.1, "labelSmoothing": 0.0}, {"beta": 0.5, "labelSmoothing": 0.1}]


def log_likelihood(model, document):
    tokens = torch.tensor(document["tokens"])
    first = document["supervisedFrom"]
    logs = torch.log_softmax(model(input_ids=tokens[None]).logits[0, first - 1 : -1], dim=-1)
    return logs.gather(1, tokens[first:, None]).sum()


def loss_of(model, reference, batch, beta, smoothing):
    total = 0.0
    for chosen, rejected in (batch[0:2], batch[2:4]):
        with torch.no_grad():
            before = log_likelihood(reference, chosen) - log_likelihood(reference, rejected)
        margin = beta * (log_likelihood(model, chosen) - log_likelihood(model, rejected) - before)
        total = total - (1 - smoothing) * torch.nn.functional.logsigmoid(margin)
        total = total - smoothing * torch.nn.functional.logsigmoid(-margin)
    return total / 2


def main():
    torch.set_num_threads(1)
    cases = []
    for seed, (family, (_, _, targets)) in enumerate(MODELS.items(), start=1):
        torch.manual_seed(seed)
        generator = torch.Generator().manual_seed(seed)
        golden = json.loads(GOLDEN.joinpath(f"{family}.json").read_text())
        reference = base(family, golden)
        config = LoraConfig(r=2, lora_alpha=20, target_modules=targets, fan_in_fan_out=family == "gpt2")
        adapted = get_peft_model(base(family, golden), config)
        moved = base(family, golden)
        for method, model in (({"lora": {"rank": 2, "alpha": 20}}, adapted), ({"full": {}}, moved)):
            trained = {adapter_name(in_file(name)): p for name, p in model.named_parameters() if p.requires_grad}
            disturb(trained.values(), generator)
            for options in OPTIONS:
                model.zero_grad()
                loss = loss_of(model, reference, golden["batches"][0], options["beta"], options["labelSmoothing"])
                loss.backward()
                found = {"loss": loss.item(), "gradient": {name: packed(p.grad) for name, p in trained.items()}}
                weights = {name: packed(p) for name, p in trained.items()}
                # What every weight has is large: one of the two settings shows it.
                if "lora" in method or options is OPTIONS[1]:
                    cases.append({"family": family, "method": method, **options, "weights": weights, **found})
    found = {"versions": {name: version(name) for name in ["torch", "transformers", "peft"]}, "cases": cases}
    GOLDEN.joinpath("dpo.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
