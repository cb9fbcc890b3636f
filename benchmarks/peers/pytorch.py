"""SRResNet in PyTorch, on the CPU: python pytorch.py inference|training float32|bfloat16 FOLDER.

FOLDER holds weights.npz and lr.npy, for training hr.npy as well. Inference writes the SR images of
its form to sr.npy; training tells the losses of its first steps.
"""

import os
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval
from turns import Call, fastest, take_turns

CHECKED_STEPS = 2


class SRResNet(nn.Module):
    """SRResNet x4 as drawn; `sizes` are read off the weights."""

    def __init__(self, weights: dict[str, np.ndarray]) -> None:
        super().__init__()
        filters = weights["head_conv/kernel"].shape[-1]
        blocks = sum(name.endswith("_conv1/kernel") and name.startswith("block") for name in weights)

        def normed() -> list[nn.Module]:
            convolution = nn.Conv2d(filters, filters, 3, padding=1, bias=False)
            return [convolution, nn.BatchNorm2d(filters, eps=1e-3, momentum=0.1)]

        self.head = nn.Sequential(nn.Conv2d(3, filters, 9, padding=4), nn.PReLU(filters))
        self.blocks = nn.ModuleList(
            nn.Sequential(*normed(), nn.PReLU(filters), *normed()) for _ in range(blocks)
        )
        self.trunk = nn.Sequential(*normed())
        self.up = nn.Sequential(*(layer for _ in range(2) for layer in upscaling(filters)))
        self.tail = nn.Conv2d(filters, 3, 9, padding=4)
        self._load(weights)

    def forward(self, lr: torch.Tensor) -> torch.Tensor:
        """LR (N, 3, h, w) -> SR (N, 3, 4h, 4w)."""
        x = head = self.head(lr)
        for block in self.blocks:
            x = x + block(x)
        return self.tail(self.up(self.trunk(x) + head))

    def _load(self, weights: dict[str, np.ndarray]) -> None:
        """Takes Keras' weights; Keras' shuffle unpacks (row, column, channel), PyTorch's channel first."""

        def put(layer: nn.Module, name: str) -> None:
            if isinstance(layer, nn.Conv2d):
                kernel, bias = weights[f"{name}/kernel"].transpose(3, 2, 0, 1), weights.get(f"{name}/bias")
                order = shuffled(kernel.shape[0]) if name.startswith("up") else slice(None)
                copy(layer.weight, kernel[order])
                if bias is not None:
                    copy(layer.bias, bias[order])
            elif isinstance(layer, nn.PReLU):
                copy(layer.weight, weights[f"{name}/slope"])
            else:
                for own, keras in (
                    ("weight", "gamma"),
                    ("bias", "beta"),
                    ("running_mean", "moving_mean"),
                    ("running_var", "moving_variance"),
                ):
                    copy(getattr(layer, own), weights[f"{name}/{keras}"])

        put(self.head[0], "head_conv")
        put(self.head[1], "head_act")
        for i, block in enumerate(self.blocks, start=1):
            for layer, name in zip(block, ("conv1", "bn1", "act", "conv2", "bn2"), strict=True):
                put(layer, f"block{i}_{name}")
        put(self.trunk[0], "trunk_conv")
        put(self.trunk[1], "trunk_bn")
        for i in (1, 2):
            put(self.up[3 * i - 3], f"up{i}_conv")
            put(self.up[3 * i - 1], f"up{i}_act")
        put(self.tail, "tail_conv")


def upscaling(filters: int) -> list[nn.Module]:
    """Returns a convolution, the sub-pixel shuffle behind it, and PReLU."""
    return [nn.Conv2d(filters, 4 * filters, 3, padding=1), nn.PixelShuffle(2), nn.PReLU(filters)]


def shuffled(channels: int) -> np.ndarray:
    """Returns the order of Keras' channels that PyTorch's shuffle by 2 wants."""
    return np.arange(channels).reshape(4, -1).T.ravel()


def copy(parameter: torch.Tensor, value: np.ndarray) -> None:
    """Sets a parameter."""
    with torch.no_grad():
        parameter.copy_(torch.from_numpy(np.ascontiguousarray(value)))


def folded(network: SRResNet) -> SRResNet:
    """Batch normalisation folded into the convolutions before it."""
    network.eval()
    for part in (*network.blocks, network.trunk):
        for i, layer in enumerate(part):
            if isinstance(layer, nn.BatchNorm2d):
                part[i - 1], part[i] = fuse_conv_bn_eval(part[i - 1], layer), nn.Identity()
    return network


