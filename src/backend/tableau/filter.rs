//! The filter in Tableau's own formulas: who asks decides, the warehouse has computed the rest.

use super::tds::Fields;
use crate::ir::{Sees, Shown};

/// The calculated field that keeps a row for whoever looks. A user in no group of it sees nothing, and each row at most once.
pub(super) fn formula(shown: &Shown, fields: &Fields) -> String {
    let field = |position: u32| fields.reference(position);
    let mut groups = Vec::new();
    let mut entitled = Vec::new();
    for viewer in &shown.readers {
        let member = format!("ISMEMBEROF({})", string(&encoded(&viewer.group)));
        match viewer.sees {
            Sees::All => groups.push(member),
            Sees::Group(position) => groups.push(format!("({member} AND {})", field(position))),
            Sees::Login(position) => entitled.push(format!("({member} AND {})", field(position))),
        }
    }
    let any = |all: &[String]| if all.is_empty() { "FALSE".to_owned() } else { all.join(" OR ") };
    let Some(login) = shown.login else { return any(&groups) };
    format!(
        "IF ISNULL({login}) THEN {} ELSE {login} = LOWER(USERNAME()) AND NOT ({}) AND ({}) END",
        any(&groups),
        any(&groups),
        any(&entitled),
        login = field(login),
    )
}

/// A text of a formula. Backslashes mean nothing in it; a quote is doubled by none of Tableau's own files, so it never comes in here:
/// names of groups have it encoded.
fn string(text: &str) -> String {
    format!("'{text}'")
}

/// The name of a group as `ISMEMBEROF` reads it: most signs have to be written as in a URL.
/// <https://help.tableau.com/current/pro/desktop/en-us/functions_functions_user.htm>
fn encoded(group: &str) -> String {
    let mut out = String::new();
    for c in group.chars() {
        if c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.' | '(' | ')' | '!') {
            out.push(c);
        } else {
            let mut bytes = [0; 4];
            c.encode_utf8(&mut bytes).bytes().for_each(|b| out.push_str(&format!("%{b:02X}")));
        }
    }
    out
}
