"""Service Quotas as the stage answers it: the simulator's own quotas, under the names that the service lists.

So what is raised on ``simulator.settings.quotas`` is what OnAir is told. ``stage.faults.reject("servicequotas", …)``
has it refuse. Names and codes are from docs/reference/quotas.md; what has no code there is listed without. Used by
``endpoint``.
"""

from __future__ import annotations

import json
from typing import Any

from infra.local.calls import Call

#: By service code: the quota's name, its code, and the simulator's setting.
_QUOTAS = {
    "medialive": (
        ("Channels", "L-D1AFAF75", "channels"),
        ("Push Inputs", "L-9E233AF7", "push_inputs"),
        ("Pull Inputs", "L-4D7207DE", "pull_inputs"),
        ("VPC Inputs", "L-68E02936", "vpc_push_inputs"),
        ("Device Inputs", "L-BDF24E14", "device_inputs"),
        ("Input Security Groups", "L-6A0116BB", "input_security_groups"),
    ),
    "mediaconnect": (("Flows", "L-A99016A8", "flows"), ("Outputs", "", "flow_outputs")),
}
_NAMES = {"medialive": "AWS Elemental MediaLive", "mediaconnect": "AWS Elemental MediaConnect"}


def answer_quotas(call: Call, quotas: Any) -> tuple[int, list[tuple[str, str]], bytes]:
    """(status, headers, body) of ListServiceQuotas, in one page; any other operation or service is refused."""
    service = call.parameters().get("ServiceCode", "")
    if call.operation != "ListServiceQuotas" or service not in _QUOTAS:
        refused = {"__type": "NoSuchResourceException", "Message": f"{call.operation} of {service} is not simulated"}
        return 400, [("Content-Type", "application/x-amz-json-1.1")], json.dumps(refused).encode()
    listed = [
        {
            "ServiceCode": service,
            "ServiceName": _NAMES[service],
            "QuotaName": name,
            **({"QuotaCode": code} if code else {}),
            "Value": float(getattr(quotas, setting)),
            "Adjustable": bool(code),
        }
        for name, code, setting in _QUOTAS[service]
    ]
    return 200, [("Content-Type", "application/x-amz-json-1.1")], json.dumps({"Quotas": listed}).encode()
