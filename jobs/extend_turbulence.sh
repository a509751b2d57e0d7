#!/bin/sh
# sh jobs/extend_turbulence.sh: the law ns2d-turbulence at a viscosity of 4e-6 on 2048 x 2048 points, from the shipped cascade and one simulation (docs/turbulence.md).
# The networks are those learnt at 3e-5 on 512 x 512 points, the last one taken for the octaves to 1024 and 2048 too; spectra, amplitudes and gains are of the simulation, octaves from 256 points on above draws.
# A draw above the scales of the simulation to 64 x 64 points is compared with it.  A stage whose output exists is skipped.
set -eu
cd "$(dirname "$0")/.."
ranks=${RANKS:-2}
n=${N:-2048}
nu=${NU:-4e-6}
out=${OUT:-build/turbulence-$n}
from=${FROM:-examples/models/ns2d-turbulence.h5}
training="-variable vorticity -train_octave -denoiser_gain white -noise_cov_rough_power 0 -train_objective elbo -train_times normal -train_validation 0 -train_keep none"

. jobs/stages.sh

make "$out/simulated.h5" karhunen generate -generator_type navierstokes -grid_n "$n,$n" -ns_refine 1 -ns_nu "$nu" -samples 1 -seed 9001 -out "$out/simulated.h5"
make "$out/base.h5" karhunen calibrate -model "$from" -grid_n 32,32 -passes 0 -out "$out/base.h5"
before=$out/base.h5
level=0 points=32
while [ "$points" -lt "$n" ]; do
  points=$((2 * points)) level=$((level < 4 ? level + 1 : 4)) fields=6
  net="-net_type unet -unet_widths 32,64,96" gains="-gains energy -sampler_eta 2 -sampler_evaluations 48"
  if [ "$level" = 4 ]; then net="-net_type local -local_dilations 1,1,2,1,1 -denoiser_amplitude" gains="-gains energy -sampler_eta 1 -sampler_evaluations 24"; fi
  if [ "$points" -ge 512 ]; then fields=2; fi
  below=$out/simulated.h5
  # shellcheck disable=SC2086
  {
    make "$out/raw$points.h5" karhunen train -data "$out/simulated.h5" -train_grid "$points,$points" $training $net -train_from "$from" -train_from_level "$level" -train_steps 0 \
      -out "$out/raw$points.h5"
    if [ "$points" -gt 128 ]; then
      below=$out/below$points.h5
      make "$below" karhunen sample -model "$before" -coarse "$out/simulated.h5" -coarse_grid 64,64 -samples "$fields" -coarse_draws "$fields" -seed "$points" -out "$below"
    fi
    make "$out/o$points.h5" karhunen calibrate -model "$before,$out/raw$points.h5" -data "$out/simulated.h5" -variable vorticity -above "$below" -samples "$fields" $gains \
      -sampler_end 0.05 -out "$out/o$points.h5"
  }
  before=$before,$out/o$points.h5
done
make "$out/drawn.h5" karhunen sample -model "$before" -coarse "$out/simulated.h5" -coarse_grid 64,64 -samples 1 -seed 7 -out "$out/drawn.h5"

# Of each band the power, and the kurtosis with its error over the 16 parts of the box.
/usr/bin/python3 - "$out/simulated.h5" "$out/drawn.h5" "$out/beside.png" <<'PYTHON'
import sys, h5py, numpy as np
fields = [h5py.File(name)["vorticity"][0].astype(float) for name in sys.argv[1:3]]
n = len(fields[0])
kx = np.arange(n // 2 + 1)
r = np.hypot(np.fft.fftfreq(n, 1 / n)[:, None], kx)
edges = [k for k in (32, 43, 64, 85, 128, 171, 256, 341, 512, 683) if k < n / 2]
parts = lambda x: x.reshape(4, n // 4, 4, n // 4).mean(axis=(1, 3)).ravel()
print("| waves | power, ratio | kurtosis, simulated | drawn |\n|---|---|---|---|")
for low, high in zip(edges, edges[1:]):
    power, text = [], []
    for x in fields:
        band = np.fft.irfft2(np.fft.rfft2(x) * ((r >= low) & (r < high)), s=x.shape)
        m2, m4 = parts(band**2), parts(band**4)
        kurtosis = lambda keep: m4[keep].mean() / m2[keep].mean() ** 2
        left = np.array([kurtosis(np.arange(16) != i) for i in range(16)])  # the jackknife
        power.append((band**2).mean())
        text.append("%.1f ± %.1f" % (kurtosis(np.arange(16) >= 0), np.sqrt(15 / 16 * ((left - left.mean()) ** 2).sum())))
    print("| %d–%d | %.2f | %s |" % (low, high - 1, power[1] / power[0], " | ".join(text)))

flat, quiet = [], []
for x in fields:
    d = np.roll(x, -1, 1) - x
    flat.append((d**4).mean() / (d**2).mean() ** 2)
    f = np.fft.rfft2(x)
    g = np.fft.irfft2(1j * kx * f, s=x.shape) ** 2 + np.fft.irfft2(1j * np.fft.fftfreq(n, 1 / n)[:, None] * f, s=x.shape) ** 2
    quiet.append(np.quantile(g, 0.05) / g.mean())
print("kurtosis of differences over one point: %.0f simulated, %.0f drawn; 5 %% quantile of the squared gradient, ratio %.1f" % (*flat, quiet[1] / quiet[0]))

# Above the simulation, below the draw: the box, a fourth of its edge about the middle, a sixteenth.
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
panels = plt.subplots(2, 3, figsize=(12, 8), layout="constrained")[1]
for row, x in zip(panels, fields):
    for panel, part in zip(row, (1, 4, 16)):
        half, middle = n // part // 2, n // 2
        piece = x[middle - half : middle + half, middle - half : middle + half]
        top = 3 * fields[0][middle - half : middle + half, middle - half : middle + half].std()
        panel.imshow(piece, cmap="RdBu_r", vmin=-top, vmax=top, interpolation="antialiased" if part < 16 else "nearest")
        panel.axis("off")
plt.savefig(sys.argv[3], dpi=110)
PYTHON
