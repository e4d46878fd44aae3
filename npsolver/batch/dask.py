"""The same sweep on the workers of a Dask scheduler; the records come back and are written here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from npsolver.batch.member import solve_member
from npsolver.case.study import Study
from npsolver.case.study_load import study_from_document
from npsolver.errors import InputError
from npsolver.output.shards import ShardWriter

CHUNK = 16
_KEPT: dict = {}  # on a worker: study and solver of the last sweep, by hash


def dask_runner(study: Study, directory: str, make_solver: Callable, address: str) -> Callable:
    """A runner for `npsolver.batch.sweep` that works on the cluster at `address`.

    Parameters
    ----------
    study : Study
    directory : str
    make_solver : callable
        Importable on the workers, which need npsolver installed.
    address : str
        E.g. ``"tcp://host:8786"``, or the path of a scheduler file.
    """
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise InputError(
            "Dask is not installed; pip install 'npsolver[dask]', or use --jobs or --slurm", key="--dask"
        ) from None

    def run(indices: Sequence[int]) -> Iterator:
        try:
            client = Client(scheduler_file=address) if address.endswith(".json") else Client(address, timeout=20)
        except (OSError, ValueError) as error:
            raise InputError(f"no Dask scheduler answers at {address}: {error}", key="--dask") from None
        writer = ShardWriter(directory, {"study": study.name, "dask": address})
        chunks = [[int(i) for i in indices[at : at + CHUNK]] for at in range(0, len(indices), CHUNK)]
        with client:
            document = client.scatter(study.document, broadcast=True)
            futures = [
                client.submit(_chunk, study.sha256, document, study.path, make_solver, chunk, pure=False)
                for chunk in chunks
            ]
            try:
                for future, results in as_completed(futures, with_results=True):
                    for index, (identity, status, record, units) in results:
                        writer.write(identity, status, record, units)
                        yield index, status, record["seconds"], record.get("message", "")
                    future.release()
            finally:
                client.cancel(futures)
                writer.close()

    return run


def _chunk(key: str, document: dict, path: str, make_solver: Callable, chunk: list[int]) -> list:
    """On a worker: solve some members."""
    if key not in _KEPT:
        _KEPT.clear()
        _KEPT[key] = study_from_document(document, path), make_solver()
    study, solve = _KEPT[key]
    return [(index, solve_member(study, index, solve)) for index in chunk]
