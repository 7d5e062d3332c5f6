use super::{says, sql, yields};

#[test]
fn a_star_is_every_column_of_every_relation_in_order() {
    yields(
        "select * from clinics",
        "id integer <- clinics.id intact
         city text <- clinics.city intact",
    );
    yields("select c.*, 1 as one from clinics c", "id integer <- clinics.id intact\ncity text <- clinics.city intact\none integer");
    says("select x.* from clinics c", &["P0201 at `x`: no table or alias `x` in this query"]);
}

#[test]
fn an_outer_join_makes_its_other_side_nullable() {
    yields(
        "select c.id, p.phone from clinics c left join patients p on p.clinic = c.id",
        "id integer <- =patients.clinic, clinics.id intact
         phone text? @phone <- patients.phone intact",
    );
    yields("select c.city from clinics c full join patients p on p.clinic = c.id", "city text? <- clinics.city intact");
}

#[test]
fn using_shows_a_column_once() {
    yields(
        "select * from clinics join (select id, 1 as beds from clinics) b using (id)",
        "id integer <- clinics.id intact
         city text <- clinics.city intact
         beds integer",
    );
    says("select 1 as one from clinics join patients using (town)", &["P0205 at `patients`: one side of the join has no column `town`"]);
}

#[test]
fn a_condition_that_holds_proves_a_column_present() {
    yields("select name from patients where name is not null", "name text @name <- patients.name intact");
    yields("select name from patients", "name text? @name <- patients.name intact");
}

#[test]
fn with_entries_are_seen_by_those_after_them_and_nowhere_else() {
    yields("with a as (select id as x from clinics), b as (select x + 1 as y from a) select y from b", "y integer <- clinics.id");
    says(
        "select * from (with a as (select 1 as x) select x from a) t, a",
        &["P0201 at `a`: no table, model or `with` entry is called `a`"],
    );
}

#[test]
fn a_recursive_entry_takes_its_types_from_the_start_and_its_nulls_and_labels_from_both() {
    yields(
        "with recursive r (n, who) as (select 1, 'x' union all select n + 1, p.name from r join patients p on p.id = r.n) select n, who from r",
        "n integer @record_id if @record_id <- =patients.id
         who text? @name if @record_id <- patients.name",
    );
    says("with recursive r as (select 1 as n union all select 'a' from r) select n from r", &["P0208 at `'a'`: `'a'` is no `integer`"]);
}

#[test]
fn set_operations_agree_on_types_by_position() {
    yields("select id, city from clinics union all select 2, null", "id integer <- clinics.id\ncity text? <- clinics.city");
    says(
        "select id from clinics union select id, city from clinics",
        &["P0213 at `select id, city from clinics`: the first side yields 1 columns, this side 2"],
    );
    says(
        "select city from clinics union select id from clinics",
        &["P0208 at `id`: column `city` is text on the first side and integer on this side (see city)"],
    );
    yields("(select city from clinics union all select 'x') order by city limit 3", "city text <- clinics.city");
}

#[test]
fn an_untyped_text_is_text_at_last() {
    yields("select 'x' as a, null as b", "a text\nb text?");
}

#[test]
fn values_are_rows() {
    yields("select v.a, v.b from (values (1, 'x'), (2, null)) as v (a, b)", "a integer\nb text?");
    says("select * from (values (1), (2, 3)) v", &["P0213 at `2`: this row has 2 values, the first has 1"]);
}

#[test]
fn what_is_selected_is_grouped_or_aggregated() {
    yields("select clinic, count(*) as n from patients group by clinic", "clinic integer <- patients.clinic intact\nn bigint");
    yields(
        "select clinic as c, max(name) as n from patients group by c",
        "c integer <- patients.clinic intact\nn text? @name <- patients.name",
    );
    yields("select clinic from patients group by 1", "clinic integer <- patients.clinic intact");
    says(
        "select clinic, name from patients group by clinic",
        &["P0209 at `name`: column `patients.name` is neither grouped nor aggregated"],
    );
    says("select name, count(*) as n from patients", &["P0209 at `name`: column `patients.name` is neither grouped nor aggregated"]);
    says(
        "select clinic from patients group by 7",
        &[
            "P0209 at `clinic`: column `patients.clinic` is neither grouped nor aggregated",
            "P0205 at `7`: there is no output column 7; the query yields 1",
        ],
    );
}

#[test]
fn a_grouped_key_fixes_the_other_columns_which_become_keys() {
    let done = sql("select p.id, p.phone, count(*) as n from patients p group by p.id");
    assert_eq!(done.columns("m"), "id integer @record_id <- patients.id intact\nphone text @phone <- patients.phone intact\nn bigint");
}

#[test]
fn grouping_sets_leave_keys_null() {
    yields("select clinic, count(*) as n from patients group by rollup (clinic)", "clinic integer? <- patients.clinic intact\nn bigint");
}

#[test]
fn aggregates_stand_where_groups_are() {
    says("select id from patients where count(*) > 1", &["P0210 at `count`: an aggregate cannot stand in `where`"]);
    says(
        "select id from patients where row_number() over (order by id) = 1",
        &["P0210 at `row_number`: a window function cannot stand in `where`"],
    );
}

#[test]
fn lateral_items_see_what_stands_before_them() {
    yields("select v.id, tag from visits v, unnest(v.tags) as tag", "id integer @record_id <- visits.id intact\ntag text? <- visits.tags");
    yields(
        "select c.city, l.n from clinics c cross join lateral (select count(*) as n from patients p where p.clinic = c.id) l",
        "city text <- clinics.city intact
         n bigint",
    );
    says("select 1 as x from clinics c, (select c.id) d", &["P0205 at `c`: no table or JSON column `c` here"]);
}

#[test]
fn elements_of_json_arrays_are_rows() {
    yields(
        "select e.value as item, e.ordinality as n from visits v, jsonb_array_elements(v.note) with ordinality e",
        "item jsonb @diagnosis <- visits.note
         n bigint",
    );
}

#[test]
fn named_windows_are_put_in_place() {
    yields("select rank() over w as r from clinics window w as (order by city)", "r bigint <- clinics.city");
}

#[test]
fn outputs_are_named_and_named_once() {
    says("select count(*) from patients", &["P0211 at `count`: this output column has no name"]);
    says("select id, name as id from patients", &["P0202 at `name`: two output columns are called `id` (see id)"]);
    yields("select n.count + 1 as more from (select max(id) as count from clinics) n", "more integer? <- clinics.id");
}

#[test]
fn an_unknown_table_is_one_error() {
    says("select anything, goes from patiens where here > 1", &["P0201 at `patiens`: no table, model or `with` entry is called `patiens`"]);
}

#[test]
fn what_is_not_understood_is_refused_by_name() {
    says("select id from patients for update", &["P0111 at `select id from patients`: `for update` and `for share` is not supported"]);
    says("select id from patients tablesample system (10)", &["P0111 at `patients`: `tablesample` is not supported"]);
    says(
        "insert into patients values (1)",
        &["P0111 at `insert into patients values (1)`: a statement that changes data, or `table …`, is not supported"],
    );
}

#[test]
fn a_syntax_error_points_at_its_word() {
    says("select id frm patients", &["P0110 at `p`: the SQL cannot be parsed: expected: end of the text, found: patients"]);
}

#[test]
fn named_windows_are_those_of_their_block() {
    yields(
        "select n from (select row_number() over w as n from visits window w as (order by diagnosis)) as t window w as (partition by 1)",
        "n bigint @diagnosis <- visits.diagnosis",
    );
}
