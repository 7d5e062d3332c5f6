use super::TableId;
use crate::base::{Ident, Span};
use std::sync::Arc;

/// `exposure board { type dashboard; role management; reads kpis }`: what stands outside of the platform and shows what is in it.
#[derive(Clone, Debug)]
pub struct Exposure {
    /// `board`
    pub name: Ident,
    /// dbt's word: `dashboard`, `notebook`, `analysis`, `ml` or `application`.
    pub kind: Arc<str>,
    /// Where it is.
    pub url: Option<Arc<str>>,
    /// Who answers for it; none: the project.
    pub owner: Option<Arc<str>>,
    /// How to reach them.
    pub email: Option<Arc<str>>,
    /// Who looks at it, with their places.
    pub roles: Vec<(Ident, Span)>,
    /// What it reads, with the place that names it.
    pub reads: Vec<(TableId, Span)>,
    /// `///`
    pub doc: Arc<str>,
    /// Where declared.
    pub at: Span,
}
