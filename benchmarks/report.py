"""``python -m benchmarks.report``: measure everything, write results, plots and the table of the README.

Options: ``--only "W1,W5, 128²"`` (keys that start so), ``--quick`` (small sizes), ``--all`` (also what takes minutes: devsim at
256² and 32³, the ladders to 1024² and 96³), ``--rounds N``, ``--table`` (README and plots from stored results).
"""

from __future__ import annotations

import argparse
import json
import os
import re
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

from benchmarks import batch, chain_pieces, items, machine, measure  # noqa: E402

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"


def main() -> None:
    options = parse()
    RESULTS.mkdir(exist_ok=True)
    if not options.table:
        measure_all(options)
    stored = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(RESULTS.glob("*.json"))}
    update_readme(stored)
    draw(stored)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--only",
        type=keys,
        default=[],
        metavar="KEYS",
        help="Keys of comparisons, as far as they are told apart, or 'batch', 'pieces', 'ladders'; separated by commas without"
        " a space, or semicolons.",
    )
    parser.add_argument("--quick", action="store_true", help="Small sizes, one round.")
    parser.add_argument("--all", action="store_true", help="Also what takes minutes.")
    parser.add_argument("--rounds", type=int, help="Rounds of every comparison.")
    parser.add_argument("--table", action="store_true", help="Measure nothing: README and plots from stored results.")
    return parser.parse_args()


def keys(text: str) -> list[str]:
    """Beginnings of keys; a comma with a space after it is part of one, as in ``W5, 128²``."""
    known = [*(comparison.key for comparison in measure.comparisons()), "batch", "pieces", "ladders"]
    wanted = [key.strip() for key in re.split(r";|,(?! )", text) if key.strip()]
    for key in wanted:
        if not any(name.startswith(key) for name in known):
            raise argparse.ArgumentTypeError(f"no key starts with {key!r}; keys: {'; '.join(known)}")
    return wanted


def outcome(row: dict) -> str:
    if "absent" in row:
        return f"not measured without {row['absent']}"
    return f"failed: {row['failure'][-80:]}" if "failure" in row else f"{row['median_seconds']:.4g} s"


def store(name: str, value) -> None:
    (RESULTS / f"{name}.json").write_text(json.dumps(value, indent=1), encoding="utf-8")


def measure_all(options) -> None:
    def chosen(key: str) -> bool:
        return not options.only or any(key.startswith(wanted) for wanted in options.only)

    store("machine", {**machine.description(), "bandwidth": machine.bandwidth()})
    rounds = 1 if options.quick else options.rounds
    path = RESULTS / "peers.json"
    kept = {row["item"]: [] for row in json.loads(path.read_text(encoding="utf-8"))} if path.exists() else {}
    for row in json.loads(path.read_text(encoding="utf-8")) if path.exists() else []:
        kept[row["item"]].append(row)
    for comparison in measure.comparisons():
        if chosen(comparison.key) and (options.all or not comparison.on_request):
            print(comparison.key, flush=True)
            kept[comparison.key] = measure.compare(comparison, rounds)
            for row in kept[comparison.key]:
                print("   ", row["program"], outcome(row), flush=True)
            store("peers", [row for rows in kept.values() for row in rows])
    n = 200 if options.quick else 1000
    if chosen("batch"):
        print("batch", flush=True)
        store("batch", [batch.throughput(name, n, 2 if options.quick else 5) for name in batch.ITEMS])
    if chosen("pieces"):
        print("pieces", flush=True)
        store("pieces", [measure.pieces(measure.chain_problem(s, n)) for s in range(1, 8)])
        store("chain", [chain_pieces.chain_pieces(measure.chain_problem(s, n)) for s in range(1, 8)])
        limits = {"peak_flops": machine.peak_flops(), "division_rate": machine.division_rate()}
        store("roofline", {**limits, "edges": [
            chain_pieces.edge_roofline(measure.chain_problem(s, edges), **limits)
            for edges in ((1000,) if options.quick else (1000, 10_000, 1_000_000)) for s in (2, 5)]})
        store("overhead", [measure.pieces(measure.chain_problem(s, 4)) for s in (2, 5)])
        kernels = [items.w1(10_000), items.w4(False, 10_000), items.pore(2, 100)]
        if not options.quick:
            kernels += [items.w1(1_000_000), items.pore(2, 512)]
        store("kernels", [measure.edge_kernel(problem) for problem in kernels])
    if chosen("ladders"):
        print("ladders", flush=True)
        small = options.quick
        store("ladder1", measure.ladder(1, (100, 1000, 10_000) if small else
                                        (100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000)))
        for dimension, sizes, more in ((2, (32, 64, 128, 256, 512), (1024,)), (3, (8, 16, 24, 32, 48), (64, 96))):
            sizes = sizes[:2] if small else (*sizes, *(more if options.all else ()))
            store(f"ladder{dimension}", measure.ladder(dimension, sizes))
        store("crossover", measure.crossover((8, 16) if small else (16, 24, 32, 48, 64, 80, 96))
              + measure.crossover((4, 6) if small else (4, 6, 8, 10, 12, 14), 3))
        store("tolerances", measure.error_against_time())


