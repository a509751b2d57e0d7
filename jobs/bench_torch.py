#!/usr/bin/env python3
"""The network of include/karhunen/nn.h in PyTorch, timed: the peer of `karhunen-bench -bench_type fno|net|train|navierstokes`.

    python3 jobs/bench_torch.py fno   --n 1024 --modes 32 [--threads 2] [--out torch.json]
    python3 jobs/bench_torch.py train --n 64 --modes 16 --batch 16
    python3 jobs/bench_torch.py local --n 256 [--threads 1]          # and local-train: forward and backward
    python3 jobs/bench_torch.py octave --n 2048 --evaluations 24     # a draw of an octave, jobs/bench_draw.sh's peer
    python3 jobs/bench_torch.py navierstokes --n 1024

2-D, forward by full real FFTs of every channel, as public codes have it; train is forward, backward and Adam.  navierstokes is one
step of the scheme of the public FNO data (vorticity, Crank-Nicolson diffusion, one explicit dealiased advection) in double: an
evaluation of u.grad w by four transforms to space and one back.  Ours of the same scheme: -bench_scheme cn.
"""
import argparse
import json
import statistics
import sys
import time

try:
    import torch
    import torch.nn.functional as F
except ImportError:
    sys.exit("bench_torch.py: PyTorch is not installed (Debian: python3-torch)")


class FNO(torch.nn.Module):
    def __init__(self, cin, cout, width, depth, hidden, modes):
        super().__init__()
        K, self.K, self.depth = modes, modes, depth
        self.lift = torch.nn.Linear(cin, width)
        self.skip = torch.nn.ModuleList(torch.nn.Conv2d(width, width, 1) for _ in range(depth))
        scale = (2 * width) ** -0.5
        self.R = torch.nn.ParameterList(
            torch.nn.Parameter(scale * torch.randn(width, width, 2 * K - 1, K, dtype=torch.cfloat)) for _ in range(depth))
        self.p0, self.p1 = torch.nn.Conv2d(width, hidden, 1), torch.nn.Conv2d(hidden, cout, 1)

    def forward(self, x):  # [batch, n0, n1, cin] -> [batch, cout, n0, n1]
        K, u = self.K, self.lift(x).permute(0, 3, 1, 2)
        for skip, R in zip(self.skip, self.R):
            hat = torch.fft.rfft2(u, norm="forward")
            low = torch.cat((hat[:, :, -(K - 1):, :K], hat[:, :, :K, :K]), dim=2) if K > 1 else hat[:, :, :1, :1]
            low = torch.einsum("bixy,ioxy->boxy", low, R)
            out = torch.zeros_like(hat)
            out[:, :, :K, :K] = low[:, :, K - 1:]
            if K > 1:
                out[:, :, -(K - 1):, :K] = low[:, :, : K - 1]
            u = F.gelu(skip(u) + torch.fft.irfft2(out, s=u.shape[-2:], norm="forward"))
        return self.p1(F.gelu(self.p0(u)))


class Stencils(torch.nn.Module):
    """The network of src/nn/local.c: 3 x 3 stencils, a scale and a shift a channel, GELU, residual, a gate on the input."""

    def __init__(self, cin, cout, width, dilations):
        super().__init__()
        conv = lambda i, d: torch.nn.Conv2d(i, width, 3, dilation=d, padding=d, padding_mode="circular")
        self.layers = torch.nn.ModuleList(conv(width if l else cin, d) for l, d in enumerate(dilations))
        self.scale = torch.nn.Parameter(torch.randn(len(dilations), 2, width, 1, 1))
        self.out, self.gate = torch.nn.Conv2d(width, cout, 1), torch.nn.Conv2d(width, cout, 1)

    def forward(self, x):  # [batch, n0, n1, cin] -> [batch, cout, n0, n1]
        x = x.permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
        u = x
        for l, layer in enumerate(self.layers):
            h = F.gelu((1 + self.scale[l, 0]) * layer(u) + self.scale[l, 1])
            u = u + h if l else h
        return self.out(u) + self.gate(u) * x[:, :1]


