"""What the paths and queries of several routes hold, as the contract tells it. Used by the routes beside this file."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path, Query

PAGE_SIZE = 25
LARGEST_PAGE = 100

SessionId = Annotated[str, Path(description="The session's id.")]
SweepId = Annotated[str, Path(description="The sweep's id.")]
Execution = Annotated[str, Path(description="The execution's name, of this session.")]
RecordingId = Annotated[str, Path(description="The recording's id, of this session.")]
Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="How many a page holds at most.")]
Cursor = Annotated[str | None, Query(description="The `next_cursor` of the page before.")]
