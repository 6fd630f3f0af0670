"""Solves the network of digits with onnxruntime and DPM-Solver++(3M) in NumPy, for the table `speed` of the network benchmarks, which starts it.

Usage: python3 network.py MODEL FOLDER COUNT
FOLDER has the states `starts` and their exact ends `ends`, COUNT rows of 784 doubles each. Row k has the class k mod 10. Commands are lines on
standard input: `solve ERROR` finds the setting, and `run SAMPLES` prints the processor time of as many samples with it.
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import sys
import time

import numpy as np
import onnxruntime

FROM_SIGMA, TO_SIGMA, SIDE, CLASSES = 80, 0.002, 28, 10
WIDTHS = (16, 32, 64, 128, 256)


def uniform(steps):
    return np.exp(np.linspace(np.log(FROM_SIGMA), np.log(TO_SIGMA), steps + 1))


def karras(steps):
    return np.linspace(FROM_SIGMA ** (1 / 7), TO_SIGMA ** (1 / 7), steps + 1) ** 7


def coefficients(sigmas):
    """For each step the factors of the state and of the newest three values. The first two steps have orders 1 and 2."""
    rows = []
    for i in range(len(sigmas) - 1):
        h = np.log(sigmas[i] / sigmas[i + 1])
        # Integrals of e^{-(h - t)} (t / h)^j over the step, j = 0, 1, 2.
        g0 = -np.expm1(-h)
        g1 = 1 - g0 / h
        g2 = 1 - 2 * g1 / h
        weights = [g0, 0, 0]
        if i >= 1:
            r0 = np.log(sigmas[i - 1] / sigmas[i]) / h
            if i == 1:
                weights = [g0 + g1 / r0, -g1 / r0, 0]
            else:
                r1 = np.log(sigmas[i - 2] / sigmas[i - 1]) / h
                a = (g2 + r0 * g1) / (r0 + r1)
                weights = [g0 + (g1 + a) / r0, -(g1 + a) / r0 - a / r1, a / r1]
        rows.append([sigmas[i + 1] / sigmas[i], *weights])
    return np.array(rows, np.float32)


class Network:
    """One session on one thread, with the settings that were fastest among those of onnxruntime: the defaults."""

    def __init__(self, model):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def denoise(self, z, sigma, labels):
        levels = np.full(len(z), sigma, np.float32)
        return self.session.run(["y"], {"x": z, "sigma": levels, "label": labels})[0]

    def solve(self, z, labels, sigmas, factors):
        values = []
        for sigma, row in zip(sigmas, factors):
            values = [self.denoise(z, sigma, labels)] + values[:2]
            z = row[0] * z
            for weight, value in zip(row[1:], values):
                z += weight * value
        return z


def seconds(work):
    begin = time.process_time()
    work()
    return time.process_time() - begin


def main():
    model, folder, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    network = Network(model)

    def states(name):
        return np.fromfile(f"{folder}/{name}").reshape(count, 1, SIDE, SIDE)

    starts, ends = states("starts").astype(np.float32), states("ends")

    def rows(first, number):
        index = np.arange(first, first + number)
        return starts[index % count], index % count % CLASSES

    def solved(number, width, sigmas):
        factors = coefficients(sigmas)
        return np.concatenate(
            [network.solve(*rows(i, min(width, number - i)), sigmas, factors) for i in range(0, number, width)]
        )

    def error(sigmas):
        return np.sqrt(((solved(count, 32, sigmas) - ends) ** 2).mean())

    def best(steps):
        """The error and the levels of the better of two grids."""
        return min(((error(sigmas), sigmas) for sigmas in (uniform(steps), karras(steps))), key=lambda pair: pair[0])

    def cost(width):
        z, labels = rows(0, width)
        return min(seconds(lambda: network.denoise(z, 1.0, labels)) for _ in range(1024 // width)) / width

    width = min(WIDTHS, key=cost)
    for line in sys.stdin:
        command, value = line.split()
        if command == "solve":
            target = float(value)
            too_few, enough = 16, 32
            while best(enough)[0] > target:
                too_few, enough = enough, enough * 5 // 4
            while enough - too_few > 1:
                steps = (too_few + enough) // 2
                if best(steps)[0] <= target:
                    enough = steps
                else:
                    too_few = steps
            reached, sigmas = best(enough)
            print(onnxruntime.__version__, enough, width, reached, flush=True)
        else:
            print(seconds(lambda: solved(int(value), width, sigmas)), flush=True)


if __name__ == "__main__":
    main()
