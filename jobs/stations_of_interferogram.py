# python3 jobs/stations_of_interferogram.py PHASE.tif OUT.csv: a table x, y, sample, value (metres, radians) of windows of a wrapped interferogram at
# stations.  2 x 2 looks; coherence from 5 x 5 pixels; each window is unwrapped by least squares (Ghiglia & Romero 1994) and its mean taken off.
import sys
import numpy as np
from PIL import Image
from scipy.fft import dctn, idctn
from scipy.ndimage import uniform_filter

SIZE, STEP, STATIONS, PIXEL = 48, 4, 100, 2 * 111.0  # pixels of a window, between windows; stations; metres of a pixel

def unwrap(phase):
    wrap = lambda d: np.angle(np.exp(1j * d))
    dx, dy = wrap(np.diff(phase, axis=1)), wrap(np.diff(phase, axis=0))
    rho = np.zeros_like(phase)
    rho[:, :-1] += dx; rho[:, 1:] -= dx; rho[:-1] += dy; rho[1:] -= dy
    n, m = phase.shape
    den = 2 * (np.cos(np.pi * np.arange(n) / n)[:, None] + np.cos(np.pi * np.arange(m) / m)[None] - 2)
    den[0, 0] = 1
    hat = dctn(rho, norm="ortho") / den
    hat[0, 0] = 0
    return idctn(hat, norm="ortho")

wave = np.exp(1j * np.array(Image.open(sys.argv[1]), dtype=float))
wave = wave[: wave.shape[0] // 2 * 2, : wave.shape[1] // 2 * 2]
wave = (wave[::2, ::2] + wave[1::2, ::2] + wave[::2, 1::2] + wave[1::2, 1::2]) / 4
gx = np.angle(uniform_filter((wave[:, 1:] * wave[:, :-1].conj()).real, 5) + 1j * uniform_filter((wave[:, 1:] * wave[:, :-1].conj()).imag, 5))
plain = wave[:, 1:] * wave[:, :-1].conj() * np.exp(-1j * gx)
coherence = np.abs(uniform_filter(plain.real, 5) + 1j * uniform_filter(plain.imag, 5)) / uniform_filter(np.abs(plain), 5)
phase = np.angle(wave[:, :-1])
places = [(i, j) for i in range(0, phase.shape[0] - SIZE + 1, STEP) for j in range(0, phase.shape[1] - SIZE + 1, STEP)]
good = [(i, j) for i, j in places if coherence[i : i + SIZE, j : j + SIZE].mean() > 0.85]
mean = np.mean([coherence[i : i + SIZE, j : j + SIZE] for i, j in good], axis=0)
rng, kept = np.random.default_rng(1), []
for k in np.argsort(-(mean + 0.1 * rng.random(mean.shape)).ravel()):  # coherent ones first, none nearer than 3 pixels
    p = divmod(k, SIZE)
    if all((p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2 >= 9 for q in kept):
        kept.append(p)
    if len(kept) == STATIONS:
        break
with open(sys.argv[2], "w") as out:
    out.write("x,y,sample,value\n")
    for s, n in enumerate(rng.permutation(len(good))):
        i, j = good[n]
        u = unwrap(phase[i : i + SIZE, j : j + SIZE])
        for p in kept:
            out.write(f"{PIXEL * p[1]:.1f},{PIXEL * p[0]:.1f},{s},{u[p] - u.mean():.4f}\n")
print(len(good), "windows of", len(places), "at", len(kept), "stations")
