"""PyTorch: a plain loop over shuffled batches, or Lightning with a data loader."""

import argparse
import sys
import time
from typing import Any

import torch
from serving import peak_memory, serve, tell
from torch_models import MODELS, loss_of, read, trainable


def main() -> None:
    """Train as often as asked."""
    arguments = _arguments()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    inputs, labels = read(arguments.arrays, channels_last=arguments.channels_last)
    model = MODELS[arguments.model]()
    if arguments.channels_last:
        model = model.to(memory_format=torch.channels_last)
    if arguments.lightning:
        _with_lightning(arguments, model, inputs, labels)
        return
    forward = torch.compile(model) if arguments.compile else model
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7)
    size = arguments.batch_size

    def epoch() -> float:
        total = 0.0
        for chosen in torch.randperm(len(inputs)).split(size):
            with torch.autocast("cpu", torch.bfloat16, enabled=arguments.bfloat16):
                logits = forward(inputs[chosen])
            loss = loss_of(logits, labels[chosen])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            total += float(loss.detach()) * len(chosen)
        return total / len(inputs)

    serve(epoch, trainable(model))


def _with_lightning(
    arguments: argparse.Namespace, model: Any, inputs: torch.Tensor, labels: torch.Tensor
) -> None:
    """One `Trainer.fit`, whose epochs wait for the line that asks for them."""
    import lightning  # noqa: PLC0415 - seconds to import, for this side only

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def training_step(self, batch: Any, _: int) -> torch.Tensor:
            loss = loss_of(self.model(batch[0]), batch[1])
            self.log("loss", loss, on_step=False, on_epoch=True)
            return loss

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.Adam(self.parameters(), lr=1e-3, eps=1e-7)

    class Waiting(lightning.Callback):
        def on_train_epoch_start(self, trainer: Any, module: Any) -> None:
            if trainer.current_epoch == 1:
                tell(parameters=trainable(module))
            if trainer.current_epoch and not sys.stdin.readline():
                raise SystemExit
            self.started = time.perf_counter()

        def on_train_epoch_end(self, trainer: Any, module: Any) -> None:  # noqa: ARG002
            if trainer.current_epoch:
                seconds = time.perf_counter() - self.started
                loss = float(trainer.callback_metrics["loss"])
                tell(seconds=seconds, loss=loss, peak=peak_memory())

    trainer = lightning.Trainer(
        accelerator="cpu",
        max_epochs=-1,
        precision="bf16-mixed" if arguments.bfloat16 else "32-true",
        callbacks=[Waiting()],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    dataset = torch.utils.data.TensorDataset(inputs, labels)
    trainer.fit(Module(), torch.utils.data.DataLoader(dataset, arguments.batch_size, shuffle=True))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", choices=MODELS)
    parser.add_argument("--arrays", required=True)
    parser.add_argument("--batch-size", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--bfloat16", action="store_true")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--lightning", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
