"""The changes that each example lives through: what is edited, what may differ afterwards, and what is kept from build to build."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import engines
from access_projects import compare, every

Condition = Callable[[Any, Any], Any]

#: For examples that name no environments: the same description, made twice.
ENVIRONMENTS = "environment dev { disposable }\nenvironment production { suffix \"\" }\n"


@dataclass
class Change:
    """One example's: before, after, and what must be so in between."""

    #: What both versions say beside the example's own files.
    beside: str
    #: (file, old, new): what the later version says instead; `*` is every file.
    edits: list[tuple[str, str, str]]
    #: Row conditions of the later version, as the project of `access_projects` has them for the earlier.
    conditions_before: dict[str, Condition] = field(default_factory=dict)
    conditions_after: dict[str, Condition] = field(default_factory=dict)
    #: Logins and roles that are there only afterwards.
    logins_after: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    #: Tables whose rows are kept, with the columns that tell one from another: what was in them once stays in them.
    kept: dict[str, tuple[str, ...]] = field(default_factory=dict)
    #: Columns of kept tables that a later day may change.
    moving: tuple[str, ...] = ()
    #: What happens at the sources from one day to the next: something is gone, something is otherwise.
    night: list[str] = field(default_factory=list)
    #: And while the later version is in use.
    later: list[str] = field(default_factory=list)
    #: A relation of the example that a dbt model written by hand reads, in both versions.
    read_by_hand: str = ""
    #: Addresses of resources that the change makes, and that it may alter.
    made: str = r"$^"
    altered: str = r"$^"
    #: The old name and the new of the model that is renamed.
    renamed: tuple[str, str] = ("", "")
    #: Columns that are added.
    added: dict[str, str] = field(default_factory=dict)
    #: Relations that follow policies, row by row, and so differ with them.
    follows: str = r"$^"
    #: What the way back says besides: what was renamed comes back under its old name.
    back: list[tuple[str, str, str]] = field(default_factory=list)
    #: A bucket that is there before the first deployment to production, and taken over.
    adopted: tuple[str, str] = ("", "")

    def write(self, folder: Path, version: str, named: bool) -> None:
        """Turn the copy of an example into one of its versions: `before`, `after`, or `back`."""
        beside = self.beside if named else ENVIRONMENTS + self.beside
        (folder / "life.pipe").write_text(beside, encoding="utf-8")
        bucket, there = self.adopted
        adopting = ("*", rf"(?m)^bucket {bucket} +{{", f'bucket {bucket} {{ adopt "{there}" in production;')
        for where, old, new in [adopting, *{"before": [], "after": self.edits, "back": self.back}[version]]:
            files = sorted(folder.rglob("*.pipe")) if where == "*" else [folder / where]
            times = 0
            for file in files:
                text, count = re.subn(old, new, file.read_text(encoding="utf-8"))
                file.write_text(text, encoding="utf-8")
                times += count
            if not times:
                raise engines.EngineError(f"{folder.name}: nothing in {where} reads `{old}`.")


EXPORTER = r"aws_iam_\w+\.|aws_s3_bucket_policy\.|aws_kms_key\."

