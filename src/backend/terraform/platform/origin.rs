use super::super::hcl::{self, reference};
use crate::base::Ident;
use crate::ir::Program;
use crate::ir::platform::Origin;
use ::hcl::expr::{BinaryOp, BinaryOperator, Conditional, Expression, Operation};
use ::hcl::structure::{Block, Body, Structure};

/// What something is called in the cloud: what was renamed keeps the name it was made with.
pub(in crate::backend::terraform) fn called<'o>(origin: &'o Origin, name: &'o Ident) -> &'o str {
    origin.called(name)
}

/// The text of a file, with what says where its resources come from: `moved` for each, `import` for the main one.
pub(in crate::backend::terraform) fn with(
    program: &Program,
    origin: &Origin,
    (kind, name): (&str, &Ident),
    main: &str,
    body: &Body,
) -> String {
    let mut more = Body::builder();
    if let Some(old) = &origin.moved_from {
        let (now, before) = (prefixed(kind, name.as_str()), prefixed(kind, old.as_str()));
        for (resource, label) in resources(body) {
            let Some(tail) = label.strip_prefix(&now) else { continue };
            let moved = Block::builder("moved")
                .add_attribute(("from", reference(&format!("{resource}.{before}{tail}"))))
                .add_attribute(("to", reference(&format!("{resource}.{label}"))));
            more = more.add_block(moved.build());
        }
    }
    if let Some(import) = import(program, origin, main) {
        more = more.add_block(import);
    }
    let more = hcl::print(&more.build());
    let text = hcl::print(body);
    if more.is_empty() { text } else { format!("{text}\n{more}") }
}

fn prefixed(kind: &str, name: &str) -> String {
    if kind.is_empty() { name.to_owned() } else { format!("{kind}_{name}") }
}

/// Kind and label of every resource.
fn resources(body: &Body) -> Vec<(String, String)> {
    let blocks = body.0.iter().filter_map(|s| if let Structure::Block(b) = s { Some(b) } else { None });
    let resources = blocks.filter(|b| b.identifier() == "resource");
    resources.filter_map(|b| Some((b.labels.first()?.as_str().to_owned(), b.labels.get(1)?.as_str().to_owned()))).collect()
}

/// `import { to = … id = … }`; what lies in one environment is imported there only.
fn import(_: &Program, origin: &Origin, main: &str) -> Option<Block> {
    let (id, environment) = origin.adopt.as_ref()?;
    let block = Block::builder("import");
    let Some(environment) = environment else {
        return Some(block.add_attribute(("to", reference(main))).add_attribute(("id", &**id)).build());
    };
    let here = Operation::Binary(BinaryOp::new(reference("var.environment"), BinaryOperator::Eq, Expression::from(environment.as_str())));
    let ids = Conditional::new(Expression::from(here), Expression::Array(vec![Expression::from(&**id)]), Expression::Array(Vec::new()));
    let block = block.add_attribute(("for_each", super::call("toset", [Expression::from(ids)])));
    Some(block.add_attribute(("to", reference(main))).add_attribute(("id", reference("each.value"))).build())
}
