# A state dict of neuraloperator's FNO, made and evaluated by PyTorch here, gives the same answers in Karhunen: plain, soft-gated, with coordinates, padded on
# one side or two, in one to three dimensions, on 1 and 3 ranks; it is given back bit for bit; a tensor too many or too few is named.
. "$1/tests/program.sh"

/usr/bin/python3 -c 'import torch, h5py' 2>/dev/null || {
  echo 'SKIPPED: /usr/bin/python3 has no torch or no h5py: nothing is compared with PyTorch (apt-get install python3-torch python3-h5py)'
  exit 77
}
cat >reference.py <<'P'
import sys, torch, h5py, numpy as np
import torch.nn.functional as F
torch.manual_seed(5)
importer = sys.argv[1]
cases = dict(plain=(2, 0, 0, 0, 0., 2, 0), gated=(2, 1, 6, 24, 0., 2, 0), padded=(2, 1, 6, 24, 0.15, 2, 0), onesided=(2, 0, 6, 24, 0.2, 1, 1),
             line=(1, 1, 6, 24, 0.1, 2, 0), space=(3, 1, 6, 24, 0., 2, 0), ends=(2, 2, 0, 24, 0., 2, 0))
def make(case):
    dim, grid, mlp, lift, pad, sides, bias = cases[case]
    W, L, H, cin, cout = 12, 3, 20, 2, 3
    n = [14, 12, 10][:dim]
    m = [6, 5, 4][-dim:]
    C = cin + (dim if grid else 0)
    r = lambda *s: torch.randn(*s, dtype=torch.float32)
    one = [1] * dim
    s = {}
    if lift: s.update({"lifting.fcs.0.weight": r(lift, C, 1) / C**.5, "lifting.fcs.0.bias": r(lift), "lifting.fcs.1.weight": r(W, lift, 1) / lift**.5, "lifting.fcs.1.bias": r(W)})
    else: s.update({"lifting.fcs.0.weight": r(W, C, 1) / C**.5, "lifting.fcs.0.bias": r(W)})
    for l in range(L):
        b = "fno_blocks."
        s[f"{b}convs.{l}.weight.tensor"] = torch.view_as_complex(r(W, W, *m, 2)) / W**.5
        s[f"{b}convs.{l}.bias"] = r(W, *one)
        s[f"{b}fno_skips.{l}.conv.weight"] = r(W, W, 1) / W**.5
        if bias: s[f"{b}fno_skips.{l}.conv.bias"] = r(W)
        if mlp:
            s.update({f"{b}channel_mlp.{l}.fcs.0.weight": r(mlp, W, 1) / W**.5, f"{b}channel_mlp.{l}.fcs.0.bias": r(mlp), f"{b}channel_mlp.{l}.fcs.1.weight": r(W, mlp, 1) / mlp**.5, f"{b}channel_mlp.{l}.fcs.1.bias": r(W)})
            s[f"{b}channel_mlp_skips.{l}.weight"] = r(1, W, *one)
    s.update({"projection.fcs.0.weight": r(H, W, 1) / W**.5, "projection.fcs.0.bias": r(H), "projection.fcs.1.weight": r(cout, H, 1) / H**.5, "projection.fcs.1.bias": r(cout)})
    torch.save(s, case + ".pt")
    d = {k: v.to(torch.complex128 if v.is_complex() else torch.float64) for k, v in s.items()}
    def mix(x, w, b=None):
        y = torch.einsum("oi,bi...->bo...", w[..., 0], x)
        return y if b is None else y + b.reshape(1, -1, *one)
    def mlps(x, name, last):
        x = mix(x, d[name + ".fcs.0.weight"], d[name + ".fcs.0.bias"])
        return mix(F.gelu(x), d[name + ".fcs.1.weight"], d[name + ".fcs.1.bias"]) if last else x
    def spectral(x, w):
        axes, size = list(range(-dim, 0)), x.shape[2:]
        h = torch.fft.rfftn(x, dim=axes, norm="forward")
        out = torch.zeros(h.shape, dtype=torch.complex128)
        where = np.ix_(*[np.arange(-(k // 2), k // 2 + k % 2) % q for k, q in zip(m[:-1], size[:-1])], np.arange(m[-1]))
        at = (slice(None), slice(None)) + tuple(torch.from_numpy(q) for q in where)
        out[at] = torch.einsum("bi...,io...->bo...", h[at], w)
        full = list(range(-dim, -1))
        if full: out = torch.fft.ifftn(out, dim=full, norm="forward")
        return torch.fft.irfft(out, n=size[-1], dim=-1, norm="forward")
    x = r(4, cin, *n).double()
    u = x
    if grid:
        axes = [torch.arange(q, dtype=torch.float64) / (q if grid == 1 else q - 1) for q in n]
        g = torch.stack(torch.meshgrid(*axes, indexing="ij"))[None].expand(4, -1, *n)
        u = torch.cat([x, g], 1)
    u = mlps(u, "lifting", lift)
    p = [int(round(pad * q)) for q in n]
    u = F.pad(u, [q for k in p[::-1] for q in ((k, k) if sides == 2 else (0, k))])
    for l in range(L):
        b = "fno_blocks."
        v = spectral(u, d[f"{b}convs.{l}.weight.tensor"]) + d[f"{b}convs.{l}.bias"] + mix(u, d[f"{b}fno_skips.{l}.conv.weight"], d.get(f"{b}fno_skips.{l}.conv.bias"))
        if l < L - 1: v = F.gelu(v)
        if mlp: v = mlps(v, f"{b}channel_mlp.{l}", True) + d[f"{b}channel_mlp_skips.{l}.weight"] * u
        u = F.gelu(v) if l < L - 1 else v
    u = u[(slice(None), slice(None)) + tuple(slice(k if sides == 2 else 0, (k if sides == 2 else 0) + q) for k, q in zip(p, n))]
    y = mlps(u, "projection", True)
    axis = ["z", "y", "x"][-dim:]
    with h5py.File(case + "_x.h5", "w") as f:
        f["sample"], f["component"] = np.arange(4), np.arange(cin)
        f["u"] = x.numpy()
        for i, (a, q) in enumerate(zip(axis, n)): f[a] = np.arange(q) / q
        for i, a in enumerate(["sample", "component"] + axis):
            f[a].make_scale(a)
            f["u"].dims[i].attach_scale(f[a])
    np.save(case + "_y.npy", y.numpy())
options = dict(plain="--grid none", gated="", padded="--padding 0.15", onesided="--grid none --padding 0.2 --one-sided", line="--padding 0.1", space="", ends="--grid ends")
import runpy
for case in cases:
    make(case)
    sys.argv = ["import", case + ".pt", case + ".h5"] + options[case].split()
    runpy.run_path(importer)
sys.argv = ["import", "--export", "gated.h5", "back.pt"]
runpy.run_path(importer)
a, b = torch.load("gated.pt"), torch.load("back.pt")
assert set(a) == set(b) and all((a[k] == b[k]).all() and a[k].shape == b[k].shape for k in a), "the way back"
a["fno_blocks.norm.0.weight"] = a["projection.fcs.1.bias"]
torch.save(a, "many.pt")
del a["fno_blocks.norm.0.weight"], a["fno_blocks.convs.1.bias"]
torch.save(a, "few.pt")
for name, text in [("many", "the tensor fno_blocks.norm.0.weight is of a layer"), ("few", "the tensor fno_blocks.convs.1.bias is missing")]:
    sys.argv = ["import", name + ".pt", name + ".h5"]
    try: runpy.run_path(importer)
    except SystemExit as e: assert text in str(e), e
    else: raise AssertionError(name)
P
cat >compare.py <<'P'
import h5py, numpy as np, os, sys
bad = 0
for case in "plain gated padded onesided line space ends".split():
    y = np.load(case + "_y.npy")
    for name in filter(os.path.exists, (case + "_1.h5", case + "_3.h5")):
        a = h5py.File(name)["answer"][:]
        e = abs(a - y).max() / abs(y).max() if a.shape == y.shape else 9
        print(name, e)
        bad += not e < 1e-6
sys.exit(bad)
P
/usr/bin/python3 reference.py "$source/examples/import_neuraloperator.py" || wrong 'the reference, the script'
for case in plain gated padded onesided line space ends; do works 1 apply -net $case.h5 -data ${case}_x.h5 -out ${case}_1.h5 -out_precision double; done
for case in plain onesided line padded; do works 3 apply -net $case.h5 -data ${case}_x.h5 -out ${case}_3.h5 -out_precision double; done
/usr/bin/python3 compare.py >said || wrong "relative to the largest: $(cat said)"
refused 1 'takes 2 channels, the fields have 3' apply -net padded.h5 -data gated_1.h5 -out bad.h5
/usr/bin/python3 -c 'import h5py; f = h5py.File("gated.h5", "a"); del f["weights/projection.fcs.0.bias"]'
refused 1 'no array weights/projection.fcs.0.bias' apply -net gated.h5 -data gated_x.h5 -out bad.h5
finish
