use crate::base::{Ident, Span};
use std::sync::Arc;

/// Index into [`Program::categories`](super::Program). Category 0 is `unclassified`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CategoryId(pub u32);

impl CategoryId {
    /// What a source column carries when nobody has said what it tells: free inside, refused at every sink with a clearance.
    pub const UNCLASSIFIED: CategoryId = CategoryId(0);
}

/// What a value tells about a person.
#[derive(Clone, Debug)]
pub struct Category {
    /// `birth_date`
    pub name: Ident,
    /// The Safe Harbor identifier it falls under, 45 CFR 164.514(b)(2)(i)(A)–(R); `None` when under none.
    pub safe_harbor: Option<char>,
    /// `///`
    pub doc: Arc<str>,
    /// Where declared.
    pub at: Span,
}

/// How much of a value is left, in rising order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Form {
    /// Nothing.
    Public,
    /// Shared by many: a year, ZIP3, an age band.
    General,
    /// A stable stand-in.
    Pseudonym,
    /// A piece of it.
    Partial,
    /// All of it.
    Direct,
}

impl Form {
    /// The word of the language.
    pub fn name(self) -> &'static str {
        match self {
            Form::Public => "public",
            Form::General => "general",
            Form::Pseudonym => "pseudonym",
            Form::Partial => "partial",
            Form::Direct => "direct",
        }
    }

    /// The form with this name.
    pub fn from_name(name: &str) -> Option<Form> {
        [Form::Public, Form::General, Form::Pseudonym, Form::Partial, Form::Direct].into_iter().find(|f| f.name() == name)
    }
}

/// How much of one category a column tells: a form, and, when part of it went through an aggregate of at least `k` subjects, that `k`.
/// The two stand side by side: a level is admitted only when both are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Level {
    /// What reached it outside aggregates.
    pub form: Form,
    /// What reached it through aggregates, with the smallest `k` proven.
    pub aggregate: Option<u32>,
}

impl Level {
    /// A plain form.
    pub fn of(form: Form) -> Level {
        Level { form, aggregate: None }
    }

    /// This level, told only through an aggregate over at least `k` subjects.
    #[must_use]
    pub fn aggregated(self, k: u32) -> Level {
        if self.form == Form::Public {
            self
        } else {
            Level { form: Form::Public, aggregate: Some(self.aggregate.map_or(k, |have| have.min(k))) }
        }
    }

    /// The least level above both.
    #[must_use]
    pub fn join(self, other: Level) -> Level {
        let aggregate = match (self.aggregate, other.aggregate) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Level { form: self.form.max(other.form), aggregate }
    }
}

/// What a column tells about a person: category to level, for its value and, apart, for the conditions that shaped which rows exist.
/// A category it does not name is `public`. The empty label costs nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default, Hash, PartialOrd, Ord)]
pub struct Label(Option<Arc<LabelData>>);

#[derive(Clone, PartialEq, Eq, Debug, Default, Hash, PartialOrd, Ord)]
struct LabelData {
    value: Vec<(CategoryId, Level)>,
    control: Vec<(CategoryId, Level)>,
}

impl Label {
    /// Tells nothing.
    pub const PUBLIC: Label = Label(None);

    /// One category at `direct`, as value.
    pub fn direct(category: CategoryId) -> Label {
        Label::value(category, Level::of(Form::Direct))
    }

    /// One category at a level, as value.
    pub fn value(category: CategoryId, level: Level) -> Label {
        Label::from_parts(vec![(category, level)], Vec::new())
    }

    fn from_parts(mut value: Vec<(CategoryId, Level)>, mut control: Vec<(CategoryId, Level)>) -> Label {
        let told = |(_, l): &(CategoryId, Level)| *l != Level::of(Form::Public);
        value.retain(told);
        control.retain(told);
        if value.is_empty() && control.is_empty() {
            return Label::PUBLIC;
        }
        Label(Some(Arc::new(LabelData { value, control })))
    }

    /// Whether it tells nothing at all.
    pub fn is_public(&self) -> bool {
        self.0.is_none()
    }

    /// Its value part, by category.
    pub fn values(&self) -> &[(CategoryId, Level)] {
        self.0.as_ref().map_or(&[], |d| &d.value)
    }

    /// Its control part, by category.
    pub fn controls(&self) -> &[(CategoryId, Level)] {
        self.0.as_ref().map_or(&[], |d| &d.control)
    }

    /// The least label above both: pointwise maximum.
    #[must_use]
    pub fn join(&self, other: &Label) -> Label {
        match (&self.0, &other.0) {
            (_, None) => self.clone(),
            (None, _) => other.clone(),
            (Some(a), Some(b)) if Arc::ptr_eq(a, b) || a == b => self.clone(),
            (Some(a), Some(b)) => Label::from_parts(merge(&a.value, &b.value), merge(&a.control, &b.control)),
        }
    }

