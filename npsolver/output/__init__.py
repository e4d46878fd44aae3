"""Files of a run: ``result.h5``, ``summary.json``, tables, plots, checkpoints, the report.

Modules are imported when something of them is asked for, h5py and matplotlib when the first file or picture is made.
"""

from importlib import import_module

_LAZY = {
    "Checkpoint": "checkpoint",
    "Result": "result_file",
    "display_unit": "quantities",
    "format_error": "quantities",
    "format_number": "quantities",
    "format_quantity": "quantities",
    "prepare_directory": "atomic",
    "read_checkpoint": "checkpoint",
    "read_result": "write",
    "read_summary": "write",
    "write_checkpoint": "checkpoint",
    "write_failure": "write",
    "write_plots": "write",
    "write_report": "report",
    "write_result": "write",
}

__all__ = [
    "Checkpoint",
    "Result",
    "display_unit",
    "format_error",
    "format_number",
    "format_quantity",
    "prepare_directory",
    "read_checkpoint",
    "read_result",
    "read_summary",
    "write_checkpoint",
    "write_failure",
    "write_plots",
    "write_report",
    "write_result",
]


def __getattr__(name):
    if name in _LAZY:
        value = getattr(import_module(f"npsolver.output.{_LAZY[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'npsolver.output' has no attribute {name!r}")
