use super::collect::Found;
use super::reader::Reader;
use super::widening;
use super::words::{Key, Read, Words, choice, wrong};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::{CategoryId, Clearance, Determination, Form, KAnonymity};
use std::collections::BTreeMap;

/// The library's list of what an Expert Determination usually grants. It takes the determination to use it.
const EXPERT: &str = "expert";

impl<'a> Reader<'a, '_> {
    /// `clearance safe_harbor { … }`, `clearance x = expert('id', expires '2027-12-31') { … }`.
    /// One may stand on another declared further down, so those that must wait are tried again.
    pub(super) fn clearances(&mut self, found: &[Found<'a>]) {
        let mut waiting: Vec<(&Found<'a>, Words<'_>, Ident, Span)> = Vec::new();
        for one in found {
            let Some(sentence) = one.sentence("clearance") else { continue };
            let mut words = Words::new(self.generator, &one.env, sentence);
            words.next();
            let name = words.name("the name of the clearance");
            let Some((name, at)) = self.keep(name) else { continue };
            if self.declare("clearances", &name, at) {
                waiting.push((one, words, name, at));
            }
        }
        loop {
            let names: Vec<Ident> = waiting.iter().map(|w| w.2.clone()).collect();
            let (later, ready): (Vec<_>, Vec<_>) =
                waiting.into_iter().partition(|(_, words, ..)| base_name(words).is_some_and(|b| names.iter().any(|n| n.as_str() == b)));
            if ready.is_empty() {
                for (_, _, name, at) in later {
                    self.diagnostics.push(Diagnostic::error(Code::Cycle, at, format!("clearance `{name}` stands on itself")));
                }
                return;
            }
            for (one, mut words, name, at) in ready {
                let read = self.clearance(&mut words, &name, at);
                // A broken one admits nothing, and is not missed where it is used.
                let mut clearance = self.keep(read).unwrap_or_else(|| Clearance { name, ..empty(at) });
                clearance.standard = one.standard();
                let judged = widening::judge(&self.out.program, &mut clearance);
                self.keep(judged);
                self.out.program.clearances.push(clearance);
            }
            waiting = later;
        }
    }

    fn clearance(&mut self, words: &mut Words<'_>, name: &Ident, at: Span) -> Read<Clearance> {
        let mut clearance = if words.symbol("=") { self.clearance_value(words)? } else { empty(at) };
        (clearance.name, clearance.at) = (name.clone(), at);
        // A reason is for what is said beside it, not for what is built on that later.
        clearance.because = None;
        let everything = clearance.everything;
        self.settings(words, |reader, words, key| reader.admission(words, key, &mut clearance));
        if clearance.everything && !everything && !clearance.admits.is_empty() {
            return Err(wrong(at, "a clearance for everything needs no categories"));
        }
        Ok(clearance)
    }

    /// `zip general`, `everything`, `aggregated(11)`, `aggregated 11`, `expires …` inside a clearance.
    fn admission(&mut self, words: &mut Words<'_>, key: Key<'_>, clearance: &mut Clearance) -> Read<()> {
        match key.text {
            "everything" => clearance.everything = true,
            "control" => {
                words.expect("warn")?;
                clearance.control_warns = true;
            }
            "aggregated" => clearance.aggregated = Some(subjects(words)?),
            "because" => {
                let said = words.text("the reason")?;
                // Several lines may each say why.
                let all = clearance.because.iter().map(|b| &**b).chain([said.trim()]).filter(|b| !b.is_empty());
                clearance.because = Some(all.collect::<Vec<_>>().join("; ").into()).filter(|b: &std::sync::Arc<str>| !b.is_empty());
            }
            "k_anonymous" => {
                let k = subjects(words)?;
                words.expect("over")?;
                let names = words.names("a category")?;
                let types = self.types(words.env, "", super::Place::Column);
                let over: Read<Vec<CategoryId>> = names.iter().map(|(name, at)| types.category(name, *at)).collect();
                clearance.k_anonymous.push(KAnonymity { k, over: over?, at: key.at });
            }
            category => {
                let env = words.env;
                let id = self
                    .types(env, "", super::Place::Column)
                    .category(&Ident::folded(category), key.at)
                    .map_err(|d| self.hint(d, "category", category))?;
                let form = form(words)?;
                clearance.admits.insert(id, form);
            }
        }
        Ok(())
    }

    /// A clearance where one is used: by name, `aggregated(11)` or `expert('id', expires '…')`.
    fn clearance_value(&mut self, words: &mut Words<'_>) -> Read<Clearance> {
        if let Some((key, args)) = words.call() {
            return match key.text {
                "aggregated" => {
                    let [mut arg] =
                        <[Words<'_>; 1]>::try_from(args).map_err(|_| wrong(key.at, "`aggregated` takes the least number of subjects"))?;
                    let clearance = Clearance { aggregated: Some(subjects(&mut arg)?), ..empty(key.at) };
                    arg.end()?;
                    Ok(clearance)
                }
                EXPERT => {
                    let base = self.out.program.clearance(EXPERT).cloned();
                    let base = base.ok_or_else(|| {
                        self.hint(Diagnostic::error(Code::UnknownName, key.at, "no clearance is named `expert`"), "clearance", EXPERT)
                    })?;
                    let base = Clearance { base: Some(base.name.clone()), standard: false, ..base };
                    Ok(Clearance { determination: Some(determination(key, args)?), ..base })
                }
                _ => Err(choice("clearance that takes arguments", key, ["aggregated", EXPERT])),
            };
        }
        let (name, at) = words.name("a clearance")?;
        match self.out.program.clearance(name.as_str()) {
            Some(found) if name.as_str() == EXPERT && found.determination.is_none() => {
                Err(wrong(at, "`expert` stands for an Expert Determination on file and needs its id")
                    .help("write `expert('ED-2026-01', expires '2027-12-31')`"))
            }
            Some(found) => Ok(Clearance { base: Some(found.name.clone()), standard: false, ..found.clone() }),
            None => {
                let known = self.out.program.clearances.iter().map(|c| c.name.as_str());
                let diagnostic =
                    Diagnostic::error(Code::UnknownName, at, format!("no clearance is named `{name}`")).suggest(name.as_str(), known);
                Err(self.hint(diagnostic, "clearance", name.as_str()))
            }
        }
    }

    /// The name of the clearance a bucket or role uses; one written inline is declared under what it says.
    pub(super) fn used_clearance(&mut self, words: &mut Words<'_>) -> Read<Ident> {
        let inline = words.clone().call();
        let mut clearance = self.clearance_value(words)?;
        let Some((key, _)) = inline else { return Ok(clearance.name) };
        widening::judge(&self.out.program, &mut clearance)?;
        let name = match (&clearance.determination, clearance.aggregated) {
            (Some(d), _) => format!("{}({})", key.text, d.id),
            (None, Some(k)) => format!("{}({k})", key.text),
            (None, None) => key.text.to_owned(),
        };
        clearance.name = Ident::exact(&name);
        clearance.at = key.at;
        let name = clearance.name.clone();
        let same = |c: &&Clearance| c.determination == clearance.determination;
        match self.out.program.clearance(name.as_str()) {
            Some(there) if same(&there) => {}
            Some(_) => return Err(wrong(key.at, format!("`{name}` is said with two expiry dates"))),
            None => self.out.program.clearances.push(clearance),
        }
        Ok(name)
    }
}

fn empty(at: Span) -> Clearance {
    Clearance {
        name: Ident::default(),
        admits: BTreeMap::<CategoryId, Form>::new(),
        aggregated: None,
        everything: false,
        control_warns: false,
        determination: None,
        standard: false,
        base: None,
        because: None,
        widens: Vec::new(),
        k_anonymous: Vec::new(),
        at,
    }
}

/// The name after `=`, when it is one.
fn base_name<'w>(words: &Words<'w>) -> Option<&'w str> {
    let mut words = words.clone();
    if !words.symbol("=") {
        return None;
    }
    match words.peek_key() {
        Some(key) => Some(key.text),
        None => words.call().map(|(key, _)| key.text),
    }
}

