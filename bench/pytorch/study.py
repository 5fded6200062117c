#!/usr/bin/python3
"""PyTorch's side of the comparison: the study's WGAN-GP networks, written from their description, and its training step.

5 critic steps and 1 generator step on 32x32 grey images, batch 64; Adam 1e-4 and 3e-4, betas (0.5, 0.99). No work is done
that a careful user would leave out: fakes for the critic are drawn without a graph, and the generator's step makes no
gradients for the critic's weights.

  study.py time  --norm instance|group --critic study|correct --threads N --warm N --rounds N
      prints "seconds S ..." for each round after the warm-up, then "cpu S", the processor time of all of them together
  study.py check --norm ... --critic ... --file F.safetensors
      reads weights and one batch, prints the number of weights, both losses, and both networks' gradients' norms
  study.py about prints what this PyTorch computes with
"""
import argparse
import json
import struct
import sys
import time

import numpy
import torch
from torch import nn
import torch.nn.functional as F

SIZE, LATENT, BATCH, CRITIC_STEPS, PENALTY = 32, 100, 64, 5, 10.0


def norm(kind, channels):
    return nn.InstanceNorm2d(channels) if kind == "instance" else nn.GroupNorm(channels, channels, affine=False)


class ResidualBlock(nn.Module):
    def __init__(self, channels, kind):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, 1, 1)
        self.norm1 = norm(kind, channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1)
        self.norm2 = norm(kind, channels)

    def forward(self, x):
        return x + self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)), inplace=True)))


