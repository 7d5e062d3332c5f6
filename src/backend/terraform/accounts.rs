//! Service accounts, and what they may do. On buckets and datasets that stands with those, whose policies are all there is.

use super::super::google::GCP;
use super::google::project;
use super::hcl::reference;
use super::platform::{explained, origin, suffixed};
use crate::base::Ident;
use crate::ir::Program;
use crate::ir::google::{About, Reach, Right, ServiceAccount};
use ::hcl::expr::Expression;
use ::hcl::structure::{Block, Body, BodyBuilder};

/// The accounts of a project; none where it has no cloud at Google.
pub(super) fn all(program: &Program) -> impl Iterator<Item = &ServiceAccount> {
    let here = program.project.clouds.iter().any(|c| *c.provider == *GCP);
    program.platform.accounts.iter().filter(move |_| here)
}

/// `serviceAccount:dbt@….iam.gserviceaccount.com`
pub(super) fn member(account: &Ident) -> Expression {
    reference(&format!("google_service_account.{account}.member"))
}

/// Who has which role on one thing, in order of declaration.
pub(super) fn on<'p>(program: &'p Program, reach: &Reach) -> Vec<(&'static str, &'p Ident)> {
    let rights = all(program).flat_map(|a| a.rights.iter().map(move |r| (a, r)));
    rights.filter(|(_, r)| r.on == *reach).map(|(a, r)| (r.role.name, &a.name)).collect()
}

/// The file's text.
pub(super) fn print(program: &Program) -> String {
    let mut text = String::new();
    for account in all(program) {
        let label = account.name.as_str();
        let main = format!("google_service_account.{label}");
        let mut one = origin::with(program, &account.origin, ("", &account.name), &main, &body(program, account));
        for (number, right) in wide(account) {
            if right.role.about == About::Accounts {
                let why = right.because.as_deref().unwrap_or("the project says so");
                let exceptions = [("CKV_GCP_41", why), ("CKV_GCP_49", why)];
                one = explained(one, "google_project_iam_member", &format!("{label}__{number}"), &exceptions);
            }
        }
        text.push_str(if text.is_empty() { "" } else { "\n" });
        text.push_str(&one);
    }
    text
}

/// Roles on the whole project, numbered.
fn wide(account: &ServiceAccount) -> impl Iterator<Item = (u32, &Right)> {
    (1u32..).zip(account.rights.iter().filter(|r| r.on == Reach::Project))
}

fn body(program: &Program, account: &ServiceAccount) -> Body {
    let label = account.name.as_str();
    let says = if account.doc.trim().is_empty() { account.name.as_str().replace('_', " ") } else { account.doc.trim().to_owned() };
    let called = origin::called(&account.origin, &account.name).replace('_', "-");
    let main = Block::builder("resource")
        .add_labels(["google_service_account", label])
        .add_attribute(("project", project(program)))
        .add_attribute(("account_id", suffixed(program, &called)))
        .add_attribute(("display_name", account.name.as_str().replace('_', " ")))
        // Google takes 256 bytes.
        .add_attribute(("description", shortened(&says)));
    let mut body = Body::builder().add_block(main.build());
    for (number, right) in wide(account) {
        let block = Block::builder("resource")
            .add_labels(["google_project_iam_member", &format!("{label}__{number}")])
            .add_attribute(("project", project(program)))
            .add_attribute(("role", right.role.name))
            .add_attribute(("member", member(&account.name)));
        body = body.add_block(block.build());
    }
    others(body, account).build()
}

/// Other accounts that it may be.
fn others(mut body: BodyBuilder, account: &ServiceAccount) -> BodyBuilder {
    for right in &account.rights {
        let Reach::Account(other) = &right.on else { continue };
        let block = Block::builder("resource")
            .add_labels(["google_service_account_iam_member", &format!("{}__as__{other}", account.name)])
            .add_attribute(("service_account_id", reference(&format!("google_service_account.{other}.name"))))
            .add_attribute(("role", right.role.name))
            .add_attribute(("member", member(&account.name)));
        body = body.add_block(block.build());
    }
    body
}

fn shortened(text: &str) -> String {
    let mut line = String::new();
    for c in text.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        if line.len() + c.len_utf8() > 250 {
            break;
        }
        line.push(c);
    }
    line
}
