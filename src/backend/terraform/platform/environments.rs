use super::super::File;
use super::super::hcl::{self, object, reference};
use super::{call, header, list, texts};
use crate::ir::platform::{Value, ValueType};
use crate::ir::{Program, platform};
use ::hcl::Identifier;
use ::hcl::expr::{BinaryOp, BinaryOperator, Expression, ForExpr, FuncCall, Operation, Traversal, TraversalOperator, Variable};
use ::hcl::structure::{Block, Body};

/// Variables as they were declared, and which environment this is.
pub(super) fn files(program: &Program) -> Vec<File> {
    let mut files = Vec::new();
    let p = &program.platform;
    if !p.environments.is_empty() {
        let says = "Which of the environments this is, and what follows from it.";
        files.push(("environments".to_owned(), says.to_owned(), hcl::print(&environments(program))));
    }
    if !p.variables.is_empty() {
        let mut body = Body::builder();
        for variable in &p.variables {
            body = body.add_block(declared(variable));
        }
        let says = "What may differ from environment to environment.";
        files.push(("variables".to_owned(), says.to_owned(), hcl::print(&body.build())));
    }
    files
}

fn environments(program: &Program) -> Body {
    let all = &program.platform.environments;
    let names = || texts(all.iter().map(|e| e.name.as_str()));
    let known: Vec<&str> = all.iter().map(|e| e.name.as_str()).collect();
    let validation = Block::builder("validation")
        .add_attribute(("condition", call("contains", [names(), reference("var.environment")])))
        .add_attribute(("error_message", format!("The environment is one of {}.", known.join(", "))));
    let variable = Block::builder("variable")
        .add_label("environment")
        .add_attribute(("description", "Which of the environments this is."))
        .add_attribute(("type", reference("string")))
        .add_attribute(("nullable", false))
        .add_block(validation.build());
    let suffixes = object(all.iter().map(|e| (e.name.as_str(), Expression::from(&*e.suffix))));
    let of_this = [TraversalOperator::GetAttr(Identifier::unchecked("suffixes")), TraversalOperator::Index(reference("var.environment"))];
    let chosen = Expression::from(Traversal::new(Variable::unchecked("local"), of_this));
    let mut locals = Block::builder("locals").add_attribute(("suffixes", suffixes)).add_attribute(("suffix", chosen));
    if program.platform.has_disposable() {
        let lost = texts(all.iter().filter(|e| e.disposable).map(|e| e.name.as_str()));
        locals = locals.add_attribute(("disposable", call("contains", [lost, reference("var.environment")])));
    }
    Body::builder().add_block(variable.build()).add_block(locals.build()).build()
}

fn declared(variable: &platform::Variable) -> Block {
    let text = reference("string");
    let ty = match variable.ty {
        ValueType::Text => text,
        ValueType::Integer => reference("number"),
        ValueType::Boolean => reference("bool"),
        ValueType::Texts => FuncCall::builder("list").arg(text).build().into(),
    };
    let says = if variable.doc.trim().is_empty() {
        format!("The {} of the platform.", variable.name.as_str().replace('_', " "))
    } else {
        variable.doc.trim().to_owned()
    };
    let mut block = Block::builder("variable")
        .add_label(variable.name.as_str())
        .add_attribute(("description", says))
        .add_attribute(("type", ty))
        .add_attribute(("nullable", false));
    if let Some(default) = &variable.default {
        block = block.add_attribute(("default", value(default)));
    }
    if variable.sensitive {
        block = block.add_attribute(("sensitive", true));
    }
    for (condition, message) in conditions(variable) {
        let validation = Block::builder("validation").add_attribute(("condition", condition)).add_attribute(("error_message", message));
        block = block.add_block(validation.build());
    }
    block.build()
}