class Generator(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.project = nn.Linear(LATENT, 64 * (SIZE // 4) ** 2)
        self.up1 = nn.ConvTranspose2d(64, 64, 4, 2, 1)
        self.norm1 = norm(kind, 64)
        self.up2 = nn.ConvTranspose2d(64, 32, 4, 2, 1)
        self.norm2 = norm(kind, 32)
        self.blocks = nn.ModuleList([ResidualBlock(32, kind) for _ in range(4)])
        self.paint = nn.Conv2d(32, 1, 7, 1, 3)

    def forward(self, z):
        x = self.project(z).view(-1, 64, SIZE // 4, SIZE // 4)
        x = F.relu(self.norm1(self.up1(x)), inplace=True)
        x = F.relu(self.norm2(self.up2(x)), inplace=True)
        for block in self.blocks:
            x = block(x)
        return torch.tanh(self.paint(x))


class Critic(nn.Module):
    """`study` has batch norm after the second and third convolution and a sigmoid at the end; `correct` has neither."""

    def __init__(self, kind):
        super().__init__()
        self.study = kind == "study"
        self.conv1 = nn.Conv2d(1, 64, 4, 2, 1)
        self.conv2 = nn.Conv2d(64, 128, 4, 2, 1)
        self.conv3 = nn.Conv2d(128, 256, 4, 2, 1)
        self.judge = nn.Conv2d(256, 1, SIZE // 8, 1, 0)
        if self.study:
            self.norm2 = nn.BatchNorm2d(128, track_running_stats=False)
            self.norm3 = nn.BatchNorm2d(256, track_running_stats=False)

    def forward(self, x):
        x = F.leaky_relu(self.conv1(x), 0.2)
        x = self.conv2(x)
        x = F.leaky_relu(self.norm2(x) if self.study else x, 0.2)
        x = self.conv3(x)
        x = F.leaky_relu(self.norm3(x) if self.study else x, 0.2)
        x = self.judge(x).view(-1)
        return torch.sigmoid(x) if self.study else x


def gradient_penalty(critic, real, fake, share):
    mixed = (share * real + (1 - share) * fake).requires_grad_()
    scores = critic(mixed)
    gradient, = torch.autograd.grad(scores, mixed, torch.ones_like(scores), create_graph=True, retain_graph=True)
    return ((gradient.flatten(1).norm(2, dim=1) - 1) ** 2).mean()


def critic_loss(critic, real, fake, share):
    return critic(fake).mean() - critic(real).mean() + PENALTY * gradient_penalty(critic, real, fake, share)


class Training:
    """Networks, optimisers and images; a round is five critic steps and one generator step."""

    def __init__(self, norm_kind, critic_kind):
        torch.manual_seed(1)
        self.generator, self.critic = Generator(norm_kind), Critic(critic_kind)
        self.generator_adam = torch.optim.Adam(self.generator.parameters(), 3e-4, (0.5, 0.99))
        self.critic_adam = torch.optim.Adam(self.critic.parameters(), 1e-4, (0.5, 0.99))
        self.images = torch.rand(1000, 1, SIZE, SIZE) * 2 - 1
        self.losses = None

    def round(self):
        for parameter in self.critic.parameters():
            parameter.requires_grad_(True)
        for _ in range(CRITIC_STEPS):
            real = self.images[torch.randint(len(self.images), (BATCH,))]
            with torch.no_grad():
                fake = self.generator(torch.randn(BATCH, LATENT))
            loss = critic_loss(self.critic, real, fake, torch.rand(BATCH, 1, 1, 1))
            self.critic_adam.zero_grad(set_to_none=True)
            loss.backward()
            self.critic_adam.step()
            on_critic = loss.item()
        for parameter in self.critic.parameters():
            parameter.requires_grad_(False)
        loss = -self.critic(self.generator(torch.randn(BATCH, LATENT))).mean()
        self.generator_adam.zero_grad(set_to_none=True)
        loss.backward()
        self.generator_adam.step()
        self.losses = on_critic, loss.item()


def timed(arguments):
    training = Training(arguments.norm, arguments.critic)
    for _ in range(arguments.warm):
        training.round()
    before = time.process_time()
    for _ in range(arguments.rounds):
        start = time.perf_counter()
        training.round()
        print(f"seconds {time.perf_counter() - start:.6f}", flush=True)
    print(f"cpu {time.process_time() - before:.6f}")
    if not all(numpy.isfinite(training.losses)):
        sys.exit("losses are not finite")


def read_safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    types = {"F32": "<f4", "F64": "<f8"}
    return {name: torch.from_numpy(numpy.frombuffer(data[slice(*entry["data_offsets"])], types[entry["dtype"]]).reshape(entry["shape"]).copy())
            for name, entry in header.items() if name != "__metadata__"}


def load(network, tensors, prefix):
    """By our names, which are these but for the part of a critic that we call its features."""
    own = {name[len(prefix):].replace("features.", ""): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
    network.load_state_dict(own, strict=True)


def check(arguments):
    """In fp64, as the other side does it: what differs is then mathematics, not rounding."""
    tensors = read_safetensors(arguments.file)
    generator, critic = Generator(arguments.norm), Critic(arguments.critic)
    load(generator, tensors, "generator.")
    load(critic, tensors, "critic.")
    generator, critic = generator.double(), critic.double()
    real, latents, share = (tensors[name].double() for name in ("real", "latents", "share"))
    for name, network in (("generator", generator), ("critic", critic)):
        print(f"{name}.weights {sum(p.numel() for p in network.parameters())}")
    with torch.no_grad():
        fake = generator(latents)
    loss = critic_loss(critic, real, fake, share)
    loss.backward()
    print(f"critic.loss {loss.item():.17g}\ncritic.gradient {length(critic):.17g}")
    loss = -critic(generator(latents)).mean()
    loss.backward()
    print(f"generator.loss {loss.item():.17g}\ngenerator.gradient {length(generator):.17g}")


def length(network):
    return torch.cat([p.grad.flatten() for p in network.parameters()]).norm().item()


def about(_):
    """One line a fact; the BLAS is the file that is loaded after a product was asked for."""
    torch.ones(64, 64) @ torch.ones(64, 64)
    with open("/proc/self/maps") as maps:
        files = sorted({line.split()[-1] for line in maps if "/" in line})
    print("torch", torch.__version__)
    print("blas", " ".join(f for f in files if any(n in f.lower() for n in ("blas", "mkl_rt", "blis"))) or "none")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["time", "check", "about"])
    parser.add_argument("--norm", choices=["instance", "group"], default="instance")
    parser.add_argument("--critic", choices=["study", "correct"], default="study")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--warm", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--file")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    {"time": timed, "check": check, "about": about}[arguments.what](arguments)


main()
