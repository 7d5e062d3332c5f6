/// A line to be printed.
#[derive(Debug)]
pub(super) struct Line<'a> {
    /// Blanks at its start.
    pub(super) indent: usize,
    /// Its pieces.
    pub(super) cells: Vec<Cell<'a>>,
    /// Whether an empty line stands before it.
    pub(super) after_empty: bool,
}

/// A piece of a line.
#[derive(Debug)]
pub(super) struct Cell<'a> {
    /// What stands before it.
    pub(super) gap: Gap<'a>,
    /// Its text, over several lines perhaps.
    pub(super) text: &'a str,
    /// Where it stood in the source: inner lines move with it.
    pub(super) column: usize,
    /// SQL: inner lines may move.
    pub(super) kept: bool,
}

/// Room before a piece.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Gap<'a> {
    /// So many blanks.
    Blanks(usize),
    /// Aligned with neighbouring lines, at least so many blanks.
    Stop(Stop<'a>, usize),
}

/// What is aligned with what.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stop<'a> {
    /// The `=` or `->` of an entry.
    Sign,
    /// A column's type.
    Type,
    /// What follows a column's type.
    AfterType,
    /// The brace of a one-liner.
    Brace,
    /// An entry of a one-liner that starts with this word.
    Entry(&'a str),
    /// A word of a sentence that is one of many alike.
    Word,
    /// Words set apart by the author, such as `after models` behind a step.
    Wide,
    /// A comment behind code.
    Comment,
}