CHANGES = {
    "mytomorrows": Change(
        beside="",
        edits=[
            ("hospital.pipe", r"procedures = count\(\*\) }", "procedures = count(*); per_patient = round(count(*) :: numeric / count(distinct p.patient_id), 2) }"),
            ("hospital.pipe", r"'hospice' or entitled\.is_hospice_authorized", "'hospice' and entitled.is_hospice_authorized"),
            # The project's own test says who may read hospice care, and a narrower policy comes with a narrower one.
            ("tests.pipe", r"(can read fct_procedures where specialty in entitled\.allowed_specialties and entitled\.is_hospice_authorized)", r"\1 and procedure_type <> 'hospice'"),
            ("*", r"\bops_procedures\b", "organization_procedures"),
            ("governance.pipe", r"\Z", "\n/// A new client's contract begins.\nbucket partners { name \"mytomorrows-partners\"; clearance deidentified; readers staff; expire 1y }\n"),
            ("seeds/clients.csv", r"\Z", "steel,United Steelworkers Fund,dashboard\n"),
        ],
        conditions_after={
            "hospice@fct_procedures": lambda r, e: every(compare("<>", r["procedure_type"], "hospice"), e[0]["is_hospice_authorized"]),
            "organization@organization_procedures": lambda r, e: compare("=", r["organization"], e[0]["organization"]),
            "steel_rows@client_report": lambda r, e: compare("=", r["client"], "United Steelworkers Fund"),
            "steel_rows@client_patients": lambda r, e: compare("=", r["client"], "United Steelworkers Fund"),
        },
        logins_after=[("steelworks", ("client_steel",))],
        night=["delete from raw.procedures where procedure_id = (select min(procedure_id) from raw.procedures)", "update raw.patients set zip = '10001' where patient_id = (select max(patient_id) from raw.patients)"],
        later=["update raw.payers set client = 'United Steelworkers Fund' where payer_id = 6", "delete from raw.encounters where encounter_id = (select max(encounter_id) from raw.encounters)"],
        read_by_hand="dim_specialties",
        made=r"\.(partners|client_steel|role_client_steel)",
        altered=EXPORTER,
        renamed=("mytomorrows_extracts.ops_procedures", "mytomorrows_extracts.organization_procedures"),
        added={"mytomorrows_hospital.fct_patients_helped": "per_patient"},
        follows=r"^mytomorrows_tableau\.",
        adopted=("extracts", "mytomorrows-extracts"),
    ),
    "medilink": Change(
        beside="policy common on condition_analysis for clinician where cases >= 2\n",
        edits=[
            ("marts.pipe", r"v\.condition_count; v\.recommendation_count", "v.condition_count; v.recommendation_count; is_critical = v.triage_level = 1"),
            ("life.pipe", r"cases >= 2", "cases >= 3"),
            ("*", r"\bfacility_performance\b", "facility_activity"),
            ("governance.pipe", r"\Z", "\nbucket partners { name \"medilink-partners\"; clearance deidentified; readers researcher; expire 1y }\nexport partners_weekly to partners {\n  facilities\n  format csv zip   path \"{yyyy}/{mm}/{dd}/partners_{timestamp}.zip\"\n}\n"),
        ],
        conditions_before={"common@condition_analysis": lambda r, e: compare(">=", r["cases"], 2)},
        conditions_after={"common@condition_analysis": lambda r, e: compare(">=", r["cases"], 3)},
        kept={
            "landing.facilities": ("batch_id", "line"), "landing.patients": ("batch_id", "line"), "landing.medical_records": ("batch_id", "line"), "landing.triage_visits": ("batch_id", "line"),
            "medilink_intake.announced_visits": ("announcement_id",),
            "medilink_core.facilities": ("facility_id",), "medilink_core.patients": ("patient_id",),
            "medilink_core.medical_records": ("record_id",), "medilink_core.triage_visits": ("visit_id",),
        },
        # What has its number is kept, though it is in no upload any more.
        night=["delete from landing.triage_visits where batch_id = 1 and line <= 5", "delete from landing.patients where batch_id = 1 and line <= 3"],
        later=["insert into landing.facilities (batch_id, line, name, state, lga, type, loaded_at) values (9, 1, 'Late Clinic', 'OYO', 'Egbeda', 'Clinic', timestamp '2025-07-02 01:00:00')"],
        read_by_hand="dim_facilities",
        made=r"\.partners",
        altered=EXPORTER,
        renamed=("medilink_clinical.facility_performance", "medilink_clinical.facility_activity"),
        added={"medilink_marts.fct_triage_visits": "is_critical", "medilink_analytics.triage_anon": "is_critical", "api_wards.wards_triage_visits": "is_critical"},
        adopted=("uploads", "medilink-medical-records-production"),
    ),
    "efiche": Change(
        beside="policy today on dim_patient_history for clinician where valid_to is null\n",
        edits=[
            ("warehouse.pipe", r"k\.code; k\.name; k\.modality; k\.body_part }\n  assert unique\(procedure_key\)", "k.code; k.name; k.modality; k.body_part; label = k.code || ' ' || k.name }\n  assert unique(procedure_key)"),
            ("life.pipe", r"valid_to is null", "valid_to is null and district <> 'Gasabo'"),
            ("*", r"\bmv_procedure_volume\b", "mv_procedure_months"),
            ("governance.pipe", r"\Z", "\nbucket teaching { name \"efiche-teaching\"; clearance research_cleared; readers researcher; expire 1y }\nexport teaching_monthly to teaching {\n  dim_facility\n  format csv zip   path \"{yyyy}/{mm}/teaching_{timestamp}.zip\"\n}\n"),
        ],
        conditions_before={"today@dim_patient_history": lambda r, e: r["valid_to"] is None},
        conditions_after={"today@dim_patient_history": lambda r, e: every(r["valid_to"] is None, compare("<>", r["district"], "Gasabo"))},
        kept={
            "operational.facilities": ("id",), "operational.patients": ("id",), "operational.encounters": ("id",), "operational.procedures": ("id",),
            "operational.diagnoses": ("encounter_id", "code"), "operational.reports": ("id",), "operational.padchest_staging": ("image_id",),
            "operational.audit_log": ("id",),
            "efiche_dw.dim_patient_history": ("patient_id", "valid_from"),
        },
        moving=("valid_to",),
        night=["update operational.patients set phone = '+250780000001' where id = (select min(id::text)::uuid from operational.patients)"],
        later=["update operational.patients set district = 'Musanze' where id = (select max(id::text)::uuid from operational.patients)"],
        read_by_hand="dim_facility",
        made=r"\.teaching",
        altered=EXPORTER,
        renamed=("efiche_mart.mv_procedure_volume", "efiche_mart.mv_procedure_months"),
        added={"efiche_dw.dim_procedure": "label"},
        adopted=("arrivals", "efiche-arrivals"),
    ),
    "engage-analytics": Change(
        beside="model task_list in marts { from tasks as t; select { t.id; t.status; t.code } }\npolicy open on task_list for privacy_officer where status <> 'draft'\n",
        edits=[
            ("marts.pipe", r"l\.part_of_id; a\.organization_id }", "l.part_of_id; a.organization_id; is_active = l.status = 'active' }"),
            ("life.pipe", r"status <> 'draft'", "status = 'completed'"),
            ("*", r"\bcare_teams\b", "teams"),
            ("governance.pipe", r"\Z", "\nbucket partners { name \"engage-analytics-partners\"; clearance deidentified; readers analyst; expire 1y }\nexport partners_daily to partners {\n  organizations\n  format csv zip   path \"{yyyy}/{mm}/{dd}/partners_{timestamp}.zip\"\n}\n"),
            # A bucket under another name is the same bucket.
            ("governance.pipe", r"bucket metrics { name", "bucket dashboards { moved from metrics; name"),
            ("*", r"export metrics_daily to metrics", "export metrics_daily to dashboards"),
        ],
        conditions_before={"open@task_list": lambda r, e: compare("<>", r["status"], "draft")},
        conditions_after={"open@task_list": lambda r, e: compare("=", r["status"], "completed")},
        kept={f"engage_analytics_stg.{name}": ("id",) for name in ("stg_patient", "stg_encounter", "stg_questionnaire_response", "stg_care_plan", "stg_task", "stg_observation")},
        night=[f"delete from airbyte.{name} where id = (select min(id) from airbyte.{name})" for name in ("patient", "encounter", "task")],
        later=["delete from airbyte.observation where id = (select min(id) from airbyte.observation)"],
        back=[("governance.pipe", r"bucket metrics { name", "bucket metrics { moved from dashboards; name")],
        read_by_hand="organizations",
        made=r"\.partners",
        altered=EXPORTER,
        renamed=("engage_analytics_mart.care_teams", "engage_analytics_mart.teams"),
        added={"engage_analytics_mart.locations": "is_active"},
        adopted=("anon", "engage-analytics-exports-anon"),
    ),
}

