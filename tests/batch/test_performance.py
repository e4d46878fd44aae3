"""What a sweep costs beside the solutions themselves."""

from __future__ import annotations

from time import process_time

from study_files import write_study

from npsolver.batch import sweep
from npsolver.batch.member import solve_member
from npsolver.case.study_load import load_study
from npsolver.output.shards import ShardWriter
from npsolver.runner.repeated import Repeated


def test_keeping_a_record_costs_little_of_a_small_member(tmp_path):
    study, solve = load_study(write_study(tmp_path, {"x": (0.01, 0.5, 60)})), Repeated()
    solve_member(study, 0, solve)
    started = process_time()
    records = [solve_member(study, index, solve) for index in range(60)]
    solving = process_time() - started
    writer = ShardWriter(tmp_path)
    started = process_time()
    for record in records:
        writer.write(*record)
    writing = process_time() - started
    assert writing < 0.1 * solving


def test_workers_are_busy_solving(tmp_path):
    study = load_study(write_study(tmp_path, {"x": (0.01, 0.5, 50), "T": (290, 310, 10)}))
    outcome = sweep(study, tmp_path / "out", Repeated, jobs=2)
    # 0.9 and more on free processors; tests may share theirs
    assert outcome.solving / (2 * outcome.seconds) > 0.6


def test_expanding_is_linear_and_small(tmp_path):
    study = load_study(write_study(tmp_path, {"x": (0.01, 0.5, 1000), "T": (290, 310, 20)}))
    started = process_time()
    assert len(set(study.ids)) == 20_000
    assert process_time() - started < 10.0
