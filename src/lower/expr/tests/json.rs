use super::lab;
use crate::ir::Dialect;

#[test]
fn a_path_has_its_own_type_and_label() {
    lab().table(&[
        ("visit.id", "text record_id: direct"),
        ("visit.at", "text? service_date: direct"),
        ("t.visit.count", "integer?"),
        ("visit.notes[0].text", "text? free_text: direct"),
        ("visit.notes[0].author.display", "text? name: direct"),
        ("visit.notes[0].author.tags[1]", "text?"),
        // Nothing annotates it.
        ("visit.notes[0].author.contact", "text? unclassified: direct"),
        // The outermost annotation wins over the type's own.
        ("visit.lead.display", "text? provider_name: direct"),
        ("visit.lead.contact", "text? provider_name: direct"),
        ("visit.extra.anything[3]", "jsonb? diagnosis: direct"),
        ("patient.gender", "text? demographic: direct"),
        ("patient.name[0].family", "text? name: direct"),
        ("patient.name[0].given[0]", "text? name: direct"),
        ("patient.birthDate :: date", "date? birth_date: direct"),
    ]);
}

#[test]
fn a_filter_on_a_path_picks_one_element() {
    lab().table(&[("patient.telecom[(system = 'phone')].value", "text? phone: direct")]);
    assert_eq!(
        lab().prints("visit.notes[(text = 'x')].author.display", Dialect::Postgres),
        r#"jsonb_path_query_first(visit -> 'notes', '$[*] ? (@."text" == "x")') -> 'author' ->> 'display'"#
    );
    // What was compared shows in what was picked.
    assert_eq!(lab().says("visit.notes[(text = 'x')].author.display"), "text? name: direct [free_text: direct]");
}

#[test]
fn a_whole_value_carries_everything_inside() {
    lab().table(&[
        ("visit.notes[0]", "jsonb? unclassified: direct, name: direct, birth_date: direct, free_text: direct"),
        ("visit.notes[0] :: text", "text? unclassified: direct, name: direct, birth_date: direct, free_text: direct"),
        ("visit.lead", "jsonb? provider_name: direct"),
        ("jsonb_array_length(visit.notes)", "integer? unclassified: direct, name: direct, birth_date: direct, free_text: direct"),
    ]);
}

#[test]
fn arrows_follow_the_type() {
    lab().table(&[
        ("visit -> 'notes' -> 0 ->> 'text'", "text? free_text: direct"),
        ("visit ->> 'id'", "text record_id: direct"),
        ("(visit -> 'notes') -> 0 -> 'author' ->> 'display'", "text? name: direct"),
        ("visit #>> '{notes,0,text}'", "text? free_text: direct"),
        ("visit -> 'count'", "jsonb?"),
        ("visit ->> word", &lab().says("visit :: text || null")),
        ("visit ->> 'ids'", "P0212 `Visit` has no field `ids` | did you mean `id`?"),
        ("raw -> 'x' ->> 'y'", "text? diagnosis: direct"),
        ("raw #>> '{}'", "text? diagnosis: direct"),
        ("raw ? 'x'", "boolean? diagnosis: direct"),
    ]);
    assert_eq!(lab().prints("(visit -> 'notes') -> 0 ->> 'text'", Dialect::Postgres), "visit -> 'notes' -> 0 ->> 'text'");
}

#[test]
fn computing_with_typed_json_forgets_the_precise_paths() {
    lab().table(&[
        ("(case when t.name = 'x' then visit.lead end) -> 'display'", "jsonb? name: direct, provider_name: direct"),
        ("(coalesce(visit.lead, visit.lead)) ->> 'born'", "text? provider_name: direct"),
        ("(case when phone is null then visit end) ->> 'count'", &lab().says("(case when phone is null then visit end) :: text")),
    ]);
}

#[test]
fn what_a_type_does_not_have_is_an_error() {
    lab().table(&[
        ("visit.notez", "P0212 `Visit` has no field `notez` | did you mean `notes`?"),
        ("visit.notes.text", "P0212 an array has no field `text` | take one element first, `[0].text`, or `unnest` the array"),
        ("visit.id[0]", "P0212 a `text` is no array"),
        ("visit.id.x", "P0212 a `text` has no field `x`"),
        ("word.x", "P0208 only JSON has fields, and this is `text`"),
    ]);
}
