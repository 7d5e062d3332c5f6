use super::{lines, project};

#[test]
fn a_declarative_body_is_a_query() {
    let done = project(&[(
        "m.pipe",
        "model m in marts {
  let per_clinic = {
    from patients
    group by clinic
    select { clinic; n = count(*) }
  }
  from clinics as c
  left join per_clinic as p on p.clinic = c.id
  where c.city <> 'x'
  select {
    c.id
    /// How many.
    n = p.n  @diagnosis
  }
  order by n desc
  limit 5
  assert unique(id)
}
",
    )]);
    assert_eq!(
        done.columns("m"),
        lines(
            "id integer if @diagnosis <- =patients.clinic, clinics.id intact
             n bigint? @diagnosis if @diagnosis"
        )
    );
    let (_, table) = done.program.table_named("m").unwrap();
    assert_eq!(table.column_docs, [None, Some("How many.".into())]);
    assert_eq!(table.key, [0]);
    assert_eq!(&*table.assertions[0].name, "m_unique_id");
}

#[test]
fn entries_are_unrolled_over_data_and_holes_become_names_and_literals() {
    let done = project(&[
        ("q.csv", "table,column,code,category\nqa,Color,it's,name\nqa,b,'; drop table x; --,public\nqb,c,9,phone\n"),
        (
            "m.pipe",
            "for q in csv(\"q.csv\") @public group by table {
  model ${q.table} in marts {
    from visits as v
    group by v.id
    select {
      v.id
      for c in q.rows { ${c.column} = max(v.diagnosis) filter (where v.diagnosis = ${c.code})  @${c.category} }
    }
  }
  model ${q.table}_copy in marts {
    sql \"\"\"select t.*, '${q.table}' as made from ${q.table} t\"\"\"
  }
}
",
        ),
    ]);
    assert_eq!(
        done.columns("qa"),
        lines(
            "id integer @record_id <- visits.id intact
             Color text? @name, diagnosis <- visits.diagnosis
             b text? @diagnosis <- visits.diagnosis"
        )
    );
    assert_eq!(done.columns("qb_copy"), "id integer @record_id <- qb.id intact\nc text? @phone, diagnosis <- qb.c\nmade text");
    assert_eq!(done.order(), ["qa", "qa_copy", "qb", "qb_copy"]);
}

#[test]
fn models_stand_after_those_they_read_wherever_they_are_written() {
    let done = project(&[(
        "m.pipe",
        "model a in marts { from b; select { id } }\nmodel b in marts { sql \"\"\"select c.id from c\"\"\" }\nmodel c in marts { from clinics }\n",
    )]);
    assert_eq!(done.problems, [] as [&str; 0]);
    assert_eq!(done.order(), ["c", "b", "a"]);
}

#[test]
fn a_circle_is_reported_once_with_its_whole_way() {
    let done = project(&[(
        "m.pipe",
        "model a in marts { from b; select { id } }\nmodel b in marts { from c; select { id } }\nmodel c in marts { from a; select { id } }\nmodel d in marts { from a; select { id; x = nonsense } }\n",
    )]);
    assert_eq!(done.problems, ["P0204 at `a`: models read each other in a circle: a → b → c → a (see b, c)"]);
    let done = project(&[("m.pipe", "model a in marts { from a; select { id } }\n")]);
    assert_eq!(done.problems, ["P0204 at `a`: models read each other in a circle: a → a"]);
}

#[test]
fn a_column_or_let_called_like_a_model_is_no_circle() {
    let done = project(&[(
        "m.pipe",
        "model a in marts { from clinics as b; select { id = b.id; a = b.city } }\nmodel b in marts { let c = { from a }; from c; select { id; b = a } }\nmodel c in marts { from b; select { id } }\n",
    )]);
    assert_eq!(done.problems, [] as [&str; 0]);
    assert_eq!(done.order(), ["a", "b", "c"]);
}