/// Turns stops into blanks.
pub(super) fn align(lines: &mut [Line<'_>]) {
    let mut start = 0;
    while let Some(first) = lines.get(start) {
        let indent = first.indent;
        let rest = lines.get(start + 1..).unwrap_or(&[]);
        let length = 1 + rest.iter().take_while(|l| l.indent == indent && !l.after_empty).count();
        if let Some(run) = lines.get_mut(start..start + length) {
            align_run(run);
        }
        start += length;
    }
}

/// A run of lines of one block: stops from left to right, comments last.
fn align_run(run: &mut [Line<'_>]) {
    let most = run.iter().map(|l| stops(l).count()).max().unwrap_or(0);
    for nth in 0..most {
        let mut from = 0;
        while from < run.len() {
            let stop = run.get(from).and_then(|l| stops(l).nth(nth)).map(|(_, stop)| stop);
            let rest = run.get(from..).unwrap_or(&[]);
            let length = match stop {
                Some(stop) => rest.iter().take_while(|l| joins(l, nth, stop, rest.first())).count().max(1),
                None => 1,
            };
            if let (Some(stop), Some(group)) = (stop, run.get_mut(from..from + length)) {
                pad(group, |line| stops(line).nth(nth).filter(|(_, s)| *s == stop).map(|(i, _)| i), |line| type_end(line, stop));
            }
            from += length;
        }
    }
    pad_near(run, Stop::Wide, 32, false);
    pad_near(run, Stop::Comment, 48, true);
}

/// Aligns the only `stop` of each line with those of its neighbours, where no line would get more than `reach` blanks.
/// `over` says whether lines without one are passed over.
fn pad_near(run: &mut [Line<'_>], stop: Stop<'static>, reach: usize, over: bool) {
    let place = |line: &Line<'_>| {
        let mut all = line.cells.iter().enumerate().filter(|(_, c)| matches!(c.gap, Gap::Stop(s, _) if s == stop));
        all.next().filter(|_| all.next().is_none()).map(|(i, _)| i)
    };
    let mut from = 0;
    while from < run.len() {
        let (mut low, mut high) = (usize::MAX, 0);
        let rest = run.get(from..).unwrap_or(&[]);
        let length = rest.iter().take_while(|line| match place(line).and_then(|i| width(line, i)) {
            Some(w) => {
                (low, high) = (low.min(w), high.max(w));
                high - low <= reach
            }
            None => over,
        });
        let length = length.count().max(1);
        if let Some(group) = run.get_mut(from..from + length) {
            pad(group, place, |_| None);
        }
        from += length;
    }
}

/// Whether a line goes on with the alignment of the first: its stops so far are the same; or it has none to align,
/// as a column without annotation or a select entry without a name.
fn joins(line: &Line<'_>, nth: usize, stop: Stop<'_>, first: Option<&Line<'_>>) -> bool {
    match stops(line).nth(nth) {
        Some(_) => first.is_some_and(|f| stops(line).map(|(_, s)| s).take(nth + 1).eq(stops(f).map(|(_, s)| s).take(nth + 1))),
        None if stop == Stop::AfterType => type_end(line, stop).is_some(),
        None => stop == Stop::Sign && nth == 0,
    }
}

fn type_end(line: &Line<'_>, stop: Stop<'_>) -> Option<usize> {
    if stop != Stop::AfterType {
        return None;
    }
    line.cells.iter().position(|c| matches!(c.gap, Gap::Stop(Stop::Type, _))).map(|i| i + 1)
}

/// Every stop but those `pad_near` sees to, with its cell.
fn stops<'l, 'a>(line: &'l Line<'a>) -> impl Iterator<Item = (usize, Stop<'a>)> + use<'l, 'a> {
    line.cells.iter().enumerate().filter_map(|(i, cell)| match cell.gap {
        Gap::Stop(stop, _) if !matches!(stop, Stop::Comment | Stop::Wide) => Some((i, stop)),
        _ => None,
    })
}

/// Gives the cells `stop` finds one column. `also` finds how far lines without the stop reach.
fn pad(group: &mut [Line<'_>], stop: impl Fn(&Line<'_>) -> Option<usize>, also: impl Fn(&Line<'_>) -> Option<usize>) {
    let column = group.iter().filter_map(|line| match stop(line) {
        Some(i) => width(line, i).map(|w| w + least(line, i)),
        None => also(line).and_then(|i| width(line, i)).map(|w| w + 1),
    });
    let Some(column) = column.max() else { return };
    for line in group {
        let Some(i) = stop(line) else { continue };
        let blanks = width(line, i).map_or(1, |w| column.saturating_sub(w));
        if let Some(cell) = line.cells.get_mut(i) {
            cell.gap = match cell.gap {
                Gap::Stop(stop, _) => Gap::Stop(stop, blanks),
                other => other,
            };
        }
    }
}

fn least(line: &Line<'_>, i: usize) -> usize {
    line.cells.get(i).map_or(1, |c| match c.gap {
        Gap::Stop(_, least) | Gap::Blanks(least) => least,
    })
}

/// Characters before the `i`th cell; `None` behind a piece of several lines.
fn width(line: &Line<'_>, i: usize) -> Option<usize> {
    let mut width = 0;
    for (n, cell) in line.cells.iter().take(i).enumerate() {
        if cell.text.contains('\n') {
            return None;
        }
        width += cell.text.chars().count() + if n == 0 { 0 } else { least(line, n) };
    }
    Some(width)
}

/// The text.
pub(super) fn print(lines: &[Line<'_>]) -> String {
    let mut out = String::new();
    for line in lines {
        if line.after_empty {
            out.push('\n');
        }
        blanks(&mut out, line.indent);
        let mut column = line.indent;
        for (n, cell) in line.cells.iter().enumerate() {
            let gap = if n == 0 { 0 } else { least(line, n) };
            blanks(&mut out, gap);
            column += gap;
            column = print_cell(&mut out, cell, column, line.indent);
        }
        out.push('\n');
    }
    out
}

/// Writes a cell that starts at `column`; gives the column behind it.
fn print_cell(out: &mut String, cell: &Cell<'_>, column: usize, indent: usize) -> usize {
    let movable = cell.kept && !cell.text.contains("$$") && !cell.text.contains("/*");
    if !movable || !cell.text.contains('\n') {
        out.push_str(cell.text);
        let last = cell.text.rsplit('\n').next().unwrap_or("");
        return last.chars().count() + if cell.text.contains('\n') { 0 } else { column };
    }
    let mut reached = column;
    for (n, line) in cell.text.split('\n').enumerate() {
        let content = line.trim();
        if n == 0 {
            out.push_str(line.trim_end());
            continue;
        }
        out.push('\n');
        if content.is_empty() {
            continue;
        }
        let written = line.len() - line.trim_start().len();
        let place = (written + column).saturating_sub(cell.column).max(indent + 2);
        blanks(out, place);
        out.push_str(content);
        reached = place + content.chars().count();
    }
    reached
}

fn blanks(out: &mut String, count: usize) {
    out.extend(std::iter::repeat_n(' ', count));
}