    /// Everything it tells, as control: what a condition over it leaves on the rows it lets through.
    #[must_use]
    pub fn as_control(&self) -> Label {
        match &self.0 {
            None => Label::PUBLIC,
            Some(d) => Label::from_parts(Vec::new(), merge(&d.value, &d.control)),
        }
    }

    /// Only its control part.
    #[must_use]
    pub fn control_part(&self) -> Label {
        match &self.0 {
            Some(d) if !d.value.is_empty() => Label::from_parts(Vec::new(), d.control.clone()),
            _ => self.clone(),
        }
    }

    /// Only its value part.
    #[must_use]
    pub fn value_part(&self) -> Label {
        match &self.0 {
            Some(d) if !d.control.is_empty() => Label::from_parts(d.value.clone(), Vec::new()),
            _ => self.clone(),
        }
    }

    /// Everything it tells, told only through an aggregate over at least `k` subjects.
    #[must_use]
    pub fn aggregated(&self, k: u32) -> Label {
        let lower = |part: &[(CategoryId, Level)]| part.iter().map(|(c, l)| (*c, l.aggregated(k))).collect();
        match &self.0 {
            None => Label::PUBLIC,
            Some(d) => Label::from_parts(lower(&d.value), lower(&d.control)),
        }
    }

    /// Each value level passed through `change`; control stays.
    #[must_use]
    pub fn map_values(&self, mut change: impl FnMut(CategoryId, Level) -> Level) -> Label {
        match &self.0 {
            None => Label::PUBLIC,
            Some(d) => Label::from_parts(d.value.iter().map(|(c, l)| (*c, change(*c, *l))).collect(), d.control.clone()),
        }
    }
}

fn merge(a: &[(CategoryId, Level)], b: &[(CategoryId, Level)]) -> Vec<(CategoryId, Level)> {
    let mut out: Vec<(CategoryId, Level)> = a.to_vec();
    for (category, level) in b {
        match out.binary_search_by_key(category, |(c, _)| *c) {
            Ok(i) => {
                if let Some((_, have)) = out.get_mut(i) {
                    *have = have.join(*level);
                }
            }
            Err(i) => out.insert(i, (*category, *level)),
        }
    }
    out
}

/// What a sink may receive: category to greatest admitted form; a category it does not name is admitted at `public` only.
#[derive(Clone, Debug)]
pub struct Clearance {
    /// `deidentified`
    pub name: Ident,
    /// Greatest form per category.
    pub admits: std::collections::BTreeMap<CategoryId, Form>,
    /// Aggregates over at least this many subjects are admitted for every category.
    pub aggregated: Option<u32>,
    /// Everything at `direct`, unclassified too (`internal`).
    pub everything: bool,
    /// `control warn`: conditions on values it does not admit are warned of, not refused.
    pub control_warns: bool,
    /// The determination it stands on: `expert('ED-2026-01', expires '2027-12-31')`.
    pub determination: Option<Determination>,
    /// Declared in the shipped standard library.
    pub standard: bool,
    /// The clearance it starts from: `partner` in `clearance registry = partner { … }`.
    pub base: Option<Ident>,
    /// Why a project's clearance may admit more than the one it starts from, or identifiers: a release.
    pub because: Option<Arc<str>>,
    /// What that reason is for, by category and in order: what it admits beyond its base; empty where nothing is.
    pub widens: Vec<(CategoryId, Form)>,
    /// Combinations that enough people have to share.
    pub k_anonymous: Vec<KAnonymity>,
    /// Where declared.
    pub at: Span,
}

/// `k_anonymous 5 over zip, birth_date`: at least so many people share each combination of values of these categories.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KAnonymity {
    /// How many.
    pub k: u32,
    /// The categories.
    pub over: Vec<CategoryId>,
    /// Where written.
    pub at: Span,
}

/// An Expert Determination on file, 45 CFR 164.514(b)(1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Determination {
    /// Its id in the covered entity's files.
    pub id: Arc<str>,
    /// Last day it holds, ISO.
    pub expires: Arc<str>,
}

/// `resource json<r4.Patient> @public because "…"`: an annotation in place of what the type's paths say, and telling less than they do.
#[derive(Clone, Debug)]
pub struct Reclassified {
    /// `airbyte.patient.resource`, `Form.answer`
    pub name: Arc<str>,
    /// What the paths of its type say together.
    pub from: Label,
    /// What its annotation says.
    pub to: Label,
    /// Why; never empty.
    pub because: Arc<str>,
    /// Where declared.
    pub at: Span,
}

impl Clearance {
    /// Whether a level of a category may be received.
    pub fn admits(&self, category: CategoryId, level: Level) -> bool {
        if self.everything {
            return true;
        }
        let admitted = self.admits.get(&category).copied().unwrap_or(Form::Public);
        let aggregate_ok = match level.aggregate {
            None => true,
            Some(k) => admitted == Form::Direct || self.aggregated.is_some_and(|need| k >= need),
        };
        level.form <= admitted && aggregate_ok
    }
}
