//! The little Jinja that dbt files need, read strictly: texts of a brace, references, a model's settings. Anything else is not understood.

/// A name or text between Jinja's braces, and what it stands for.
pub(super) type Meaning<'m> = &'m dyn Fn(&str) -> Option<String>;

/// What stands between Jinja's braces.
struct Tag<'t> {
    /// Where its first brace and what comes after it lie, in bytes.
    place: (usize, usize),
    close: &'static str,
    inner: &'t str,
}

/// The next tag; an error is where something stands that is not understood. One with `-` or `+` swallows blanks around it, which may make the next
/// line part of a comment.
fn tag(text: &str, from: usize) -> Result<Option<Tag<'_>>, usize> {
    let mut at = from;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('{')) {
        let start = at + found;
        let close = match text.as_bytes().get(start + 1) {
            Some(b'{') => "}}",
            Some(b'%') => "%}",
            Some(b'#') => "#}",
            _ => {
                at = start + 1;
                continue;
            }
        };
        let inside = text.get(start + 2..).unwrap_or("");
        let end = end_of(inside, close, close == "#}").ok_or(start)?;
        let inner = inside.get(..end).unwrap_or("");
        if inner.starts_with(['-', '+']) || inner.ends_with(['-', '+']) {
            return Err(start);
        }
        return Ok(Some(Tag { place: (start, start + end + 4), close, inner }));
    }
    Ok(None)
}

/// A text with its expressions replaced; line breaks stay, so that lines keep their numbers.
///
/// # Errors
/// Where something stands whose meaning is not known, in bytes.
pub(super) fn render(text: &str, meaning: Meaning<'_>) -> Result<String, usize> {
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    while let Some(tag) = tag(text, at)? {
        let (start, end) = tag.place;
        out.push_str(text.get(at..start).unwrap_or(""));
        if tag.close != "#}" {
            out.push_str(&meaning(tag.inner.trim()).ok_or(start)?);
        }
        out.extend(tag.inner.chars().filter(|c| *c == '\n'));
        at = end;
    }
    out.push_str(text.get(at..).unwrap_or(""));
    Ok(out)
}

/// A model as one of its two kinds of runs reads it: `{% if is_incremental() %}…{% else %}…{% endif %}` without what the other one reads.
/// That is blank, so that all the rest stays where it is.
///
/// # Errors
/// Where branches are not of this form, in bytes.
pub(super) fn run(text: &str, incremental: bool) -> Result<String, usize> {
    let blank = |out: &mut String, part: &str| out.extend(part.bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }));
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    // Whether what stands here is read, and where the branches began; in an `else` they may not go on.
    let (mut reads, mut open, mut last) = (true, None, false);
    while let Some(tag) = tag(text, at)? {
        let (start, end) = tag.place;
        let before = text.get(at..start).unwrap_or("");
        if reads {
            out.push_str(before)
        } else {
            blank(&mut out, before)
        }
        let whole = text.get(start..end).unwrap_or("");
        at = end;
        if tag.close != "%}" {
            if reads {
                out.push_str(whole)
            } else {
                blank(&mut out, whole)
            }
            continue;
        }
        (reads, open, last) = match (tag.inner.trim(), open) {
            ("if is_incremental()", None) => (incremental, Some(start), false),
            ("else", Some(_)) if !last => (!incremental, open, true),
            ("endif", Some(_)) => (true, None, false),
            _ => return Err(start),
        };
        blank(&mut out, whole);
    }
    out.push_str(text.get(at..).unwrap_or(""));
    open.map_or(Ok(out), Err)
}

/// Where Jinja's own brace closes, past its texts.
fn end_of(inside: &str, close: &str, is_comment: bool) -> Option<usize> {
    if is_comment {
        return inside.find(close);
    }
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for (i, c) in inside.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(q) if c == q => quote = None,
            Some(_) => {}
            None if inside.get(i..).is_some_and(|r| r.starts_with(close)) => return Some(i),
            None if matches!(c, '\'' | '"') => quote = Some(c),
            None => {}
        }
    }
    None
}

/// What the braces that only keep Jinja off a text stand for.
pub(super) fn brace(inner: &str) -> Option<String> {
    match inner {
        "'{'" => Some("{".to_owned()),
        "'\\r'" => Some("\r".to_owned()),
        _ => None,
    }
}

/// A text without Jinja but for braces.
pub(super) fn plain(text: &str) -> Option<String> {
    render(text, &brace).ok()
}

/// A value of a model's settings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Value {
    Text(String),
    List(Vec<Value>),
    /// Anything else, as written.
    Other(String),
}

