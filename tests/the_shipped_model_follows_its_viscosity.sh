# The shipped model that is told a viscosity (docs/conditions.md): 24 draws of one seed at 1.15e-3 and 2.8e-3, where it was not trained, have the power of shells
# 9-15 apart by 1.5 to 2.4 (flows: 1.90), that of shells 1-4 by less than 1.2 (flows: 1.02), and gradients of kurtosis above 4.5 (flows: 5.9 and 6.2, a Gaussian law 3): a model
# that did not hear the number would have the ratio 1 in both.  A number beyond the training gets a warning.  The seed is fixed.
. "$1/tests/program.sh"
model=$source/examples/models/ns2d-viscosity.h5
for nu in 1.15e-3 2.8e-3; do works 1 sample -model "$model" -condition nu=$nu -samples 24 -seed 3 -out "$nu.h5"; done
works 2 sample -model "$model" -condition nu=8e-3 -samples 2 -sampler_evaluations 4 -out beyond.h5
grep -q 'warning: -condition nu is 0.008, the model was trained from 0.001 to 0.004' ../err || wrong "no warning beyond the range of training: $(cat ../err)"
/usr/bin/python3 - <<'P' || wrong 'numbers of the draws'
import numpy as np, h5py
k = np.fft.fftfreq(32, 1 / 32)
shell = np.rint(np.hypot(*np.meshgrid(k, k)))
power, kurtosis = {}, {}
for nu in ("1.15e-3", "2.8e-3"):
    f = np.fft.fft2(h5py.File(nu + ".h5")["vorticity"][:])
    power[nu] = [(abs(f[:, (shell >= a) & (shell <= b)]) ** 2).sum() for a, b in ((1, 4), (9, 15))]
    g = np.fft.ifft2(1j * k * f * (abs(k) < 16)).real
    kurtosis[nu] = (g**4).mean() / (g**2).mean() ** 2
large, small = np.divide(power["1.15e-3"], power["2.8e-3"])
print(large, small, kurtosis)
assert 1 / 1.2 < large < 1.2 and 1.5 < small < 2.4, (large, small)
assert min(kurtosis.values()) > 4.5, kurtosis
P
finish
