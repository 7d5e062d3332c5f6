//! One data source as `.tds`.

use super::super::text;
use super::filter::formula;
use super::xml::{Attributes, Writer};
use crate::access::connection_role;
use crate::base::Ident;
use crate::ir::{Program, Shown, Table, Type, in_words};
use std::collections::{BTreeMap, BTreeSet};

/// The field that keeps rows.
const ROWS: &str = "pipec_rows";
const USER: &str = "http://www.tableausoftware.com/xml/user";
const SERVER: &str = "postgres.warehouse";
/// The relation's name.
const RELATION: &str = "shown";

/// What the columns of a view are called in Tableau, where case does not tell fields apart.
pub(super) struct Fields {
    names: Vec<String>,
    /// The name of the calculated field.
    rows: String,
}

impl Fields {
    pub(super) fn of(table: &Table) -> Fields {
        let mut taken = BTreeSet::new();
        let mut free = |wanted: &str| {
            let mut tries = std::iter::once(wanted.to_owned()).chain((2..).map(|n| format!("{wanted} ({n})")));
            let name = tries.find(|n| !taken.contains(&n.to_lowercase())).unwrap_or_default();
            taken.insert(name.to_lowercase());
            name
        };
        let names = table.columns.iter().map(|c| free(c.name.as_str())).collect();
        Fields { names, rows: free(ROWS) }
    }

    /// `[name]`
    pub(super) fn reference(&self, position: u32) -> String {
        bracketed(self.names.get(position as usize).map_or("", |n| n))
    }
}

/// A name between brackets; a closing one in it is doubled.
fn bracketed(name: &str) -> String {
    format!("[{}]", name.replace(']', "]]"))
}

/// How a column is shown.
struct Look {
    datatype: &'static str,
    measure: bool,
    /// Tableau's number for what the driver yields; the aggregation it starts with.
    remote: &'static str,
}

fn look(ty: &Type, key: bool) -> Look {
    let (datatype, remote) = match ty {
        Type::Boolean => ("boolean", "11"),
        Type::SmallInt => ("integer", "2"),
        Type::Integer => ("integer", "3"),
        Type::BigInt => ("integer", "20"),
        Type::Numeric(_) => ("real", "131"),
        Type::Real => ("real", "4"),
        Type::Double => ("real", "5"),
        Type::Date => ("date", "7"),
        Type::Timestamp | Type::Timestamptz => ("datetime", "135"),
        _ => ("string", "129"),
    };
    Look { datatype, measure: ty.is_number() && !key, remote }
}

/// The file of a data source.
pub(super) fn file(program: &Program, shown: &Shown) -> String {
    let Some(view) = program.table(shown.view) else { return String::new() };
    let fields = Fields::of(view);
    let mut xml = Writer::new(&text::header("", &text::whole_project(program)));
    let attributes: Attributes<'_> = vec![
        ("caption", shown.caption(program)),
        ("formatted-name", format!("federated.{}", shown.name)),
        ("inline", "true".to_owned()),
        ("source-platform", "linux".to_owned()),
        ("version", "18.1".to_owned()),
        ("xmlns:user", USER.to_owned()),
    ];
    xml.within("datasource", &attributes, |xml| {
        let one = One { program, shown, view, fields: &fields };
        one.connection(xml);
        xml.empty("aliases", &vec![("enabled", "yes".to_owned())]);
        one.columns(xml);
        one.folders(xml);
        let order = "alphabetic".to_owned();
        let layout = vec![("dim-ordering", order.clone()), ("measure-ordering", order), ("show-structure", "true".to_owned())];
        xml.empty("layout", &layout);
        one.filter(xml);
    });
    xml.finish()
}

/// A data source being written.
struct One<'p> {
    program: &'p Program,
    shown: &'p Shown,
    view: &'p Table,
    fields: &'p Fields,
}

