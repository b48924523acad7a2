"""Figures of a model on a split: used by training every epoch, by eval and by reports."""
