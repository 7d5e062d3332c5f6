//! Tables of BigQuery that are files in a bucket. They are read through a connection, whose own account reads the bucket: who may read such a
//! table needs no right to its files, and its columns are those of the source, not those of whichever file BigQuery looks at first.

use super::super::text;
use super::google::{dataset_location, dataset_project};
use super::hcl::{self, Part, object, reference, template};
use super::platform::{explained, protected};
use super::{Names, identifier};
use crate::ir::google::{External, FilesFormat};
use crate::ir::{Column, Dialect, Program, Table, Type};
use crate::sql::type_name;
use ::hcl::expr::{Expression, FuncCall};
use ::hcl::structure::{Block, Body};

/// Whether there are any.
pub(super) fn any(program: &Program) -> bool {
    program.makes_datasets() && !program.platform.externals.is_empty()
}

/// Whether some lie in a bucket: then the connection reads it.
pub(super) fn lie_in(program: &Program, bucket: u32) -> bool {
    any(program) && program.platform.externals.iter().any(|e| e.bucket == bucket)
}

/// The account that reads the files.
pub(super) fn reader() -> Expression {
    template(&[Part::Text("serviceAccount:"), Part::Reference("google_bigquery_connection.files.cloud_resource[0].service_account_id")])
}

/// The file's text; `labels` are those of datasets.
pub(super) fn print(names: &Names<'_>, label_of: impl Fn(&crate::base::Ident) -> String) -> String {
    let program = names.program;
    let connection = Block::builder("resource")
        .add_labels(["google_bigquery_connection", "files"])
        .add_attribute(("project", dataset_project(program)))
        .add_attribute(("connection_id", "files"))
        .add_attribute(("location", dataset_location(program)))
        .add_attribute(("description", "Reads the files of tables."))
        .add_block(Block::builder("cloud_resource").build());
    let mut text = hcl::print(&Body::builder().add_block(connection.build()).build());
    let mut stems = text::Stems::default();
    for external in &program.platform.externals {
        let Some(table) = program.table(external.table) else { continue };
        let schema = text::schema_of(program, table);
        let label = identifier(&stems.claim(&format!("{}_{}", schema, table.name)));
        let body = Body::builder().add_block(one(names, external, table, &label, &label_of(schema))).build();
        let mut why = vec![("CKV_GCP_80", "it holds no data: the files are encrypted with the key of their bucket")];
        if program.platform.has_disposable() {
            why.push(("CKV_GCP_121", "an environment that may be lost has none, and the others have it"));
        }
        text.push('\n');
        text.push_str(&explained(hcl::print(&body), "google_bigquery_table", &label, &why));
    }
    text
}

fn one(names: &Names<'_>, external: &External, table: &Table, label: &str, dataset: &str) -> Block {
    let program = names.program;
    let bucket = reference_of(names, external.bucket);
    let files = template(&[Part::Text("gs://"), Part::Reference(&bucket), Part::Text(&format!("/{}*", external.folder))]);
    let mut data = Block::builder("external_data_configuration")
        .add_attribute(("autodetect", false))
        .add_attribute(("source_format", if external.format == FilesFormat::Csv { "CSV" } else { "PARQUET" }))
        .add_attribute(("source_uris", Expression::Array(vec![files])))
        .add_attribute(("connection_id", reference("google_bigquery_connection.files.name")));
    if external.format == FilesFormat::Csv {
        // By name: a file whose columns stand in another order would put one column's values under another's label.
        let csv = Block::builder("csv_options")
            .add_attribute(("quote", "\""))
            .add_attribute(("skip_leading_rows", 1))
            .add_attribute(("allow_quoted_newlines", true))
            .add_attribute(("source_column_match", "NAME"));
        data = data.add_block(csv.build());
    }
    if !external.partitions.is_empty() {
        let mut tail = format!("/{}", external.folder.trim_end_matches('/'));
        for column in external.partitions.iter().filter_map(|p| table.columns.get(*p as usize)) {
            tail.push_str(&format!("/{{{}:{}}}", column.name, legacy(&column.ty).1));
        }
        let prefix = template(&[Part::Text("gs://"), Part::Reference(&bucket), Part::Text(&tail)]);
        let hive =
            Block::builder("hive_partitioning_options").add_attribute(("mode", "CUSTOM")).add_attribute(("source_uri_prefix", prefix));
        data = data.add_block(hive.build());
    }
    let columns = (0u32..).zip(&table.columns).filter(|(i, _)| !external.partitions.contains(i)).map(|(_, c)| field(c));
    let schema = FuncCall::builder("jsonencode").arg(Expression::Array(columns.collect())).build();
    let mut block = Block::builder("resource")
        .add_labels(["google_bigquery_table", label])
        .add_attribute(("project", dataset_project(program)))
        .add_attribute(("dataset_id", reference(&format!("google_bigquery_dataset.{dataset}.dataset_id"))))
        .add_attribute(("table_id", table.name.as_str()))
        .add_attribute(("deletion_protection", protected(program)))
        .add_attribute(("schema", Expression::from(schema)));
    if !table.doc.trim().is_empty() {
        block = block.add_attribute(("description", table.doc.trim()));
    }
    if !external.partitions.is_empty() {
        // BigQuery adds the columns of folders to the schema.
        block = block.add_attribute(("ignore_auto_generated_schema", true));
    }
    let waits = Expression::Array(vec![reference(&format!("google_storage_bucket_iam_policy.{}", names.bucket(external.bucket)))]);
    block.add_block(data.build()).add_attribute(("depends_on", waits)).build()
}

fn reference_of(names: &Names<'_>, bucket: u32) -> String {
    format!("google_storage_bucket.{}.name", names.bucket(bucket))
}

/// A column as BigQuery's API has it. Nothing is required: that no value is missing is a test's to say.
fn field(column: &Column) -> Expression {
    let (repeated, ty) = legacy(&column.ty);
    let mode = if repeated { "REPEATED" } else { "NULLABLE" };
    object([("name", column.name.as_str().into()), ("type", ty.as_str().into()), ("mode", mode.into())])
}

/// The type's name in the API, which has other names than SQL; whether it is repeated.
fn legacy(ty: &Type) -> (bool, String) {
    if let Type::Array(inner) = ty {
        return (true, legacy(inner).1);
    }
    let name = type_name(ty, Dialect::BigQuery);
    let bare = name.split('(').next().unwrap_or_default().to_ascii_uppercase();
    let word = match bare.as_str() {
        "INT64" => "INTEGER",
        "FLOAT64" => "FLOAT",
        "BOOL" => "BOOLEAN",
        other => other,
    };
    (false, word.to_owned())
}
