"""A worker process: solves the members it is told to, appends their records to its own shard, says so to its parent.

Messages to the parent: ``("done", index, status, seconds, message)`` after every record, ``("idle",)`` at the end of a
chunk, ``("fatal", kind, text)`` when it cannot go on. Messages from the parent: a list of indices, or None to stop.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection

from npsolver.batch.member import limit_memory, solve_member
from npsolver.case.study import Study
from npsolver.errors import InputError, NpsolverError
from npsolver.output.shards import ShardWriter

FIELDS = "fields"


def work(
    study: Study,
    directory: str,
    make_solver: Callable,
    pipe: Connection,
    others: list[Connection],
    seconds: float | None,
    memory: int | None,
) -> None:
    """Main function of a worker."""
    # the ends of the pipes that belong to the parent: while a sibling holds one, its worker would not see the parent go
    for connection in others:
        connection.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
    limit_memory(memory)
    gc.freeze()
    writer = ShardWriter(directory, {"study": study.name})
    try:
        _loop(study, directory, make_solver(), pipe, writer, seconds, stop)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the parent has gone: what is in the shard stays
    except NpsolverError as error:
        kind = "input" if isinstance(error, InputError) else "system"
        try:
            pipe.send(("fatal", kind, str(error)))
        except OSError:
            return
    finally:
        try:
            writer.close()
        except NpsolverError:  # said already when the record was written
            os._exit(1)


def _loop(study, directory, solve, pipe, writer, seconds, stop) -> None:
    fields = field_writer(directory) if study.fields else None
    while not stop:
        chunk = pipe.recv()
        if chunk is None:
            return
        for index in chunk:
            if stop:
                return
            identity, status, record, units = solve_member(study, index, solve, seconds, fields)
            writer.write(identity, status, record, units)
            message = ("done", index, status, record["seconds"], record.get("message", ""))
            pipe.send_bytes(pickle.dumps(message))  # as `send` would, at half the cost
        pipe.send(("idle",))


def field_writer(directory: str) -> Callable:
    """Writes the whole result of a member to a folder of its own, ``fields/HASH``."""
    from npsolver.output import write_result

    def write(identity, case, solution, checks):
        write_result(os.path.join(directory, FIELDS, identity[:16]), case, solution, checks=checks)

    return write
