//! Sites of made-up projects: names that try to get out of their place, links, lists that are too long for a page, and nothing at all.

use crate::base::{Sources, VPath};
use crate::diag::Diagnostics;
use crate::driver::{Options, compile};
use std::collections::{BTreeMap, BTreeSet};

const HOSTILE: &str = r#"
/// A <b>bold</b> project: </script><script>alert(1)</script> {{this}} {{{this}}} ]]> & "quotes" 'all' round
project demo { warehouse postgres { database = env("DATABASE") } }
use std.hipaa
source clinic on warehouse schema "clinic" {
  table patients {
    id    text  key  @record_id
    /// Said as "<i>{{name}}</i>".
    name  text       @name
    "</td><script>window.pwned=1</script>" text @demographic
    "{{this}} ]]> & <b" text @public
    "javascript:alert(1)" text @public
    "a b#c?d%2e/../e" text @public
    "RIGHT-TO-LEFTgnp.exe" text @public
  }
}
layer marts schema "marts" as table
model person in marts {
  from clinic.patients as p
  select {
    token = hmac_token(p.id, key => secret('K'), domain => 'd')
    named = release(p.name is not null, name general, because "</table><img src=x onerror=y> & done")
    odd   = p."</td><script>window.pwned=1</script>"
    curly = p."{{this}} ]]> & <b"
    p."javascript:alert(1)"
    p."a b#c?d%2e/../e"
    turned = p."RIGHT-TO-LEFTgnp.exe"
  }
}
role reader { clearance expert('ED-<1>', expires '2099-12-31') }
grant read on person to reader
policy some on person for reader where person.curly = '</code><script>alert(2)</script>'
"#;

fn site_of(text: &str) -> BTreeMap<String, String> {
    // Rust keeps such characters out of literals.
    let text = text.replace("RIGHT-TO-LEFT", "\u{202e}");
    let mut sources = Sources::new();
    for (path, text) in crate::stdlib::files() {
        sources.add(VPath::new(path).unwrap(), *text);
    }
    sources.add(VPath::new("main.pipe").unwrap(), text.as_str());
    let made = compile(&sources, &Options::default());
    let program = made.program.unwrap_or_else(|| panic!("{:#?}", made.diagnostics));
    let mut problems = Diagnostics::new();
    let files = super::site(&program, &sources, &mut problems);
    assert!(problems.is_empty(), "{problems:#?}");
    files.iter().map(|(p, b)| (p.to_string(), String::from_utf8(b.to_vec()).unwrap())).collect()
}

/// Values of an attribute in a page; templates write it with double quotes.
fn values<'t>(page: &'t str, attribute: &str) -> Vec<&'t str> {
    let mark = format!(" {attribute}=\"");
    page.split(mark.as_str()).skip(1).filter_map(|rest| rest.split_once('"').map(|(value, _)| value)).collect()
}

fn assert_links(files: &BTreeMap<String, String>) {
    let ids: BTreeMap<&str, BTreeSet<&str>> =
        files.iter().map(|(path, text)| (path.as_str(), values(text, "id").into_iter().collect())).collect();
    for (path, text) in files.iter().filter(|(p, _)| p.ends_with(".html")) {
        assert_eq!(values(text, "id").len(), ids[path.as_str()].len(), "an id stands twice in {path}");
        for href in values(text, "href").into_iter().filter(|h| !h.starts_with("data:")) {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let (file, anchor) = href.split_once('#').unwrap_or((href, ""));
            let target = match (file, file.strip_prefix("../")) {
                ("", _) => path.clone(),
                (_, Some(above)) => above.to_owned(),
                _ if folder.is_empty() => file.to_owned(),
                _ => format!("{folder}/{file}"),
            };
            assert!(files.contains_key(&target), "{path} leads to {href}");
            assert!(anchor.is_empty() || ids[target.as_str()].contains(anchor), "{path} leads to {href}: no such place");
        }
    }
}

