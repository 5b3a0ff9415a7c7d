"""Makes golden/distillation.json: what PyTorch computes in float64 for the distillation losses. Tests read the file, never run this.

    python -m venv /tmp/parity && /tmp/parity/bin/pip install torch==2.15.0
    /tmp/parity/bin/python test/parity/distillation.py

The loss is the sum over slots of w * ((1 - weight) * cross-entropy + weight * temperature^2 * divergence). With topK the
divergence runs over the teacher's k likeliest tokens and the rest as one.
"""

import base64
import json
from importlib.metadata import version
from pathlib import Path

import torch
from torch.nn.functional import cosine_similarity, cross_entropy, kl_div, log_softmax, mse_loss, softmax

SLOTS, VOCABULARY, STUDENT, TEACHER, TOP = 7, 23, 6, 10, 4
CASES = [
    {"divergence": divergence, "beta": beta, "temperature": temperature, "weight": weight, "topK": k}
    for divergence, beta in [("ForwardKL", 0.5), ("ReverseKL", 0.5), ("JSD", 0.5), ("JSD", 0.1), ("JSD", 0.9)]
    for temperature, weight in [(1.0, 1.0), (2.0, 0.5), (4.0, 0.9)]
    for k in [0, TOP]
]


def packed(tensor):
    return base64.b64encode(tensor.detach().contiguous().to(torch.float32).numpy().astype("<f4").tobytes()).decode()


def kl(log_p, log_q):
    """KL(p || q) of each row."""
    return kl_div(log_q, log_p, reduction="none", log_target=True).sum(-1)


def divergence_of(case, log_p, log_q):
    if case["divergence"] == "ForwardKL":
        return kl(log_p, log_q)
    if case["divergence"] == "ReverseKL":
        return kl(log_q, log_p)
    beta = torch.tensor(case["beta"], dtype=torch.float64)
    log_m = torch.logsumexp(torch.stack([log_p + beta.log(), log_q + (1 - beta).log()]), 0)
    return beta * kl(log_p, log_m) + (1 - beta) * kl(log_q, log_m)


def buckets(log_p, index):
    rest = torch.ones_like(log_p, dtype=torch.bool).scatter(1, index, False)
    tail = torch.where(rest, log_p, -torch.inf).logsumexp(-1, keepdim=True)
    return torch.cat([log_p.gather(1, index), tail], 1)


def loss_of(case, hidden, head, teacher_logits, labels, weights):
    temperature, weight = case["temperature"], case["weight"]
    logits = hidden @ head.T
    log_p, log_q = log_softmax(teacher_logits / temperature, -1), log_softmax(logits / temperature, -1)
    if case["topK"]:
        index = teacher_logits.topk(case["topK"]).indices
        log_p, log_q = buckets(log_p, index), buckets(log_q, index)
    labelled = cross_entropy(logits, labels, reduction="none")
    return (weights * ((1 - weight) * labelled + weight * temperature**2 * divergence_of(case, log_p, log_q))).sum()


def main():
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(7)
    draw = lambda *shape: torch.randn(*shape, generator=generator).to(torch.float64)
    hidden, head = draw(SLOTS, STUDENT), draw(VOCABULARY, STUDENT)
    teacher_hidden, teacher_head = draw(SLOTS, TEACHER), draw(VOCABULARY, TEACHER)
    labels = torch.randint(0, VOCABULARY, (SLOTS,), generator=generator)
    weights = torch.tensor([1.0, 1, 1, 0, 1, 1, 0], dtype=torch.float64)
    for leaf in (hidden, head):
        leaf.requires_grad_()
    teacher_logits = teacher_hidden @ teacher_head.T
    likeliest = teacher_logits.topk(TOP).indices
    shares = lambda temperature: buckets(log_softmax(teacher_logits / temperature, -1), likeliest)
    cases = []
    for case in CASES:
        loss = loss_of(case, hidden, head, teacher_logits, labels, weights)
        of_hidden, of_head = torch.autograd.grad(loss, [hidden, head])
        cases.append({**case, "loss": loss.item(), "hiddenGradient": packed(of_hidden), "headGradient": packed(of_head)})

    projection = draw(TEACHER, STUDENT).requires_grad_()
    distances = {
        "MSE": lambda a, b: mse_loss(a, b, reduction="none").mean(-1),
        "Cosine": lambda a, b: 1 - cosine_similarity(a, b, dim=-1),
    }
    states = {}
    for name, distance in distances.items():
        loss = (weights * distance(hidden @ projection.T, teacher_hidden)).sum()
        of_hidden, of_projection = torch.autograd.grad(loss, [hidden, projection])
        states[name] = {"loss": loss.item(), "hiddenGradient": packed(of_hidden), "projectionGradient": packed(of_projection)}

    scores = draw(SLOTS, VOCABULARY).requires_grad_()
    looks = softmax(draw(SLOTS, VOCABULARY), -1)
    differs = (weights * mse_loss(softmax(scores, -1), looks, reduction="none").sum(-1)).sum()
    (of_scores,) = torch.autograd.grad(differs, [scores])

    golden = {
        "versions": {"torch": version("torch")},
        "sizes": {"slots": SLOTS, "vocabulary": VOCABULARY, "student": STUDENT, "teacher": TEACHER},
        "labels": labels.tolist(),
        "weights": weights.tolist(),
        "hidden": packed(hidden),
        "head": packed(head),
        "teacherHidden": packed(teacher_hidden),
        "teacherHead": packed(teacher_head),
        "likeliest": likeliest.flatten().tolist(),
        "logShares": {str(t): packed(shares(t)) for t in sorted({case["temperature"] for case in CASES})},
        "cases": cases,
        "projection": packed(projection),
        "states": states,
        "attention": {"scores": packed(scores), "teacher": packed(looks), "loss": differs.item(), "gradient": packed(of_scores)},
    }
    Path(__file__).with_name("golden").joinpath("distillation.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