fn form(words: &mut Words<'_>) -> Read<Form> {
    let key = words.key("a form")?;
    Form::from_name(key.text).ok_or_else(|| choice("form", key, ["public", "general", "pseudonym", "partial", "direct"]))
}

/// A group of one is nobody's crowd.
fn subjects(words: &mut Words<'_>) -> Read<u32> {
    let at = words.here();
    let k = words.number("the least number of subjects")?;
    if k < 2 { Err(wrong(at, "an aggregate protects nobody below 2 subjects")) } else { Ok(k) }
}

/// `('ED-2026-01', expires '2027-12-31')`
fn determination(key: Key<'_>, args: Vec<Words<'_>>) -> Read<Determination> {
    let shape = || {
        wrong(key.at, "an Expert Determination is named by its id and its last day")
            .help("write `expert('ED-2026-01', expires '2027-12-31')`")
    };
    let [mut first, mut second] = <[Words<'_>; 2]>::try_from(args).map_err(|_| shape())?;
    let at = first.here();
    let id = first.text("the determination's id")?;
    first.end()?;
    if id.trim().is_empty() {
        return Err(wrong(at, "the determination's id is empty"));
    }
    second.expect("expires")?;
    let at = second.here();
    let expires = second.text("the last day")?;
    second.end()?;
    if !is_date(&expires) {
        return Err(wrong(at, format!("`{expires}` is no date such as `2027-12-31`")));
    }
    Ok(Determination { id, expires })
}

/// `2027-12-31`, a day there is.
pub(super) fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut next = |digits: usize| parts.next().filter(|p| p.len() == digits && p.bytes().all(|b| b.is_ascii_digit()))?.parse::<u32>().ok();
    let (Some(year), Some(month), Some(day)) = (next(4), next(2), next(2)) else { return false };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    };
    parts.next().is_none() && (1..=12).contains(&month) && (1..=days).contains(&day)
}
