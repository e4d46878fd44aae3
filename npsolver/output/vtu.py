"""VTK XML files of unstructured grids, compressed, without the VTK library (format: VTK user's guide, XML formats)."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np

# Element types of VTK by shape.
TYPES = {"vertex": 1, "line": 3, "triangle": 5, "quad": 9, "tetra": 10, "hexahedron": 12, "wedge": 13}
NAMES = {"f8": "Float64", "f4": "Float32", "i8": "Int64", "i4": "Int32", "u1": "UInt8"}
BLOCK = 1 << 20


def write_vtu(
    path: Path,
    points: np.ndarray,
    elements: Mapping[str, np.ndarray],
    point_data: Mapping[str, np.ndarray],
    cell_data: Mapping[str, np.ndarray],
    comment: str = "",
) -> None:
    """Write one grid with its fields.

    Parameters
    ----------
    path : Path
    points : (n_points, 3) float64
    elements : mapping of shape to (n, n_corners) int
        In the corner order of VTK.
    point_data, cell_data : mappings of name to (n,) or (n, 3) array
    comment : str
        For human readers of the file.
    """
    count = sum(len(corners) for corners in elements.values())
    connectivity = np.concatenate([corners.ravel() for corners in elements.values()]).astype(np.int64)
    sizes = np.concatenate([np.full(len(corners), corners.shape[1]) for corners in elements.values()])
    types = np.concatenate([np.full(len(corners), TYPES[shape]) for shape, corners in elements.items()])
    with open(path, "wb") as stream:

        def line(text):
            stream.write(text.encode() + b"\n")

        def array(name, values):
            line(_array_tag(name, values))
            stream.write(_encoded(values))
            line("</DataArray>")

        line('<?xml version="1.0"?>')
        if comment:
            line(f"<!-- {comment.replace('--', '- -')} -->")
        line(
            '<VTKFile type="UnstructuredGrid" version="1.0" byte_order="LittleEndian" header_type="UInt64" '
            'compressor="vtkZLibDataCompressor">'
        )
        line("<UnstructuredGrid>")
        line(f'<Piece NumberOfPoints="{len(points)}" NumberOfCells="{count}">')
        line("<Points>")
        array("Points", np.asarray(points, dtype=float))
        line("</Points>\n<Cells>")
        array("connectivity", connectivity)
        array("offsets", np.cumsum(sizes).astype(np.int64))
        array("types", types.astype(np.uint8))
        line("</Cells>")
        for tag, fields in (("PointData", point_data), ("CellData", cell_data)):
            line(f"<{tag}>")
            for name, values in fields.items():
                array(name, np.asarray(values))
            line(f"</{tag}>")
        line("</Piece>\n</UnstructuredGrid>\n</VTKFile>")


def pvd_text(files: list[tuple[float, str]]) -> str:
    """A ParaView collection of (time, file name)."""
    rows = [f'<DataSet timestep="{time!r}" part="0" file={quoteattr(name)}/>' for time, name in files]
    head = '<?xml version="1.0"?>\n<VTKFile type="Collection" version="0.1" byte_order="LittleEndian">\n<Collection>\n'
    return head + "\n".join(rows) + "\n</Collection>\n</VTKFile>\n"


def _array_tag(name, values):
    components = "" if values.ndim == 1 else f' NumberOfComponents="{values.shape[1]}"'
    kind = NAMES[values.dtype.str[1:]]
    return f'<DataArray type="{kind}" Name={quoteattr(name)}{components} format="binary">'


def _encoded(values: np.ndarray) -> bytes:
    """Header (number of blocks, size of a block, of the last partial block, compressed sizes) and blocks in base64."""
    data = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<")).tobytes()
    blocks = [zlib.compress(data[start : start + BLOCK], 1) for start in range(0, len(data), BLOCK)]
    header = np.array([len(blocks), BLOCK, len(data) % BLOCK, *map(len, blocks)], dtype="<u8")
    return base64.b64encode(header.tobytes()) + base64.b64encode(b"".join(blocks)) + b"\n"
