//! The syntax: what parses, what does not and why, and that no text can break the parser.
//!
//! `tests/spec/syntax/*.md` are the manual. A block without an expectation parses clean; otherwise each mistake is named on its line:
//! `// error[P0101]: part of the message`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests stop at the first surprise"
)]
#![allow(clippy::disallowed_methods, reason = "the corpus is files")]

mod common;

use pipec::diag::Code;
use std::fs;
use std::time::{Duration, Instant};

#[test]
fn the_manual_is_right() {
    let mut wrong = Vec::new();
    for path in common::files("tests/spec/syntax", "md") {
        for (line, block) in common::blocks(&fs::read_to_string(&path).unwrap()) {
            let place = format!("{}:{line}", path.file_name().unwrap().to_string_lossy());
            check_block(&place, &block, &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn check_block(place: &str, block: &str, wrong: &mut Vec<String>) {
    let mut expected = Vec::new();
    for (number, line) in block.lines().enumerate() {
        for note in line.split("// error[").skip(1) {
            let (code, message) = note.split_once("]:").expect("`// error[P0101]: message`");
            expected.push((number, code.to_owned(), message.trim().to_owned()));
        }
    }
    let (_, found) = common::parse(block);
    for (line, d) in &found {
        match expected.iter().position(|(l, code, message)| l == line && code == d.code.id() && d.message.contains(message.as_str())) {
            Some(i) => drop(expected.remove(i)),
            None => wrong.push(format!("{place}+{line}: not expected: {} {}", d.code.id(), d.message)),
        }
    }
    wrong.extend(expected.iter().map(|(line, code, message)| format!("{place}+{line}: not found: {code} {message}")));
}

#[test]
fn examples_and_standard_library_parse() {
    for (name, text) in common::corpus() {
        let (_, found) = common::parse(&text);
        assert!(found.is_empty(), "{name}: {found:#?}");
    }
}

#[test]
fn tokens_are_the_text() {
    for (name, text) in common::corpus() {
        assert_eq!(joined(&text), text, "{name}");
    }
}

fn joined(text: &str) -> String {
    pipec::syntax::tokens(text).map(|t| &text[t.start..t.end]).collect()
}

/// xorshift: the same mutations on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }

    fn place(&mut self, text: &str) -> usize {
        let mut at = self.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

const SPICE: [&str; 30] = [
    "{", "}", "(", ")", "[", "]", "\"", "'", "\"\"\"", "$$", "${", "$${", "/*", "*/", "//", "///", "--", "\n", ";", ",", "=", "->", "@",
    "case ", " end", "\\", "é", "\u{0}", "\u{feff}", "for x in",
];

fn mutate(text: &str, random: &mut Random) -> String {
    let mut text = text.to_owned();
    for _ in 0..=random.below(3) {
        let (a, b) = (random.place(&text), random.place(&text));
        let (a, b) = (a.min(b), a.max(b));
        let near = text[a..b].char_indices().nth(20).map_or(b, |(i, _)| a + i);
        match random.below(6) {
            0 => text.truncate(b),
            1 => drop(text.drain(a..near)),
            2 => {
                let piece = text[a..near].to_owned();
                text.insert_str(a, &piece);
            }
            3 => text.insert_str(a, SPICE[random.below(SPICE.len())]),
            4 => {
                let piece = text[a..near].to_owned();
                text.insert_str(b, &piece);
            }
            _ => text.insert(a, char::from_u32(random.below(0x300) as u32).unwrap_or('x')),
        }
    }
    text
}

#[test]
fn a_thousand_mutations_neither_panic_nor_lose_text_nor_take_long() {
    let pieces: Vec<String> = common::corpus().into_iter().flat_map(|(_, text)| windows(&text, 3000)).collect();
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    for round in 0..1000 {
        let text = mutate(&pieces[random.below(pieces.len())], &mut random);
        let start = Instant::now();
        let (_, found) = common::parse(&text);
        assert!(start.elapsed() < Duration::from_secs(2), "round {round} took {:?}:\n{text}", start.elapsed());
        assert_eq!(joined(&text), text, "round {round}");
        for (_, d) in found {
            let (from, to) = (d.at.start as usize, d.at.end as usize);
            assert!(text.get(from..to).is_some(), "round {round}: {d:?} is no place in\n{text}");
        }
    }
}

/// Whole lines of about this many bytes.
fn windows(text: &str, size: usize) -> Vec<String> {
    let mut parts = vec![String::new()];
    for line in text.split_inclusive('\n') {
        if parts.last().is_some_and(|p| p.len() > size) {
            parts.push(String::new());
        }
        parts.last_mut().unwrap().push_str(line);
    }
    parts
}

/// Patterns that have broken parsers before, repeated.
const HOSTILE: [&str; 44] = [
    "{",
    "}",
    "(",
    "[",
    "\"",
    "'",
    "\"\"\"",
    "$$",
    "${",
    "/*",
    "//",
    "///\n",
    "--",
    "\n",
    ";",
    ",",
    "a.",
    "a ",
    "a\n",
    "@",
    "\\",
    "case ",
    "x = case ",
    "end ",
    "model ",
    "model x {\n",
    "model x { }\n",
    "model x { select { a } }\n",
    "role a { (\n",
    "role a { \"\n",
    "for x in y {\n",
    "for x in not ",
    "type T { a b<",
    "a -> b\n",
    "select { case }\n",
    "+",
    "a = ",
    "module x\n",
    "use a.\n",
    "é",
    "\u{0}",
    "/// d\nmodel x in y\n",
    "sql \"\"\" ",
    "table t { unique unique",
];

fn hostile(size: usize, limit: Duration) {
    for pattern in HOSTILE {
        for prefix in ["", "model x { select {\n", "model x { where ", "bucket b ", "for q in "] {
            let mut text = prefix.to_owned();
            while text.len() + pattern.len() < size {
                text.push_str(pattern);
            }
            for text in [text.clone(), format!("{text}{}", "}".repeat(prefix.matches('{').count()))] {
                let start = Instant::now();
                drop(common::parse(&text));
                assert!(start.elapsed() < limit, "{:?} behind {prefix:?} took {:?}", pattern, start.elapsed());
            }
        }
    }
}

#[test]
fn hostile_texts_take_linear_time() {
    hostile(20_000, Duration::from_secs(2));
}

#[test]
#[ignore = "minutes in a debug build"]
fn hostile_texts_of_the_largest_size_take_seconds() {
    hostile(pipec::syntax::MAX_BYTES - 10, Duration::from_secs(60));
}

#[test]
fn a_file_too_large_is_refused_unread() {
    let (file, found) = common::parse(&"{".repeat(pipec::syntax::MAX_BYTES + 1));
    assert!(file.items.is_empty());
    assert_eq!(found[0].1.code, Code::FileTooLarge);
}

#[test]
fn nesting_to_the_limit_fits_a_small_stack() {
    let deep = |n: usize| format!("model m {{\n{}from t\n{}\n}}\n", "let a = {\n".repeat(n), "}\n".repeat(n));
    let run = move || {
        let (file, found) = common::parse(&deep(60));
        assert_eq!((file.items.len(), found.len()), (1, 0), "{found:?}");
        let (_, found) = common::parse(&deep(65));
        assert_eq!(found[0].1.code, Code::TooDeep);
        let cases = |n: usize| format!("model m {{ from t\n where {}1{} > 0\n}}\n", "case when a then ".repeat(n), " end".repeat(n));
        let (file, found) = common::parse(&cases(64));
        assert_eq!((file.items.len(), found.len()), (1, 0), "{found:?}");
        let (_, found) = common::parse(&cases(65));
        assert_eq!(found[0].1.code, Code::TooDeep);
        let both = |n: usize| format!("model m {{ from t\n where {}1{} > 0\n}}\n", "(case when a then ".repeat(n), " end)".repeat(n));
        let (file, found) = common::parse(&both(62));
        assert_eq!((file.items.len(), found.len()), (1, 0), "{found:?}");
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap();
}

#[test]
#[ignore = "a measurement: cargo test --release --test syntax -- --ignored --nocapture speed"]
fn speed() {
    let columns: String = (0..12).map(|j| format!("    col_{j} = coalesce(s.raw_{j}, o.other_{j}) :: text  @public\n")).collect();
    let model = |i: usize| {
        format!(
            "/// Model {i}.\nmodel m_{i} in marts {{\n  from stg_{i} as s\n  left join other as o on o.id = s.id\n  select {{\n{columns}  }}\n}}\n\n"
        )
    };
    let text: String = (0..)
        .map(model)
        .scan(0, |size, m| {
            *size += m.len();
            (*size < 5 << 20).then_some(m)
        })
        .collect();
    let start = Instant::now();
    let (file, found) = common::parse(&text);
    let seconds = start.elapsed().as_secs_f64();
    assert!(found.is_empty());
    println!(
        "{} models, {:.1} MB in {seconds:.2} s: {:.1} MB/s",
        file.items.len(),
        text.len() as f64 / 1e6,
        text.len() as f64 / 1e6 / seconds
    );
}