impl One<'_> {
    fn connection(&self, xml: &mut Writer) {
        let schema = text::schema_of(self.program, self.view);
        let table = format!("{}.{}", bracketed(schema.as_str()), bracketed(self.view.name.as_str()));
        xml.within("connection", &vec![("class", "federated".to_owned())], |xml| {
            xml.within("named-connections", &Vec::new(), |xml| {
                let named = vec![("caption", "warehouse".to_owned()), ("name", SERVER.to_owned())];
                xml.within("named-connection", &named, |xml| xml.empty("connection", &self.server(schema)));
            });
            xml.empty(
                "relation",
                &vec![("connection", SERVER.to_owned()), ("name", RELATION.to_owned()), ("table", table), ("type", "table".to_owned())],
            );
            xml.within("cols", &Vec::new(), |xml| {
                for (name, column) in self.fields.names.iter().zip(&self.view.columns) {
                    let value = format!("{}.{}", bracketed(RELATION), bracketed(column.name.as_str()));
                    xml.empty("map", &vec![("key", bracketed(name)), ("value", value)]);
                }
            });
            xml.within("metadata-records", &Vec::new(), |xml| {
                for (position, (name, column)) in self.fields.names.iter().zip(&self.view.columns).enumerate() {
                    xml.within("metadata-record", &vec![("class", "column".to_owned())], |xml| {
                        let look = self.look(position);
                        xml.text("remote-name", &Vec::new(), column.name.as_str());
                        xml.text("remote-type", &Vec::new(), look.remote);
                        xml.text("local-name", &Vec::new(), &bracketed(name));
                        xml.text("parent-name", &Vec::new(), &bracketed(RELATION));
                        xml.text("remote-alias", &Vec::new(), column.name.as_str());
                        xml.text("ordinal", &Vec::new(), &position.to_string());
                        xml.text("local-type", &Vec::new(), look.datatype);
                        xml.text("aggregation", &Vec::new(), if look.measure { "Sum" } else { "Count" });
                        xml.text("contains-null", &Vec::new(), if column.nullable { "true" } else { "false" });
                    });
                }
            });
        });
    }

    fn server(&self, schema: &Ident) -> Attributes<'static> {
        let mut attributes = vec![("authentication", "username-password".to_owned()), ("class", "postgres".to_owned())];
        attributes.extend(super::connection(self.program));
        attributes.push(("schema", schema.to_string()));
        attributes.push(("sslmode", "require".to_owned()));
        attributes.push(("username", connection_role(self.program).to_string()));
        attributes
    }

    fn look(&self, position: usize) -> Look {
        let base = self.program.table(self.shown.table);
        let key = base.is_some_and(|t| t.key.iter().any(|k| *k as usize == position));
        let column = self.view.columns.get(position);
        let mut look = column.map_or_else(|| look(&Type::TEXT, false), |c| look(&c.ty, key));
        let said = self.shown.settings(self.program).and_then(|s| {
            let name = &column?.name;
            s.measures.iter().find(|((n, _), _)| n == name).map(|(_, measure)| *measure)
        });
        look.measure = said.unwrap_or(look.measure);
        look
    }

    /// Whether a column is the table's own rather than one that the filter asks.
    fn is_own(&self, position: usize) -> bool {
        self.program.table(self.shown.table).is_some_and(|t| position < t.columns.len())
    }

    fn columns(&self, xml: &mut Writer) {
        let settings = self.shown.settings(self.program);
        let captions: BTreeMap<&Ident, &str> =
            settings.iter().flat_map(|s| &s.captions).map(|((name, _), caption)| (name, &**caption)).collect();
        for (position, (name, column)) in self.fields.names.iter().zip(&self.view.columns).enumerate() {
            let look = self.look(position);
            let hidden = !self.is_own(position) || settings.is_some_and(|s| s.hidden.iter().any(|(n, _)| *n == column.name));
            let caption = captions.get(&column.name).map_or_else(|| in_words(name), |c| (*c).to_owned());
            let kind = match (look.measure, look.datatype) {
                (true, _) => "quantitative",
                (false, "string" | "boolean") => "nominal",
                (false, _) => "ordinal",
            };
            let mut attributes = vec![("caption", caption), ("datatype", look.datatype.to_owned())];
            if hidden {
                attributes.push(("hidden", "true".to_owned()));
            }
            attributes.push(("name", bracketed(name)));
            attributes.push(("role", if look.measure { "measure" } else { "dimension" }.to_owned()));
            attributes.push(("type", kind.to_owned()));
            match self.view.column_docs.get(position).and_then(Option::as_deref).map(str::trim).filter(|d| !d.is_empty()) {
                Some(doc) => xml.within("column", &attributes, |xml| {
                    xml.within("desc", &Vec::new(), |xml| {
                        xml.within("formatted-text", &Vec::new(), |xml| xml.text("run", &Vec::new(), doc));
                    });
                }),
                None => xml.empty("column", &attributes),
            }
        }
        let attributes = vec![
            ("caption", "Rows for whoever looks".to_owned()),
            ("datatype", "boolean".to_owned()),
            ("hidden", "true".to_owned()),
            ("name", bracketed(&self.fields.rows)),
            ("role", "dimension".to_owned()),
            ("type", "nominal".to_owned()),
        ];
        xml.within("column", &attributes, |xml| {
            let formula = formula(self.shown, self.fields);
            xml.empty("calculation", &vec![("class", "tableau".to_owned()), ("formula", formula)]);
        });
        let instance = vec![
            ("column", bracketed(&self.fields.rows)),
            ("derivation", "None".to_owned()),
            ("name", self.instance()),
            ("pivot", "key".to_owned()),
            ("type", "nominal".to_owned()),
        ];
        xml.empty("column-instance", &instance);
    }

    fn instance(&self) -> String {
        bracketed(&format!("none:{}:nk", self.fields.rows))
    }

    fn folders(&self, xml: &mut Writer) {
        let Some(settings) = self.shown.settings(self.program).filter(|s| !s.folders.is_empty()) else { return };
        xml.within("folders-common", &Vec::new(), |xml| {
            for (name, columns) in &settings.folders {
                xml.within("folder", &vec![("name", name.to_string())], |xml| {
                    for (column, _) in columns {
                        let there = self.view.columns.iter().zip(&self.fields.names).enumerate();
                        let field = there.filter(|(p, _)| self.is_own(*p)).find(|(_, (c, _))| c.name == *column);
                        if let Some((_, (_, field))) = field {
                            xml.empty("folder-item", &vec![("name", bracketed(field)), ("type", "field".to_owned())]);
                        }
                    }
                });
            }
        });
    }

    /// The filter of the data source itself: nobody who uses it can take it off.
    fn filter(&self, xml: &mut Writer) {
        let filter = vec![("class", "categorical".to_owned()), ("column", self.instance()), ("filter-group", "1".to_owned())];
        xml.within("filter", &filter, |xml| {
            let member = vec![
                ("function", "member".to_owned()),
                ("level", self.instance()),
                ("member", "true".to_owned()),
                ("user:ui-domain", "database".to_owned()),
                ("user:ui-enumeration", "inclusive".to_owned()),
                ("user:ui-marker", "enumerate".to_owned()),
            ];
            xml.empty("groupfilter", &member);
        });
    }
}
