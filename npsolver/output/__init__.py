"""Files of a run: ``result.h5``, ``summary.json``, tables, plots, checkpoints, the report.

Modules are imported when something of them is asked for, h5py and matplotlib when the first file or picture is made.
"""

from npsolver.exports import exports

__getattr__ = exports(
    __name__,
    {
        "atomic": "prepare_directory",
        "checkpoint": "Checkpoint read_checkpoint write_checkpoint",
        "quantities": "display_unit format_error format_number format_quantity",
        "report": "write_report",
        "result_file": "Result",
        "write": "read_result read_summary write_failure write_plots write_result",
    },
)

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