class Octave:
    """A draw of the modes that a grid of half the points lacks, given the others, by steps with noise; all in single precision."""

    def __init__(self, n, net, evaluations):
        k0, k1 = torch.meshgrid(torch.fft.fftfreq(n, 1 / n).abs(), torch.arange(n // 2 + 1.0), indexing="ij")
        high = (torch.maximum(k0, k1) >= n // 4) & (torch.maximum(k0, k1) < n // 2)
        self.n, self.net, self.evaluations = n, net, evaluations
        self.root = torch.where(high, (1 + k0 * k0 + k1 * k1) ** -1.0, torch.zeros(()))  # of the spectrum's eigenvalues
        self.root /= torch.fft.irfft2(torch.fft.rfft2(torch.randn(n, n)) * self.root, s=(n, n)).std()
        self.coarse = torch.randn(n, n, 3)

    def noise(self):
        return torch.fft.irfft2(torch.fft.rfft2(torch.randn(self.n, self.n)) * self.root, s=(self.n, self.n))

    def project(self, x):
        return torch.fft.irfft2(torch.fft.rfft2(x) * (self.root > 0), s=(self.n, self.n))

    def draw(self):
        sd = torch.logspace(1, -1.3, self.evaluations)  # s/a, of x = x0 + sd z
        x = sd[0] * self.noise()
        for i, s in enumerate(sd):
            seen = torch.cat(((x / (1 + s * s) ** 0.5)[..., None], self.coarse), -1)[None]
            x0 = x / (1 + s * s) + self.project(s / (1 + s * s) ** 0.5 * self.net(seen)[0, 0])
            if i + 1 == self.evaluations:
                return x0
            r = (sd[i + 1] / s) ** 2
            x = r * x + (1 - r) * x0 + s * (r * (1 - r)) ** 0.5 * self.noise()


class Flow:
    """w <- ((1 - h nu k^2/2) w - h (u.grad w)^ + h f) / (1 + h nu k^2/2) on [0, 2 pi)^2, half spectra."""

    def __init__(self, n, nu=1e-3, h=1e-4):
        ky, kx = torch.meshgrid(torch.fft.fftfreq(n, 1 / n, dtype=torch.float64), torch.arange(n // 2 + 1, dtype=torch.float64), indexing="ij")
        k2 = kx * kx + ky * ky
        self.n, self.h, self.nu, self.k2, self.ikx, self.iky = n, h, nu, k2, 1j * kx, 1j * ky
        self.inverse = torch.where(k2 > 0, 1 / k2.clamp(min=1), torch.zeros_like(k2))
        self.keep = ((ky.abs() <= n / 3) & (kx <= n / 3)).double()
        self.w = torch.fft.rfft2(torch.randn(n, n, dtype=torch.float64)) * self.inverse
        self.f = torch.zeros_like(self.w)

    def step(self):
        psi = self.w * self.inverse
        u, v, wx, wy = (torch.fft.irfft2(a, s=(self.n, self.n)) for a in (self.iky * psi, -self.ikx * psi, self.ikx * self.w, self.iky * self.w))
        advection = self.keep * torch.fft.rfft2(u * wx + v * wy)
        half = 0.5 * self.h * self.nu * self.k2
        self.w = ((1 - half) * self.w + self.h * (self.f - advection)) / (1 + half)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("fno", "train", "local", "local-train", "octave", "navierstokes"))
    for name, value in (("n", 256), ("modes", 32), ("width", 32), ("depth", 4), ("hidden", 128), ("batch", 1), ("repeat", 5), ("threads", 2), ("evaluations", 24)):
        parser.add_argument("--" + name, type=int, default=value)
    parser.add_argument("--out")
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(1)
    flow = Flow(a.n) if a.what == "navierstokes" else None
    local = a.what in ("local", "local-train", "octave")
    net = Stencils(4 if a.what == "octave" else 2, 1, a.width, (1, 1, 2, 1, 1)) if local else FNO(2, 1, a.width, a.depth, a.hidden, a.modes)
    octave = Octave(a.n, net, a.evaluations) if a.what == "octave" else None
    x = torch.randn(a.batch, a.n, a.n, 2)
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-6)
    seconds, cpu = [], []
    for _ in range(a.repeat + 1):
        start, before = time.perf_counter(), time.process_time()
        if a.what == "navierstokes":
            flow.step()
        elif a.what == "octave":
            with torch.no_grad():
                octave.draw()
        elif a.what in ("fno", "local"):
            with torch.no_grad():
                net(x)
        else:
            optimiser.zero_grad()
            net(x).square().mean().backward()
            optimiser.step()
        seconds.append(time.perf_counter() - start)
        cpu.append(time.process_time() - before)
    figures = {"seconds": statistics.median(seconds[1:]), "cpu_seconds": statistics.median(cpu[1:]), "threads": a.threads, "batch": a.batch, "torch": torch.__version__}
    result = {"case": f"torch {a.what} {a.n}x{a.n}", "figures": figures}
    print(json.dumps(result, indent=2))
    if a.out:
        with open(a.out, "w") as file:
            json.dump(result, file, indent=2)


if __name__ == "__main__":
    main()
