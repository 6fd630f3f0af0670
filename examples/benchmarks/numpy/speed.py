"""Samples per second of processor time of vectorised solvers in NumPy, at equal true error, on one thread.

Usage: OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python3 speed.py solvers|datasets [directory of the problems]

The problems are those of examples/problems, and the data set of digits, whose states the Java benchmark writes. DPM-Solver++(3M) takes equal steps in ln sigma. The number of steps is the least, up to a factor of 1.1,
for which the root mean square error of the known rows is at most the target, relative to the radius.
"""

import json
import sys
import time

import numpy as np

BATCH = 1024
DIGITS = "examples/files/src/main/resources/io/scoreflux/files/digits/digits.csv"
DIGITS_STD = 0.1
STATES = "examples/benchmarks/target/states"


def mixture(means, std):
    """The denoiser of Gaussians of equal weights and one width: D = (s^2 sum_k p_k m_k + a^2 z) / (a^2 + s^2)."""
    squares = (means * means).sum(1)
    transposed = np.ascontiguousarray(means.T)

    def denoise(z, s):
        v = std * std + s * s
        logs = z @ transposed
        logs *= 2
        logs -= squares
        logs /= 2 * v
        logs -= logs.max(1, keepdims=True)
        np.exp(logs, out=logs)
        out = logs @ means
        out *= (s * s / v) / logs.sum(1, keepdims=True)
        out += std * std / v * z
        return out

    return denoise


def dpmpp3m(denoise, z, sigmas):
    """DPM-Solver++(3M) in the exponential form over equal steps; the first two steps have orders 1 and 2."""
    values = []
    for i in range(len(sigmas) - 1):
        values = [denoise(z, sigmas[i])] + values[:2]
        h = np.log(sigmas[i] / sigmas[i + 1])
        # Integrals of e^{-(h - t)} (t / h)^j over the step, j = 0, 1, 2.
        g0 = -np.expm1(-h)
        g1 = 1 - g0 / h
        g2 = 1 - 2 * g1 / h
        z = sigmas[i + 1] / sigmas[i] * z + g0 * values[0]
        if i >= 1:
            first = values[0] - values[1]
            if i >= 2:
                second = values[0] - 2 * values[1] + values[2]
                z += (g1 + g2) / 2 * second
            z += g1 * first
    return z


def solvers(directory):
    for name, start, end, radius in (("ring8-2d", 20, 0.005, 1), ("sphere10-64d", 80, 0.02, 5), ("digits", 80, 0.02, None)):
        if name == "digits":
            directory = STATES
            rows = np.loadtxt(DIGITS, delimiter=",") / 16
            denoise = mixture(rows, DIGITS_STD)
            radius = np.sqrt(rows.var(0).sum() + rows.shape[1] * DIGITS_STD**2)
        else:
            with open(f"{directory}/{name}.target.json") as file:
                components = json.load(file)["components"]
            denoise = mixture(np.array([c["mean"] for c in components], float), components[0]["std"])
        initial = np.loadtxt(f"{directory}/{name}.initial.csv", delimiter=",", ndmin=2)
        reference = np.loadtxt(f"{directory}/{name}.reference.csv", delimiter=",", ndmin=2)
        many = np.tile(initial, (BATCH // len(initial) + 1, 1))[:BATCH]
        for target in (1e-4, 1e-8):
            steps = 16
            while True:
                sigmas = np.exp(np.linspace(np.log(start), np.log(end), steps + 1))
                difference = dpmpp3m(denoise, initial, sigmas) - reference
                error = np.sqrt((difference * difference).sum(1).mean()) / radius
                if error <= target:
                    break
                steps = int(1.1 * steps) + 1
            least = np.inf
            for _ in range(3):
                begin = time.process_time()
                dpmpp3m(denoise, many, sigmas)
                least = min(least, time.process_time() - begin)
            print(f"{name} {target:.0e}: {steps} steps, error {error:.1e}, {BATCH / least:.0f} samples/s", flush=True)


def datasets():
    random = np.random.default_rng(1)
    for rows, dimension, levels in ((1797, 64, (0.05, 0.3, 2.0)), (60_000, 784, (0.3, 20.0))):
        data = random.standard_normal((rows, dimension))
        denoise = mixture(data, 0.1)
        for sigma in levels:
            z = data[:256] + sigma * random.standard_normal((256, dimension))
            least = np.inf
            for _ in range(3 if rows > 10_000 else 30):
                begin = time.process_time()
                denoise(z, sigma)
                least = min(least, time.process_time() - begin)
            print(f"{rows} x {dimension}, sigma {sigma}: {least / 256 * 1e6:.1f} us/state", flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "solvers":
        solvers(sys.argv[2] if len(sys.argv) > 2 else "examples/problems")
    else:
        datasets()
