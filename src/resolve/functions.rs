use super::collect::Found;
use super::reader::Reader;
use super::types::Place;
use super::words::{Read, Words, choice, missing, wrong};
use crate::base::Span;
use crate::diag::{Code, Diagnostic};
use crate::ir::{Dialect, Follows, Form, Function, FunctionId, FunctionKind, Limits, Literal, Nullability, Parameter, Transition, Type};
use crate::syntax::ast::{self, ItemKind};
use std::collections::BTreeMap;
use std::sync::Arc;

impl<'a> Reader<'a, '_> {
    /// `function`, `operator`, `aggregate`, `window`, `mask`: one overload each.
    pub(super) fn functions(&mut self, found: &[Found<'a>]) {
        for one in found {
            let ItemKind::Function(decl) = &one.item.kind else { continue };
            let function = self.function(one, decl);
            let Some(function) = self.keep(function) else { continue };
            let same = |id: &FunctionId| self.out.program.function(*id).filter(|f| same_signature(f, &function)).map(|f| f.at);
            let overloads = self.out.program.function_names.get(&function.name);
            let shipped =
                |id: &FunctionId| self.out.program.function(*id).filter(|f| f.standard && called_alike(f, &function)).map(|f| f.at);
            if let Some(shipped) = overloads.filter(|_| !function.standard).and_then(|ids| ids.iter().find_map(shipped)) {
                let message = format!("`{}` comes with pipec, and a call with these arguments is that one", function.name);
                self.diagnostics.push(
                    Diagnostic::error(Code::DuplicateName, decl.name_at, message)
                        .mark(shipped, "the one that comes with pipec")
                        .help("give it another name: a call says which of the two is meant"),
                );
                continue;
            }
            if let Some(first) = overloads.and_then(|ids| ids.iter().find_map(same)) {
                self.diagnostics.push(
                    Diagnostic::error(
                        Code::DuplicateName,
                        decl.name_at,
                        format!("`{}` is declared twice with these parameters", function.name),
                    )
                    .label("the second")
                    .mark(first, "the first"),
                );
                continue;
            }
            let id = FunctionId(u32::try_from(self.out.program.functions.len()).unwrap_or(u32::MAX));
            self.out.program.function_names.entry(function.name.clone()).or_default().push(id);
            self.out.program.functions.push(function);
        }
    }

    fn function(&mut self, one: &Found<'a>, decl: &ast::Function) -> Read<Function> {
        let mut params = Vec::with_capacity(decl.params.len());
        for param in &decl.params {
            params.push(self.parameter(one, param, params.as_slice())?);
        }
        let mut function = Function {
            name: Arc::from(decl.name.to_ascii_lowercase()),
            kind: kind_of(decl.kind),
            params,
            result: self.types(&one.env, &one.module, Place::Signature).type_of(&decl.result, None)?,
            nullability: match (decl.never_null, decl.result.nullable) {
                (true, _) => Nullability::Never,
                (false, true) => Nullability::Maybe,
                (false, false) => Nullability::Strict,
            },
            bodies: BTreeMap::new(),
            generic: None,
            unsupported: Vec::new(),
            transition: None,
            follows: Vec::new(),
            monotone: false,
            because: Arc::default(),
            keeps_intact: false,
            standard: one.standard(),
            doc: self.doc(one.item.doc.as_ref(), &one.env),
            at: decl.name_at,
        };
        self.tail(one, decl, &mut function)?;
        for sentence in decl.bodies.iter().flatten() {
            let mut words = Words::new(self.generator, &one.env, sentence);
            let read = body(&mut words, &mut function);
            self.keep(read);
        }
        Ok(function)
    }

    fn parameter(&mut self, one: &Found<'a>, param: &ast::Param, before: &[Parameter]) -> Read<Parameter> {
        let at = param.ty.at;
        if before.iter().any(|p| *p.name == *param.name) {
            return Err(Diagnostic::error(Code::DuplicateName, at, format!("two parameters are named `{}`", param.name)));
        }
        if before.last().is_some_and(|p| p.variadic) {
            return Err(wrong(at, "only the last parameter takes any number of arguments"));
        }
        let ty = self.types(&one.env, &one.module, Place::Signature).type_of(&param.ty, None)?;
        let default = match &param.default {
            Some(word) => Some(Words::of(self.generator, &one.env, std::slice::from_ref(word), word.at).literal("a default")?),
            None => None,
        };
        Ok(Parameter { name: Arc::from(param.name.as_str()), ty, default, variadic: param.variadic, limits: Limits::default() })
    }

    /// `general lowers birth_date age`, `intact`
    fn tail(&mut self, one: &Found<'a>, decl: &ast::Function, function: &mut Function) -> Read<()> {
        let mut words = Words::of(self.generator, &one.env, &decl.tail, decl.at);
        let mut to = None;
        let (mut lowers, mut with) = (Vec::new(), Vec::new());
        while !words.is_empty() {
            let key = words.key("a word about the function")?;
            match (key.text, Form::from_name(key.text)) {
                (_, Some(Form::Direct)) => return Err(wrong(key.at, "a mask that leaves `direct` lowers nothing")),
                (_, Some(form)) => to = Some(form),
                ("intact", _) => function.keeps_intact = true,
                ("monotone", _) if function.kind == FunctionKind::Mask => function.monotone = true,
                ("follows", _) => function.follows = follows(&mut words)?,
                ("because", _) => function.because = words.text("the reason")?.trim().into(),
                ("with", _) => with.push(along(&mut words, &function.params)?),
                (word @ ("least" | "most"), _) if function.kind == FunctionKind::Mask => limit(&mut words, &mut function.params, word)?,
                ("lowers", _) => {
                    let types = self.types(&one.env, &one.module, Place::Signature);
                    while words.peek_key().is_some_and(|k| {
                        !["intact", "monotone", "follows", "with", "least", "most", "because"].contains(&k.text)
                            && Form::from_name(k.text).is_none()
                    }) {
                        let (name, at) = words.name("a category")?;
                        lowers.push(types.category(&name, at)?);
                        words.symbol(",");
                    }
                    if lowers.is_empty() {
                        return Err(wrong(key.at, "`lowers` names the categories"));
                    }
                }
                _ => {
                    return Err(choice(
                        "word about a function",
                        key,
                        [
                            "general",
                            "pseudonym",
                            "partial",
                            "public",
                            "lowers",
                            "follows",
                            "with",
                            "least",
                            "most",
                            "monotone",
                            "intact",
                            "because",
                        ],
                    ));
                }
            }
        }
        lowers.sort_unstable();
        lowers.dedup();
        match (function.kind, to) {
            (FunctionKind::Mask, Some(to)) => function.transition = Some(Transition { lowers, to, with }),
            (FunctionKind::Mask, None) => {
                return Err(missing(decl.name_at, format!("mask `{}` does not say which form it leaves", function.name))
                    .help("write `general`, `pseudonym`, `partial` or `public` after its result type"));
            }
            (_, Some(_)) => {
                return Err(wrong(decl.name_at, format!("only a mask lowers what a value tells, and `{}` is none", function.name)));
            }
            (_, None) if !lowers.is_empty() => return Err(wrong(decl.name_at, "only a mask lowers categories")),
            (_, None) => {}
        }
        let releases = function.kind == FunctionKind::Mask || function.keeps_intact;
        if releases && !function.standard && function.because.is_empty() {
            let what = if function.kind == FunctionKind::Mask { "what it leaves" } else { "that it is `intact`" };
            return Err(Diagnostic::error(
                Code::ReleaseReason,
                decl.name_at,
                format!("`{}` says {what}, and nobody checks it: that needs a reason", function.name),
            )
            .help("add `because \"…\"` behind it: who reviewed the bodies, and what they leave"));
        }
        if function.kind == FunctionKind::Mask && function.params.is_empty() {
            return Err(missing(decl.name_at, format!("mask `{}` has no parameter for what it masks", function.name)));
        }
        Ok(())
    }
}

