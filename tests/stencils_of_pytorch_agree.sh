#!/bin/sh
# A network of stencils whose weights PyTorch reads from the model file gives PyTorch's numbers (Conv2d with circular ends, dilations, GELU, scales and
# shifts from the noise's number, a residual, a gate) to 1e-5 of the largest, by karhunen apply on 1 and 2 ranks.
. "$1/tests/program.sh"

/usr/bin/python3 -c 'import torch, h5py' 2>/dev/null || {
  echo 'SKIPPED: /usr/bin/python3 has no torch or no h5py: nothing is compared with PyTorch (apt-get install python3-torch python3-h5py)'
  exit 77
}
works 1 generate -generator_type navierstokes -ns_time 0.1 -grid_n 12,16 -samples 4 -seed 1 -out data.h5
works 1 train -data data.h5 -variable vorticity -train_steps 1 -train_batch 2 -train_warmup 0 -net_type local -local_width 16 -local_dilations 1,3,2 \
  -denoiser_gain white -out net.h5
cat >reference.py <<'P'
import h5py, numpy as np, torch
import torch.nn.functional as F
torch.manual_seed(3)
dilations, scalar, width = (1, 3, 2), 0.7, 16
w = {}
with h5py.File("net.h5") as made, h5py.File("own.h5", "w") as f:  # a fresh network answers 0: weights of which every one matters
    for name in made:
        made.copy(name, f)
    for name, value in made.attrs.items():
        if name != "source":  # a file of this program would have its checksum
            f.attrs[name] = value
    for name, array in f["weights"].items():
        fan = array.shape[0] * array.shape[1] if "stencil" in name else 2 * array.shape[0]
        array[...] = (torch.randn(*array.shape) / fan ** 0.5).numpy()
        w[name] = torch.from_numpy(array[...]).double()
e = w["time.0.weight"].shape[0]
omega = 0.5 * 32 ** (torch.arange(e // 2).double() / (e // 2 - 1))
feature = torch.cat((torch.sin(omega * scalar), torch.cos(omega * scalar)))
hidden = F.gelu(feature @ w["time.0.weight"] + w["time.0.bias"])
mod = torch.einsum("h,hlsc->lsc", hidden, w["time.1.weight"]) + w["time.1.bias"]
cin = w["layer0.stencil"].shape[1]
x = torch.randn(3, cin, 12, 16).double()
u = x
for l, d in enumerate(dilations):
    kernel = w["layer%d.stencil" % l].reshape(3, 3, -1, width).permute(3, 2, 0, 1)
    conv = torch.nn.Conv2d(kernel.shape[1], width, 3, dilation=d, padding=d, padding_mode="circular").double()
    conv.weight.data, conv.bias.data = kernel, w["layer%d.bias" % l]
    h = F.gelu((1 + mod[l, 0][:, None, None]) * conv(u) + mod[l, 1][:, None, None])
    u = u + h if l else h
point = lambda name: torch.einsum("oi,biyx->boyx", w[name + ".weight"], u) + w[name + ".bias"][:, None, None]
y = point("out") + point("gate") * x[:, :1]
np.save("y.npy", y.detach().numpy())
with h5py.File("x.h5", "w") as f:
    f["sample"], f["component"], f["y"], f["x"] = np.arange(3), np.arange(cin), np.arange(12) / 12, np.arange(16) / 16
    f["u"] = x.numpy()
    for i, a in enumerate(("sample", "component", "y", "x")):
        f[a].make_scale(a)
        f["u"].dims[i].attach_scale(f[a])
P
cat >compare.py <<'P'
import h5py, numpy as np, sys
y = np.load("y.npy")
a = h5py.File(sys.argv[1])["answer"][:].reshape(y.shape)
e = abs(a - y).max() / abs(y).max()
print(e)
sys.exit(not (e < 1e-5 and y.std() > 0.1))
P
/usr/bin/python3 reference.py || wrong 'the reference, the script'
for n in 1 2; do
  works $n apply -net own.h5 -data x.h5 -scalars 0.7 -out a$n.h5 -out_precision double
  /usr/bin/python3 compare.py a$n.h5 >said || wrong "on $n, relative to the largest: $(cat said)"
done
finish