def tail_first(network: SRResNet, weights: dict[str, np.ndarray]) -> SRResNet:
    """Returns the last shuffle and PReLU behind the last convolution, as the measured project has them."""
    convolution, _, act = network.up[3:]
    order = torch.from_numpy(np.argsort(shuffled(convolution.out_channels)))
    copy(convolution.weight, convolution.weight.detach()[order].numpy())
    copy(convolution.bias, convolution.bias.detach()[order].numpy())
    wide = nn.PReLU(convolution.out_channels)
    copy(wide.weight, act.weight.detach().repeat(4).numpy())
    kernel = weights["tail_conv/kernel_before_shuffle"].transpose(3, 2, 0, 1)[shuffled(12)]
    tail = nn.Conv2d(kernel.shape[1], 12, kernel.shape[2], padding=kernel.shape[2] // 2)
    copy(tail.weight, kernel)
    copy(tail.bias, np.tile(weights["tail_conv/bias"], 4)[shuffled(12)])
    network.up = nn.Sequential(*network.up[:3], convolution, wide)
    network.tail = nn.Sequential(tail, nn.PixelShuffle(2))
    return network


def inference(weights: dict[str, np.ndarray], precision: str, folder: Path) -> None:
    """Takes turns of the fastest of several forms."""
    lr = torch.from_numpy(np.load(folder / "lr.npy")).permute(0, 3, 1, 2)
    lr = lr.contiguous(memory_format=torch.channels_last)

    def plain(network: nn.Module) -> Call:
        network = network.to(memory_format=torch.channels_last)

        def call() -> torch.Tensor:
            with torch.inference_mode():
                return network(lr)

        return call

    def cast(network: nn.Module) -> Call:
        network, reduced = network.to(torch.bfloat16, memory_format=torch.channels_last), lr.bfloat16()

        def call() -> torch.Tensor:
            with torch.inference_mode():
                return network(reduced).float()

        return call

    def autocast(network: nn.Module) -> Call:
        call = plain(network)

        def reduced() -> torch.Tensor:
            with torch.autocast("cpu", torch.bfloat16):
                return call().float()

        return reduced

    def compiled(network: nn.Module) -> Call:
        dtype = torch.float32 if precision == "float32" else torch.bfloat16
        network = network.to(dtype, memory_format=torch.channels_last).requires_grad_(False)
        from torch._inductor import config  # takes seconds, which `files.py` has no use for

        config.freezing = True  # constants are arranged for the processor once
        fast, given = torch.compile(network), lr.to(dtype)

        def call() -> torch.Tensor:
            with torch.inference_mode():
                return fast(given).float()

        return call

    ways = {"eager": plain} if precision == "float32" else {"all bfloat16": cast, "autocast": autocast}
    forms = {}
    for name, way in ways.items():
        forms[f"as drawn, {name}"] = way(folded(SRResNet(weights)))
        forms[f"tail before the shuffle, {name}"] = way(tail_first(folded(SRResNet(weights)), weights))
    try:
        form = compiled(tail_first(folded(SRResNet(weights)), weights))
        form()
        forms["tail before the shuffle, torch.compile"] = form
    except Exception as error:  # it needs a C++ compiler, and fails in many ways
        print(f"torch.compile: {error}", file=sys.stderr)
    form = fastest(forms)
    np.save(folder / "sr.npy", forms[form]().permute(0, 2, 3, 1).numpy())
    take_turns(forms[form], form=f"channels_last, {form}", version=torch.__version__)


def training(weights: dict[str, np.ndarray], precision: str, folder: Path) -> None:
    """Takes turns of a step of MSE and Adam."""
    lr, hr = (
        torch.from_numpy(np.load(folder / f"{name}.npy"))
        .permute(0, 3, 1, 2)
        .contiguous(memory_format=torch.channels_last)
        for name in ("lr", "hr")
    )
    network = SRResNet(weights).train().to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(network.parameters(), 1e-4, eps=1e-7, fused=True)

    def step() -> float:
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
            sr = network(lr)
        loss = nn.functional.mse_loss(sr.float(), hr)
        loss.backward()
        optimizer.step()
        return loss.item()

    losses = [step() for _ in range(CHECKED_STEPS)]
    take_turns(step, form="channels_last, fused Adam", version=torch.__version__, losses=losses)


def main() -> None:
    """Reads the arguments and takes turns."""
    task, precision, folder = sys.argv[1:]
    torch.set_num_threads(os.cpu_count())
    with np.load(Path(folder) / "weights.npz") as file:
        weights = dict(file)
    {"inference": inference, "training": training}[task](weights, precision, Path(folder))


if __name__ == "__main__":
    main()
