"""Phase stability over pH and potential: elements, alloys, surfaces."""

from __future__ import annotations

import numpy as np

from npsolver.equilibrium.pourbaix import alloy_diagram, pourbaix_diagram, surface_diagram
from npsolver.errors import InputError
from npsolver.stepping.law_solution import Array, LawSolution


def compute(case, progress=None) -> LawSolution:
    """A case of kind ``pourbaix``."""
    spec, solution = case.spec, LawSolution("pourbaix")
    if case.plots:
        raise InputError("a phase diagram draws its own pictures; remove [[plot]]", key="plot")
    if spec.type == "alloy":
        _alloy(spec, solution, progress)
    elif spec.type == "surface":
        diagram = surface_diagram(spec.options["states"], **{k: v for k, v in spec.options.items() if k != "states"})
        _polygons(spec, solution, diagram)
        for item in spec.probes:
            if item.kind == "energy":
                value = float(diagram.grand_potential(item.ph, item.potential))
                solution.add(item.name, value, "J/m^2", item.name)
            else:
                _stable(solution, item, diagram.stable_at(item.ph, item.potential), diagram.names, diagram.states)
    else:
        diagram = pourbaix_diagram(spec.composition, **spec.options)
        _polygons(spec, solution, diagram)
        solution.add("candidates", len(diagram.compounds), "", "Candidates")
        for item in spec.probes:
            _element_probe(solution, item, diagram)
    return solution


def _grid(solution: LawSolution, diagram, winner: np.ndarray) -> dict:
    """Axes and the index of the stable field; the water lines for the picture."""
    solution.arrays["pH"] = Array(diagram.ph, "", ("pH",), "pH")
    solution.arrays["E"] = Array(diagram.potential, "V", ("E",), "Potential against SHE")
    solution.arrays["field"] = Array(winner, "", ("E", "pH"), "Index of the stable field in fields.csv")
    water = diagram.water
    solution.add("water_hydrogen", water.hydrogen[0], "V", "Hydrogen line at pH 0")
    solution.add("water_oxygen", water.oxygen[0], "V", "Oxygen line at pH 0")
    solution.add("water_slope", water.oxygen[1], "V", "Slope of the water lines per pH")
    solution.add("fields", len(diagram.names), "", "Fields")
    return {"hydrogen": list(water.hydrogen), "oxygen": list(water.oxygen)}


def _polygons(spec, solution: LawSolution, diagram) -> None:
    """Exact boundaries: observables, tables and the picture."""
    record = _grid(solution, diagram, diagram.winner)
    boundaries = [
        ["fields", "E at pH 0 (V)", "slope (V)", "pH", "from pH", "from E (V)", "to pH", "to E (V)", "reaction"]
    ]
    for item in diagram.boundaries:
        pair = "|".join(sorted(item.fields))
        if item.ph is None:
            solution.add(f"intercept[{pair}]", item.intercept, "V", f"{pair} at pH 0")
            solution.add(f"slope[{pair}]", item.slope, "V", f"Slope of {pair} per pH")
        else:
            solution.add(f"ph[{pair}]", item.ph, "", f"pH of {pair}")
        (x0, y0), (x1, y1) = np.asarray(item.segment, dtype=float).tolist()
        given = ["" if value is None else float(value) for value in (item.intercept, item.slope, item.ph)]
        boundaries.append([pair, *given, x0, y0, x1, y1, item.reaction])
    triples = [["fields", "pH", "E (V)"]]
    for point in diagram.triple_points:
        name = "|".join(sorted(point.fields))
        solution.add(f"triple_ph[{name}]", point.ph, "", f"pH of {name}")
        solution.add(f"triple_potential[{name}]", point.potential, "V", f"E of {name}")
        triples.append([name, float(point.ph), float(point.potential)])
    solution.tables["boundaries"], solution.tables["triple_points"] = boundaries, triples
    solution.tables["fields"] = [["index", "field", "phase"]] + [
        [index, item.name, item.phase] for index, item in enumerate(diagram.fields)
    ]
    record["fields"] = [
        {"name": item.name, "polygon": np.asarray(item.polygon).tolist(), "phase": item.phase}
        for item in diagram.fields
    ]
    record["boundaries"] = [np.asarray(item.segment).tolist() for item in diagram.boundaries]
    solution.figures.append({"name": "pourbaix", "type": "pourbaix", "diagram": record})


