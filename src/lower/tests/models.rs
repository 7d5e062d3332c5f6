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
            "id integer <- raw.patients.clinic, raw.clinics.id, (raw.clinics.city) intact
             n bigint? @diagnosis <- (raw.clinics.city)"
        )
    );
    let (_, table) = done.program.table_named("m").unwrap();
    assert_eq!(table.column_docs, [None, Some("How many.".into())]);
    assert_eq!(table.key, [0]);
    assert_eq!(&*table.assertions[0].name, "m_unique_id");
}
