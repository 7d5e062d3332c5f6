#!/usr/bin/env python3
"""workload.py N OUT: a deterministic project with N models, as .pipe.

The shape every neighbour was measured on: N/10 sources of 12 columns, 40% staging, 30% intermediate, 30% marts (a third of those are
masked twins), 12 columns each, descriptions and tests on all, fan-in 1 to 4, depth 8. Bodies are the SQL analysts write.
"""
import os
import random
import sys

SOURCE_COLUMNS = [
    ("id", "bigint", "Surrogate record number from the source system", "@record_id"),
    ("patient_id", "text", "Medical record number", "@mrn"),
    ("encounter_id", "text?", "Encounter identifier", "@record_id"),
    ("provider_npi", "text?", "National provider identifier", "@provider_id"),
    ("facility_code", "text?", "Facility short code", "@organization"),
    ("event_ts", "timestamp?", "Clinical event time", "@service_date"),
    ("birth_dt", "date?", "Date of birth", "@birth_date"),
    ("zip", "text?", "Postal code", "@zip"),
    ("status", "text?", "Raw status code", "@clinical"),
    ("amount", "double precision?", "Charge amount", "@clinical"),
    ("qty", "integer?", "Quantity", "@clinical"),
    ("payload", "json?", "Raw FHIR payload", "@free_text"),
]
STAGING = ["record_id", "patient_key", "encounter_key", "provider_key", "facility_code", "event_at", "event_date", "birth_date", "zip_code", "status", "amount", "diagnosis_code"]
INTERMEDIATE = STAGING + ["related_amount", "related_status", "amount_delta"]
MART = ["patient_key", "facility_code", "zip_code", "amount_bucket", "event_month", "n_events", "n_encounters", "total_amount", "active_amount", "last_event_at"]
TWIN = ["patient_hash", "facility_suffix", "zip3", "amount_bucket", "event_month", "n_events", "n_encounters", "total_amount", "active_amount", "last_event_at"]
KEYS = {"stg": ("record_id", "patient_key"), "int": ("record_id", "patient_key"), "mart": ("patient_key", "event_month"), "anon": ("patient_hash", "event_month")}
DESCRIPTIONS = {
    "record_id": "Primary key of the record", "patient_key": "Patient key derived from the MRN", "encounter_key": "Key of the clinical encounter",
    "provider_key": "Normalised provider identifier", "facility_code": "Facility where the event happened", "event_at": "Timestamp of the event in UTC",
    "event_date": "Calendar date of the event", "birth_date": "Date of birth of the patient", "zip_code": "Five digit postal code",
    "status": "Normalised status of the record", "amount": "Charged amount in USD", "diagnosis_code": "ICD-10 diagnosis code taken from the payload",
    "related_amount": "Amount of the related record", "related_status": "Status of the related record", "amount_delta": "Difference to the related amount",
    "amount_bucket": "Bucket of the charged amount", "event_month": "First day of the month of the event", "n_events": "Number of events",
    "n_encounters": "Number of distinct encounters", "total_amount": "Sum of amounts", "active_amount": "Sum of amounts of active records",
    "last_event_at": "Time of the latest event", "patient_hash": "Hash of the patient key", "facility_suffix": "Masked facility", "zip3": "First three digits of the postal code",
}
MODELS_PER_FILE = 25


class Model:
    """One model of the workload."""

    def __init__(self, kind, layer, name, columns, body):
        self.kind, self.layer, self.name, self.columns, self.body = kind, layer, name, columns, body


def staging(i, source, variant):
    return f"""with source as (
    select * from raw.src_{source:05d}
),
renamed as (
    select
        cast(id as bigint) as record_id,
        trim(patient_id) as patient_key,
        encounter_id as encounter_key,
        upper(provider_npi) as provider_key,
        facility_code,
        cast(event_ts as timestamp) as event_at,
        cast(event_ts as date) as event_date,
        cast(birth_dt as date) as birth_date,
        substring(zip, 1, 5) as zip_code,
        case
            when status in ('A', 'ACT', 'A{variant}') then 'active'
            when status in ('I', 'INA') then 'inactive'
            else 'unknown'
        end as status,
        cast(amount * {1 + i % 7} as decimal(12, 2)) as amount,
        payload ->> 'code{i % 5}' as diagnosis_code
    from source
    where qty > {i % 11} and encounter_id is not null
)
select * from renamed"""


def intermediate(i, refs):
    joined = "".join(
        f"""joined_{j} as (
    select patient_key, encounter_key, event_at, status, amount
    from {refs[j].name}
    where status <> 'unknown' and amount > {i % 13}
),
"""
        for j in range(1, len(refs))
    )
    joins = "\n".join(f"    left join joined_{j} as j{j} on base.patient_key = j{j}.patient_key and base.encounter_key = j{j}.encounter_key" for j in range(1, len(refs)))
    selected = ",\n".join(f"        base.{c} as {c}" for c in STAGING)
    last = len(refs) - 1
    return f"""with base as (
    select * from {refs[0].name}
),
{joined}ranked as (
    select
{selected},
        coalesce(j1.amount, 0) as related_amount,
        coalesce(j{last}.status, 'none') as related_status,
        base.amount - coalesce(j1.amount, 0) as amount_delta,
        row_number() over (
            partition by base.patient_key, base.encounter_key
            order by base.event_at desc, base.record_id
        ) as rn
    from base
{joins}
)
select
    {(',' + chr(10) + '    ').join(INTERMEDIATE)}
from ranked
where rn = 1"""


