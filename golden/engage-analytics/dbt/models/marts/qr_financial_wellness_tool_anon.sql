-- Financial Wellness Tool, de-identified.
-- Written by pipec from questionnaires.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_qr_financial_wellness_tool_anon() }}'
  )
}}

select
    pipec.hmac_token(qr_id, 'PSEUDONYM_KEY', 'anon') as qr_id,
    pipec.hmac_token(subject_patient_id, 'PSEUDONYM_KEY', 'anon') as subject_patient_id,
    pipec.hmac_token(encounter_id, 'PSEUDONYM_KEY', 'anon') as encounter_id,
    pipec.hmac_token(author_practitioner_id, 'PSEUDONYM_KEY', 'anon') as author_practitioner_id,
    organization_id,
    pipec.year_of(authored_on) as authored_on,
    money_stress,
    food_would_run_out,
    food_did_not_last,
    hard_to_pay_for_basics,
    monthly_income,
    no_financial_hardship,
    overall_financial_hardship,
    moderate_debt,
    high_debt,
    moderate_food_insecurity,
    high_food_insecurity,
    moderate_housing_insecurity,
    high_housing_insecurity,
    moderate_medical_hardships,
    moderate_paying_bills,
    high_paying_bills
from {{ ref('qr_financial_wellness_tool') }} as base
