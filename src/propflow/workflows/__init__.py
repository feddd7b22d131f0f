"""The workflows that ship with propflow, with their data, settings and roles.

``propflow.workflows.roles`` has the roles; each workflow's module has its payloads and guards.
"""

from propflow.workflows import roles
from propflow.workflows.complaint import Complaint
from propflow.workflows.complaint_data import ComplaintData, ComplaintLevel, ComplaintSettings
from propflow.workflows.concealment_inquiry import (
    ConcealmentInquiry,
    ConcealmentInquiryData,
    ConcealmentInquirySettings,
)
from propflow.workflows.daily_digest import DailyDigest
from propflow.workflows.daily_digest_data import (
    DigestData,
    DigestItem,
    DigestSettings,
    digest_items,
)
from propflow.workflows.emergency_event import EmergencyEvent, EmergencyEventData, Severity
from propflow.workflows.improvement_plan import (
    ImprovementPlan,
    ImprovementPlanData,
    ImprovementPlanSettings,
)
from propflow.workflows.inspection_sheet import (
    InspectionSheet,
    InspectionSheetData,
    InspectionSheetSettings,
)
from propflow.workflows.issue import Issue
from propflow.workflows.issue_data import CancelReason, IssueData, IssueSettings
from propflow.workflows.ledger_entry import LedgerEntry, LedgerMonth, LedgerSettings
from propflow.workflows.obstruction import Obstruction, ObstructionData
from propflow.workflows.patrol import Patrol
from propflow.workflows.patrol_data import (
    Evidence,
    PatrolData,
    PatrolSettings,
    RoutePoint,
)
from propflow.workflows.repair_order import RepairOrder
from propflow.workflows.repair_order_data import (
    Grade,
    RepairKind,
    RepairOrderData,
    RepairOrderSettings,
)
from propflow.workflows.scorecard_review import (
    ScorecardReview,
    ScorecardReviewData,
    ScorecardReviewSettings,
)
from propflow.workflows.violation_slip import ViolationSlip, slip_against, slips_for
from propflow.workflows.violation_slip_data import (
    ViolationSlipData,
    ViolationSlipSettings,
    handed_in,
)
from propflow.workflows.visits import VisitResult

__all__ = [
    "CancelReason",
    "Complaint",
    "ComplaintData",
    "ComplaintLevel",
    "ComplaintSettings",
    "ConcealmentInquiry",
    "ConcealmentInquiryData",
    "ConcealmentInquirySettings",
    "DailyDigest",
    "DigestData",
    "DigestItem",
    "DigestSettings",
    "EmergencyEvent",
    "EmergencyEventData",
    "Evidence",
    "Grade",
    "ImprovementPlan",
    "ImprovementPlanData",
    "ImprovementPlanSettings",
    "InspectionSheet",
    "InspectionSheetData",
    "InspectionSheetSettings",
    "Issue",
    "IssueData",
    "IssueSettings",
    "LedgerEntry",
    "LedgerMonth",
    "LedgerSettings",
    "Obstruction",
    "ObstructionData",
    "Patrol",
    "PatrolData",
    "PatrolSettings",
    "RepairKind",
    "RepairOrder",
    "RepairOrderData",
    "RepairOrderSettings",
    "RoutePoint",
    "ScorecardReview",
    "ScorecardReviewData",
    "ScorecardReviewSettings",
    "Severity",
    "ViolationSlip",
    "ViolationSlipData",
    "ViolationSlipSettings",
    "VisitResult",
    "digest_items",
    "handed_in",
    "roles",
    "slip_against",
    "slips_for",
]