# ------------------------------------------------------------------------------------------------------------- output


def seconds(value: float) -> str:
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if value * factor >= 1.0:
            return f"{value * factor:.3g} {unit}"
    return f"{value * 1e9:.3g} ns"


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def per_node(piece: dict, *keys: str) -> list[str]:
    """Nanoseconds."""
    return [f"{1e9 * piece[key] / piece['nodes']:.1f}" for key in keys]


def update_readme(stored: dict) -> None:
    path = HERE / "README.md"
    text = path.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    path.write_text(before + BEGIN + "\n" + results(stored) + "\n" + END + after, encoding="utf-8")


def results(stored: dict) -> str:
    parts = []
    if "machine" in stored:
        m = stored["machine"]
        versions = ", ".join(f"{name} {v}" for name, v in m["versions"].items() if v)
        parts.append(f"{m['processor']}, {m['cores']} cores, one thread; Python {m['python']}, {versions}. "
                     f"Memory: copy {m['bandwidth']['copy']:.1f} GB/s, triad {m['bandwidth']['triad']:.1f} GB/s.")
    if "peers" in stored:
        rows = []
        for row in stored["peers"]:
            if "median_seconds" not in row:
                rows.append([row["item"], row["program"], "–", "–", "–", outcome(row)])
                continue
            rows.append([
                row["item"], row["program"], f"{row['error']:.1e}", seconds(row["first_seconds"]),
                seconds(row["median_seconds"]), f"{row['ratio']:.3g}" if "ratio" in row else "1",
            ])
        parts += ["### Against other programs", table(
            ["item", "program", "error", "first solution", "median", "times npsolver"], rows)]
    if "pieces" in stored:
        keys = ("residual", "assembly", "factorisation", "solution", "update")
        rows = [[str(p["block"]), *per_node(p, *keys), *per_node({**p, "all": sum(p[k] for k in keys[1:])}, "all")]
                for p in stored["pieces"]]
        parts += ["### Pieces of the general route, nanoseconds per node (1D, 1000 edges)", table(
            ["block", "residual", "residual + Jacobian", "factorisation", "solution", "update", "Newton iteration"],
            rows)]
        overhead = ", ".join(
            f"{1e6 * p['newton_iteration']:.0f} µs with blocks of {p['block']}" for p in stored["overhead"]
        )
        parts.append(f"A Newton iteration on 5 nodes, all Python: {overhead}.")
    if "chain" in stored:
        iteration = {p["block"]: p for p in stored.get("pieces", [])}
        rows = [[str(p["block"]), *per_node(p, "balances", "terms", "elimination", "substitution", "newton_step"),
                 f"{p['newton_step'] / (p['elimination'] + p['substitution']):.2f}",
                 *per_node(iteration[p["block"]], "newton_iteration")] for p in stored["chain"] if p["block"] in iteration]
        parts += ["### Pieces of the compiled chain, nanoseconds per node (1D, 1000 edges)", table(
            ["block", "balances", "edge terms with derivatives", "elimination", "substitution", "Newton step",
             "step over block solve", "iteration of `newton`"], rows)]
    if "roofline" in stored:
        rows = [[f"{r['species']} ions, {r['edges']} edges", str(r["flops"]), str(r["fused"]), str(r["classes"]),
                 str(r["bytes"]), f"{r['ns']:.2f}",
                 f"{r['gflops']:.1f}", f"{r['ns_by_flops']:.2f}", f"{r['ns_by_bytes']:.2f}", f"{r['over_limit']:.2f}"]
                for r in stored["roofline"]["edges"]]
        parts += ["### Edge terms of the chain against flops and bytes, per edge", table(
            ["chain", "flops", "fused", "divisions", "bytes", "ns", "Gflop/s", "ns by flops", "ns by bytes",
             "times the larger"], rows),
            f"In the same run: {1e-9 * stored['roofline']['peak_flops']:.1f} Gflop/s (product of matrices), "
            f"{1e-9 * stored['roofline']['division_rate']:.2f} divisions per ns."]
    if "batch" in stored:
        rows = [[b["item"], str(b["cases"]), seconds(b["alone"]), seconds(b["together"]),
                 f"{b['alone'] / b['together']:.2f}", f"{b['difference']:.0e}"] for b in stored["batch"]]
        parts += ["### Many small steady states, processor time per case", table(
            ["item", "cases", "one at a time", "together", "times", "largest difference"], rows)]
    if "kernels" in stored:
        rows = [[f"{k['dimension']}D, {k['species']} ions, {k['edges']} edges", f"{k['ns_per_edge']:.1f}",
                 f"{k['bytes_per_edge']:.0f}", f"{k['GB_per_s']:.1f}"] for k in stored["kernels"]]
        head = ["mesh", "ns per edge", "bytes per edge", "GB/s"]
        parts += ["### Edge kernel of the general route (residual and Jacobian)", table(head, rows)]
    for name, title in (("ladder1", "1D"), ("ladder2", "2D slit, n²"), ("ladder3", "3D pore, n³")):
        if name in stored:
            rows = [[str(r["n"]), str(r["unknowns"]), seconds(r["build"]), seconds(r["seconds"]), str(r["iterations"]),
                     f"{1e9 * r['seconds'] / r['unknowns'] / max(r['iterations'], 1):.0f}",
                     f"{r['peak_bytes'] / 2**20:.0f}", f"{r['error']:.1e}"] for r in stored[name]]
            head = ["n", "unknowns", "build", "solve", "Newton", "ns per unknown and iteration", "peak MiB", "error"]
            parts += [f"### Size, {title}", table(head, rows)]
    if "crossover" in stored:
        rows = [[f"{r['dimension']}D", str(r["n"]), str(r["unknowns"]), seconds(r["direct"]), seconds(r["iterative"])]
                for r in stored["crossover"]]
        parts += ["### Direct or iterative", table(["", "n", "unknowns", "direct", "GMRES"], rows)]
    if "tolerances" in stored:
        rows = [[f"{r['voltage']:g}", f"{r['rtol']:.0e}", str(r["steps"]), seconds(r["seconds"]),
                 f"{r['error_in_time']:.1e}", f"{r['error']:.1e}"] for r in stored["tolerances"]]
        parts += ["### Transient: error against time", table(
            ["kT/e", "rtol", "steps", "time", "error in time", "with that of the mesh"], rows)]
    return "\n\n".join(parts)