/// `any`, `age_years`, `age_years, age_band by width`
fn follows(words: &mut Words<'_>) -> Read<Vec<Follows>> {
    words.list(|words| {
        let (name, _) = words.name("a mask")?;
        if name.as_str() == "any" {
            return Ok(Follows::Any);
        }
        let by = if words.take("by") { Some(Arc::from(words.name("an argument of both")?.0.as_str())) } else { None };
        Ok(Follows::Mask { name: Arc::from(name.as_str()), by })
    })
}

/// `entity pseudonym`: a parameter that may be a column of the same row, and the form in which what it tells is left.
fn along(words: &mut Words<'_>, params: &[Parameter]) -> Read<(usize, Form)> {
    let (name, at) = words.name("a parameter")?;
    let place = params.iter().skip(1).position(|p| *p.name == *name.as_str() && !p.variadic);
    let place = place.ok_or_else(|| wrong(at, format!("`{name}` is no further parameter")))?;
    let key = words.key("a form")?;
    let form = Form::from_name(key.text).ok_or_else(|| choice("form", key, ["general", "pseudonym", "partial", "direct"]))?;
    Ok((place + 1, form))
}

/// `step 1` behind `least` or `most`: what a further argument has to be for the mask to hide anything.
fn limit(words: &mut Words<'_>, params: &mut [Parameter], which: &str) -> Read<()> {
    let (name, at) = words.name("a parameter")?;
    let first = params.first().map(|p| p.name.clone());
    let param = params.iter_mut().skip(1).find(|p| *p.name == *name.as_str());
    let param = param.ok_or_else(|| wrong(at, format!("`{name}` is no further parameter")))?;
    let number = match words.literal("a limit")? {
        Literal::Number(digits) => digits.parse::<f64>().ok(),
        _ => None,
    };
    let number = number.ok_or_else(|| wrong(at, format!("`{which} {name}` wants a number")))?;
    match which {
        "least" => {
            param.limits.least = Some(number);
            param.limits.steps = words.take("of");
        }
        _ => param.limits.most = Some(number),
    }
    if param.limits.steps && which == "least" {
        let (name, at) = words.name("the first parameter")?;
        if first.is_none_or(|first| *first != *name.as_str()) {
            return Err(wrong(at, format!("`{name}` is not the first parameter, whose values a limit can be a distance of")));
        }
    }
    Ok(())
}

