//! Laying out tokens in lines: a group stays on one line when it fits, else every break of it becomes a new line (Oppen's printer, consistent breaks only).

/// Columns a line may fill before its groups break.
const WIDTH: usize = 100;
/// Spaces per level.
const STEP: usize = 4;
/// A group this short is left alone on a line that is too long: it is not what makes it so.
const SHORT: usize = 36;
/// A width no line has: a group with a hard break in it never stays on one line.
const NEVER: usize = 1 << 24;

#[derive(Clone, Copy, Debug)]
enum Token {
    /// Text up to this byte of `Page::text`.
    Text(usize),
    /// Nothing or a space when flat.
    Break {
        spaced: bool,
    },
    /// A new line, perhaps after a blank one.
    Line {
        blank: bool,
    },
    /// Begins a group of this flat width, `after` of it being what follows up to the next break.
    Open {
        width: usize,
        after: usize,
    },
    Close,
    Indent,
    Dedent,
}

/// Text with places where it may break. Widths are kept as it grows, so laying out is one pass.
#[derive(Debug, Default)]
pub(super) struct Page {
    text: String,
    tokens: Vec<Token>,
    flat: usize,
    open: Vec<(usize, usize)>,
    /// Closed groups whose trailing text is still growing: index of their token, width so far at their end.
    trailing: Vec<(usize, usize)>,
}

impl Page {
    pub(super) fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.text.push_str(text);
        self.flat += text.len();
        match self.tokens.last_mut() {
            Some(Token::Text(end)) => *end = self.text.len(),
            _ => self.tokens.push(Token::Text(self.text.len())),
        }
    }

    /// A space, or a new line.
    pub(super) fn soft(&mut self) {
        self.breaks(Token::Break { spaced: true }, 1);
    }

    /// Nothing, or a new line.
    pub(super) fn tight(&mut self) {
        self.breaks(Token::Break { spaced: false }, 0);
    }

    /// A new line.
    pub(super) fn line(&mut self) {
        self.breaks(Token::Line { blank: false }, NEVER);
    }

    /// A blank line, then a new one.
    pub(super) fn blank(&mut self) {
        self.breaks(Token::Line { blank: true }, NEVER);
    }

    fn breaks(&mut self, token: Token, width: usize) {
        for (index, end) in std::mem::take(&mut self.trailing) {
            if let Some(Token::Open { after, .. }) = self.tokens.get_mut(index) {
                *after = self.flat - end;
            }
        }
        self.flat += width;
        self.tokens.push(token);
    }

    pub(super) fn open(&mut self) {
        self.open.push((self.tokens.len(), self.flat));
        self.tokens.push(Token::Open { width: 0, after: 0 });
    }

    pub(super) fn close(&mut self) {
        if let Some((index, start)) = self.open.pop() {
            if let Some(Token::Open { width, .. }) = self.tokens.get_mut(index) {
                *width = self.flat - start;
            }
            self.trailing.push((index, self.flat));
            self.tokens.push(Token::Close);
        }
    }

    pub(super) fn indent(&mut self) {
        self.tokens.push(Token::Indent);
    }

    pub(super) fn dedent(&mut self) {
        self.tokens.push(Token::Dedent);
    }

    /// The text in lines, without a line break at its end.
    pub(super) fn lay_out(mut self) -> String {
        for (index, end) in std::mem::take(&mut self.trailing) {
            if let Some(Token::Open { after, .. }) = self.tokens.get_mut(index) {
                *after = self.flat - end;
            }
        }
        let mut out = String::with_capacity(self.text.len() + self.text.len() / 4);
        let (mut from, mut indent, mut column) = (0, 0, 0);
        let mut broken = vec![false];
        for token in &self.tokens {
            match *token {
                Token::Text(end) => {
                    out.push_str(self.text.get(from..end).unwrap_or(""));
                    column += end - from;
                    from = end;
                }
                Token::Break { spaced } if !broken.last().copied().unwrap_or(false) => {
                    if spaced {
                        out.push(' ');
                        column += 1;
                    }
                }
                Token::Break { .. } => column = new_line(&mut out, indent, false),
                Token::Line { blank } => column = new_line(&mut out, indent, blank),
                Token::Open { width, after } => broken.push(width > SHORT && column + width + after > WIDTH),
                Token::Close => {
                    broken.pop();
                }
                Token::Indent => indent += STEP,
                Token::Dedent => indent -= STEP,
            }
        }
        out
    }
}

fn new_line(out: &mut String, indent: usize, blank: bool) -> usize {
    out.push_str(if blank { "\n\n" } else { "\n" });
    out.extend(std::iter::repeat_n(' ', indent));
    indent
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(items: &[&str]) -> String {
        let mut page = Page::default();
        page.open();
        page.text("f(");
        page.indent();
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                page.text(",");
                page.soft();
            } else {
                page.tight();
            }
            page.text(item);
        }
        page.dedent();
        page.tight();
        page.text(")");
        page.close();
        page.text(" as x");
        page.lay_out()
    }

    #[test]
    fn what_fits_stays_on_one_line_and_what_does_not_breaks_everywhere() {
        assert_eq!(list(&["a", "b"]), "f(a, b) as x");
        let long = "a".repeat(60);
        assert_eq!(list(&[&long, &long]), format!("f(\n    {long},\n    {long}\n) as x"));
    }

    #[test]
    fn text_after_a_group_counts_for_its_width() {
        let just = "a".repeat(WIDTH - 8);
        assert_eq!(list(&[&just]), format!("f({just}) as x"));
        let over = "a".repeat(WIDTH - 7);
        assert_eq!(list(&[&over]), format!("f(\n    {over}\n) as x"));
    }
}
