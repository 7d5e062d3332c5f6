//! Hostile sources: random damage to a project, and strings that break out of whatever they are put into.

use super::{Project, Random};

/// Texts that some language between a `.pipe` file and a warehouse gives a meaning.
#[rustfmt::skip]
pub(crate) const NASTY: &[&str] = &[
    "'", "''", "\"", "\"\"", "`", "\\", "\\'", "\\\"", "--", "/*", "*/", ";", "';drop table x;--", "$$", "$body$", "E'\\x27'",
    "{{", "}}", "{{ 1/0 }}", "{%", "%}", "{% raw %}", "{% endraw %}", "{#", "#}", "${", "}", "${path.module}", "%{ if true }", "%{", "$${", "$(id)", "`id`", "$HOME",
    "\n", "\r", "\r\n", "\t", "\u{0}", "\u{1b}[31m", "\u{7f}", "\u{85}", "\u{2028}", "\u{202e}abc", "\u{200b}", "\u{feff}", "e\u{301}", "𝒳", "🏥", "ß", "İ", "ﬁ",
    ": ", "- ", "# ", "? ", "&a", "*a", "!!str", "|", ">", "~", "null", "true", "NO", "0o17", "1e400", "%s", "%", "=1+1", "@sum", "\"\"\"", "'''", "//", "///",
    "..", "../../etc/passwd", "/", "C:\\", "CON", "a b", " ", "", ",", "=", "\u{d7ff}", "\u{10ffff}",
];

#[rustfmt::skip]
const HUGE: &[&str] = &["0", "-1", "4294967296", "9223372036854775807", "9223372036854775808", "1e308", "1e999999999", "0.1e-400", "99999999999999999999999999999999999999999999999"];

#[rustfmt::skip]
const WORDS: &[&str] = &[
    "project", "use", "source", "table", "model", "layer", "metric", "fact", "masking", "clearance", "role", "grant", "policy", "bucket", "export", "pipeline", "test", "for",
    "select", "from", "join", "where", "group by", "let", "with recursive", "union all", "case", "end", "over (", "partition by", "filter (where", "in", "as", "masked by", "assert",
    "::", "->", "->>", "[0]", "[", "]", "(", ")", "{", "}", "@name", "@", "=>", "=", ";", ",", ".", "*", "${q.table}", "sql \"\"\"", "\"\"\"", "env(", "secret(", "null", "'", "\"",
];

/// One to four pieces of damage to one or two files; the same random numbers give the same damage.
pub(crate) fn damage(project: &Project, random: &mut Random) -> Project {
    let mut project = project.clone();
    for _ in 0..=random.below(4) {
        let which = random.below(project.0.len());
        let (path, bytes) = project.0[which].clone();
        let damaged = match std::str::from_utf8(&bytes) {
            Ok(text) if random.percent(96) => text_damage(text, random).into_bytes(),
            _ => byte_damage(&bytes, random),
        };
        project.0[which] = (path, damaged);
    }
    project
}

fn byte_damage(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.below(8) {
        let at = random.below(bytes.len());
        if let Some(byte) = bytes.get_mut(at) {
            *byte = u8::try_from(random.below(256)).unwrap();
        }
    }
    bytes
}

fn text_damage(text: &str, random: &mut Random) -> String {
    let (a, b) = range(text, random);
    let (before, piece, after) = (&text[..a], &text[a..b], &text[b..]);
    let inserted = |what: &str| format!("{}{what}{}", &text[..a], &text[a..]);
    match random.below(14) {
        0 => before.to_owned(),
        1 => after.to_owned(),
        2 => format!("{before}{after}"),
        3 => format!("{before}{piece}{piece}{after}"),
        4 => inserted(random.pick::<&str>(NASTY)),
        5 => inserted(&format!(" {} ", random.pick(WORDS))),
        6 => {
            let (open, close) = *random.pick(&[
                ("(", ")"),
                ("[", "]"),
                ("{", "}"),
                ("case when true then ", " end"),
                ("not ", ""),
                ("- ", ""),
                ("${", "}"),
            ]);
            let depth = *random.pick(&[3, 50, 500, 5_000]);
            format!("{before}{}x{}{after}", open.repeat(depth), close.repeat(depth))
        }
        7 => with_line(text, random, |line, _| format!("{line}{line}")),
        8 => with_line(text, random, |_, _| String::new()),
        9 => {
            let other = line_of(text, random);
            with_line(text, random, |line, _| format!("{line}{other}"))
        }
        10 => with_word(text, random, |random| (*random.pick(HUGE)).to_owned()),
        11 => with_word(text, random, |random| (*random.pick(WORDS)).to_owned()),
        12 => {
            let other = word_of(text, random);
            with_word(text, random, |_| other.clone())
        }
        _ => with_word(text, random, |random| format!("\"{}\"", random.pick(NASTY))),
    }
}

/// A short range between characters.
fn range(text: &str, random: &mut Random) -> (usize, usize) {
    let down = |mut at: usize| {
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let a = down(random.below(text.len() + 1));
    let length = if random.percent(80) { random.below(60) } else { random.below(text.len() + 1) };
    (a, down((a + length).min(text.len())))
}

fn line_of(text: &str, random: &mut Random) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    if lines.is_empty() { String::new() } else { (*random.pick(&lines)).to_owned() }
}

fn with_line(text: &str, random: &mut Random, change: impl Fn(&str, &mut Random) -> String) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let at = random.below(lines.len());
    lines.iter().enumerate().map(|(i, line)| if i == at { change(line, random) } else { (*line).to_owned() }).collect()
}

/// Where words begin and end.
fn words(text: &str) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (at, c) in text.char_indices() {
        if !(c.is_alphanumeric() || c == '_') {
            continue;
        }
        match found.last_mut() {
            Some((_, end)) if *end == at => *end = at + c.len_utf8(),
            _ => found.push((at, at + c.len_utf8())),
        }
    }
    found
}

fn word_of(text: &str, random: &mut Random) -> String {
    let words = words(text);
    if words.is_empty() {
        return String::new();
    }
    let (a, b) = *random.pick(&words);
    text[a..b].to_owned()
}

fn with_word(text: &str, random: &mut Random, new: impl Fn(&mut Random) -> String) -> String {
    let words = words(text);
    if words.is_empty() {
        return text.to_owned();
    }
    let (a, b) = *random.pick(&words);
    format!("{}{}{}", &text[..a], new(random), &text[b..])
}
