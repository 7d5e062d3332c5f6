use super::Builder;
use crate::syntax::ast::{Function, FunctionKind, Param};
use crate::syntax::parser::{Node, Rule};
use smol_str::SmolStr;

impl Builder<'_> {
    pub(super) fn function(&mut self, node: Node<'_>) -> Option<Function> {
        let at = self.trimmed(&node);
        let mut kind = if node.rule() == Rule::table_function { FunctionKind::Table } else { FunctionKind::Function };
        let (mut name, mut result, mut bodies) = (None, None, None);
        let (mut params, mut tail) = (Vec::new(), Vec::new());
        let mut never_null = false;
        for child in node.children() {
            match child.rule() {
                Rule::function_kind => kind = function_kind(child.text()),
                Rule::function_name => name = Some((SmolStr::new(child.text()), self.at(&child))),
                Rule::params => params = child.children().filter_map(|p| self.param(p)).collect(),
                Rule::type_name => result = Some(self.type_name(&child)),
                Rule::never_null => never_null = true,
                Rule::words => tail = self.words(child.children()),
                Rule::sentence_block => bodies = Some(self.sentence_block(child)),
                _ => {}
            }
        }
        let (name, name_at) = name?;
        Some(Function { kind, name, name_at, params, result: result?, never_null, tail, bodies, at })
    }

    fn param(&mut self, node: Node<'_>) -> Option<Param> {
        let (mut name, mut ty, mut default) = (None, None, None);
        let mut variadic = false;
        for child in node.children() {
            match child.rule() {
                Rule::ident => name = Some(SmolStr::new(child.text())),
                Rule::type_name => ty = Some(self.type_name(&child)),
                Rule::variadic => variadic = true,
                Rule::colon => {}
                _ => default = self.word(child),
            }
        }
        Some(Param { name: name?, ty: ty?, default, variadic })
    }
}

fn function_kind(word: &str) -> FunctionKind {
    match word {
        "operator" => FunctionKind::Operator,
        "aggregate" => FunctionKind::Aggregate,
        "window" => FunctionKind::Window,
        "mask" => FunctionKind::Mask,
        _ => FunctionKind::Function,
    }
}
