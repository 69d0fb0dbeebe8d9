"""Counts for CloudWatch, written into a function's log (its embedded metric format). The stage's alarms and its
dashboard look at them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from shared.gateways.settings import settings


def count(counts: Mapping[str, int]) -> None:
    """Each as a metric of its name in the namespace ``OnAir``, of this stage."""
    metrics: Any = EphemeralMetrics(namespace="OnAir", service="onair")
    metrics.add_dimension(name="stage", value=settings().stage)
    for name, number in counts.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=number)
    metrics.flush_metrics()
