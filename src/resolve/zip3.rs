use super::collect::Found;
use super::reader::Reader;
use super::words::{Read, Words, wrong};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Literal, Zip3Areas};
use std::sync::Arc;

/// The parameter of the standard library's masks that takes the list.
pub(super) const AREAS: &str = "areas";

impl<'a> Reader<'a, '_> {
    /// `zip3_areas "2000 Census ZCTAs, HHS guidance" "036 059 …"`: the standard library's, or the project's in its place. Every standard mask
    /// that takes the list takes this one.
    pub(super) fn zip3_areas(&mut self, found: &[Found<'a>]) {
        self.each(found, "zip3_areas", |reader, one, words| {
            let declared = declaration(words, one.standard())?;
            if let Some(first) = reader.out.program.zip3.as_ref().filter(|z| !z.standard) {
                return Err(Diagnostic::error(Code::DuplicateName, declared.at, "a project declares its ZIP areas once")
                    .label("the second")
                    .mark(first.at, "the first"));
            }
            reader.out.program.zip3 = Some(declared);
            Ok(())
        });
        let Some(list) = self.out.program.zip3.as_ref().map(|z| Literal::Text(z.joined().into())) else { return };
        for function in self.out.program.functions.iter_mut().filter(|f| f.standard) {
            for param in function.params.iter_mut().filter(|p| &*p.name == AREAS) {
                param.default = Some(list.clone());
            }
        }
    }
}

fn declaration(words: &mut Words<'_>, standard: bool) -> Read<Zip3Areas> {
    let at = words.here();
    let vintage = words.text("which count of people the list stands on")?;
    if vintage.trim().is_empty() {
        return Err(
            wrong(at, "a list of ZIP areas says which count of people it stands on").help("write `\"2020 Census, counted by …\"` first")
        );
    }
    let list_at = words.here();
    let written = words.text("the areas of 20,000 people or fewer, three digits each")?;
    words.end()?;
    let mut areas: Vec<Arc<str>> = written.split_whitespace().map(Arc::from).collect();
    if let Some(bad) = areas.iter().find(|a| a.len() != 3 || !a.bytes().all(|b| b.is_ascii_digit())) {
        return Err(wrong(list_at, format!("`{bad}` is not the first three digits of a ZIP code")));
    }
    areas.sort();
    areas.dedup();
    // An empty list would show every area, the smallest ones too.
    if areas.is_empty() {
        return Err(wrong(list_at, "the list names no area"));
    }
    Ok(Zip3Areas { vintage, areas, standard, at })
}
