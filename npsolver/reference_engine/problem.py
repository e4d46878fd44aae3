"""Nernst-Planck-Poisson in FiPy's terms, linearised so that every sweep is a Newton step."""

from __future__ import annotations

import numpy as np

from npsolver.discretisation.coefficients import partition_coefficients
from npsolver.model import Boundary, Model
from npsolver.reference_engine.grid import Grid, import_fipy
from npsolver.units import FARADAY, VACUUM_PERMITTIVITY, Scales


class FiPyProblem:
    """Coupled equations of a model on a FiPy mesh, dimensionless as in the rest of the program.

    Two things make FiPy's sweeps converge quadratically. It builds the derivative of the migration flux with respect to
    the potential only, so the derivative with respect to the concentration is added as a convection term minus its own
    present value. And it treats an `ImplicitSourceTerm` whose sign weakens the diagonal explicitly, without saying so:
    the charge of anions in Poisson's equation. Anions are therefore stored with a minus sign, which gives all charge
    terms one sign.

    Parameters
    ----------
    model : Model
    grid : Grid
    scales : Scales
    transient : bool
        With storage terms.
    linearisation : str
        ``"newton"``, or ``"picard"``: the equations as they are usually written, for comparison.

    Attributes
    ----------
    ions : list of fipy CellVariable
        sign(z) w / concentration scale.
    potential : fipy CellVariable
        In RT/F.
    """

    def __init__(
        self, model: Model, grid: Grid, scales: Scales, *, transient: bool, linearisation: str = "newton"
    ):
        self.model, self.grid, self.scales, self.transient = model, grid, scales, transient
        self.linearisation = linearisation
        self.charge = np.array([species.charge for species in model.species], dtype=float)
        self.sign = np.where(self.charge < 0, -1.0, 1.0)
        mesh = grid.mesh
        self.volume = np.asarray(mesh.cellVolumes)
        self.area = np.asarray(mesh._faceAreas)
        cells = np.ma.asarray(mesh.faceCellIDs)
        self.inside = np.asarray(cells[0])
        self.outer = np.asarray(mesh.exteriorFaces.value)
        self.neighbour = np.where(self.outer, self.inside, np.ma.filled(cells[1], 0)).astype(int)
        centres, faces = np.asarray(mesh.cellCenters.value), np.asarray(mesh.faceCenters.value)
        self.near = np.linalg.norm(faces - centres[:, self.inside], axis=0)
        self.far = np.where(self.outer, 0.0, np.linalg.norm(faces - centres[:, self.neighbour], axis=0))
        # outward on outer faces, along the axis inside
        self.normal = np.asarray(mesh.faceNormals)
        self._materials()
        self._variables()
        self._equations()
        self.set_model(model)

    # ------------------------------------------------------------------ coefficients

    def _materials(self):
        model, scales = self.model, self.scales
        self.partition = partition_coefficients(model)
        mobility = np.zeros_like(self.partition)
        for r, region in enumerate(model.regions):
            for i, species in enumerate(model.species):
                d = region.diffusivity.get(species.name, species.diffusivity)
                mobility[r, i] = d / scales.diffusivity * region.porosity / region.tortuosity * self.partition[r, i]
        porosity = np.array([region.porosity for region in model.regions])
        permittivity = np.array([r.relative_permittivity for r in model.regions]) * VACUUM_PERMITTIVITY
        fixed = np.array([region.fixed_charge for region in model.regions]) / scales.concentration
        of = self.grid.region
        self.capacity = (porosity[:, None] * self.partition)[of]  # (n_cells, n_species)
        self.fixed_charge = fixed[of]
        self.mobility = np.stack([self._series(column[of]) for column in mobility.T])  # (n_species, n_faces)
        self.permittivity = self._series((permittivity / scales.permittivity)[of])

    def _series(self, cell: np.ndarray) -> np.ndarray:
        """Two half cells in series: the face value that keeps fluxes continuous."""
        one, two = cell[self.inside], cell[self.neighbour]
        total = self.near * two + self.far * one
        return np.divide((self.near + self.far) * one * two, total, out=np.zeros_like(total), where=total > 0.0)

    # ------------------------------------------------------------------ variables and equations

    def _variables(self):
        fipy, mesh = import_fipy(), self.grid.mesh
        self.ions = [
            fipy.CellVariable(mesh=mesh, name=species.name, value=sign, hasOld=self.transient)
            for species, sign in zip(self.model.species, self.sign)
        ]
        self.potential = fipy.CellVariable(mesh=mesh, name="potential", value=0.0)
        self._held = {}
        self._charge_source = fipy.CellVariable(mesh=mesh, value=self.fixed_charge)
        self._stern = fipy.CellVariable(mesh=mesh, value=0.0)
        self._stern_source = fipy.CellVariable(mesh=mesh, value=0.0)
        self._inflow = [fipy.CellVariable(mesh=mesh, value=0.0) for _ in self.ions]
        for name, faces in self.grid.surfaces.items():
            law = self._law(name)
            for i, species in enumerate(self.model.species):
                if species.name in law.concentration:
                    value = fipy.Variable(0.0)
                    self.ions[i].constrain(value, where=faces)
                    self._held[name, i] = value
            if (law.potential is not None or law.current is not None) and not law.stern_capacitance:
                value = fipy.Variable(0.0)
                self.potential.constrain(value, where=faces)
                self._held[name, None] = value

    def _law(self, name: str) -> Boundary:
        return self.model.boundaries.get(name, Boundary(name))

    def _equations(self):
        fipy, mesh = import_fipy(), self.grid.mesh
        self.open = np.tile(~self.outer, (len(self.ions), 1))
        for name, i in self._held:
            if i is not None:
                self.open[i, self.grid.surfaces[name]] = True
        weighted_convection = _distance_weighted_convection()
        present = self.capacity > 0.0
        equations = []
        for i, (ion, z) in enumerate(zip(self.ions, self.charge)):
            m = fipy.FaceVariable(mesh=mesh, value=self.mobility[i])
            right = fipy.DiffusionTerm(coeff=m, var=ion)
            if z != 0.0:
                crossing = fipy.FaceVariable(mesh=mesh, value=z * self.mobility[i] * self.open[i])
                # boundary faces hold either a given concentration or no flux: no derivative there
                within = fipy.FaceVariable(mesh=mesh, value=z * self.mobility[i] * ~self.outer)
                drift = within * self.potential.faceGrad
                right = right + fipy.DiffusionTerm(coeff=crossing * ion.faceValue, var=self.potential)
                if self.linearisation == "newton":
                    right = right + weighted_convection(coeff=drift, var=ion) - (drift * ion.faceValue).divergence
            right = right + self._inflow[i]
            if not present[:, i].all():
                absent = fipy.CellVariable(mesh=mesh, value=np.where(present[:, i], 0.0, 1.0))
                right = right - fipy.ImplicitSourceTerm(coeff=absent, var=ion)
            if self.transient:
                capacity = fipy.CellVariable(mesh=mesh, value=self.capacity[:, i])
                equations.append(fipy.TransientTerm(coeff=capacity, var=ion) == right)
            else:
                equations.append(right == 0)
        eps = fipy.FaceVariable(mesh=mesh, value=self.permittivity)
        poisson = fipy.DiffusionTerm(coeff=eps, var=self.potential) + self._charge_source + self._stern_source
        poisson = poisson - fipy.ImplicitSourceTerm(coeff=self._stern, var=self.potential)
        for i, (ion, z) in enumerate(zip(self.ions, self.charge)):
            if z != 0.0:
                weight = fipy.CellVariable(mesh=mesh, value=abs(z) * self.capacity[:, i])
                poisson = poisson + fipy.ImplicitSourceTerm(coeff=weight, var=ion)
        equation = poisson == 0
        for other in equations:
            equation = equation & other
        self.equation = equation

    def set_model(self, model: Model, *, floating: float | None = None, load: float = 1.0) -> None:
        """Take boundary values of a model with the same structure.

        Parameters
        ----------
        model : Model
        floating : float, optional
            Potential (RT/F) of the terminal whose current is given.
        load : float
            Factor on potentials, charges and fluxes, for continuation.
        """
        self.model, scales = model, self.scales
        charge, stern, source = self.fixed_charge * load, np.zeros(self.volume.size), np.zeros(self.volume.size)
        inflow = np.zeros((len(self.ions), self.volume.size))
        self.voltage = {}
        for name, faces in self.grid.surfaces.items():
            law = self._law(name)
            cells = self.inside[faces]
            per_volume = self.area[faces] / self.volume[cells]
            for i, species in enumerate(model.species):
                if (name, i) in self._held:
                    value = law.concentration[species.name] / scales.concentration
                    self._held[name, i].setValue(self.sign[i] * value)
                elif species.name in law.flux:
                    np.add.at(inflow[i], cells, load * law.flux[species.name] / scales.flux * per_volume)
            potential = None if law.potential is None else law.potential / scales.potential
            if law.current is not None:
                potential = 0.0 if floating is None else floating
            self.voltage[name] = potential
            potential = None if potential is None else load * potential
            if law.surface_charge:
                np.add.at(charge, cells, load * law.surface_charge / scales.surface_charge * per_volume)
            if potential is None:
                continue
            if law.stern_capacitance:
                per_area = self.stern_conductance(name)
                np.add.at(stern, cells, per_area * per_volume)
                np.add.at(source, cells, per_area * per_volume * potential)
            else:
                self._held[name, None].setValue(potential)
        self._charge_source.setValue(charge)
        self._stern.setValue(stern)
        self._stern_source.setValue(source)
        for i, variable in enumerate(self._inflow):
            variable.setValue(self.sign[i] * inflow[i])

    def stern_conductance(self, name: str) -> np.ndarray:
        """Series of a compact layer and the half cell behind it, per face (charge per potential and area)."""
        faces, scales = self.grid.surfaces[name], self.scales
        capacitance = self._law(name).stern_capacitance * scales.potential / scales.surface_charge
        return 1.0 / (1.0 / capacitance + self.near[faces] / self.permittivity[faces])

    # ------------------------------------------------------------------ values

    def state(self) -> tuple[np.ndarray, np.ndarray]:
        """w ((n_species, n_cells), positive) and potential ((n_cells,)), copies."""
        w = np.array([np.asarray(ion.value) * sign for ion, sign in zip(self.ions, self.sign)])
        return w, np.array(self.potential.value)

    def set_state(self, w: np.ndarray, potential: np.ndarray) -> None:
        for ion, sign, value in zip(self.ions, self.sign, w):
            ion.setValue(sign * value)
        self.potential.setValue(potential)

    def current_unit(self, coordinates: str, dimension: int) -> float:
        """A per dimensionless current: per area in Cartesian 1D, otherwise of the whole surface."""
        unit = FARADAY * self.scales.flux
        if coordinates == "cartesian" and dimension == 1:
            return unit
        return unit * self.scales.length ** (dimension - 1 if coordinates == "cartesian" else 1) * self.grid.circle


def _distance_weighted_convection():
    """Central differences that weight by distance, as FiPy's own face values do; its term weights by one half."""
    fipy = import_fipy()

    class DistanceWeightedConvectionTerm(fipy.CentralDifferenceConvectionTerm):
        def _alpha(self, P):
            # the face value is alpha phi_inside + (1 - alpha) phi_neighbour
            return fipy.FaceVariable(mesh=P.mesh, value=1.0 - np.asarray(P.mesh._faceToCellDistanceRatio))

    return DistanceWeightedConvectionTerm
