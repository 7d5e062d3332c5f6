use super::words::Read;
use super::{Env, Generator};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic, nearest};
use crate::ir::{CategoryId, JsonShape, JsonTypeId, Label, Program, Type};
use crate::syntax::ast::{Annotation, Template, TypeName};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Names of SQL types, for "did you mean".
const SQL_TYPES: [&str; 33] = [
    "any",
    "bigint",
    "bool",
    "boolean",
    "bytea",
    "char",
    "date",
    "decimal",
    "double",
    "double precision",
    "float",
    "float4",
    "float8",
    "int",
    "int2",
    "int4",
    "int8",
    "integer",
    "interval",
    "json",
    "jsonb",
    "numeric",
    "real",
    "smallint",
    "string",
    "text",
    "time",
    "timestamp",
    "timestamptz",
    "timestamp with time zone",
    "uuid",
    "varchar",
    "vector",
];

/// The SQL type with a name, in any case, and the numbers behind it: `numeric`, `[12, 2]`. `None` when there is none such.
pub fn sql_type(name: &str, numbers: &[u32]) -> Option<Type> {
    let name = name.to_ascii_lowercase();
    Some(match (name.as_str(), numbers) {
        ("boolean" | "bool", []) => Type::Boolean,
        ("smallint" | "int2", []) => Type::SmallInt,
        ("integer" | "int" | "int4", []) => Type::Integer,
        ("bigint" | "int8", []) => Type::BigInt,
        ("numeric" | "decimal", []) => Type::Numeric(None),
        ("numeric" | "decimal", [precision]) => numeric(*precision, 0)?,
        ("numeric" | "decimal", [precision, scale]) => numeric(*precision, *scale)?,
        ("real" | "float4", []) => Type::Real,
        ("double precision" | "double" | "float" | "float8", []) => Type::Double,
        ("text" | "string" | "varchar" | "character varying", []) => Type::TEXT,
        ("varchar" | "character varying" | "char" | "character", [length]) if *length > 0 => Type::Text(Some(*length)),
        ("char" | "character", []) => Type::Text(Some(1)),
        ("date", []) => Type::Date,
        ("time" | "time without time zone", []) => Type::Time,
        ("timestamp" | "timestamp without time zone", []) => Type::Timestamp,
        ("timestamptz" | "timestamp with time zone", []) => Type::Timestamptz,
        ("interval", []) => Type::Interval,
        ("uuid", []) => Type::Uuid,
        ("bytea", []) => Type::Bytea,
        ("vector", []) => Type::Vector(None),
        ("vector", [length]) => Type::Vector(Some(u16::try_from(*length).ok().filter(|n| (1..=Type::LONGEST_VECTOR).contains(n))?)),
        ("json" | "jsonb", []) => Type::JSON,
        _ => return None,
    })
}

/// Postgres's limits: a precision of 1 to 1,000 and a scale no larger.
fn numeric(precision: u32, scale: u32) -> Option<Type> {
    let fits = (1..=1000).contains(&precision) && scale <= precision;
    fits.then(|| u16::try_from(precision).ok().zip(i16::try_from(scale).ok()).map(|ps| Type::Numeric(Some(ps)))).flatten()
}

/// Where a type is written: the same words mean a little else in each place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// A column of a table: `text[]` is a SQL array.
    Column,
    /// A field of a JSON object: `text[]` is a JSON array.
    Field,
    /// A function's signature: `T` is a type variable, `any` any type.
    Signature,
}

/// What reading a type needs to know.
#[derive(Clone, Copy)]
pub struct TypeReader<'c> {
    /// Its JSON types (names at least) and categories are declared already.
    pub program: &'c Program,
    /// Fills holes in names.
    pub generator: &'c Generator<'c>,
    /// Loop variables in force.
    pub env: &'c Env,
    /// The library module the type is written in; empty in the project.
    pub module: &'c str,
    /// Where it is written.
    pub place: Place,
}

