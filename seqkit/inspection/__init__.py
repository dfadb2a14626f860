"""Seeing inside a language model: its units, its gates, and how far back it learns."""

from seqkit.inspection.check_masking import LayerMovement as LayerMovement
from seqkit.inspection.check_masking import MaskingReport as MaskingReport
from seqkit.inspection.check_masking import check_masking as check_masking
from seqkit.inspection.following_units import Follower as Follower
from seqkit.inspection.following_units import following_units as following_units
from seqkit.inspection.fresh_lag_curves import fresh_lag_curves as fresh_lag_curves
from seqkit.inspection.gate_saturation import Saturation as Saturation
from seqkit.inspection.gate_saturation import gate_saturation as gate_saturation
from seqkit.inspection.gradient_by_lag import gradient_by_lag as gradient_by_lag
from seqkit.inspection.hidden_activations import Activations as Activations
from seqkit.inspection.hidden_activations import hidden_activations as hidden_activations
from seqkit.inspection.input_gradient_norms import input_gradient_norms as input_gradient_norms
from seqkit.inspection.inspection_page import render_inspection as render_inspection
from seqkit.inspection.lag_curve import LagCurve as LagCurve
from seqkit.inspection.text_features import FEATURES as FEATURES
from seqkit.inspection.text_features import text_features as text_features

__all__ = [
    "FEATURES",
    "Activations",
    "Follower",
    "LagCurve",
    "LayerMovement",
    "MaskingReport",
    "Saturation",
    "check_masking",
    "following_units",
    "fresh_lag_curves",
    "gate_saturation",
    "gradient_by_lag",
    "hidden_activations",
    "input_gradient_norms",
    "render_inspection",
    "text_features",
]
