"""Map states with many items."""

from __future__ import annotations

from typing import Any

from infra.local.corrections.engine import Correction, replace


def _eval_pool(self: Any, job: Any, worker_frame: Any) -> None:
    """IterationWorker._eval_pool as a loop. The frame is closed before the job, since the Map waits for jobs."""
    while job is not None:
        job_frame = worker_frame.open_inner_frame()
        self._eval_job(env=job_frame, job=job)
        worker_frame.close_frame(job_frame)
        failed = isinstance(job.job_output, Exception) or self.stopped()
        next_job = None if failed else self._job_pool.next_job()
        if next_job is None:
            if not failed:
                worker_frame.event_history_context.source_event_id = (
                    job_frame.event_history_context.last_published_event_id
                )
            self._env.close_frame(worker_frame)
            self._job_pool.close_job(job)
            return
        self._job_pool.close_job(job)
        job = next_job
    self._env.close_frame(worker_frame)


def _apply() -> None:
    from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.iteration_worker import IterationWorker

    replace(IterationWorker, "_eval_pool", _eval_pool)


CORRECTIONS = (
    Correction(
        "maps_loop",
        "A Map calls itself for each item of a worker, so that some 980 items one after the other hang it for ever.",
        _apply,
    ),
)