impl TypeReader<'_> {
    /// The type a name means. `label` is what the annotation beside it says: it replaces what a JSON type says itself.
    ///
    /// # Errors
    /// When nothing has this name, or several things have.
    pub fn type_of(&self, ty: &TypeName, label: Option<&Label>) -> Result<Type, Diagnostic> {
        let parts = self.name(ty)?;
        let single = match parts.as_slice() {
            [name] => Some(&**name),
            _ => None,
        };
        if let (Place::Signature, Some(name)) = (self.place, single) {
            let bare = match (name, name.as_bytes()) {
                ("any", _) => Some(Type::Any),
                (_, [letter]) if letter.is_ascii_uppercase() => Some(Type::Variable(char::from(*letter))),
                _ => None,
            };
            if let Some(bare) = bare {
                return Ok(if ty.array { Type::Array(Box::new(bare)) } else { bare });
            }
        }
        if single.is_some_and(|name| name.eq_ignore_ascii_case("vector")) && self.place != Place::Signature {
            return self.vector(ty);
        }
        let wraps_json = ty.of.is_some() || self.place == Place::Field && ty.array;
        match single.and_then(|name| sql_type(name, &ty.numbers)) {
            Some(sql) if !wraps_json => Ok(if ty.array { Type::Array(Box::new(sql)) } else { sql }),
            _ => self.shape(ty, &parts, label).map(Type::Json),
        }
    }

    fn shape(&self, ty: &TypeName, parts: &[Arc<str>], label: Option<&Label>) -> Read<JsonShape> {
        let sql = match parts {
            [name] => sql_type(name, &ty.numbers),
            _ => None,
        };
        let shape = match (sql, &ty.of) {
            (Some(Type::Json(_)), Some(of)) => self.shape(of, &self.name(of)?, label)?,
            (Some(Type::Json(shape)), None) => shape,
            (Some(scalar), None) => {
                JsonShape::Scalar(Box::new(scalar), label.cloned().unwrap_or_else(|| Label::direct(CategoryId::UNCLASSIFIED)))
            }
            (None, None) => JsonShape::Object(self.json_type(parts, ty.name.at)?, label.cloned()),
            (_, Some(of)) => return Err(Diagnostic::error(Code::UnknownName, of.at, "only `json` takes a type in angle brackets")),
        };
        Ok(if ty.array { JsonShape::Array(Box::new(shape)) } else { shape })
    }

    /// A bare name means the one of its own module first, then the only one in force; `r4.Patient` is the one of that module.
    fn json_type(&self, parts: &[Arc<str>], at: Span) -> Read<JsonTypeId> {
        let all = || (0_u32..).map(JsonTypeId).zip(&self.program.json_types);
        let written = parts.join(".");
        let Some((name, qualifier)) = parts.split_last() else { return Err(self.unknown(&written, at)) };
        let mut named = all().filter(|(_, t)| t.name.as_str() == &**name);
        if !qualifier.is_empty() {
            let wanted = qualifier.join(".");
            let found = named.find(|(_, t)| *t.module == *wanted || t.module.rsplit('.').next() == Some(&wanted));
            return found.map(|(id, _)| id).ok_or_else(|| self.unknown(&written, at));
        }
        let named: Vec<_> = named.collect();
        match named.iter().find(|(_, t)| *t.module == *self.module).or(named.first()) {
            None => Err(self.unknown(&written, at)),
            Some((id, own)) if named.len() == 1 || *own.module == *self.module => Ok(*id),
            Some(_) => {
                let options: Vec<String> =
                    named.iter().map(|(_, t)| format!("`{}.{name}`", t.module.rsplit('.').next().unwrap_or_default())).collect();
                Err(Diagnostic::error(Code::AmbiguousName, at, format!("several types are named `{name}`"))
                    .help(format!("write {}", options.join(" or "))))
            }
        }
    }

    fn unknown(&self, written: &str, at: Span) -> Diagnostic {
        let declared = self.program.json_types.iter().map(|t| t.name.as_str());
        let bare = written.rsplit('.').next().unwrap_or(written);
        let diagnostic = Diagnostic::error(Code::UnknownName, at, format!("no type is named `{written}`"));
        match nearest(bare, SQL_TYPES.iter().copied().chain(declared)) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic,
        }
    }

    fn name(&self, ty: &TypeName) -> Read<Vec<Arc<str>>> {
        ty.name.parts.iter().map(|p| self.generator.text_of(&p.text, self.env)).collect()
    }

    /// What annotations say together; `None` when there is none. `@public` says that the value tells nothing.
    ///
    /// # Errors
    /// When nothing has a category's name, or `@public` stands beside another.
    pub fn label_of(&self, annotations: &[Annotation]) -> Result<Option<Label>, Diagnostic> {
        let mut label: Option<Label> = None;
        for annotation in annotations {
            let name = self.generator.name_of(&annotation.name, self.env)?;
            let said = if name.as_str() == "public" { Label::PUBLIC } else { Label::direct(self.category(&name, annotation.at)?) };
            label = match label {
                Some(before) if before.is_public() || said.is_public() => {
                    return Err(Diagnostic::error(Code::BadSetting, annotation.at, "`@public` stands beside another category")
                        .help("`@public` says that the value tells nothing about a person: keep one of them"));
                }
                Some(before) => Some(before.join(&said)),
                None => Some(said),
            };
        }
        Ok(label)
    }

    /// The category with this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn category(&self, name: &Ident, at: Span) -> Result<CategoryId, Diagnostic> {
        let found = (0_u32..).map(CategoryId).zip(&self.program.categories).find(|(_, c)| c.name == *name);
        found.map(|(id, _)| id).ok_or_else(|| {
            let known = self.program.categories.iter().map(|c| c.name.as_str());
            Diagnostic::error(Code::UnknownCategory, at, format!("no category is named `{name}`")).suggest(name.as_str(), known)
        })
    }
}

/// What a whole JSON value tells: every path of it together, an annotation above a path replacing what stands below it.
pub fn whole_label(program: &Program, shape: &JsonShape) -> Label {
    let mut label = Label::PUBLIC;
    collect(program, shape, &mut BTreeSet::new(), &mut label);
    label
}

fn collect(program: &Program, shape: &JsonShape, seen: &mut BTreeSet<JsonTypeId>, label: &mut Label) {
    match shape {
        JsonShape::Any => *label = label.join(&Label::direct(CategoryId::UNCLASSIFIED)),
        JsonShape::Scalar(_, said) | JsonShape::Object(_, Some(said)) => *label = label.join(said),
        JsonShape::Array(inner) => collect(program, inner, seen, label),
        JsonShape::Object(id, None) => {
            // A type inside itself adds nothing that it does not say already.
            if !seen.insert(*id) {
                return;
            }
            for field in program.json_type(*id).into_iter().flat_map(|t| &t.fields) {
                match (&field.label, &field.ty) {
                    (Some(said), _) => *label = label.join(said),
                    (None, Type::Json(shape)) => collect(program, shape, seen, label),
                    (None, _) => *label = label.join(&Label::direct(CategoryId::UNCLASSIFIED)),
                }
            }
        }
    }
}

/// The name of a type or field, as written: JSON's names keep their case.
pub(super) fn exact_name(generator: &Generator<'_>, text: &Template, env: &Env) -> Read<Ident> {
    generator.text_of(text, env).map(|t| Ident::exact(&t))
}
