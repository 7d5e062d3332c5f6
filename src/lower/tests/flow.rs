use super::{lines, project, yields};

#[test]
fn a_filter_on_a_labelled_column_marks_every_output() {
    yields("select day from visits where diagnosis = 'x'", "day date if @diagnosis <- visits.day intact");
    yields("select count(*) as n from visits where diagnosis = 'x'", "n bigint if @diagnosis");
}

#[test]
fn a_null_test_is_structural() {
    yields("select clinic from patients where name is not null", "clinic integer <- patients.clinic intact");
}

#[test]
fn a_join_on_a_declared_key_is_structural_and_tells_each_side_what_the_other_tells() {
    yields(
        "select v.day, p.clinic, v.patient_id from visits v join patients p on p.id = v.patient_id",
        "day date <- visits.day intact
         clinic integer <- patients.clinic intact
         patient_id integer @record_id <- =patients.id, visits.patient_id intact",
    );
}

#[test]
fn a_join_on_anything_else_is_control() {
    yields(
        "select p.clinic from visits v join patients p on p.name = v.diagnosis",
        "clinic integer if @name, diagnosis <- patients.clinic intact",
    );
}

#[test]
fn half_a_composite_key_is_no_key() {
    yields(
        "select a.line from items a join items b on a.order_id = b.order_id and a.name = b.name",
        "line integer if @name <- items.line intact",
    );
}

#[test]
fn the_latest_row_per_key_is_structural() {
    yields(
        "select diagnosis from (select v.*, row_number() over (partition by patient_id order by day) as rn from visits v) l where l.rn = 1",
        "diagnosis text @diagnosis <- visits.diagnosis intact",
    );
    yields(
        "select day from (select v.*, row_number() over (partition by patient_id order by diagnosis) as rn from visits v) l where l.rn = 1",
        "day date if @diagnosis, record_id <- visits.day intact",
    );
    yields(
        "select day from (select v.*, row_number() over (partition by patient_id order by diagnosis) as rn from visits v) l where l.rn = 2",
        "day date if @diagnosis, record_id <- visits.day intact",
    );
}

#[test]
fn group_keys_are_control_whether_they_are_shown_or_not() {
    yields("select count(*) as n from visits group by diagnosis", "n bigint if @diagnosis");
    yields(
        "select diagnosis, count(*) as n from visits group by diagnosis",
        "diagnosis text @diagnosis if @diagnosis <- visits.diagnosis intact\nn bigint if @diagnosis",
    );
    yields(
        "select patient_id, count(*) as n from visits group by patient_id",
        "patient_id integer @record_id <- visits.patient_id intact\nn bigint",
    );
}

#[test]
fn an_order_tells_who_ranks_before_whom() {
    yields("select day from visits order by diagnosis limit 1", "day date if @diagnosis <- visits.day intact");
    yields("select day from visits order by diagnosis", "day date if @diagnosis <- visits.day intact");
    yields("select day from visits order by tags", "day date <- visits.day intact");
    yields("select distinct on (day) day from visits order by day, diagnosis", "day date if @diagnosis <- visits.day intact");
}

#[test]
fn except_tells_of_the_rows_it_takes_away() {
    yields("select day from visits except select day from visits where diagnosis = 'x'", "day date if @diagnosis <- visits.day intact");
}

#[test]
fn control_travels_through_models_even_when_only_rows_are_counted() {
    let done = project(&[(
        "m.pipe",
        "model sick in marts { from visits; where diagnosis = 'x'; select { id } }\nmodel n in marts { from sick; select { n = count(*) } }\n",
    )]);
    assert_eq!(done.columns("n"), "n bigint if @diagnosis");
}

#[test]
fn existence_in_another_table_by_its_key_is_structural() {
    yields("select day from visits v where exists (select 1 from patients p where p.id = v.patient_id)", "day date <- visits.day intact");
    yields(
        "select city from clinics c where exists (select 1 from visits v where v.diagnosis = 'x')",
        "city text if @diagnosis <- clinics.city intact",
    );
}

#[test]
fn intact_columns_stay_intact_through_models_and_renames() {
    let done = project(&[(
        "m.pipe",
        "model a in marts { from patients; select { pid = id; shout = upper(phone) } }\nmodel b in marts { from a; select { pid; shout } }\n",
    )]);
    assert_eq!(done.columns("a"), lines("pid integer @record_id <- patients.id intact\nshout text @phone <- patients.phone"));
    assert_eq!(done.columns("b"), lines("pid integer @record_id <- a.pid intact\nshout text @phone <- a.shout"));
}
