use super::{FieldName, Setting, TableId};
use crate::base::{Ident, Span};
use std::sync::Arc;

/// `api public { … }`: what is told over HTTP, as one role and nothing more.
#[derive(Clone, Debug)]
pub struct Api {
    /// `public`
    pub name: Ident,
    /// The role every request runs as.
    pub role: Ident,
    /// A clearance of its own, narrower than the role's.
    pub clearance: Option<Ident>,
    /// The schema of its views.
    pub schema: Ident,
    /// Rows of a page when a request does not say.
    pub page: u32,
    /// The most rows a request may ask for.
    pub most: u32,
    /// What may be listed and looked up, in order of path.
    pub exposed: Vec<Exposed>,
    /// What may be created, in order of path.
    pub creates: Vec<Creates>,
    /// `login "sub"`: the claim with the login in Postgres whose rows are shown; `None`: the role's own.
    pub login: Option<Arc<str>>,
    /// What a token has to be.
    pub token: Token,
    /// `anonymous because "…"`: requests without a token are served, too. The reason is never empty.
    pub anonymous: Option<(Arc<str>, Span)>,
    /// `///`
    pub doc: Arc<str>,
    /// Where declared.
    pub at: Span,
}

/// What a bearer token (RFC 6750, RFC 7519) has to be.
#[derive(Clone, Debug)]
pub struct Token {
    /// `ES256`, the only one that is taken.
    pub algorithm: Arc<str>,
    /// Whom it is for: its `aud`.
    pub audience: Arc<str>,
    /// Who made it: its `iss`, when that is asked.
    pub issuer: Option<Arc<str>>,
    /// The environment variable or secret with the key that signatures are checked by; never the key.
    pub key: Setting,
}

/// A table that an API lists.
#[derive(Clone, Debug)]
pub struct Exposed {
    /// `triage-visits`: where it stands below the API's address.
    pub path: Arc<str>,
    /// The table as written; a role that reads its masked twin is shown the twin.
    pub table: TableId,
    /// `only a, b`; `None`: all columns.
    pub only: Option<Vec<FieldName>>,
    /// Columns that a request may ask to be equal to something.
    pub filters: Vec<FieldName>,
    /// The view that requests read; `None` where no API is emitted.
    pub view: Option<TableId>,
    /// Where written.
    pub at: Span,
}

/// A table that an API adds rows to.
#[derive(Clone, Debug)]
pub struct Creates {
    /// Where it stands below the API's address.
    pub path: Arc<str>,
    /// The table.
    pub table: TableId,
    /// `only a, b`; `None`: all columns that get no number or identifier by themselves.
    pub only: Option<Vec<FieldName>>,
    /// Where written.
    pub at: Span,
}