/// Reads along an expression.
pub(super) struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str) -> Reader<'t> {
        Reader { rest: text.trim() }
    }

    pub(super) fn is(&mut self, sign: &str) -> bool {
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    pub(super) fn is_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn word(&mut self) -> Option<&'t str> {
        let end = self.rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end).filter(|(w, _)| !w.is_empty())?;
        self.rest = rest.trim_start();
        Some(word)
    }

    /// A text between quotes, and the ` ~ ''` that makes dbt leave it to Jinja.
    pub(super) fn text(&mut self) -> Option<String> {
        let quote = self.rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let mut out = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        loop {
            let (at, c) = chars.next()?;
            match c {
                '\\' => out.push(match chars.next()?.1 {
                    'n' => '\n',
                    'r' => '\r',
                    c @ ('\\' | '\'' | '"') => c,
                    _ => return None,
                }),
                c if c == quote => {
                    self.rest = self.rest.get(at + 1..)?.trim_start();
                    self.is("~ ''");
                    return Some(out);
                }
                c => out.push(c),
            }
        }
    }

    fn value(&mut self) -> Option<Value> {
        if self.rest.starts_with(['\'', '"']) {
            return self.text().map(Value::Text);
        }
        if self.is("[") {
            let mut out = Vec::new();
            while !self.is("]") {
                out.push(self.value()?);
                if !self.is(",") {
                    return self.is("]").then_some(Value::List(out));
                }
            }
            return Some(Value::List(out));
        }
        if self.rest.starts_with('{') {
            // Indexes: `{'columns': […], 'unique': true}`.
            let end = self.rest.find('}')?;
            let written = self.rest.get(..=end)?;
            self.rest = self.rest.get(end + 1..)?.trim_start();
            return Some(Value::Other(written.to_owned()));
        }
        self.word().map(|w| Value::Other(w.to_owned()))
    }
}

/// `config(a='x', b=['y'])`
pub(super) fn config(inner: &str) -> Option<Vec<(String, Value)>> {
    let mut reader = Reader::new(inner);
    if !reader.is("config") || !reader.is("(") {
        return None;
    }
    let mut out = Vec::new();
    while !reader.is(")") {
        let key = reader.word()?.to_owned();
        if !reader.is("=") {
            return None;
        }
        out.push((key, reader.value()?));
        if !reader.is(",") {
            return (reader.is(")") && reader.is_end()).then_some(out);
        }
    }
    reader.is_end().then_some(out)
}

/// `word('a', 'b')`
pub(super) fn call(inner: &str) -> Option<(String, Vec<String>)> {
    let mut reader = Reader::new(inner);
    let name = reader.word()?.to_owned();
    if !reader.is("(") {
        return None;
    }
    let mut arguments = Vec::new();
    while !reader.is(")") {
        arguments.push(reader.text()?);
        if !reader.is(",") {
            return (reader.is(")") && reader.is_end()).then_some((name, arguments));
        }
    }
    reader.is_end().then_some((name, arguments))
}

/// A macro: name, parameters, and where the body lies, in bytes.
pub(super) type Macro = (String, String, (usize, usize));

/// The macros of a file. `None` where anything stands between them.
pub(super) fn macros(text: &str) -> Option<Vec<Macro>> {
    let mut out = Vec::new();
    let mut at = 0;
    loop {
        let rest = text.get(at..)?;
        let blank = rest.len() - rest.trim_start().len();
        at += blank;
        let rest = rest.trim_start();
        if rest.is_empty() {
            return Some(out);
        }
        if rest.starts_with("{#") {
            at += rest.find("#}")? + 2;
            continue;
        }
        let head_end = rest.find("%}")?;
        let head = rest.get(..head_end)?.strip_prefix("{%")?.trim_matches(|c: char| c == '-' || c.is_whitespace());
        let (name, parameters) = head.strip_prefix("macro ")?.split_once('(')?;
        let body = at + head_end + 2;
        let tail = text.get(body..)?;
        let end = tail.find("{%- endmacro %}").or_else(|| tail.find("{% endmacro %}"))?;
        out.push((name.trim().to_owned(), parameters.trim_end_matches(')').to_owned(), (body, body + end)));
        at = body + end + tail.get(end..)?.find("%}")? + 2;
    }
}

/// An index in a model's settings: its columns, and whether it is unique.
pub(super) fn index(written: &str) -> Option<(Vec<String>, bool)> {
    let mut reader = Reader::new(written);
    (reader.is("{") && reader.text()? == "columns" && reader.is(":")).then_some(())?;
    let Value::List(columns) = reader.value()? else { return None };
    let unique = reader.is(",") && reader.text()? == "unique" && reader.is(":") && reader.is("true");
    (reader.is("}") && reader.is_end()).then_some(())?;
    let name = |value: Value| if let Value::Text(name) = value { Some(name) } else { None };
    Some((columns.into_iter().map(name).collect::<Option<_>>()?, unique))
}
