use super::collect::Found;
use super::globs::{Use, Written};
use super::reader::Reader;
use super::words::{Key, Once, Read, Words, choice, missing, unknown, wrong};
use crate::base::{Ident, Span, VPath};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Bucket, Export, ExportFormat, ExportOrder, ExportedTable, SmallestGroup, TableId, Tagged, Thing};
use std::collections::BTreeMap;
use std::sync::Arc;

const BUCKET: [&str; 10] = ["on", "name", "clearance", "readers", "archive", "expire", "adopt", "moved", "owner", "tags"];
const EXPORT: [&str; 5] = ["format", "path", "min_group", "owner", "tags"];

/// What may stand in braces in an export's path.
const TOKENS: [&str; 4] = ["yyyy", "mm", "dd", "timestamp"];

struct Parts {
    format: ExportFormat,
    zipped: bool,
    path: Option<Arc<str>>,
    min_group: Option<SmallestGroup>,
    tagged: Tagged,
    written: Vec<Written>,
    /// Tables that are ordered by something, with the keys.
    ordered: Vec<(Written, Vec<ExportOrder>, Span)>,
}

impl<'a> Reader<'a, '_> {
    /// `bucket anon { name "…"; clearance deidentified; readers analyst; archive 90d; expire 7y }`
    pub(super) fn buckets(&mut self, found: &[Found<'a>]) {
        self.each(found, "bucket", |reader, one, words| {
            let (name, at) = words.name("the name of the bucket")?;
            if !reader.declare("buckets", &name, at) {
                return Ok(());
            }
            let doc = reader.doc(one.item.doc.as_ref(), &one.env);
            let mut clearance = None;
            let mut bucket_name = None;
            let mut bucket = Bucket {
                name,
                bucket_name: Arc::default(),
                on: None,
                clearance: Ident::default(),
                readers: Vec::new(),
                archive_days: None,
                expire_days: None,
                origin: crate::ir::platform::Origin::default(),
                doc,
                at,
            };
            let reported = reader.diagnostics.len();
            let mut tagged = Tagged::default();
            reader.settings(words, |reader, words, key| {
                match key.text {
                    "on" => {
                        let word = words.key("the cloud's name")?;
                        if !["aws", "gcp"].contains(&word.text) {
                            return Err(choice("cloud", word, ["aws", "gcp"]));
                        }
                        bucket.on = Some(Arc::from(word.text));
                    }
                    "name" => bucket_name = Some(words.text("the bucket's name in the cloud")?),
                    "clearance" => clearance = Some(reader.used_clearance(words)?),
                    "readers" => bucket.readers = reader.role_names(words)?,
                    "archive" => bucket.archive_days = Some(words.days("`archive`")?),
                    "expire" => bucket.expire_days = Some(words.days("`expire`")?),
                    "adopt" => reader.adopt(words, &mut bucket.origin)?,
                    "moved" => reader.moved(words, &mut bucket.origin)?,
                    _ if super::tagged::said(words, key, &mut tagged)? => {}
                    _ => return Err(key.unknown("bucket", &BUCKET)),
                }
                Ok(())
            });
            // A setting that was there but broken has been reported: it is not missing.
            let broken = reader.diagnostics.len() > reported;
            if let (None, false) = (&clearance, broken) {
                reader.diagnostics.push(
                    missing(at, format!("bucket `{}` does not say what may lie in it", bucket.name))
                        .help("add `clearance safe_harbor`, or another clearance"),
                );
            }
            if let (None, false) = (&bucket_name, broken) {
                reader
                    .diagnostics
                    .push(missing(at, format!("bucket `{}` lacks its name in the cloud", bucket.name)).help("add `name \"…\"`"));
            }
            bucket.clearance = clearance.unwrap_or_default();
            bucket.bucket_name = bucket_name.unwrap_or_default();
            reader.adopted_as_called(&bucket);
            reader.lasts(&bucket);
            reader.alone(&bucket);
            reader.tag(Thing::Bucket, &bucket.name, tagged);
            reader.out.program.buckets.push(bucket);
            Ok(())
        });
        let all: Vec<_> = self.out.program.buckets.iter().map(|b| (b.name.clone(), b.origin.clone(), b.at)).collect();
        self.moves("bucket", &all);
    }

    /// Clouds refuse what is archived after it is gone.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html>
    fn lasts(&mut self, bucket: &Bucket) {
        if let (Some(archive), Some(expire)) = (bucket.archive_days, bucket.expire_days)
            && expire <= archive
        {
            let problem = wrong(bucket.at, format!("what lies in `{}` expires before it is archived", bucket.name));
            self.diagnostics.push(problem.help("let `expire` be later than `archive`, or leave one out"));
        }
    }

    fn alone(&mut self, bucket: &Bucket) {
        let twin = self.out.program.buckets.iter().find(|b| b.bucket_name == bucket.bucket_name && !b.bucket_name.is_empty());
        if let Some(twin) = twin {
            let says = format!("`{}` and `{}` are the same bucket `{}`", twin.name, bucket.name, bucket.bucket_name);
            self.diagnostics.push(
                Diagnostic::error(Code::DuplicateName, bucket.at, says)
                    .mark(twin.at, "the first")
                    .help("two clearances on one bucket protect nothing: declare it once"),
            );
        }
    }

    /// `export anon_daily to anon { patient_anon; qr_*_anon; format csv zip  path "…" }`
    pub(super) fn exports(&mut self, found: &[Found<'a>]) {
        self.each(found, "export", |reader, one, words| {
            let (name, at) = words.name("the name of the export")?;
            if !reader.declare("exports", &name, at) {
                return Ok(());
            }
            words.expect("to")?;
            let (bucket, bucket_at) = words.name("a bucket")?;
            let position = reader.out.program.buckets.iter().position(|b| b.name == bucket);
            let position = position.and_then(|p| u32::try_from(p).ok());
            let position = position.ok_or_else(|| unknown("bucket", bucket.as_str(), bucket_at, reader.names_of("buckets")))?;
            let doc = reader.doc(one.item.doc.as_ref(), &one.env);
            let mut parts = Parts {
                format: ExportFormat::Csv,
                zipped: false,
                path: None,
                min_group: None,
                tagged: Tagged::default(),
                written: Vec::new(),
                ordered: Vec::new(),
            };
            let reported = reader.diagnostics.len();
            let mut once = Once::default();
            for sentence in words.block().unwrap_or_default() {
                let mut inner = Words::new(words.generator, words.env, sentence);
                let read = reader.export_entry(&mut inner, &mut once, &mut parts);
                reader.keep(read);
            }
            words.end()?;
            if reader.diagnostics.len() > reported {
                return Ok(());
            }
            let path = parts.path.clone().ok_or_else(|| {
                missing(at, format!("export `{name}` lacks a path")).help("add `path \"{yyyy}/{mm}/{dd}/export_{timestamp}.zip\"`")
            })?;
            if parts.written.is_empty() && parts.ordered.is_empty() {
                return Err(missing(at, format!("export `{name}` lists no table")));
            }
            let tables = reader.exported_tables(&parts)?;
            reader.tag(Thing::Export, &name, std::mem::take(&mut parts.tagged));
            reader.out.program.exports.push(Export {
                name,
                bucket: position,
                tables,
                format: parts.format,
                zipped: parts.zipped,
                path,
                min_group: parts.min_group,
                doc,
                at,
            });
            Ok(())
        });
    }

    /// The tables of an export by name, each once, with what its rows are ordered by.
    fn exported_tables(&self, parts: &Parts) -> Read<Vec<ExportedTable>> {
        let mut tables: BTreeMap<Ident, ExportedTable> = BTreeMap::new();
        let plain = |(table, at): (TableId, Span)| ExportedTable { table, columns: Vec::new(), order: Vec::new(), at };
        if !parts.written.is_empty() {
            tables.extend(self.tables(&parts.written, Use::Export)?.into_iter().map(|t| (self.name_of_table(t.0), plain(t))));
        }
        for (written, order, at) in &parts.ordered {
            for chosen in self.tables(std::slice::from_ref(written), Use::Export)? {
                let name = self.name_of_table(chosen.0);
                let entry = tables.entry(name.clone()).or_insert_with(|| plain(chosen));
                if !entry.order.is_empty() {
                    return Err(wrong(*at, format!("the rows of `{name}` are ordered twice")).help("write one `order by` for it"));
                }
                entry.order.clone_from(order);
            }
        }
        Ok(tables.into_values().collect())
    }

    /// Tables and globs, or `format …` and `path …`; the two settings may share a line.
    fn export_entry<'f>(&mut self, words: &mut Words<'f>, once: &mut Once<'f>, parts: &mut Parts) -> Read<()> {
        let mut ahead = words.clone();
        ahead.next();
        let setting = words.peek_key().filter(|k| EXPORT.contains(&k.text) && !ahead.is_empty());
        if setting.is_none() {
            if let (Some(key), false) =
                (words.peek_key(), ahead.is_empty() || ahead.symbol(",") || ahead.take("except") || ahead.take("order"))
            {
                return Err(key.unknown("export", &EXPORT).help("tables stand on lines of their own or behind commas"));
            }
            let mut written = words.list(Written::read)?;
            let at = words.here();
            if words.take("order") {
                let order = order(words)?;
                let one = written.pop().filter(|_| written.is_empty());
                let one =
                    one.ok_or_else(|| wrong(at, "`order by` stands behind one table").help("write the table on a line of its own"))?;
                parts.ordered.push((one, order, at));
            }
            parts.written.extend(written);
            return words.end();
        }
        self.phrase(words, &mut |_, words, key| once.named(key).and_then(|()| export_setting(words, key, parts)));
        Ok(())
    }
}

