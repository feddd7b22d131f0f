"""The workflows that ship with propflow, with their data, settings and roles.

``propflow.workflows.roles`` has the roles; each workflow's module has its payloads and guards.
"""

from propflow.workflows import roles
from propflow.workflows.complaint import Complaint
from propflow.workflows.complaint_data import ComplaintData, ComplaintLevel, ComplaintSettings
from propflow.workflows.emergency_event import EmergencyEvent, EmergencyEventData, Severity
from propflow.workflows.issue import Issue
from propflow.workflows.issue_data import CancelReason, IssueData, IssueSettings
from propflow.workflows.repair_order import RepairOrder
from propflow.workflows.repair_order_data import (
    Grade,
    RepairKind,
    RepairOrderData,
    RepairOrderSettings,
)
from propflow.workflows.visits import VisitResult

__all__ = [
    "CancelReason",
    "Complaint",
    "ComplaintData",
    "ComplaintLevel",
    "ComplaintSettings",
    "EmergencyEvent",
    "EmergencyEventData",
    "Grade",
    "Issue",
    "IssueData",
    "IssueSettings",
    "RepairKind",
    "RepairOrder",
    "RepairOrderData",
    "RepairOrderSettings",
    "Severity",
    "VisitResult",
    "roles",
]