def _stable(solution: LawSolution, item, found: str, names, known) -> None:
    """1 where the field is the one asked for."""
    valid = {*names, *(one.name for one in known)}
    if item.compound not in valid:
        parts = {part for name in names for part in name.split(" + ")}
        if item.compound not in parts:
            raise InputError(
                f"there is no field {item.compound!r} (fields: {', '.join(names)})",
                key=f"probe {item.name!r}: compound",
            )
    hit = item.compound == found or item.compound in found.split(" + ")
    solution.add(item.name, float(hit), "", item.name)


def _element_probe(solution: LawSolution, item, diagram) -> None:
    here = f"probe {item.name!r}"
    try:
        if item.kind == "energy":
            solution.add(item.name, float(diagram.energy(item.ph, item.potential)), "J/mol", item.name)
        elif item.kind == "excess_energy":
            value = float(diagram.excess_energy(item.compound, item.ph, item.potential))
            solution.add(item.name, value, "J/mol", item.name)
        else:
            found = diagram.stable_at(item.ph, item.potential)
            _stable(solution, item, str(found), diagram.names, diagram.compounds)
    except InputError as error:
        raise InputError(
            error.message, key=error.key if error.key.startswith("probe") else f"{here}: {error.key}"
        ) from error


def _alloy(spec, solution: LawSolution, progress) -> None:
    options = dict(spec.options)
    if progress is not None:
        options["progress"] = lambda done, total: progress(0.99 * done / total, f"{done} of {total} points")
    diagram = alloy_diagram(spec.composition, **options)
    record = _grid(solution, diagram, diagram.winner)
    record |= {"names": list(diagram.names), "dissolved_names": list(diagram.dissolved_names)}
    solution.stats["newton_iterations"] = int(diagram.iterations)
    solution.figures.append({"name": "pourbaix", "type": "alloy", "diagram": record})
    solution.tables["fields"] = [["index", "field"], *([index, name] for index, name in enumerate(diagram.names))]
    solution.arrays["retained"] = Array(diagram.retained(), "", ("E", "pH"), "Part of the metal held by oxides")
    maps = [("retained", "Metal held by oxides")]
    film = diagram.phases[1] if len(diagram.phases) > 1 and len(diagram.phases[1].members) > 1 else None
    if film is not None:
        for element in diagram.elements:
            name = f"film_{element}"
            label = f"{element} in the film, per atom of metal"
            solution.arrays[name] = Array(diagram.fraction(film.name, element), "", ("E", "pH"), label)
            maps.append((name, label))
    for name, label in maps:
        figure = {"name": name, "type": "alloy map", "values": name, "label": label, "diagram": record}
        solution.figures.append(figure)
    for phase in diagram.phases:
        solution.add(f"share[{phase.name}]", float((diagram.amount(phase.name) > 0.5).mean()), "", phase.name)
    for item in spec.probes:
        _alloy_probe(solution, item, diagram)


def _alloy_probe(solution: LawSolution, item, diagram) -> None:
    """A number at the nearest grid point."""
    here = f"probe {item.name!r}"
    row = int(np.argmin(np.abs(diagram.potential - item.potential)))
    column = int(np.argmin(np.abs(diagram.ph - item.ph)))
    if item.element is not None and item.element not in diagram.elements:
        raise InputError(f"expected one of {', '.join(diagram.elements)}, got {item.element!r}", key=f"{here}: element")
    try:
        if item.kind == "stable":
            _stable(solution, item, diagram.names[diagram.winner[row, column]], diagram.names, ())
            return
        if item.kind == "amount":
            values = diagram.amount(item.phase)
        elif item.kind == "fraction":
            values = diagram.fraction(item.phase, item.element)
        elif item.kind == "retained":
            values = diagram.retained(item.element)
        else:
            if item.compound not in diagram.dissolved_names:
                raise InputError(f"no such dissolved species (there are: {', '.join(diagram.dissolved_names)})")
            values = diagram.dissolved[:, :, diagram.dissolved_names.index(item.compound)]
    except InputError as error:
        raise InputError(error.message, key=error.key or here) from error
    solution.add(item.name, float(values[row, column]), "", item.name)