/// `by visited_at desc, patient_id`
fn order(words: &mut Words<'_>) -> Read<Vec<ExportOrder>> {
    words.expect("by")?;
    words.list(|words| {
        let (name, at) = words.name("a column")?;
        let descending = words.take("desc");
        if !descending {
            words.take("asc");
        }
        Ok(ExportOrder { name, column: 0, descending, at })
    })
}

fn export_setting(words: &mut Words<'_>, key: Key<'_>, parts: &mut Parts) -> Read<()> {
    match key.text {
        "format" => {
            let format = words.key("a format")?;
            parts.format = match format.text {
                "csv" => ExportFormat::Csv,
                "parquet" => ExportFormat::Parquet,
                "xlsx" => ExportFormat::Xlsx,
                _ => return Err(choice("format of an export", format, ["csv", "parquet", "xlsx"])),
            };
            parts.zipped = words.take("zip");
        }
        "path" => {
            let at = words.here();
            let path = words.text("the path in the bucket")?;
            check_path(&path, at)?;
            parts.path = Some(path);
        }
        "min_group" => {
            let k = words.number("the fewest people of a group")?;
            if k < 2 {
                return Err(wrong(key.at, "`min_group` takes a number greater than one").help("write `min_group 11 of subject patient`"));
            }
            words.expect("of")?;
            words.expect("subject")?;
            let (subject, _) = words.name("the subject")?;
            parts.min_group = Some(SmallestGroup { k, subject, at: key.at });
        }
        _ if super::tagged::said(words, key, &mut parts.tagged)? => {}
        _ => return Err(key.unknown("export", &EXPORT)),
    }
    Ok(())
}

/// A relative path with known tokens only.
fn check_path(path: &str, at: Span) -> Read<()> {
    let mut plain = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        plain.push_str(before);
        let Some((token, next)) = after.split_once('}') else { return Err(wrong(at, "a `{` of the path is never closed")) };
        if !TOKENS.contains(&token) {
            let list = TOKENS.map(|t| format!("`{{{t}}}`")).join(", ");
            return Err(wrong(at, format!("`{{{token}}}` is no token of an export's path"))
                .suggest(token, TOKENS)
                .help(format!("the tokens are {list}")));
        }
        plain.push('0');
        rest = next;
    }
    plain.push_str(rest);
    match VPath::new(&plain) {
        Ok(_) if !plain.contains('}') => Ok(()),
        _ => Err(wrong(at, format!("`{path}` is no relative path")).help("write folders and a file name with `/` between them")),
    }
}
