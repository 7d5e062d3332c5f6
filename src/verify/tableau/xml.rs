//! As much of XML as data sources need: elements, attributes, texts, comments. Anything else is not understood.

/// An element.
pub(super) struct Node {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Node>,
    pub(super) text: String,
}

impl Node {
    /// An attribute; empty where it is not there.
    pub(super) fn get(&self, name: &str) -> &str {
        self.attributes.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }
}

/// The root of a document.
pub(super) fn read(text: &str) -> Option<Node> {
    let mut rest = text.strip_prefix("<?xml version='1.0' encoding='utf-8' ?>")?;
    skip(&mut rest)?;
    let root = element(&mut rest, 0)?;
    skip(&mut rest)?;
    rest.is_empty().then_some(root)
}

/// Blanks and comments.
fn skip(rest: &mut &str) -> Option<()> {
    loop {
        *rest = rest.trim_start();
        let Some(comment) = rest.strip_prefix("<!--") else { return Some(()) };
        let end = comment.find("--")?;
        *rest = comment.get(end..)?.strip_prefix("-->")?;
    }
}

fn element(rest: &mut &str, depth: usize) -> Option<Node> {
    *rest = rest.strip_prefix('<')?;
    let name = name(rest)?;
    let mut node = Node { name, attributes: Vec::new(), children: Vec::new(), text: String::new() };
    loop {
        *rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix("/>") {
            *rest = after;
            return Some(node);
        }
        if let Some(after) = rest.strip_prefix('>') {
            *rest = after;
            break;
        }
        let attribute = self::name(rest)?;
        let value = rest.strip_prefix("='")?;
        let end = value.find('\'')?;
        let text = plain(value.get(..end)?)?;
        *rest = value.get(end + 1..)?;
        if !node.get(&attribute).is_empty() {
            return None;
        }
        node.attributes.push((attribute, text));
    }
    loop {
        let until = rest.find('<')?;
        node.text.push_str(&plain(rest.get(..until)?)?);
        *rest = rest.get(until..)?;
        if let Some(after) = rest.strip_prefix("</") {
            *rest = after.strip_prefix(node.name.as_str())?.strip_prefix('>')?;
            return Some(node);
        }
        if rest.starts_with("<!--") {
            skip(rest)?;
            continue;
        }
        if depth > 20 {
            return None;
        }
        node.children.push(element(rest, depth + 1)?);
    }
}

fn name(rest: &mut &str) -> Option<String> {
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "-_:.".contains(c)))?;
    let (name, after) = rest.split_at_checked(end)?;
    *rest = after;
    (!name.is_empty()).then(|| name.to_owned())
}

/// Text without its references.
fn plain(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(rest.get(..at)?);
        let reference = rest.get(at + 1..)?;
        let end = reference.find(';')?;
        out.push(match reference.get(..end)? {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "apos" => '\'',
            "quot" => '"',
            number => char::from_u32(number.strip_prefix('#')?.parse().ok()?)?,
        });
        rest = reference.get(end + 1..)?;
    }
    out.push_str(rest);
    Some(out)
}
