"""The metrics of the Engage example, computed in plain Python.

A cell is (metric, first day of its period, organization, delivery format); its value comes
with the number of clients behind it, which the small-cell rule looks at.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from engage_expected import Engage, Row

Cell = tuple[str, date | None, str | None, str | None]
SMALLEST = 11


@dataclass(frozen=True)
class Value:
    """A metric's value in a cell; `clients` is None where no client is counted."""

    value: Decimal
    clients: int | None
    #: Some other metric of the same clients counts all of these in the same cell, and one to ten more: the difference would be a small cell.
    all_but_a_few: bool = False

    @property
    def withheld(self) -> bool:
        """Whether the cell may not be told."""
        return self.clients is not None and (self.clients < SMALLEST or self.all_but_a_few)


def month_of(day: date | None) -> date | None:
    """The first day of a day's month."""
    return day.replace(day=1) if day is not None else None


def next_month(start: date) -> date:
    """The first day of the month after."""
    return (start + timedelta(days=32)).replace(day=1)


class Metrics:
    """The four tables that are counted in, and the cells."""

    def __init__(self, engage: Engage) -> None:
        self.engage = engage
        self.models = engage.models
        self.activity = self._activity()
        self.services = self._services()
        self.months = self._months()
        self.sessions = self._sessions()
        self.tables: dict[str, list[Row]] = {
            "provider_activity": self.activity,
            "client_services": self.services,
            "client_months": self.months,
            "ipc_sessions": self.sessions,
        }

    def _activity(self) -> list[Row]:
        today = self.engage.run_date
        last: dict[str, date] = {}
        for header in self.models["int_qr_header"]:
            who, when = header["author_practitioner_id"], header["authored_on"]
            if who is not None and when is not None:
                last[who] = max(when, last.get(who, when))
        return [
            {
                "period_date": today,
                "practitioner_id": person["id"],
                "organization_id": person["organization_id"],
                "is_active_30d": person["id"] in last and today - timedelta(days=30) <= last[person["id"]] <= today,
            }
            for person in self.models["practitioners"]
            if person["active"]
        ]

    def _earliest(self, table: str, column: str, wanted: bool) -> dict[str, date]:
        """The first day on which an answer of a client was `wanted`."""
        found: dict[str, date] = {}
        for row in self.models[table]:
            who, when = row["subject_patient_id"], row["authored_on"]
            if who is not None and when is not None and row[column] is wanted:
                found[who] = min(when, found.get(who, when))
        return found

    def _services(self) -> list[Row]:
        days = {
            "eligible_ipc_on": self._earliest("qr_mw_tool", "no_mental_problem", wanted=False),
            "eligible_spi_on": self._earliest("qr_mw_tool", "suicide_risk", wanted=True),
            "eligible_fws_on": self._earliest("qr_financial_wellness_tool", "no_financial_hardship", wanted=False),
            "accepted_ipc_on": self._earliest("qr_planning_next_steps", "accepted_ipc", wanted=True),
            "accepted_fws_on": self._earliest("qr_planning_next_steps", "accepted_fws", wanted=True),
        }
        return [
            {
                "patient_id": person["id"],
                "organization_id": person["organization_id"],
                "registration_date": person["registration_date"],
                **{column: found.get(person["id"]) for column, found in days.items()},
            }
            for person in self.models["patient"]
        ]

    def _months(self) -> list[Row]:
        flags = {
            "is_eligible_ipc": "eligible_ipc_on",
            "is_eligible_spi": "eligible_spi_on",
            "is_eligible_fws": "eligible_fws_on",
            "has_accepted_ipc": "accepted_ipc_on",
            "has_accepted_fws": "accepted_fws_on",
        }
        rows = []
        for client in self.services:
            month = month_of(client["registration_date"])
            while month is not None and month <= self.engage.run_date:
                after = next_month(month)
                row = {"patient_id": client["patient_id"], "organization_id": client["organization_id"], "period_date": month}
                rows.append(row | {flag: client[on] is not None and client[on] < after for flag, on in flags.items()})
                month = after
        return rows

    def _sessions(self) -> list[Row]:
        kept = ("qr_id", "subject_patient_id", "organization_id", "authored_on", "delivery_format")
        return [
            {"session": session} | {column: row[column] for column in kept}
            for session in (1, 2, 3, 4)
            for row in self.models[f"qr_start_ipc_session_{session}"]
        ]

    # --- cells --------------------------------------------------------------------------

    def cells(self) -> dict[Cell, Value]:
        """Every cell, small ones too."""
        found: dict[Cell, Value] = {}
        providers = self._count("provider_count", self.activity, "practitioner_id", "period_date", "", None)
        active = self._count("active_providers", self.activity, "practitioner_id", "period_date", "is_active_30d", None)
        for cells in (providers, active):
            found |= {cell: Value(Decimal(len(who)), None) for cell, who in cells.items()}
        for (_, period, organization, _), who in providers.items():
            count = len(active["active_providers", period, organization, None])
            found["percent_active_providers", period, organization, None] = Value(Decimal(count) / Decimal(len(who)), None)
        client = [("patient_count", "")]
        client += [(f"clients_eligible_{s}", f"is_eligible_{s}") for s in ("ipc", "fws", "spi")]
        client += [(f"clients_accepted_{s}", f"has_accepted_{s}") for s in ("ipc", "fws")]
        counted = [self._count(name, self.months, "patient_id", "period_date", flag, None) for name, flag in client]
        seen = [row | {"seen": row["status"] in ("finished", "in-progress")} for row in self.models["encounters"]]
        counted.append(self._count("client_encounters", seen, "subject_id", "encounter_date", "seen", None))
        sessions = [row | {"organization_id": None} for row in self.sessions]
        counted.append(
            self._count("encounters_by_delivery_format", sessions, "subject_patient_id", "authored_on", "", "delivery_format")
        )
        of_clients = counted[: len(client)]
        for cells in counted:
            others = [other for other in of_clients if any(cells is c for c in of_clients) and other is not cells]
            for cell, who in cells.items():
                same_cell = [whole for other in others for place, whole in other.items() if place[1:] == cell[1:]]
                few = any(who <= whole and 0 < len(whole - who) < SMALLEST for whole in same_cell)
                found[cell] = Value(Decimal(len(who)), len(who), few)
        return found

    def _count(
        self, metric: str, rows: list[Row], who: str, when: str, flag: str, dimension: str | None
    ) -> dict[Cell, set[Any]]:
        """Who is counted in each cell; a cell where nobody is has an empty set."""
        cells: dict[Cell, set[Any]] = defaultdict(set)
        daily = metric in ("provider_count", "active_providers")
        for row in rows:
            period = row[when] if daily else month_of(row[when])
            cell = (metric, period, row["organization_id"], row[dimension] if dimension else None)
            cells[cell] |= {row[who]} if row[who] is not None and (not flag or row[flag]) else set()
        return dict(cells)
