use super::super::collect::Found;
use super::super::reader::Reader;
use super::super::words::{Read, Words, unknown, wrong};
use crate::base::Ident;
use crate::diag::Diagnostic;
use crate::ir::platform::{ComputeFact, DatabaseFact, Expr, Output, ValueType};
use crate::syntax::ast::{Word, WordKind};

const OF_DATABASE: [&str; 4] = ["host", "port", "name", "secret"];
const OF_COMPUTE: [&str; 4] = ["id", "private_ip", "public_ip", "role"];

impl<'a> Reader<'a, '_> {
    /// `output host database.warehouse.host`
    pub(super) fn outputs(&mut self, found: &[Found<'a>]) {
        self.each(found, "output", |reader, one, words| {
            let Some((name, at)) = reader.plain_name(words, "output", "outputs")? else { return Ok(()) };
            words.symbol("=");
            let doc = reader.doc(one.item.doc.as_ref(), &one.env);
            let value = reader.platform_value(words)?;
            words.end()?;
            reader.out.program.platform.outputs.push(Output { name, value, doc, at });
            Ok(())
        });
    }

    /// `"text"`, `var("x")`, `bucket.files.name`, `database.warehouse.host`, `compute.airflow.id`, `network.main.id`, `environment`
    pub(in crate::resolve) fn platform_value(&mut self, words: &mut Words<'_>) -> Read<Expr> {
        let at = words.here();
        if let Some((key, mut args)) = words.call() {
            let [inner] = args.as_mut_slice() else { return Err(wrong(at, "`var` takes one name")) };
            if key.text != "var" {
                return Err(wrong(at, "a value is a text, `var(\"…\")`, or what is known of something: `database.warehouse.host`")
                    .help("a secret is read by whoever needs it: give the machine `secret \"…\"`"));
            }
            let name = super::variable_name(inner)?;
            let (ty, sensitive) = self.variable(&name, at)?;
            if sensitive || ty == ValueType::Texts {
                let why = if sensitive { "is sensitive, and this would be shown" } else { "is a list" };
                return Err(wrong(at, format!("the variable `{name}` {why}")));
            }
            return Ok(Expr::Variable(name));
        }
        if !matches!(words.peek(), Some(Word { kind: WordKind::Name(_), .. })) {
            return words.text("a value").map(Expr::Text);
        }
        let (parts, at) = words.path("a value")?;
        let parts: Vec<&str> = parts.iter().map(Ident::as_str).collect();
        match parts.as_slice() {
            ["environment"] if !self.out.program.platform.environments.is_empty() => Ok(Expr::Environment),
            ["environment"] => Err(wrong(at, "the project has no environments")),
            [kind, name, fact] => self.fact((kind, name, fact), at),
            _ => Err(nothing(at)),
        }
    }
}

fn nothing(at: crate::base::Span) -> Diagnostic {
    wrong(at, "this is no value")
        .help("write `bucket.files.name`, `database.warehouse.host`, `compute.airflow.id`, `network.main.id`, `dataset.raw.id`, `service_account.dbt.email`, or a text")
}

impl Reader<'_, '_> {
    fn fact(&self, (kind, name, fact): (&str, &str, &str), at: crate::base::Span) -> Read<Expr> {
        let ident = Ident::from(name);
        let there = |many: &'static str, what: &str| {
            if self.declared(many, &ident) { Ok(()) } else { Err(unknown(what, name, at, self.names_of(many))) }
        };
        let no = |known: &[&str]| {
            Err(wrong(at, format!("nothing is known of `{kind}.{name}` as `{fact}`")).suggest(fact, known.iter().copied()))
        };
        match kind {
            "bucket" => {
                there("buckets", "bucket")?;
                let index = self.out.program.buckets.iter().position(|b| b.name == ident).and_then(|i| u32::try_from(i).ok());
                match (index, fact) {
                    (Some(index), "name") => Ok(Expr::Bucket(index)),
                    _ => no(&["name"]),
                }
            }
            "database" => {
                there("databases", "database")?;
                match fact {
                    "host" => Ok(Expr::Database(ident, DatabaseFact::Host)),
                    "port" => Ok(Expr::Database(ident, DatabaseFact::Port)),
                    "name" => Ok(Expr::Database(ident, DatabaseFact::Name)),
                    "secret" => Ok(Expr::Database(ident, DatabaseFact::Secret)),
                    _ => no(&OF_DATABASE),
                }
            }
            "compute" => {
                there("machines", "machine")?;
                match fact {
                    "id" => Ok(Expr::Compute(ident, ComputeFact::Id)),
                    "private_ip" => Ok(Expr::Compute(ident, ComputeFact::PrivateIp)),
                    "public_ip" => Ok(Expr::Compute(ident, ComputeFact::PublicIp)),
                    "role" => Ok(Expr::Compute(ident, ComputeFact::Role)),
                    _ => no(&OF_COMPUTE),
                }
            }
            "network" => {
                there("networks", "network")?;
                if fact == "id" { Ok(Expr::Network(ident)) } else { no(&["id"]) }
            }
            "dataset" => {
                there("datasets", "dataset")?;
                if fact == "id" { Ok(Expr::Dataset(ident)) } else { no(&["id"]) }
            }
            "service_account" => {
                there("service accounts", "service account")?;
                if fact == "email" { Ok(Expr::Account(ident)) } else { no(&["email"]) }
            }
            _ => Err(nothing(at)),
        }
    }
}
