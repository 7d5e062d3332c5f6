use super::{CategoryId, Form, Type};
use crate::base::Span;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A dialect pipec prints.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "product names")]
pub enum Dialect {
    Postgres,
    Sqlite,
    DuckDb,
    BigQuery,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Dialect; 4] = [Dialect::Postgres, Dialect::Sqlite, Dialect::DuckDb, Dialect::BigQuery];

    /// The word of the language.
    pub fn name(self) -> &'static str {
        match self {
            Dialect::Postgres => "postgres",
            Dialect::Sqlite => "sqlite",
            Dialect::DuckDb => "duckdb",
            Dialect::BigQuery => "bigquery",
        }
    }

    /// The dialect with this name.
    pub fn from_name(name: &str) -> Option<Dialect> {
        Dialect::ALL.into_iter().find(|d| d.name() == name)
    }
}

/// One overload of a function, operator, aggregate, window function or mask, as declared in `stdlib/` or the project.
#[derive(Clone, Debug)]
pub struct Function {
    /// `age_band`, `+`
    pub name: Arc<str>,
    /// What it is.
    pub kind: FunctionKind,
    /// Parameters.
    pub params: Vec<Parameter>,
    /// Result type; may hold variables of the parameters.
    pub result: Type,
    /// When the result may be NULL.
    pub nullability: Nullability,
    /// Text of the call per dialect, with `{param}` holes; absent dialects use `generic`.
    pub bodies: BTreeMap<Dialect, Arc<str>>,
    /// For dialects without a body of their own. `None`: printed as `name(args)` or infix.
    pub generic: Option<Arc<str>>,
    /// Dialects said to lack it (`sqlite unsupported`).
    pub unsupported: Vec<Dialect>,
    /// What a mask does to labels.
    pub transition: Option<Transition>,
    /// Masks whose result already tells all that this mask leaves: who reads both learns no more than from the other.
    pub follows: Vec<Follows>,
    /// Whether a mask keeps the order of values (`year_of`): then what it leaves of the greatest of several is the greatest of what it leaves of each.
    pub monotone: bool,
    /// Whether a one-column argument stays intact through it (`trim`, lossless casts).
    pub keeps_intact: bool,
    /// Why a project's mask leaves what it says, or its function keeps a value what it was; empty where nothing of the kind is said.
    pub because: Arc<str>,
    /// Declared in the shipped standard library.
    pub standard: bool,
    /// `///`
    pub doc: Arc<str>,
    /// Where declared.
    pub at: Span,
}

/// Kinds of functions.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[expect(missing_docs, reason = "the keywords of the language")]
pub enum FunctionKind {
    Function,
    Operator,
    Aggregate,
    Window,
    Mask,
    /// Yields rows.
    Table,
}

/// A parameter.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name, for `key => …` and `{key}`.
    pub name: Arc<str>,
    /// Its type.
    pub ty: Type,
    /// Text of its default, a SQL literal.
    pub default: Option<super::Literal>,
    /// Takes any number of arguments.
    pub variadic: bool,
    /// Of a mask: the constants for which it hides anything. Of one that takes any number of them, how far they have to be apart.
    pub limits: Limits,
}

/// `least step 1`, `most pre 3`: what an argument has to be for a mask to hide what it says it hides.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Limits {
    /// The least constant.
    pub least: Option<f64>,
    /// The greatest constant.
    pub most: Option<f64>,
    /// Whether the least one is a distance between values of the first argument (`least n 0.01 of x`): then it is twice the smallest one at least, 2 for
    /// whole numbers, 0.02 for two decimal places.
    pub steps: bool,
}

/// When a call may be NULL.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Nullability {
    /// When an argument is (the usual).
    Strict,
    /// Always possibly.
    Maybe,
    /// Never.
    Never,
}

/// `follows any`, `follows age_years, age_band by width`: this mask is a function of what another one leaves of the same value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Follows {
    /// Of whatever is left of it: presence.
    Any,
    /// Of what this mask leaves, where the arguments both have are the same.
    Mask {
        /// The other mask.
        name: Arc<str>,
        /// The argument that may differ, when the other's divides it: bands of ten years are made of bands of five.
        by: Option<Arc<str>>,
    },
}

/// What a mask does to the label of its first argument.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Transition {
    /// Categories it lowers; empty: every one.
    pub lowers: Vec<CategoryId>,
    /// To which form.
    pub to: Form,
    /// Further parameters that may be columns of the same row, and the form in which what they tell is left (`with entity pseudonym`).
    pub with: Vec<(usize, Form)>,
}

/// `zip3_areas "2000 Census ZCTAs, HHS guidance" "036 059 …"`: the three-digit ZIP areas that hold 20,000 people or fewer, which Safe Harbor
/// (45 CFR 164.514(b)(2)(i)(B)) wants as `000`. The standard library's list, or the one the project puts in its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Zip3Areas {
    /// Which count of people it stands on, and who made it.
    pub vintage: Arc<str>,
    /// The areas, three digits each, in order.
    pub areas: Vec<Arc<str>>,
    /// Whether it is the standard library's own.
    pub standard: bool,
    /// Where declared.
    pub at: Span,
}

impl Zip3Areas {
    /// All areas, apart by blanks: what masks take.
    pub fn joined(&self) -> String {
        self.areas.join(" ")
    }
}

/// A mask of ages or years whose day is another problem than the value: it moves, or it stands still while people grow older.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DatedMask {
    /// The model that calls it.
    pub table: super::TableId,
    /// What it lowers.
    pub lowers: Vec<CategoryId>,
    /// On which day it counts.
    pub day: AsOf,
    /// The argument.
    pub at: Span,
}

/// The day on which a mask counts ages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AsOf {
    /// Follows the run date by less than a year: what the mask leaves changes on birthdays.
    Daily,
    /// The year of the build: what the mask leaves changes with it.
    Yearly,
    /// A constant of this year, and the age from which on all count as one, where the mask says one.
    Fixed {
        /// Its year.
        year: i32,
        /// `cap`, 90 where it is no constant; `None`: the mask has none.
        cap: Option<i32>,
    },
    /// Computed so that nobody sees whether it is over.
    Unclear,
}

/// Functions of Postgres's set-up that only those who build may call: with one, a reader could look up whom a stand-in stands for.
pub const FOR_BUILDERS: [&str; 3] = ["pipec.hmac_token(", "pipec.keyed_number(", "pipec.surrogate("];

/// Whether an expression, by itself, can be computed in Postgres only by who builds: it uses a key or one of [`FOR_BUILDERS`].
pub fn needs_builder(program: &super::Program, e: &super::Expr) -> bool {
    use super::ExprKind as K;
    let body = |f: &Function| {
        let body = f.bodies.get(&Dialect::Postgres).or(f.generic.as_ref());
        body.is_some_and(|b| FOR_BUILDERS.iter().any(|call| b.contains(call)))
    };
    match &e.kind {
        K::Literal(super::Literal::Secret(_)) => true,
        K::Call { function, .. } | K::Operator { function, .. } => program.function(*function).is_some_and(body),
        _ => false,
    }
}
