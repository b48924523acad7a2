"""The five models in PyTorch: the same layers, with logits at the end."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional


def mlp() -> nn.Module:
    """Two fully connected layers over images of 28 by 28."""
    hidden = [nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU()]
    return nn.Sequential(nn.Flatten(), *hidden, nn.Linear(512, 10))


def seed_cnn() -> nn.Module:
    """The tutorials' three convolutions over photographs of 32 by 32."""
    stages = [nn.Conv2d(3, 32, 3), nn.ReLU(), nn.MaxPool2d(2)]
    stages += [nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)]
    stages += [nn.Conv2d(64, 64, 3), nn.ReLU(), nn.Flatten()]
    return nn.Sequential(*stages, nn.Linear(1024, 64), nn.ReLU(), nn.Linear(64, 10))


def flagship_cnn() -> nn.Module:
    """Three stages of two convolutions, a pooling right behind the first."""
    layers: list[nn.Module] = []
    before = 3
    for filters in (64, 256, 256):
        layers += _convolution(before, filters, nn.MaxPool2d(2))
        layers += _convolution(filters, filters)
        before = filters
    return nn.Sequential(*layers, nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(256, 10))


def _convolution(before: int, filters: int, *pooling: nn.Module) -> list[nn.Module]:
    convolution = nn.Conv2d(before, filters, 3, padding=1, bias=False)
    norm = nn.BatchNorm2d(filters, eps=1e-3, momentum=0.01)
    return [convolution, *pooling, norm, nn.ReLU()]


class LSTM(nn.Module):
    """The last state over 100 words; PyTorch's has two biases where Keras's has one."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(10_000, 128)
        self.lstm = nn.LSTM(128, 64, batch_first=True)
        self.lstm.bias_hh_l0.requires_grad_(False).zero_()
        self.logit = nn.Linear(64, 1)

    def forward(self, words: Tensor) -> Tensor:
        """``(batch, 100)`` words to ``(batch, 1)`` logits."""
        states, _ = self.lstm(self.embedding(words))
        return self.logit(states[:, -1])


class Block(nn.Module):
    """Self-attention, then two fully connected layers, each normalised first and added."""

    def __init__(self) -> None:
        super().__init__()
        self.attention_norm, self.mlp_norm = (nn.LayerNorm(64, eps=1e-3) for _ in range(2))
        self.query, self.key, self.value, self.output = (
            nn.Linear(64, 64, bias=False) for _ in range(4)
        )
        self.mlp = nn.Sequential(nn.Linear(64, 128), nn.GELU(), nn.Linear(128, 64))

    def forward(self, tensor: Tensor, mask: Tensor) -> Tensor:
        """``(batch, 200, 64)`` to the same; ``mask`` is false at padding."""
        given = self.attention_norm(tensor)
        query, key, value = (
            layer(given).unflatten(-1, (4, 16)).transpose(1, 2)
            for layer in (self.query, self.key, self.value)
        )
        seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        tensor = tensor + self.output(seen.transpose(1, 2).flatten(2))
        return tensor + self.mlp(self.mlp_norm(tensor))


class Transformer(nn.Module):
    """Two blocks of self-attention over 200 words, normalised before each part."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.places = nn.Embedding(10_000, 64), nn.Embedding(200, 64)
        self.projection = nn.Linear(64, 64)
        self.blocks = nn.ModuleList([Block(), Block()])
        self.norm, self.logit = nn.LayerNorm(64, eps=1e-3), nn.Linear(64, 1)

    def forward(self, words: Tensor) -> Tensor:
        """``(batch, 200)`` words to ``(batch, 1)`` logits."""
        mask = words != 0
        tensor = self.projection(self.embedding(words)) + self.places.weight
        visible = mask[:, None, None, :].expand(-1, 1, words.shape[1], -1)
        for block in self.blocks:
            tensor = block(tensor, visible)
        weights = (mask / mask.sum(1, keepdim=True)).unsqueeze(-1)
        return self.logit((self.norm(tensor) * weights.to(tensor.dtype)).sum(1))


MODELS: dict[str, Callable[[], nn.Module]] = {
    "mlp": mlp,
    "seed_cnn": seed_cnn,
    "flagship_cnn": flagship_cnn,
    "lstm": LSTM,
    "transformer": Transformer,
}


def loss_of(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean cross-entropy, of classes or of one logit; in float32."""
    if logits.shape[1] == 1:
        target = labels.float().unsqueeze(1)
        return functional.binary_cross_entropy_with_logits(logits.float(), target)
    return functional.cross_entropy(logits.float(), labels)


def trainable(model: nn.Module) -> int:
    """Numbers that are trained."""
    return sum(weight.numel() for weight in model.parameters() if weight.requires_grad)


def read(folder: str, *, channels_last: bool) -> tuple[Tensor, Tensor]:
    """Inputs, images channels first and from 0 to 1, words as int64; and int64 labels."""
    inputs = torch.from_numpy(np.load(f"{folder}/inputs.npy"))
    labels = torch.from_numpy(np.load(f"{folder}/labels.npy")).long()
    if inputs.dtype != torch.uint8:
        return inputs.long(), labels
    images = inputs.permute(0, 3, 1, 2).float() / 255
    layout = torch.channels_last if channels_last else torch.contiguous_format
    return images.contiguous(memory_format=layout), labels