#: The example whose warehouse is BigQuery: names without datasets, as dumps have them.
EMR = Change(
    beside="",
    edits=[
        ("marts.pipe", r"o\.city; o\.state; o\.zip }\n  assert unique\(organization_id\)", "o.city; o.state; o.zip; place = o.city || ', ' || o.state }\n  assert unique(organization_id)"),
        # Its roles have no policies: fewer tables is what is narrower.
        ("governance.pipe", r"dim_conditions, dim_medications to analyst", "dim_conditions to analyst"),
        ("*", r"\bfact_top_medications_by_patient_age_group\b", "fact_top_medications"),
        ("infrastructure.pipe", r"\Z", "\nbucket partners { name \"emr-analytics-partners\"; clearance deidentified; archive 90d }\n"),
    ],
    kept={
        "int_patients": ("patient_id",), "int_organizations": ("organization_id",), "int_providers": ("provider_id",), "int_encounters": ("encounter_id",),
        "int_conditions": ("encounter_id", "condition_code"), "int_medications": ("encounter_id", "medication_code"),
    },
    read_by_hand="dim_organizations",
    made=r"\.partners",
    altered=r"google_storage_bucket_iam|google_project_iam",
    renamed=("fact_top_medications_by_patient_age_group", "fact_top_medications"),
    added={"dim_organizations": "place"},
    adopted=("raw", "emr-analytics-raw"),
)
