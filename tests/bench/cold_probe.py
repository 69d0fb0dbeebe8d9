"""What a sandbox does when it is new: import a handler, or make a bare client, and make one call.

Run by ``cold_start``, each time in a process of its own, with the runtime's Python and nothing else on its path. Its
first argument is JSON: where to import from, and a handler with its input, or a call to make without any of our code.
It prints what it took, as JSON, after whatever the handler has logged.
"""

import importlib
import json
import sys
import time


def main() -> None:
    asked = json.loads(sys.argv[1])
    sys.path[:0] = asked["path"]
    calls: list[list[object]] = []
    if asked.get("listen"):
        _listen(calls)
    begun, worked = time.perf_counter(), time.process_time()
    try:
        said = _handle(asked) if "handler" in asked else _call(asked)
    except Exception as error:
        said = type(error).__name__
    took, work = time.perf_counter() - begun, time.process_time() - worked
    own = [name for name, module in sys.modules.items() if _is_own(module, asked["path"])]
    answer = {"took": took, "work": work, "said": said, "modules": len(own), "calls": calls, "names": sorted(own)}
    if not asked.get("listen"):
        del answer["names"]
    print(json.dumps(answer, default=str))


def _handle(asked: dict[str, object]) -> str:
    module, _, name = str(asked["handler"]).rpartition(".")
    answer = getattr(importlib.import_module(module), name)(asked["event"], Context())
    return str(answer)[:200]


def _call(asked: dict[str, object]) -> str:
    """What whoever writes a script of two lines writes."""
    from botocore.session import Session

    client = Session().create_client(str(asked["service"]))
    return str(getattr(client, str(asked["method"]))(**asked["request"]))[:200]  # type: ignore[arg-type]


class Context:
    """What the handlers look at of Lambda's context."""

    aws_request_id = "00000000-0000-0000-0000-000000000000"
    function_name = "onair-dev-function"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:onair-dev-function"

    def get_remaining_time_in_millis(self) -> int:
        return 15_000


def _listen(calls: list[list[object]]) -> None:
    """Note every call with its request: which is the handler's first, is what the bare script makes, too."""
    from botocore import xform_name
    from botocore.client import BaseClient

    make = BaseClient._make_api_call

    def heard(self: BaseClient, operation: str, request: object) -> object:
        calls.append([self.meta.service_model.service_name, xform_name(operation), request])
        return make(self, operation, request)

    BaseClient._make_api_call = heard


def _is_own(module: object, path: list[str]) -> bool:
    return str(getattr(module, "__file__", None) or "").startswith(tuple(path))


if __name__ == "__main__":
    main()