def mart(i, source, history):
    history_cte = f"""history as (
    select patient_key, sum(total_amount) as prior_amount
    from {history.name}
    group by patient_key
),
""" if history else ""
    history_join = "\n    left join history as h on s.patient_key = h.patient_key" if history else ""
    amount = "s.amount + coalesce(h.prior_amount, 0)" if history else "s.amount"
    return f"""with events as (
    select * from {source.name}
),
{history_cte}bucketed as (
    select
        s.patient_key, s.encounter_key, s.facility_code, s.zip_code, s.status, s.amount, s.event_at,
        case
            when {amount} < {50 + i % 50} then 'low'
            when {amount} < {500 + i % 500} then 'medium'
            else 'high'
        end as amount_bucket,
        date_trunc('month', s.event_at) as event_month
    from events as s{history_join}
),
aggregated as (
    select
        patient_key, facility_code, zip_code, amount_bucket, event_month,
        count(*) as n_events,
        count(distinct encounter_key) as n_encounters,
        sum(amount) as total_amount,
        sum(amount) filter (where status = 'active') as active_amount,
        max(event_at) as last_event_at
    from bucketed
    group by patient_key, facility_code, zip_code, amount_bucket, event_month
    having count(*) > {i % 3}
)
select * from aggregated"""


def twin(source):
    return f"""with source as (
    select * from {source.name}
),
masked as (
    select
        md5(patient_key || 'salt') as patient_hash,
        right(facility_code, 2) as facility_suffix,
        left(zip_code, 3) as zip3,
        amount_bucket, event_month, n_events, n_encounters, total_amount, active_amount,
        cast(last_event_at as date) as last_event_at
    from source
    where n_events >= 11
)
select * from masked"""


def models(count):
    """All models, in an order in which each comes after those it reads."""
    chance = random.Random(20240117)
    sources = max(1, count // 10)
    n_staging, n_intermediate = count * 4 // 10, count * 3 // 10
    n_marts = count - n_staging - n_intermediate
    made, levels = [], {1: []}
    for i in range(n_staging):
        name = f"stg_src{i % sources:05d}_{i // sources}_{i:05d}"
        levels[1].append(Model("stg", "staging", name, STAGING, staging(i, i % sources, i // sources)))
    made += levels[1]
    middle, per_level = [], max(1, (n_intermediate + 3) // 4)
    for i in range(n_intermediate):
        level = 2 + min(3, i // per_level)
        base = chance.choice(levels[level - 1] or levels[1])
        earlier = middle[: max(1, (level - 2) * per_level)]
        others = [chance.choice(levels[1] if chance.random() < 0.6 or level == 2 else earlier) for _ in range(1 + i % 3)]
        model = Model("int", "intermediate", f"int_event_{i:05d}", INTERMEDIATE, intermediate(i, [base] + others))
        middle.append(model)
        levels.setdefault(level, []).append(model)
    made += middle
    twins = n_marts // 3
    plain, marts = n_marts - twins, []
    for i in range(plain):
        source = chance.choice(middle or levels[1])
        history = chance.choice(marts[: max(1, plain // 2)]) if marts and i > plain // 2 else None
        marts.append(Model("mart", "marts", f"mart_activity_{i:05d}", MART, mart(i, source, history)))
    made += marts
    for i in range(twins):
        source = marts[i * len(marts) // twins]
        made.append(Model("anon", "marts", f"{source.name}_anon", TWIN, twin(source)))
    return sources, made


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def model_text(model):
    key, other = KEYS[model.kind]
    return f"""/// Model {model.name} of the {model.layer} layer.
model {model.name} in {model.layer} {{
  describe {{
{chr(10).join(f'    {c} "{DESCRIPTIONS[c]}"' for c in model.columns)}
  }}
  sql \"\"\"
{model.body}
  \"\"\"
  assert unique({key})
  assert not_null({key}, {other})
}}
"""


def main():
    count, out = int(sys.argv[1]), sys.argv[2]
    sources, made = models(count)
    write(f"{out}/project.pipe", "project perf {\n  warehouse postgres { database = env(\"DBT_DATABASE\") }\n  emit dbt, sql\n}\n\nuse std.hipaa\n\n"
          "layer staging      schema \"staging\"      as view\nlayer intermediate schema \"intermediate\" as view\nlayer marts        schema \"marts\"        as table\n")
    tables = []
    for s in range(sources):
        columns = "\n".join(f"    /// {doc}\n    {name} {ty} {category}" for name, ty, doc, category in SOURCE_COLUMNS)
        tables.append(f"  /// Raw extract {s} of the hospital system\n  table src_{s:05d} {{\n{columns}\n  }}\n")
    write(f"{out}/sources.pipe", "source raw on warehouse schema \"raw\" {\n" + "\n".join(tables) + "}\n")
    for layer in ("staging", "intermediate", "marts"):
        members = [m for m in made if m.layer == layer]
        for group in range(0, len(members), MODELS_PER_FILE):
            text = "\n".join(model_text(m) for m in members[group : group + MODELS_PER_FILE])
            write(f"{out}/{layer}/g{group // MODELS_PER_FILE:04d}.pipe", text)
    print(f"{len(made)} models, {sources} sources, {sum(len(m.columns) for m in made)} columns, {sum(len(m.body) for m in made)} bytes of SQL")


if __name__ == "__main__":
    main()
