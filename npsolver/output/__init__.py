"""Files of a run: ``result.h5``, ``summary.json``, tables, plots, checkpoints, the report.

h5py and matplotlib are imported when the first file or picture is made.
"""

from npsolver.output.atomic import prepare_directory
from npsolver.output.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from npsolver.output.quantities import display_unit, format_number, format_quantity
from npsolver.output.report import write_report
from npsolver.output.result_file import Result
from npsolver.output.write import read_result, read_summary, write_failure, write_plots, write_result

__all__ = [
    "Checkpoint",
    "Result",
    "display_unit",
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
