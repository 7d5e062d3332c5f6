use super::site::Site;
use handlebars::Handlebars;
use serde::Serialize;

/// The templates, read once.
pub(super) struct Pages(Handlebars<'static>);

/// A word that leads somewhere: `href` counts from the root of the site.
#[derive(Clone, Debug, Serialize, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Link {
    pub(super) text: String,
    pub(super) href: String,
}

/// A page of the site.
pub(super) struct Page<'a> {
    /// `tables/patient.html`
    pub(super) path: String,
    pub(super) title: String,
    /// The template of what is in `main`.
    pub(super) template: &'a str,
}

#[derive(Serialize)]
struct Whole<'a> {
    project: &'a str,
    title: &'a str,
    root: &'a str,
    main: &'a str,
    nav: Vec<Nav<'a>>,
}

#[derive(Serialize)]
struct Nav<'a> {
    text: &'a str,
    href: &'a str,
    here: bool,
}

/// What the data of a page is put beside.
#[derive(Serialize)]
struct Filled<'a, T> {
    root: &'a str,
    project: &'a str,
    title: &'a str,
    page: &'a T,
}

const TEMPLATES: [(&str, &str); 21] = [
    ("layout", include_str!("templates/layout.hbs")),
    ("link", include_str!("templates/link.hbs")),
    ("links", include_str!("templates/links.hbs")),
    ("place", include_str!("templates/place.hbs")),
    ("tells", include_str!("templates/tells.hbs")),
    ("more", include_str!("templates/more.hbs")),
    ("index", include_str!("templates/index.hbs")),
    ("group", include_str!("templates/group.hbs")),
    ("table", include_str!("templates/table.hbs")),
    ("columns", include_str!("templates/columns.hbs")),
    ("seen", include_str!("templates/seen.hbs")),
    ("access", include_str!("templates/access.hbs")),
    ("role", include_str!("templates/role.hbs")),
    ("metrics", include_str!("templates/metrics.hbs")),
    ("pipelines", include_str!("templates/pipelines.hbs")),
    ("buckets", include_str!("templates/buckets.hbs")),
    ("things", include_str!("templates/things.hbs")),
    ("releases", include_str!("templates/releases.hbs")),
    ("glossary", include_str!("templates/glossary.hbs")),
    ("erd", include_str!("templates/erd.hbs")),
    ("search", include_str!("templates/search.hbs")),
];

impl Pages {
    /// # Errors
    /// A template that is no template.
    pub(super) fn new() -> Result<Pages, String> {
        let mut templates = Handlebars::new();
        templates.set_strict_mode(true);
        for (name, text) in TEMPLATES {
            templates.register_template_string(name, text).map_err(|problem| problem.to_string())?;
        }
        Ok(Pages(templates))
    }

    /// A page with its path.
    ///
    /// # Errors
    /// Data that its template does not fit.
    pub(super) fn fill<T: Serialize>(&self, site: &Site<'_>, page: Page<'_>, data: &T) -> Result<(String, String), String> {
        let told = |problem: handlebars::RenderError| problem.to_string();
        let root = if page.path.contains('/') { "../" } else { "" };
        let project = site.program.project.name.as_str();
        let main = self.0.render(page.template, &Filled { root, project, title: &page.title, page: data }).map_err(told)?;
        let nav = site.nav.iter().map(|(text, href)| Nav { text, href, here: *href == page.path }).collect();
        let whole = Whole { project, title: &page.title, root, main: &main, nav };
        Ok((page.path, printable(self.0.render("layout", &whole).map_err(told)?)))
    }
}

/// HTML has no control characters but blanks (Standard, "parse errors"); one in a name is shown as the sign for what cannot be shown.
fn printable(text: String) -> String {
    let odd = |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{fffe}' | '\u{ffff}');
    if text.contains(odd) { text.replace(odd, "\u{fffd}") } else { text }
}

/// The most that one page lists.
pub(super) const PER_PAGE: usize = 300;

/// A long list is cut into pages that lead to each other: `layers/marts.html`, `layers/marts-2.html`.
#[derive(Serialize)]
pub(super) struct More {
    shown: String,
    parts: Vec<Part>,
}

#[derive(Serialize)]
struct Part {
    text: String,
    href: String,
    here: bool,
}

/// The path of one of the pages of a list.
pub(super) fn nth(path: &str, number: usize) -> String {
    match (number, path.strip_suffix(".html")) {
        (1.., Some(stem)) => format!("{stem}-{}.html", number + 1),
        _ => path.to_owned(),
    }
}

/// What leads from one page of a list to the others; `None` where all of it is on one.
pub(super) fn more(path: &str, number: usize, all: usize) -> Option<More> {
    let pages = all.div_ceil(PER_PAGE).max(1);
    if pages == 1 {
        return None;
    }
    let part = |n: usize| Part { text: (n + 1).to_string(), href: nth(path, n), here: n == number };
    let (first, last) = (number * PER_PAGE + 1, ((number + 1) * PER_PAGE).min(all));
    Some(More { shown: format!("{first} to {last} of {all}"), parts: (0..pages).map(part).collect() })
}

/// The pages of a list: at least one, even of nothing.
pub(super) fn cut<T>(all: &[T]) -> Vec<&[T]> {
    if all.is_empty() { vec![all] } else { all.chunks(PER_PAGE).collect() }
}
