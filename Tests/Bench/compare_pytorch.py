#!/usr/bin/env python3
"""The same network, weights and sizes in PyTorch and here, side by side on this machine.

    python3 -m venv .build/venv && .build/venv/bin/pip install torch safetensors numpy
    .build/venv/bin/python Tests/Bench/compare_pytorch.py MODEL_DIR [--program .build/release/forewarn-collector]
                                                         [--hosts 90] [--windows 64] [--compile-seconds 180]

The PyTorch side is the forward pass of pytorch-forecasting's TemporalFusionTransformer written with plain torch modules
(that package wraps the same operations in a data loader and a trainer, whose time is not counted here), loaded with the
model's own weights; `--check` compares its answers with a golden folder's first. Both sides use both cores, one after
the other. Times are medians of several runs and, beside them, the least, which other programs on the machine change
least. torch.compile gets a time to compile in (0: it is left out); it needs a C++ compiler.
"""
import argparse
import json
import pathlib
import signal
import subprocess
import time

import torch
import torch.nn.functional as F
from safetensors.torch import load_file


class Network(torch.nn.Module):
    """pytorch-forecasting's network over a flat dictionary of its own parameters."""

    def __init__(self, folder, dropout):
        super().__init__()
        self.c = json.loads((folder / "config.json").read_text())
        state = load_file(folder / "model.safetensors")
        kept, seen = {}, {}
        for name, tensor in state.items():
            # Prescalers and shared gates stand under several names; one parameter serves them all.
            key = "prescalers." + name.split(".prescalers.", 1)[1] if ".prescalers." in name else name
            key = key.replace("post_lstm_gate_decoder", "post_lstm_gate_encoder")
            key = key.replace("post_lstm_add_norm_decoder", "post_lstm_add_norm_encoder")
            kept[key] = tensor
        self.p = torch.nn.ParameterDict({k.replace(".", "/"): torch.nn.Parameter(v) for k, v in kept.items()})
        self.drop = dropout
        h = self.c["hidden_size"]
        self.lstm = {}
        for side in ("encoder", "decoder"):
            module = torch.nn.LSTM(h, h, self.c["lstm_layers"], batch_first=True)
            module.load_state_dict({k.split(".", 1)[1]: v for k, v in kept.items() if k.startswith(f"lstm_{side}.")})
            setattr(self, f"lstm_{side}", module)

    def w(self, name):
        return self.p[name.replace(".", "/")]

    def linear(self, name, x, bias=True):
        return F.linear(x, self.w(name + ".weight"), self.w(name + ".bias") if bias else None)

    def norm(self, name, x):
        return F.layer_norm(x, x.shape[-1:], self.w(name + ".weight"), self.w(name + ".bias"))

    def resample(self, name, x, width):
        if x.shape[-1] != width:
            shape = x.shape
            x = F.interpolate(x.reshape(-1, 1, shape[-1]), width, mode="linear", align_corners=True)
            x = x.reshape(*shape[:-1], width)
        return self.norm(name + ".norm", x * torch.sigmoid(self.w(name + ".mask")) * 2.0)

    def gate(self, glu, norm, x, skip, dropout=True):
        x = F.dropout(x, self.drop, self.training) if dropout else x
        return self.norm(norm, F.glu(self.linear(glu + ".fc", x), -1) + skip)

    def grn(self, name, x, context=None):
        out = self.w(name + ".gate_norm.glu.fc.weight").shape[0] // 2
        skip = x if x.shape[-1] == out else self.resample(name + ".resample_norm", x, out)
        y = self.linear(name + ".fc1", x)
        if context is not None:
            y = y + self.linear(name + ".context", context, bias=False)
        y = self.linear(name + ".fc2", F.elu(y))
        return self.gate(name + ".gate_norm.glu", name + ".gate_norm.add_norm.norm", y, skip)

    def select(self, name, reals, classes, real_names, class_names, context):
        h = self.c["hidden_size"]
        vectors, values = [], []
        for i, variable in enumerate(class_names):
            vector = F.embedding(classes[..., i], self.w(f"input_embeddings.embeddings.{variable}.weight"))
            vectors.append(vector)
            values.append(self.resample(f"{name}.single_variable_grns.{variable}", vector, h))
        for i, variable in enumerate(real_names):
            vector = self.linear(f"prescalers.{variable}", reals[..., i : i + 1])
            vectors.append(vector)
            values.append(self.grn(f"{name}.single_variable_grns.{variable}", vector))
        if len(values) == 1:
            return values[0]
        weights = torch.softmax(self.grn(f"{name}.flattened_grn", torch.cat(vectors, -1), context), -1)
        return (torch.stack(values, -1) * weights.unsqueeze(-2)).sum(-1)

    def forward(self, static, static_classes, encoder, encoder_classes, decoder):
        c = self.c
        heads, h = c["attention_head_size"], c["hidden_size"]
        s = self.select("static_variable_selection", static, static_classes, c["static_reals"],
                        c["static_categoricals"], None)
        context = self.grn("static_context_variable_selection", s).unsqueeze(1)
        e = self.select("encoder_variable_selection", encoder, encoder_classes, c["time_varying_reals_encoder"],
                        c["time_varying_categoricals_encoder"], context)
        d = self.select("decoder_variable_selection", decoder, None, c["time_varying_reals_decoder"], [], context)
        layers = c["lstm_layers"]
        start = tuple(self.grn(f"static_context_initial_{k}_lstm", s).expand(layers, -1, -1).contiguous()
                      for k in ("hidden", "cell"))
        eo, state = self.lstm_encoder(e, start)
        do, _ = self.lstm_decoder(d, state)
        glu, norm = "post_lstm_gate_encoder", "post_lstm_add_norm_encoder.norm"
        local = torch.cat([self.gate(glu, norm, eo, e), self.gate(glu, norm, do, d)], 1)
        rich = self.grn("static_enrichment", local, self.grn("static_context_enrichment", s).unsqueeze(1))
        steps, ahead = e.shape[1], d.shape[1]
        q, k = rich[:, steps:], rich
        mask = torch.zeros(ahead, steps + ahead, dtype=torch.bool)
        mask[:, steps:] = torch.ones(ahead, ahead).triu().bool()
        v = self.linear("multihead_attn.v_layer", k)
        seen = 0
        for head in range(heads):
            scores = self.linear(f"multihead_attn.q_layers.{head}", q) @ self.linear(
                f"multihead_attn.k_layers.{head}", k).transpose(1, 2) / (h // heads) ** 0.5
            one = torch.softmax(scores.masked_fill(mask, -1e9), -1) @ v
            seen = seen + F.dropout(one, self.drop, self.training) / heads
        seen = F.dropout(self.linear("multihead_attn.w_h", seen, bias=False), self.drop, self.training)
        x = self.gate("post_attn_gate_norm.glu", "post_attn_gate_norm.add_norm.norm", seen, rich[:, steps:])
        x = self.grn("pos_wise_ff", x)
        x = self.gate("pre_output_gate_norm.glu", "pre_output_gate_norm.add_norm.norm", x, local[:, steps:], False)
        targets = c["targets"]
        names = ["output_layer"] if len(targets) == 1 else [f"output_layer.{i}" for i in range(len(targets))]
        return torch.stack([self.linear(name, x) for name in names], 1)

    def batch(self, size, seed=1):
        c, g = self.c, torch.Generator().manual_seed(seed)
        steps, ahead = c["max_encoder_length"], c["max_prediction_length"]
        noise = lambda *shape: torch.randn(*shape, generator=g)
        return (noise(size, len(c["static_reals"])), torch.ones(size, len(c["static_categoricals"]), dtype=torch.long),
                noise(size, steps, len(c["time_varying_reals_encoder"])),
                torch.ones(size, steps, len(c["time_varying_categoricals_encoder"]), dtype=torch.long),
                noise(size, ahead, len(c["time_varying_reals_decoder"])))


def check(folder):
    """The largest difference to a golden folder's quantiles, in units of each target's scale (full lengths only)."""
    model, io = Network(folder, 0.0).eval(), load_file(folder / "io.safetensors")
    c = model.c
    assert len(set(io["in.encoder_lengths"].tolist())) == 1, "a golden folder whose hosts have all steps"
    reals = lambda part, names: io[part][..., [c["x_reals"].index(n) for n in names]]
    classes = lambda part, names: io[part][..., [c["x_categoricals"].index(n) for n in names]]
    with torch.no_grad():
        out = model(reals("in.encoder_cont", c["static_reals"])[:, 0], classes("in.encoder_cat", c["static_categoricals"])[:, 0],
                    reals("in.encoder_cont", c["time_varying_reals_encoder"]),
                    classes("in.encoder_cat", c["time_varying_categoricals_encoder"]),
                    reals("in.decoder_cont", c["time_varying_reals_decoder"]))
    worst = 0.0
    for i in range(len(c["targets"])):
        centre, scale = (io[f"in.target_scale.{i}"][:, k, None, None] for k in (0, 1))
        worst = max(worst, ((io[f"out.quantiles.{i}"] - centre) / scale - out[:, i]).abs().max().item())
    return worst


def timed(body, runs, seconds=40):
    """Median and least, after one run to warm up; as many runs as wanted, or at least three within the time."""
    body()
    times, began = [], time.perf_counter()
    while len(times) < runs and (len(times) < 3 or time.perf_counter() - began < seconds):
        start = time.perf_counter()
        body()
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2], min(times)


