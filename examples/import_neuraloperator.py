#!/usr/bin/env python3
"""Weights of a Fourier neural operator of the library neuraloperator, for Karhunen, and back.

    import_neuraloperator.py STATE.pt NET.h5 [--dim 2] [--grid none|i/n|ends] [--padding 0.1 [--one-sided]] [--scalars 0] [--gelu-once]
    import_neuraloperator.py --export NET.h5 STATE.pt

STATE is what torch.save(model.state_dict()) or safetensors wrote. The file that is made is read by `karhunen apply -net NET.h5`, KarNetLoad() and
KarNetLoadWeights(). What the state dict does not say is said by options: coordinates as input channels (--grid, the library's default is i/n),
padding, how many of the input channels are constants of a sample (--scalars, they follow the fields), and whether a layer without a channel MLP
has its GELU once, as before version 1, or twice.
"""
import argparse
import re
import sys

import h5py
import numpy as np

KIND = "karhunen network 1"


def read(path):
    """A dict of numpy arrays; complex numbers as a last axis of two."""
    if path.endswith(".safetensors"):
        import json
        raw = open(path, "rb").read()
        n = int.from_bytes(raw[:8], "little")
        types = {"F64": "f8", "F32": "f4", "F16": "f2", "C64": "c8"}
        state = {k: np.frombuffer(raw[8 + n + t["data_offsets"][0]:8 + n + t["data_offsets"][1]], "<" + types[t["dtype"]]).reshape(t["shape"])
                 for k, t in json.loads(raw[8:8 + n]).items() if k != "__metadata__"}
    else:
        import torch
        state = torch.load(path, map_location="cpu")
        state = {k: v.numpy() for k, v in state.items() if hasattr(v, "numpy")}
    return {k: np.stack([v.real, v.imag], -1) if np.iscomplexobj(v) else v for k, v in state.items()}


def plain(name):
    """Names of all versions: .weight.tensor and .conv.weight are .weight."""
    return name.replace(".weight.tensor", ".weight").replace(".conv.weight", ".weight").replace(".conv.bias", ".bias").replace("fno_blocks.mlp", "fno_blocks.channel_mlp")


def architecture(t, a):
    """What the names and shapes of the tensors say; every tensor is asked for once."""
    def size(name, axis): return 0 if name not in t else t[name].shape[axis]
    depth = 1 + max((int(m[1]) for m in (re.match(r"fno_blocks\.convs\.(\d+)\.weight", k) for k in t) if m), default=-1)
    if not depth: sys.exit("no tensor fno_blocks.convs.0.weight: not a state dict of neuraloperator's FNO with dense weights")
    spectral = t["fno_blocks.convs.0.weight"]
    dim = spectral.ndim - 3
    lifted = "lifting.fcs.1.weight" in t
    arch = dict(width=spectral.shape[0], depth=depth, lifting=size("lifting.fcs.0.weight", 0) if lifted else 0, projection=size("projection.fcs.0.weight", 0),
                mlp=size("fno_blocks.channel_mlp.0.fcs.0.weight", 0), gate=("fno_blocks.channel_mlp_skips.0.weight" in t) + ("fno_blocks.channel_mlp_skips.0.bias" in t),
                skip=("fno_blocks.fno_skips.0.weight" in t) + ("fno_blocks.fno_skips.0.bias" in t), grid=["none", "i/n", "ends"].index(a.grid), time=int(a.scalars > 0),
                twice=int(not a.gelu_once), sides=1 if a.one_sided else 2)
    for i in range(3):
        arch[f"modes_{i}"] = spectral.shape[2 + i] if i < dim else 1
        arch[f"pad_{i}"] = a.padding if i < dim else 0
    inputs = t["lifting.fcs.0.weight"].shape[1] - (dim if arch["grid"] else 0) - a.scalars
    if inputs < 1: sys.exit(f"lifting.fcs.0.weight takes {t['lifting.fcs.0.weight'].shape[1]} channels, fewer than the coordinates and numbers: --grid, --scalars")
    arch.update(inputs=inputs, condition=0, outputs=size("projection.fcs.1.weight", 0), scalars=max(a.scalars, 1))
    return arch


def expected(arch):
    names = ["lifting.fcs.0", "projection.fcs.0", "projection.fcs.1"] + (["lifting.fcs.1"] if arch["lifting"] else [])
    want = {f"{n}.{k}" for n in names for k in ("weight", "bias")}
    for l in range(arch["depth"]):
        b = "fno_blocks."
        want |= {f"{b}convs.{l}.weight", f"{b}convs.{l}.bias"}
        if arch["skip"]: want.add(f"{b}fno_skips.{l}.weight")
        if arch["skip"] > 1: want.add(f"{b}fno_skips.{l}.bias")
        if arch["mlp"]: want |= {f"{b}channel_mlp.{l}.fcs.{i}.{k}" for i in (0, 1) for k in ("weight", "bias")}
        if arch["gate"]: want.add(f"{b}channel_mlp_skips.{l}.weight")
        if arch["gate"] > 1: want.add(f"{b}channel_mlp_skips.{l}.bias")
    return want


def theirs(name, names):
    """The library's name of today, or the one that was read."""
    other = re.sub(r"(convs\.\d+\.weight)$", r"\1.tensor", re.sub(r"(fno_skips\.\d+)\.(weight|bias)$", r"\1.conv.\2", name))
    return names.get(name, other)


def shaped(name, v, dim):
    """The library keeps axes of length 1 for the points."""
    if name.endswith("bias") and ".convs." in name: return v.reshape((len(v),) + (1,) * dim) if v.ndim == 1 else v
    if "channel_mlp_skips" in name: return v.reshape((1, v.size) + (1,) * dim)
    return v[..., None] if v.ndim == 2 and name.endswith("weight") else v


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("source")
    p.add_argument("target")
    p.add_argument("--export", action="store_true")
    p.add_argument("--grid", choices=["none", "i/n", "ends"], default="i/n")
    p.add_argument("--padding", type=float, default=0)
    p.add_argument("--one-sided", action="store_true")
    p.add_argument("--scalars", type=int, default=0)
    p.add_argument("--gelu-once", action="store_true")
    a = p.parse_args()
    if a.export:
        import torch
        with h5py.File(a.source) as f:
            names = {plain(k): k for k in f["names"].attrs.values()} if "names" in f else {}
            dim = f["weights/fno_blocks.convs.0.weight"].ndim - 3
            state = {theirs(k, names): torch.from_numpy(shaped(k, v[...], dim)) for k, v in f["weights"].items()}
            state = {k: torch.view_as_complex(v) if v.ndim == dim + 3 else v for k, v in state.items()}
        torch.save(state, a.target)
        return
    state = read(a.source)
    t = {plain(k): v for k, v in state.items()}
    arch = architecture(t, a)
    for name in sorted(expected(arch) - set(t)): sys.exit(f"{a.source}: the tensor {name} is missing")
    for name in sorted(set(t) - expected(arch)): sys.exit(f"{a.source}: the tensor {name} is of a layer that Karhunen's neuraloperator does not have (norms, factorised weights)")
    with h5py.File(a.target, "w") as f:
        f.attrs["kind"] = KIND
        g = f.create_group("architecture")
        for k, v in arch.items(): g.attrs[k] = np.float64(v)
        g.attrs["type"] = np.bytes_("neuraloperator")
        for k, v in t.items(): f.create_dataset("weights/" + k, data=np.ascontiguousarray(v, "f4"))
        for i, k in enumerate(state): f.require_group("names").attrs[str(i)] = k


main()