/// Masks may differ in the names of their parameters alone: `year_of(x, as_of => …)`, `year_of(x, subject_dob => …)`.
fn same_signature(a: &Function, b: &Function) -> bool {
    let name = |p: &Parameter| if a.kind == FunctionKind::Mask { Some(p.name.clone()) } else { None };
    let types = |f: &Function| f.params.iter().map(|p| (p.ty.clone(), p.variadic, name(p))).collect::<Vec<_>>();
    a.kind == b.kind && a.params.len() == b.params.len() && types(a) == types(b)
}

/// Whether one call could mean both, whatever they are and their parameters are called: what has a default may be left out.
fn called_alike(a: &Function, b: &Function) -> bool {
    let least = |f: &Function| f.params.iter().filter(|p| p.default.is_none() && !p.variadic).count();
    let any = |p: &Parameter| matches!(p.ty, Type::Variable(_) | Type::Any);
    let alike = |(x, y): &(&Parameter, &Parameter)| (x.ty == y.ty || any(x) || any(y)) && x.variadic == y.variadic;
    least(a).max(least(b)) <= a.params.iter().zip(&b.params).take_while(alike).count()
}

fn kind_of(kind: ast::FunctionKind) -> FunctionKind {
    match kind {
        ast::FunctionKind::Function => FunctionKind::Function,
        ast::FunctionKind::Operator => FunctionKind::Operator,
        ast::FunctionKind::Aggregate => FunctionKind::Aggregate,
        ast::FunctionKind::Window => FunctionKind::Window,
        ast::FunctionKind::Mask => FunctionKind::Mask,
        ast::FunctionKind::Table => FunctionKind::Table,
    }
}

/// `postgres "…"`, `generic "…"`, `duckdb unsupported`
fn body(words: &mut Words<'_>, function: &mut Function) -> Read<()> {
    let key = words.key("a dialect")?;
    let dialect = Dialect::from_name(key.text);
    if dialect.is_none() && key.text != "generic" {
        return Err(choice("dialect", key, Dialect::ALL.map(Dialect::name).into_iter().chain(["generic"])));
    }
    let twice = match dialect {
        Some(d) => function.bodies.contains_key(&d) || function.unsupported.contains(&d),
        None => function.generic.is_some(),
    };
    if twice {
        return Err(wrong(key.at, format!("`{}` is said twice", key.text)));
    }
    if let (Some(dialect), true) = (dialect, words.take("unsupported")) {
        function.unsupported.push(dialect);
        return words.end();
    }
    let at = words.here();
    let text = words.text("the call's SQL")?;
    holes(&text, &function.params, at)?;
    match dialect {
        Some(dialect) => _ = function.bodies.insert(dialect, text),
        None => function.generic = Some(text),
    }
    words.end()
}

/// Every `{name}` is a parameter; `{{` and `}}` are braces.
fn holes(text: &str, params: &[Parameter], at: Span) -> Read<()> {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(['{', '}']) {
        let opens = rest.get(before.len()..).is_some_and(|r| r.starts_with('{'));
        if let Some(literal) = after.strip_prefix(if opens { '{' } else { '}' }) {
            rest = literal;
            continue;
        }
        let hole = if opens { after.split_once('}') } else { None };
        let Some((name, next)) = hole else {
            return Err(wrong(at, "a brace stands alone in this SQL").help("write `{{` and `}}` for braces"));
        };
        if !params.iter().any(|p| *p.name == *name) {
            return Err(wrong(at, format!("`{{{name}}}` is no parameter"))
                .suggest(name, params.iter().map(|p| &*p.name))
                .help("write `{{` and `}}` for braces"));
        }
        rest = next;
    }
    Ok(())
}