/// What a value has to fit, and what Terraform says where one does not.
fn conditions(variable: &platform::Variable) -> Vec<(Expression, String)> {
    let own = || reference(&format!("var.{}", variable.name));
    // A list's texts fit one by one.
    let each = |fits: &dyn Fn(Expression) -> Expression| match variable.ty {
        ValueType::Texts => {
            let every = ForExpr::new(Identifier::unchecked("text"), own(), fits(reference("text")));
            call("alltrue", [Expression::from(every)])
        }
        _ => fits(own()),
    };
    let mut out = Vec::new();
    if !variable.one_of.is_empty() {
        let all = || texts(variable.one_of.iter().map(|t| &**t));
        let known: Vec<&str> = variable.one_of.iter().map(|t| &**t).collect();
        out.push((each(&|text| call("contains", [all(), text])), format!("It is one of {}.", known.join(", "))));
    }
    if let Some(pattern) = &variable.matches {
        let fits = |text| call("can", [call("regex", [Expression::from(&**pattern), text])]);
        out.push((each(&fits), format!("It matches {pattern}.")));
    }
    let compared = |left, operator, right| Expression::from(Operation::Binary(BinaryOp::new(left, operator, right)));
    if variable.ty == ValueType::Integer {
        out.push((compared(call("floor", [own()]), BinaryOperator::Eq, own()), "It is a whole number.".to_owned()));
    }
    if let Some((from, to)) = variable.range {
        let low = compared(own(), BinaryOperator::GreaterEq, Expression::from(from));
        let high = compared(own(), BinaryOperator::LessEq, Expression::from(to));
        out.push((compared(low, BinaryOperator::And, high), format!("It lies between {from} and {to}.")));
    }
    out
}

fn value(value: &Value) -> Expression {
    match value {
        Value::Text(text) => Expression::from(&**text),
        Value::Integer(n) => Expression::from(*n),
        Value::Boolean(b) => Expression::from(*b),
        Value::Texts(all) => list(all.iter().map(|t| Expression::from(&**t))),
    }
}

/// What each environment gives: values of variables, and where its state lies.
pub(super) fn values(program: &Program) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for environment in &program.platform.environments {
        let mut body = Body::builder().add_attribute(("environment", environment.name.as_str()));
        for (name, given) in &environment.values {
            body = body.add_attribute((name.as_str(), value(given)));
        }
        let says = format!("{}\nterraform apply -var-file={}.tfvars", environment.doc.trim(), environment.name);
        files.push((format!("{}.tfvars", environment.name), format!("{}\n{}", header(&says, program), hcl::print(&body.build()))));
        if let Some(state) = &program.project.state {
            let key = if &*state.kind == "s3" { "key" } else { "prefix" };
            let body = Body::builder().add_attribute((key, state_key(program, Some(environment.name.as_str())))).build();
            let says = format!("terraform init -backend-config={}.tfbackend", environment.name);
            files.push((format!("{}.tfbackend", environment.name), format!("{}\n{}", header(&says, program), hcl::print(&body))));
        }
    }
    files
}

/// Where in its bucket the state lies.
fn state_key(program: &Program, environment: Option<&str>) -> String {
    let name = super::stem(program);
    let gcs = program.project.state.as_ref().is_some_and(|s| &*s.kind == "gcs");
    match (environment, gcs) {
        (Some(environment), false) => format!("{name}/{environment}.tfstate"),
        (None, false) => format!("{name}/terraform.tfstate"),
        (Some(environment), true) => format!("{name}/{environment}"),
        (None, true) => name,
    }
}

/// `backend "s3" { … }`: with environments, each gives the rest in a file of its own.
pub(in crate::backend::terraform) fn backend(program: &Program) -> Option<Block> {
    let state = program.project.state.as_ref()?;
    let s3 = &*state.kind == "s3";
    let mut block = Block::builder("backend").add_label(&*state.kind).add_attribute(("bucket", &*state.bucket));
    if program.platform.environments.is_empty() {
        block = block.add_attribute((if s3 { "key" } else { "prefix" }, state_key(program, None)));
    }
    if s3 {
        if let Some(crate::ir::Setting::Text(region)) = crate::backend::aws::region(program) {
            block = block.add_attribute(("region", &**region));
        }
        block = block.add_attribute(("encrypt", true)).add_attribute(("use_lockfile", true));
    }
    Some(block.build())
}
