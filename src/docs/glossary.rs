use super::Files;
use super::page::{Link, Page, Pages};
use super::site::Site;
use crate::base::Ident;
use crate::ir::{CategoryId, Clearance, FunctionKind, TableKind};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Serialize)]
struct Glossary {
    forms: Vec<Word>,
    categories: Vec<Category>,
    masks: Vec<Mask>,
    clearances: Vec<Cleared>,
    maskings: Vec<Masking>,
}

#[derive(Serialize)]
struct Word {
    name: &'static str,
    says: &'static str,
}

#[derive(Serialize)]
struct Category {
    id: String,
    name: String,
    doc: String,
    letter: Option<char>,
    columns: usize,
    sources: Vec<Link>,
    more: usize,
}

#[derive(Serialize)]
struct Mask {
    id: String,
    name: String,
    doc: String,
    leaves: String,
    because: String,
    uses: Vec<Link>,
    more: usize,
}

#[derive(Serialize)]
struct Cleared {
    id: String,
    name: String,
    base: String,
    everything: bool,
    aggregated: Option<u32>,
    determination: String,
    because: String,
    admits: Vec<Admitted>,
}

#[derive(Serialize)]
struct Admitted {
    category: Link,
    form: &'static str,
}

#[derive(Serialize)]
struct Masking {
    name: String,
    doc: String,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
struct Rule {
    categories: Vec<Link>,
    mask: String,
}

const FORMS: [Word; 5] = [
    Word { name: "public", says: "nothing about a person" },
    Word { name: "general", says: "what many share: a year, three digits of a ZIP code, a band of ages" },
    Word { name: "pseudonym", says: "a stable stand-in: rows of one person can be brought together" },
    Word { name: "partial", says: "a piece of the value" },
    Word { name: "direct", says: "all of the value" },
];

const MOST_LINKS: usize = 24;

/// Where a clearance is explained.
pub(super) fn clearance_link(site: &Site<'_>, name: &Ident) -> Link {
    let index = site.program.clearances.iter().position(|c| c.name == *name);
    Link { text: name.to_string(), href: index.map(|i| format!("glossary.html#clearance-{i}")).unwrap_or_default() }
}

/// The words the other pages use.
pub(super) fn pages(site: &Site<'_>, pages: &Pages) -> Result<Files, String> {
    let data = Glossary {
        forms: FORMS.into_iter().collect(),
        categories: categories(site),
        masks: masks(site),
        clearances: clearances(site),
        maskings: site.program.maskings.iter().map(|m| masking(site, m)).collect(),
    };
    let page = Page { path: "glossary.html".to_owned(), title: "Glossary".to_owned(), template: "glossary" };
    Ok(vec![pages.fill(site, page, &data)?])
}

fn category_link(site: &Site<'_>, id: CategoryId) -> Link {
    let text = site.program.category(id).map_or_else(String::new, |c| c.name.to_string());
    Link { text, href: format!("glossary.html#category-{}", id.0) }
}

/// Every category, with where it comes in: links from other pages lead here.
fn categories(site: &Site<'_>) -> Vec<Category> {
    let mut told: BTreeMap<CategoryId, (usize, Vec<Link>)> = BTreeMap::new();
    for (id, table) in site.program.tables() {
        for (position, column) in (0u32..).zip(&table.columns) {
            for (category, _) in column.label.values() {
                let (count, sources) = told.entry(*category).or_default();
                *count += 1;
                if !matches!(table.kind, TableKind::Model(_)) {
                    sources.push(site.column_link(id, position));
                }
            }
        }
    }
    let one = |(id, c): (CategoryId, &crate::ir::Category)| {
        let (columns, sources) = told.remove(&id).unwrap_or_default();
        Category {
            id: format!("category-{}", id.0),
            name: c.name.to_string(),
            doc: super::words::prose(&c.doc),
            letter: c.safe_harbor,
            columns,
            more: sources.len().saturating_sub(MOST_LINKS),
            sources: sources.into_iter().take(MOST_LINKS).collect(),
        }
    };
    (0u32..).map(CategoryId).zip(&site.program.categories).map(one).collect()
}

/// The masks that are used, with what they leave, once per name.
fn masks(site: &Site<'_>) -> Vec<Mask> {
    let mut uses: BTreeMap<std::sync::Arc<str>, BTreeSet<Link>> = BTreeMap::new();
    for (id, table) in site.program.tables() {
        for (position, _) in (0u32..).zip(&table.columns) {
            for mask in site.ways(id, position).iter().flat_map(|w| &w.masks) {
                uses.entry(mask.clone()).or_default().insert(site.column_link(id, position));
            }
        }
    }
    let one = |(name, uses): (std::sync::Arc<str>, BTreeSet<Link>)| {
        let function = site.program.functions.iter().find(|f| f.kind == FunctionKind::Mask && f.name == name)?;
        let leaves = function.transition.as_ref().map(|t| t.to.name()).unwrap_or("");
        Some(Mask {
            id: super::columns::mask_anchor(&name),
            name: name.to_string(),
            doc: super::words::prose(&function.doc),
            leaves: leaves.to_owned(),
            because: function.because.to_string(),
            more: uses.len().saturating_sub(MOST_LINKS),
            uses: uses.into_iter().take(MOST_LINKS).collect(),
        })
    };
    uses.into_iter().filter_map(one).collect()
}

/// Those that roles and buckets have, and those of the project.
fn clearances(site: &Site<'_>) -> Vec<Cleared> {
    let one = |(index, c): (usize, &Clearance)| Cleared {
        id: format!("clearance-{index}"),
        name: c.name.to_string(),
        base: c.base.as_ref().map(ToString::to_string).unwrap_or_default(),
        everything: c.everything,
        aggregated: c.aggregated,
        determination: c.determination.as_ref().map(|d| format!("{}, holds until {}", d.id, d.expires)).unwrap_or_default(),
        because: c.because.as_deref().unwrap_or("").to_owned(),
        admits: c.admits.iter().map(|(id, form)| Admitted { category: category_link(site, *id), form: form.name() }).collect(),
    };
    site.program.clearances.iter().enumerate().map(one).collect()
}

fn masking(site: &Site<'_>, m: &crate::ir::Masking) -> Masking {
    let rule = |r: &crate::ir::MaskingRule| Rule {
        categories: r.categories.iter().map(|c| category_link(site, *c)).collect(),
        mask: site.sources.slice(r.mask).split_whitespace().collect::<Vec<_>>().join(" "),
    };
    Masking { name: m.name.to_string(), doc: super::words::prose(&m.doc), rules: m.rules.iter().map(rule).collect() }
}
