"""What a stack is made of."""

from __future__ import annotations

import msgspec

from services.local.plan import Plan, workers


def test_one_worker_of_each_service_has_the_service_s_name_and_usual_port():
    assert [(each.name, each.port) for each in workers(1)] == [
        ("ingest", 6061),
        ("dedupe", 6062),
        ("embed", 6063),
    ]


def test_further_workers_are_numbered_and_leave_the_usual_ports_alone():
    names = [each.name for each in workers(3)]
    assert len(set(names)) == 9
    assert {"ingest-2", "ingest-3"} < set(names)
    assert {each.port for each in workers(3)[3:]} == {6064}


def test_a_plan_survives_the_command_line():
    plan = Plan(workers=workers(2), kafka="127.0.0.1:1", redis=None)
    assert msgspec.json.decode(msgspec.json.encode(plan), type=Plan) == plan
