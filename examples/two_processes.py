#!/usr/bin/env python3
"""examples/two_processes.py [FOLDER [TRAIN-OPTION...]]: a law of two classes, learnt and judged.

Half of the functions on [0, 1] are draws of a Gaussian process with mean 10 x - 5, half of one with mean 5 - 10 x; covariance
0.4 exp(-(x - y)^2/(2 0.1^2)) (Lim et al., Denoising Diffusion Operators).  A draw has one slope or the other, never one between.
Writes data, models, draws and a table to FOLDER (two_processes).  KARHUNEN: the program (build/karhunen).
"""
import os
import subprocess
import sys

import h5py
import numpy as np

POINTS, FIELDS, DRAWS = 64, 16384, 2048
FOLDER = sys.argv[1] if len(sys.argv) > 1 else "two_processes"
KARHUNEN = os.environ.get("KARHUNEN", "build/karhunen")
X = (np.arange(POINTS) + 0.5) / POINTS
# Noise whose spectrum falls like k^-1.5, far rougher than the data, so that a draw has its slope before it has its small scales.
TRAIN = """-noise_cov_type matern -noise_cov_rough_power 0 -noise_cov_alpha 0.75 -noise_cov_tau 3 -noise_cov_factor 0.5 -train_objective elbo
  -train_times normal -train_times_mean 0.5 -train_times_std 2 -fno_width 32 -fno_modes 16 -fno_hidden 64 -fno_extension 0.25
  -train_batch 32 -train_lr 2e-3 -train_warmup 200 -train_ema 0.998 -train_steps 10000"""


def processes(count, seed):
    """Draws of the law, one a row."""
    random = np.random.default_rng(seed)
    covariance = 0.4 * np.exp(-((X[:, None] - X[None]) ** 2) / (2 * 0.1**2))
    root = np.linalg.cholesky(covariance + 1e-10 * np.eye(POINTS))
    return random.choice([-1, 1], count)[:, None] * (10 * X - 5) + random.standard_normal((count, POINTS)) @ root.T


def karhunen(*words):
    subprocess.run([KARHUNEN, *words, "-overwrite"], check=True, stdout=subprocess.DEVNULL)


def judge(name, fields):
    """One row: slopes by least squares over 10, what is left around the nearer mean."""
    slope = fields @ (X - 0.5) / np.sum((X - 0.5) ** 2) / 10
    rest = fields - np.sign(slope)[:, None] * (10 * X - 5)
    print(
        f"{name:24s} rising {np.mean(slope > 0):.3f}  |slope| {np.mean(np.abs(slope)):.3f} +- {np.std(np.abs(slope)):.3f}"
        f"  between {np.mean(np.abs(slope) < 0.6):.4f}  variance about the mean {np.var(rest):.3f}"
        f"  kurtosis {np.mean(rest**4) / np.var(rest) ** 2:.2f}"
    )


def at(name):
    return os.path.join(FOLDER, name)


os.makedirs(FOLDER, exist_ok=True)
with h5py.File(at("train.h5"), "w") as file:
    file["u"] = processes(FIELDS, 1)
    file["x"] = X
    file["x"].make_scale("x")
    file["u"].dims[1].attach_scale(file["x"])
karhunen("train", "-data", at("train.h5"), *TRAIN.split(), *sys.argv[2:], "-out", at("model.h5"))
judge("the law", processes(DRAWS, 2))
for eta in "0", "1":
    karhunen("sample", "-model", at("model.h5"), "-samples", str(DRAWS), "-seed", "5", "-sampler_eta", eta, "-out", at(f"eta{eta}.h5"))
    with h5py.File(at(f"eta{eta}.h5")) as file:
        judge(f"draws, -sampler_eta {eta}", file["u"][:].reshape(DRAWS, POINTS))
