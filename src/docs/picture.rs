use super::layout::{Size, layered};
use super::page::Link;
use std::fmt::Write as _;

/// A drawing of tables and what leads from one to another.
pub(super) struct Picture {
    /// What it is called, for those who do not see it.
    pub(super) title: String,
    pub(super) boxes: Vec<Table>,
    pub(super) lines: Vec<Line>,
}

/// A table: its name and some of its columns.
pub(super) struct Table {
    pub(super) link: Link,
    /// The one the page is about.
    pub(super) here: bool,
    pub(super) columns: Vec<Column>,
}

/// A line in a table.
#[derive(Clone)]
pub(super) struct Column {
    pub(super) name: String,
    /// What stands behind it: its type, `key`.
    pub(super) note: String,
}

/// From one box to another; from a column to a column, or to the box as a whole.
pub(super) struct Line {
    pub(super) from: (usize, Option<usize>),
    pub(super) to: (usize, Option<usize>),
    /// Dashed: no value goes this way.
    pub(super) dashed: bool,
    /// Ends in a crow's foot where it starts: many of these, one of those.
    pub(super) many: bool,
}

const ROW: i64 = 18;
const HEAD: i64 = 24;
const MARGIN: i64 = 8;
const LONGEST: usize = 34;

impl Picture {
    /// As SVG that stands in a page: `root` leads to the root of the site.
    pub(super) fn svg(&self, root: &str) -> String {
        let sizes: Vec<Size> = self.boxes.iter().map(Table::size).collect();
        let edges: Vec<(usize, usize)> = self.lines.iter().map(|l| (l.from.0, l.to.0)).collect();
        let (places, all) = layered(&sizes, &edges);
        let (width, height) = (all.width + 2 * MARGIN, all.height + 2 * MARGIN);
        let mut out = format!(
            "<svg role=\"group\" aria-label=\"{}\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">\n",
            escaped(&self.title)
        );
        let port = |(node, column): (usize, Option<usize>), right: bool| {
            let (place, size) = (places.get(node)?, sizes.get(node)?);
            let y = column.map_or(HEAD / 2, |c| HEAD + ROW * i64::try_from(c).unwrap_or(0) + ROW / 2);
            Some((place.x + MARGIN + if right { size.width } else { 0 }, place.y + MARGIN + y))
        };
        for line in &self.lines {
            let (Some(from), Some(to)) = (port(line.from, true), port(line.to, false)) else { continue };
            line.draw(from, to, &mut out);
        }
        for ((table, place), size) in self.boxes.iter().zip(&places).zip(&sizes) {
            table.draw((place.x + MARGIN, place.y + MARGIN), *size, root, &mut out);
        }
        out.push_str("</svg>");
        out
    }
}

impl Line {
    fn draw(&self, (x1, y1): (i64, i64), (x2, y2): (i64, i64), out: &mut String) {
        // One that runs back leaves far to the right, so that it is seen as one.
        let bend = ((x2 - x1).abs() / 2).clamp(24, 160);
        let class = if self.dashed { "line dashed" } else { "line" };
        let _ = writeln!(out, "<path class=\"{class}\" d=\"M{x1} {y1}C{} {y1} {} {y2} {x2} {y2}\"/>", x1 + bend, x2 - bend);
        if self.many {
            let _ = writeln!(out, "<path class=\"line\" d=\"M{x1} {}L{} {y1}L{x1} {}\"/>", y1 - 5, x1 + 9, y1 + 5);
            let _ = writeln!(out, "<path class=\"line\" d=\"M{} {}L{} {}\"/>", x2 - 6, y2 - 5, x2 - 6, y2 + 5);
        } else {
            let _ = writeln!(out, "<path class=\"tip\" d=\"M{x2} {y2}L{} {}L{} {}Z\"/>", x2 - 7, y2 - 4, x2 - 7, y2 + 4);
        }
    }
}

impl Table {
    fn size(&self) -> Size {
        let line = |c: &Column| shown(&c.name) + if c.note.is_empty() { 0 } else { shown(&c.note) + 3 };
        let widest = self.columns.iter().map(line).chain([shown(&self.link.text) + 1]).max().unwrap_or(0);
        let rows = i64::try_from(self.columns.len()).unwrap_or(0);
        Size { width: widest * 7 + 18, height: HEAD + rows * ROW + if rows > 0 { 6 } else { 0 } }
    }

    fn draw(&self, (x, y): (i64, i64), size: Size, root: &str, out: &mut String) {
        let class = if self.here { "box here" } else { "box" };
        let _ =
            writeln!(out, "<g class=\"{class}\"><rect x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" rx=\"4\"/>", size.width, size.height);
        let name = format!("<text class=\"head\" x=\"{}\" y=\"{}\">{}</text>", x + 9, y + 16, text(&self.link.text));
        if self.here || self.link.href.is_empty() {
            out.push_str(&name);
        } else {
            let _ = write!(out, "<a href=\"{}{}\">{name}</a>", root, escaped(&self.link.href));
        }
        for (row, column) in (0i64..).zip(&self.columns) {
            let y = y + HEAD + row * ROW + 13;
            let _ = write!(out, "\n<text x=\"{}\" y=\"{y}\">{}", x + 9, text(&column.name));
            if !column.note.is_empty() {
                let _ = write!(out, "<tspan class=\"note\" dx=\"10\">{}</tspan>", text(&column.note));
            }
            out.push_str("</text>");
        }
        out.push_str("</g>\n");
    }
}

/// How many letters wide a text is drawn: those of East Asia take two.
fn shown(text: &str) -> i64 {
    let mut wide = 0;
    for (count, c) in text.chars().enumerate() {
        if count >= LONGEST {
            return wide + 1;
        }
        wide += if u32::from(c) >= 0x1100 { 2 } else { 1 };
    }
    wide
}

/// A text in the drawing, cut where it would be too wide; the whole of it stands in the page.
fn text(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return escaped(text);
    }
    let cut: String = text.chars().take(LONGEST).collect();
    escaped(&format!("{cut}…"))
}

/// A text between tags or quotes of HTML.
pub(super) fn escaped(text: &str) -> String {
    handlebars::html_escape(text)
}