def draw(stored: dict) -> None:
    """results/scaling.png, results/tolerances.png and results/peers.png."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    ladders = [(name, stored[name]) for name in ("ladder1", "ladder2", "ladder3") if name in stored]
    if ladders:
        figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
        for name, rows in ladders:
            x = [r["unknowns"] for r in rows]
            axes[0].loglog(x, [r["seconds"] for r in rows], "o-", label=f"{name[-1]}D")
            axes[1].loglog(x, [r["peak_bytes"] / 2**20 for r in rows], "o-", label=f"{name[-1]}D")
        axes[0].set(xlabel="unknowns", ylabel="time of solution / s")
        axes[1].set(xlabel="unknowns", ylabel="peak memory / MiB")
        axes[0].legend()
        figure.savefig(RESULTS / "scaling.png", dpi=150)
        plt.close(figure)
    if "tolerances" in stored:
        figure, axis = plt.subplots(figsize=(5, 4), layout="constrained")
        for voltage in sorted({r["voltage"] for r in stored["tolerances"]}):
            rows = [r for r in stored["tolerances"] if r["voltage"] == voltage]
            time, error = [r["seconds"] for r in rows], [r["error_in_time"] for r in rows]
            axis.loglog(time, error, "o-", label=f"{voltage:g} kT/e")
        axis.set(xlabel="time of solution / s", ylabel="largest relative error in time")
        axis.legend()
        figure.savefig(RESULTS / "tolerances.png", dpi=150)
        plt.close(figure)
    rows = [r for r in stored.get("peers", []) if "ratio" in r]
    if rows:
        figure, axis = plt.subplots(figsize=(8, 0.28 * len(rows) + 1), layout="constrained")
        axis.barh([f"{r['item']}: {r['program']}" for r in rows], [r["ratio"] for r in rows])
        axis.set(xscale="log", xlabel="time over that of npsolver")
        axis.axvline(1.0, color="black", lw=0.8)
        axis.invert_yaxis()
        figure.savefig(RESULTS / "peers.png", dpi=150)
        plt.close(figure)


if __name__ == "__main__":
    main()
