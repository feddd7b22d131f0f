"""The roles of the shipped workflows; a host gives its people the names."""

from __future__ import annotations

from collections.abc import Iterable

from propflow.definition import Actor, Role

inspector = Role("inspector", zh="巡检人员", en="Inspector")
cs_supervisor = Role("cs_supervisor", zh="客服部主管", en="Customer-service supervisor")
cs_assistant = Role("cs_assistant", zh="客服助理", en="Customer-service assistant")
customer_service = Role("customer_service", zh="客服部", en="Customer-service department")
department_head = Role("department_head", zh="部门负责人", en="Department head")
related_department = Role("related_department", zh="相关部门", en="Department concerned")
project_general_manager = Role(
    "project_general_manager", zh="项目总经理", en="Project general manager"
)
plan_leader = Role("plan_leader", zh="应急预案负责人", en="Leader of the emergency plan")
technician = Role("technician", zh="维修人员", en="Technician")
resident = Role("resident", zh="业户", en="Resident")
office = Role("office", zh="办公室", en="Office")
report_officer = Role("report_officer", zh="检举受理人", en="Officer for reports of concealment")

CUSTOMER_SERVICE = (customer_service, cs_supervisor, cs_assistant)
"""Whoever belongs to the customer-service department."""

DEPARTMENT = (related_department, department_head)
"""Whoever acts for the department that an issue or a complaint was handed to."""

DISPATCHERS = (department_head, *CUSTOMER_SERVICE)
"""Whoever hands repair orders to technicians."""

REVIEWERS = (project_general_manager, office)
"""Whoever hears an appeal or a dispute about points."""


def plays_any(actor: Actor, roles: Iterable[Role]) -> bool:
    """Whether the actor has one of the roles."""
    return any(role.name in actor.roles for role in roles)