def compiled_times(model, hosts, seconds):
    """Of the forward pass through torch.compile; None and why not when it does not come to an end in time."""
    def late(*_):
        raise TimeoutError(f"not compiled within {seconds} s")

    compiled = torch.compile(model)
    previous = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        compiled(*hosts)
        signal.alarm(0)
        return timed(lambda: compiled(*hosts), 15), None
    except Exception as error:  # whatever a compiler may fail of: the other rows are still worth having
        return None, f"{type(error).__name__}: {' '.join(str(error).split())[:600]}"
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--program", default=".build/release/forewarn-collector")
    parser.add_argument("--hosts", type=int, default=90)
    parser.add_argument("--windows", type=int, default=64)
    parser.add_argument("--check", type=pathlib.Path, help="a golden folder")
    parser.add_argument("--compile-seconds", type=int, default=180, help="0: without torch.compile")
    a = parser.parse_args()
    if a.check:
        print(f"PyTorch network against {a.check}: largest difference {check(a.check):.1e} of a target's scale")
    model = Network(a.folder, 0.1)
    hosts, one, windows = model.batch(a.hosts), model.batch(1), model.batch(a.windows)
    model.eval()
    theirs = {}
    with torch.no_grad():
        theirs["batch"] = timed(lambda: model(*hosts), 15)
        theirs["one"] = timed(lambda: model(*one), 25)
        if a.compile_seconds > 0:
            times, trouble = compiled_times(model, hosts, a.compile_seconds)
            if times:
                theirs["batch_compiled"] = times
            else:
                print(f"torch.compile is left out: {trouble}")
    model.train()
    q = torch.tensor(model.c["quantiles"])
    wanted = torch.randn(a.windows, len(model.c["targets"]), model.c["max_prediction_length"], 1)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-4)

    def step():
        optimiser.zero_grad()
        error = wanted - model(*windows)
        torch.maximum(q * error, (q - 1) * error).mean().backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()

    theirs["train_step"] = timed(step, 9)
    ours = json.loads(subprocess.run([a.program, "model", "bench", str(a.folder), "--hosts", str(a.hosts), "--json"],
                                     check=True, capture_output=True, text=True).stdout)
    print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads; ours {ours['threads']} threads, {ours['kernels']}")
    rows = [(f"forecast of {a.hosts} hosts, eager", "batch", "batch"),
            (f"forecast of {a.hosts} hosts, torch.compile", "batch_compiled", "batch"),
            ("forecast of one host", "one", "one"),
            (f"training step, {a.windows} windows", "train_step", "train_step")]
    print(f"{'milliseconds, median (least)':42} {'PyTorch':>18} {'ours':>18} {'':>16}")
    for label, key, own in rows:
        if key in theirs:
            median, least = theirs[key]
            own_median, own_least = ours[f"{own}_s"], ours[f"{own}_least_s"]
            print(f"{label:42} {median * 1e3:8.1f} ({least * 1e3:7.1f}) {own_median * 1e3:8.1f} ({own_least * 1e3:7.1f})"
                  f" {median / own_median:5.1f} × ({least / own_least:.1f} ×)")


if __name__ == "__main__":
    main()
