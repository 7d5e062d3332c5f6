use super::graph::{Graph, Node, NodeId, Part};
use super::json::lowered;
use crate::ir::{Edge, Program, Setting, Table, TableId, TableKind};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

const SCHEMA: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent";
const SCHEMA_FACET: &str = "https://openlineage.io/spec/facets/1-2-0/SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet";
const LINEAGE_FACET: &str = "https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json#/$defs/ColumnLineageDatasetFacet";
const PRODUCER: &str = concat!("urn:pipec:", env!("CARGO_PKG_VERSION"));
/// A job event tells what a job is, not that it ran; the same project gives the same events on every day.
const NO_TIME: &str = "1970-01-01T00:00:00Z";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JobEvent<'a> {
    event_time: &'static str,
    producer: &'static str,
    #[serde(rename = "schemaURL")]
    schema_url: &'static str,
    job: Job<'a>,
    inputs: Vec<Dataset<'a>>,
    outputs: Vec<Dataset<'a>>,
}

#[derive(Serialize)]
struct Job<'a> {
    namespace: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct Dataset<'a> {
    namespace: &'a str,
    name: String,
    facets: Facets<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Facets<'a> {
    schema: SchemaFacet<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column_lineage: Option<LineageFacet<'a>>,
}

#[derive(Serialize)]
struct SchemaFacet<'a> {
    _producer: &'static str,
    #[serde(rename = "_schemaURL")]
    schema_url: &'static str,
    fields: Vec<SchemaField<'a>>,
}

#[derive(Serialize)]
struct SchemaField<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    ty: String,
}

#[derive(Serialize)]
struct LineageFacet<'a> {
    _producer: &'static str,
    #[serde(rename = "_schemaURL")]
    schema_url: &'static str,
    fields: BTreeMap<&'a str, Inputs<'a>>,
    dataset: Vec<InputField<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Inputs<'a> {
    input_fields: Vec<InputField<'a>>,
}

#[derive(Serialize)]
struct InputField<'a> {
    namespace: &'a str,
    name: String,
    field: &'a str,
    transformations: Vec<Transformation>,
}

#[derive(Serialize)]
struct Transformation {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'static str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    masking: bool,
}

/// One OpenLineage job event per model, a line each, in order of building: its inputs, and its output with schema and column lineage. Of models outside
/// of the part there is none.
pub fn openlineage(graph: &Graph<'_>, part: &Part) -> String {
    let program = graph.program();
    let namespace = namespace(program);
    let mut out = String::new();
    for (id, table, _) in program.models().filter(|(id, ..)| graph.columns_of(*id).iter().any(|n| part.nodes.contains(n))) {
        let writer = Writer { graph, part, namespace: &namespace };
        let event = JobEvent {
            event_time: NO_TIME,
            producer: PRODUCER,
            schema_url: SCHEMA,
            job: Job { namespace: program.project.name.as_str(), name: graph.table_name(id) },
            inputs: table.reads.iter().filter_map(|read| program.table(*read)).map(|t| writer.dataset(t, None)).collect(),
            outputs: vec![writer.dataset(table, Some(writer.lineage(id, table)))],
        };
        // Names, texts and truth values: there is nothing in it that could fail.
        out.push_str(&serde_json::to_string(&event).unwrap_or_default());
        out.push('\n');
    }
    out
}

/// Where the tables are: the warehouse's dialect and what is known of its place. A host that only the environment knows is not made up.
fn namespace(program: &Program) -> String {
    let Some(warehouse) = &program.project.warehouse else { return program.project.name.as_str().to_owned() };
    let setting = |name: &str| match warehouse.settings.get(name) {
        Some(Setting::Text(text)) => Some(text.to_string()),
        _ => None,
    };
    let place = setting("host").map(|host| setting("port").map_or(host.clone(), |port| format!("{host}:{port}")));
    format!("{}://{}", warehouse.dialect.name(), place.unwrap_or_else(|| program.project.name.as_str().to_owned()))
}

struct Writer<'g, 'p> {
    graph: &'g Graph<'p>,
    part: &'g Part,
    namespace: &'g str,
}

impl<'g> Writer<'g, '_> {
    fn dataset(&self, table: &'g Table, column_lineage: Option<LineageFacet<'g>>) -> Dataset<'g> {
        let fields = table.columns.iter().map(|c| SchemaField { name: c.name.as_str(), ty: c.ty.to_string() }).collect();
        let schema = SchemaFacet { _producer: PRODUCER, schema_url: SCHEMA_FACET, fields };
        Dataset { namespace: self.namespace, name: self.name(table), facets: Facets { schema, column_lineage } }
    }

    /// `schema.table`, as the warehouse has it.
    fn name(&self, table: &Table) -> String {
        let schema = match &table.kind {
            TableKind::Source(source) => Some(&source.schema),
            TableKind::Seed(seed) => Some(&seed.schema),
            TableKind::Model(model) => self.graph.program().layer(model.layer).map(|l| &l.schema),
        };
        schema.map_or_else(|| table.name.as_str().to_owned(), |schema| format!("{schema}.{}", table.name))
    }

    fn lineage(&self, id: TableId, table: &'g Table) -> LineageFacet<'g> {
        let columns = self.graph.columns_of(id).into_iter().zip(&table.columns);
        let fields = columns
            .filter(|(node, _)| self.part.nodes.contains(node))
            .map(|(node, column)| (column.name.as_str(), Inputs { input_fields: self.inputs(node) }))
            .collect();
        let dataset = self.graph.rows(id).map(|rows| self.inputs(rows)).unwrap_or_default();
        LineageFacet { _producer: PRODUCER, schema_url: LINEAGE_FACET, fields, dataset }
    }

    /// What leads to a node, each column once, with all the ways it matters.
    fn inputs(&self, node: NodeId) -> Vec<InputField<'g>> {
        let links: Vec<_> = self.graph.into(node).into_iter().filter(|l| self.part.links.contains(l)).collect();
        let starts: BTreeSet<NodeId> = links.iter().map(|l| l.from).collect();
        let field = |from: NodeId| {
            let Some(Node::Column(table, column)) = self.graph.get(from) else { return None };
            let transformations = links.iter().filter(|l| l.from == from).map(|l| Transformation {
                kind: if l.kind == Edge::Value { "DIRECT" } else { "INDIRECT" },
                description: (l.kind == Edge::Equal).then_some("equal by a condition"),
                masking: !lowered(self.graph, *l).is_empty(),
            });
            Some(InputField {
                namespace: self.namespace,
                name: self.name(table),
                field: column.name.as_str(),
                transformations: transformations.collect(),
            })
        };
        starts.into_iter().filter_map(field).collect()
    }
}
