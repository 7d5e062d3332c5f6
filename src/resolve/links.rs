use super::collect::Found;
use super::reader::Reader;
use super::words::{unknown, wrong};
use crate::diag::{Code, Diagnostic};
use crate::ir::Link;

impl<'a> Reader<'a, '_> {
    /// `link anon, research because "…"`: buckets, and `warehouse` for what is granted there.
    pub(super) fn links(&mut self, found: &[Found<'a>]) {
        self.each(found, "link", |reader, one, words| {
            let at = words.here();
            let mut places = Vec::new();
            for (name, at) in words.names("a bucket, or `warehouse`")? {
                if name.as_str() != Link::WAREHOUSE && !reader.declared("buckets", &name) {
                    let known = reader.names_of("buckets").chain([Link::WAREHOUSE]);
                    return Err(unknown("bucket", name.as_str(), at, known));
                }
                places.push(name);
            }
            places.sort();
            places.dedup();
            if places.len() < 2 {
                return Err(wrong(at, "a link is between two places").help("write `link anon, research because \"…\"`"));
            }
            let because = if words.take("because") { words.text("the reason")? } else { Default::default() };
            words.end()?;
            if because.trim().is_empty() {
                let problem = Diagnostic::error(Code::ReleaseReason, at, "a link needs a reason");
                return Err(
                    problem.help("end it with `because \"…\"`: who decided that readers of all of them may bring rows together, and why")
                );
            }
            reader.out.program.links.push(Link { places, because, at: one.item.at });
            Ok(())
        });
    }
}