#[test]
fn no_name_gets_out_of_its_place() {
    let files = site_of(HOSTILE);
    for (path, page) in files.iter().filter(|(p, _)| p.ends_with(".html")) {
        for hostile in
            ["<script>", "<b>", "<i>", "<img", "</td><script", "</code><script", "{{this", "href=\"javascript", "onerror=\"", "ED-<1>"]
        {
            let shown = page.replace("{{this}}", "");
            assert!(!shown.contains(hostile), "{hostile} stands in {path}");
        }
        assert_eq!(page.matches("<script").count(), usize::from(path == "search.html"), "{path}");
        assert!(path.starts_with("evidence/") || page.contains("Content-Security-Policy"), "{path}");
    }
    let person = &files["tables/person.html"];
    for shown in ["&lt;/td&gt;&lt;script&gt;window.pwned", "{{this}} ]]&gt; &amp; &lt;b", "\u{202e}gnp.exe", "&lt;/table&gt;&lt;img src"] {
        assert!(person.contains(shown), "{shown}");
    }
    for index in files.iter().filter(|(p, _)| p.starts_with("index/")).map(|(_, text)| text) {
        assert!(!index.contains('<'), "{index}");
    }
    assert_links(&files);
}

#[test]
fn a_page_says_where_a_column_is_from_and_who_sees_it() {
    let files = site_of(HOSTILE);
    let person = &files["tables/person.html"];
    let token = person.split("id=\"column-token\"").nth(1).unwrap().split("</tr>").next().unwrap();
    for said in [
        "record_id</a>: pseudonym",
        "clinic.patients.id</a></code> through <code><a href=\"../glossary.html#mask-hmac_token\">hmac_token</a>",
        "reader</a></code>: what hmac_token leaves, <a href=\"#access\">some rows</a>",
    ] {
        assert!(token.contains(said), "{said}\n{token}");
    }
    assert!(person.contains("<strong>released</strong>: &lt;/table&gt;"));
    assert!(files["tables/clinic.patients.html"].contains("href=\"../tables/person.html#column-token\""));
    assert!(files["releases.html"].contains("model person"));
}

#[test]
fn the_same_program_gives_the_same_site() {
    assert_eq!(site_of(HOSTILE), site_of(HOSTILE));
}

#[test]
fn a_project_without_anything_has_a_site() {
    let files = site_of("project empty { warehouse postgres { database = env(\"D\") } }");
    assert_links(&files);
    assert!(files["access.html"].contains("Nothing is granted"));
    assert!(files["erd.html"].contains("None are declared, and none follow"));
    assert!(files.keys().all(|p| !p.starts_with("evidence/")));
}

#[test]
fn long_lists_are_cut_into_pages() {
    let mut text = String::from(
        "project big { warehouse postgres { database = env(\"D\") } }\nuse std.hipaa\nsource raw on warehouse schema \"raw\" { table t { id integer key @public; n text @public } }\nlayer marts schema \"marts\" as table\nrole all { clearance internal }\ngrant read on marts to all\n",
    );
    for n in 0..650 {
        text.push_str(&format!("model m{n:04} in marts {{ from raw.t as t; select {{ t.id; t.n }} }}\n"));
    }
    let files = site_of(&text);
    assert_links(&files);
    for path in ["groups/layer_marts.html", "groups/layer_marts-3.html", "roles/all-2.html", "access-3.html"] {
        assert!(files.contains_key(path), "{path} is missing among {:?}", files.keys().take(20).collect::<Vec<_>>());
    }
    assert!(files["index.html"].len() < 8_000, "the first page grows with the project");
    assert!(files["groups/layer_marts-2.html"].contains("301 to 600 of 650"));
    // A table that all models read shows some of them, and says so.
    let raw = &files["tables/raw.t.html"];
    assert!(raw.contains("and 638 more") && raw.contains("Not all of it fits"));
}