#[test]
fn sql_may_lie_in_a_file_beside() {
    let done = project(&[("x/m.pipe", "model m in marts from sql \"sql/m.sql\"\n"), ("x/sql/m.sql", "select id,\n  nme\nfrom patients")]);
    assert_eq!(done.problems, ["P0205 at `nme`: no column `nme` here"]);
    let done = project(&[("x/m.pipe", "model m in marts from sql \"m.sql\"\n")]);
    assert_eq!(done.problems, ["P0901 at `\"m.sql\"`: there is no file `m.sql` beside this one"]);
}

#[test]
fn clauses_stand_once_and_pivot_is_no_clause_yet() {
    let done = project(&[("m.pipe", "model m in marts {\n  from clinics\n  from patients\n}\n")]);
    assert_eq!(done.problems, ["P0101 at `from patients`: this body has a second `from` (see from clinics)"]);
    let done = project(&[("m.pipe", "model m in marts { where a = 1 }\n")]);
    assert_eq!(done.problems, ["P0132 at `{ where a = 1 }`: this body has no `from`"]);
}

#[test]
fn an_entry_stays_one_entry() {
    let done = project(&[("m.pipe", "model m in marts {\n  from clinics\n  select { a = id from patients }\n}\n")]);
    assert_eq!(done.problems.len(), 1, "{:?}", done.problems);
}

#[test]
fn a_contract_compares_names_types_and_nulls() {
    let done = project(&[(
        "m.pipe",
        "model m in marts {\n  from patients\n  select { id; name; clinic }\n  columns {\n    id text key\n    name text\n    klinic integer\n  }\n}\n",
    )]);
    assert_eq!(
        done.problems,
        [
            "P0214 at `clinic`: `m` yields a column `clinic` that its `columns` do not declare",
            "P0214 at `text`: `id` is declared text but is integer (see id)",
            "P0214 at `text`: `name` is declared without `?` but may be NULL (see name)",
            "P0214 at `klinic`: `m` declares a column `klinic` but does not yield it",
        ]
    );
}

#[test]
fn assertions_name_columns_of_the_model() {
    let done = project(&[(
        "m.pipe",
        "model m in marts {
  from patients
  select { id; clinic }
  assert unique(id)
  assert unique(id, klinic)
  assert one_of(clinic, (1, 2)) severity warn
  assert between(clinic, 0, 9)
  assert not_null(id, clinic)
  assert references(clinic, clinics.id)
  assert \"positive\" that clinic > 0
  assert \"small\" sql \"\"\"select id from m where clinic > 9\"\"\"
}
",
    )]);
    assert_eq!(done.problems, ["P0205 at `klinic`: `m` has no column `klinic`"]);
    let (_, table) = done.program.table_named("m").unwrap();
    let names: Vec<&str> = table.assertions.iter().map(|a| &*a.name).collect();
    assert_eq!(
        names,
        [
            "m_unique_id",
            "m_one_of_clinic",
            "m_between_clinic",
            "m_not_null_id",
            "m_not_null_clinic",
            "m_references_clinic",
            "positive",
            "small"
        ]
    );
}

#[test]
fn a_dropped_column_is_gone() {
    let done = project(&[("m.pipe", "model m in marts {\n  from clinics\n  drop city\n}\n")]);
    assert_eq!(done.columns("m"), "id integer <- clinics.id intact");
}

#[test]
fn unnest_is_a_lateral_join() {
    let done = project(&[("m.pipe", "model m in marts {\n  from visits as v\n  unnest v.tags as tag\n  select { v.id; tag }\n}\n")]);
    assert_eq!(done.columns("m"), "id integer @record_id <- visits.id intact\ntag text? <- visits.tags");
}

#[test]
fn bodies_set_side_by_side() {
    let done = project(&[(
        "m.pipe",
        "model m in marts {\n  from clinics\n  select { id }\n  union all { from patients; select { clinic } }\n  order by id\n}\n",
    )]);
    assert_eq!(done.columns("m"), "id integer <- patients.clinic, clinics.id");
}
