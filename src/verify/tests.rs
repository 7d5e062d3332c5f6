use super::report::Side;
use super::{Report, verify};
use crate::base::{Sources, VPath};
use crate::diag::Code;
use crate::driver::{Options, compile};
use std::collections::BTreeMap;

mod bigquery;
mod forms;
mod google;

/// Rows hidden from one role, by a policy and by an entitlement; a view; a masked twin; an incremental table; a writer.
const PROJECT: &str = r#"
project shop {
  warehouse postgres { database = env("DATABASE") }
  cloud aws { region "us-east-1" }
  emit sql, dbt, iam, terraform, evidence
}
use std.hipaa
source raw on warehouse schema "raw" {
  table sales { id integer key @public; region text @public; buyer text @name; day date @service_date }
  table staff { login text @public; regions text[] @public }
}
layer marts schema "marts" as table
model sale in marts {
  from raw.sales as s
  select { s.id; s.region; s.buyer; s.day }
}
model late in marts as incremental(key: id, cursor: id) {
  from sale as s
  select { s.id; s.region }
}
model live in marts as view {
  from sale as s
  select { s.id; s.region }
}
model staff in marts {
  from raw.staff as s
  select { s.login; s.regions }
}
entitlement team from staff by login
masking hide { name -> redact; service_date -> year_of }
role seller { clearance internal; postgres "seller"; aws group "sellers" }
role north  { clearance expert('ED-1', expires '2099-12-31'); postgres "north-team"; aws group "north" }
bucket files { name "shop-files"; clearance internal; readers seller }
export rows to files { staff; path "staff/{yyyy}.csv" }
export regions to files { area; path "areas/{yyyy}.csv" }
model area in marts {
  from raw.sales as s
  group by s.region
  select { s.region }
}
grant extract on area to north
policy theirs on sale for seller where region in entitled.regions
policy north on sale for north where region = 'north'
policy theirs on late for seller where region in entitled.regions
policy north on late for north where region = 'north'
grant read on sale to seller
grant read on late to seller, north
grant read on live to seller, north
grant read on sale to north masked by hide
table slips in marts { id bigint key default identity @public; note text @public }
grant write on slips to seller
"#;

/// The project's artifacts after an edit, and what verification says: held against themselves, so what is found, the models find.
fn edited(path: &str, edit: impl Fn(&str) -> String) -> Report {
    changed(PROJECT, |files| {
        if path.is_empty() {
            return;
        }
        let found = files.iter_mut().find(|(p, _)| p.as_str().ends_with(path)).unwrap_or_else(|| panic!("no file {path}"));
        let text = String::from_utf8(found.1.clone()).unwrap();
        let new = edit(&text);
        assert_ne!(text, new, "the edit of {path} changes nothing");
        *found.1 = new.into_bytes();
    })
}

/// A project's artifacts after a change of them, held against themselves.
fn changed(project: &str, change: impl FnMut(&mut BTreeMap<VPath, Vec<u8>>)) -> Report {
    beside_built(project, true, change)
}

/// A project's artifacts after a change of them, held against themselves or against what is built.
fn beside_built(project: &str, alone: bool, mut change: impl FnMut(&mut BTreeMap<VPath, Vec<u8>>)) -> Report {
    let mut sources = Sources::new();
    for (path, text) in crate::stdlib::files() {
        sources.add(VPath::new(path).unwrap(), *text);
    }
    sources.add(VPath::new("main.pipe").unwrap(), project);
    let compilation = compile(&sources, &Options { emit: true, ..Options::default() });
    let program = compilation.program.unwrap_or_else(|| panic!("{:?}", compilation.diagnostics));
    let built: BTreeMap<VPath, Vec<u8>> = compilation.files.iter().map(|(p, b)| (p.clone(), b.to_vec())).collect();
    let mut files = built.clone();
    change(&mut files);
    verify(program.program(), &mut sources, &files, if alone { &files } else { &built })
}

fn replaced(path: &str, from: &str, to: &str) -> Report {
    edited(path, |text| text.replacen(from, to, 1))
}

#[track_caller]
fn finds(path: &str, from: &str, to: &str, side: Side) {
    let report = replaced(path, from, to);
    assert!(report.differences.iter().any(|d| d.side == side), "{path}: `{from}` → `{to}`: {:?}", report.differences);
}

#[test]
fn what_is_built_is_what_the_program_says() {
    let report = edited("", str::to_owned);
    assert!(report.differences.is_empty(), "{:?}", report.differences);
    assert!(report.cells > 100, "{}", report.cells);
}

/// The look-up of an entitlement belongs to the owner of the tables, who owns no view.
#[test]
fn who_looks_up_an_entitlement_reads_its_view() {
    for kept in ["view", "materialized_view"] {
        let project = PROJECT.replacen("model staff in marts {", &format!("model staff in marts as {kept} {{"), 1);
        let edit = |from: &str, to: &str| {
            let found = changed(&project, |files| {
                for (path, bytes) in files.iter_mut().filter(|(p, _)| p.as_str().ends_with(".sql")) {
                    let text = String::from_utf8(bytes.clone()).unwrap();
                    if path.as_str().contains("postgres/") && path.as_str().ends_with("marts_staff.sql")
                        || path.as_str().ends_with("pipec_access.sql")
                    {
                        assert!(text.contains("grant select on table marts.staff to shop_owner;\n"), "{path:?}: {text}");
                    }
                    *bytes = text.replace(from, to).into_bytes();
                }
            });
            found.differences.into_iter().map(|d| d.side).collect::<Vec<_>>()
        };
        assert_eq!(edit("\0", ""), Vec::<Side>::new());
        let wanted = "grant select on table marts.staff to shop_owner;\n";
        assert!(edit(wanted, "").contains(&Side::ProgramHasMore));
        assert!(edit(wanted, "grant insert on table marts.staff to shop_owner;\n").contains(&Side::ArtifactHasMore));
        assert!(
            edit(wanted, &format!("{wanted}grant select on table marts.sale_masked_by_hide to shop_owner;\n"))
                .contains(&Side::ArtifactHasMore)
        );
    }
}

#[test]
fn cosmetic_edits_are_no_differences() {
    for (path, from, to) in [
        ("marts_sale.sql", "create policy", "-- by hand\n  CREATE   /* a /* nested */ one */ policy"),
        ("marts_sale.sql", "(id, region, buyer, day)", "(day, id, buyer, \"region\")"),
        ("marts_live.sql", "region = 'north'", "(('north' = seen.region))"),
        ("002_access.sql", "nologin", "NOLOGIN"),
    ] {
        let report = replaced(path, from, to);
        assert!(report.differences.is_empty(), "{path}: `{from}`: {:?}", report.differences);
    }
}

#[test]
fn what_lets_more_through_is_more() {
    let more = Side::ArtifactHasMore;
    for (path, from, to) in [
        ("marts_sale.sql", "alter table marts.sale enable row level security;\n", ""),
        ("marts_sale.sql", "alter table marts.sale force row level security;\n", ""),
        ("marts_late.sql", "to seller using", "to seller, \"north-team\" using"),
        ("marts_sale.sql", "call shop_access.reset('marts.sale');\n", ""),
        ("marts_sale.sql", "alter table marts.sale owner to shop_owner;\n", ""),
        ("marts_sale.sql", "commit;", "grant select on marts.sale to public;\ncommit;"),
        ("marts_sale.sql", "commit;", "grant truncate on marts.sale to seller;\ncommit;"),
        ("marts_late.sql", "commit;", "grant select on marts.late to public;\ncommit;"),
        ("marts_area.sql", "commit;", "grant select on marts.area to public;\ncommit;"),
        // What earlier builds gave, and this one would leave to them.
        ("002_access.sql", "call shop_access.take_back(", "-- call shop_access.take_back("),
        ("002_access.sql", "array['area', ", "array['of_an_earlier_build', "),
        ("002_access.sql", "delete from shop_access.made as m where", "delete from shop_access.made as m where false and"),
        ("002_access.sql", "revoke execute on procedure shop_access.take_back(name[], name[], name[], name[]) from public;\n", ""),
        ("marts_live.sql", "alter view marts.live set (security_barrier = true);\n", ""),
        ("marts_live.sql", "region = 'north'", "region = 'north' or true"),
        ("marts_sale_masked_by_hide.sql", "alter view marts.sale_masked_by_hide set (security_barrier = true);\n", ""),
        ("002_access.sql", "revoke all on schema marts from public;\n", ""),
        ("002_access.sql", "grant usage on schema marts to seller;", "grant usage on schema marts to seller;\ngrant shop_owner to seller;"),
        ("002_access.sql", "revoke execute on procedure shop_access.reset(regclass) from public;\n", ""),
        // Rows of other masks, which are somebody's to read who is not cleared for everything.
        ("marts_late.sql", "call shop_access.refuse_older('marts.late', ", "call shop_access.refuse_older('marts.sale', "),
        ("marts_late.sql", "refuse_older('marts.late', 'pipec: rows made under ", "refuse_older('marts.late', 'pipec: rows made under f"),
        ("pipec_access.sql", "call shop_access.refuse_older(", "-- call shop_access.refuse_older("),
        // A clearance whose determination has a last day.
        ("marts_late.sql", "call shop_access.hold_until(", "-- call shop_access.hold_until("),
        ("marts_late.sql", "'ED-1', '2099-12-31'", "'ED-1', '2100-12-31'"),
        ("marts_late.sql", "commit;", "grant select (id) on marts.late to \"north-team\";\ncommit;"),
        ("pipec_access.sql", "call shop_access.hold_until(", "-- call shop_access.hold_until("),
    ] {
        finds(path, from, to, more);
    }
    assert_eq!(Code::from_id("P0920"), Some(Code::ArtifactGivesMore));
}

#[test]
fn what_lets_less_through_is_less() {
    let less = Side::ProgramHasMore;
    for (path, from, to) in [
        ("marts_sale.sql", "grant select (id, region, ", "grant select (id, "),
        ("002_access.sql", "grant usage on schema marts to seller;\n", ""),
        ("marts_late.sql", "region = 'north'", "region = 'north' and id > 1"),
        ("index.txt", "marts_sale.sql", "marts_sale_too.sql"),
    ] {
        finds(path, from, to, less);
    }
    assert_eq!(Code::from_id("P0921"), Some(Code::ArtifactGivesLess));
}

#[test]
fn what_says_something_else_differs() {
    let differs = Side::Differs;
    for (path, from, to) in [
        ("marts_sale_masked_by_hide.sql", "case when buyer is not null then 'REDACTED' end as buyer", "buyer"),
        ("marts_late.sql", "region = 'north'", "region = 'south'"),
        ("marts_late.sql", "new_rows.id >= coalesce", "new_rows.id > coalesce"),
        ("001_setup.sql", "least(age, cap, 90)", "least(age, cap, 120)"),
    ] {
        finds(path, from, to, differs);
    }
    assert_eq!(Code::from_id("P0922"), Some(Code::ArtifactDiffers));
}

#[test]
fn what_is_not_understood_is_told() {
    let unread = Side::NotUnderstood;
    for (path, from, to) in [
        ("002_access.sql", "create schema", "alter default privileges grant select on tables to public;\ncreate schema"),
        ("002_access.sql", "create schema", "set role seller;\ncreate schema"),
        ("002_access.sql", "create role seller nologin", "create role seller superuser"),
        ("002_access.sql", "if pg_has_role(session_user, $1, 'member') then", "if true then"),
        ("002_access.sql", "security definer\nset search_path = pg_catalog, pg_temp", "security definer"),
        ("marts_sale.sql", "commit;", "\\i more.sql\ncommit;"),
        ("marts_sale.sql", "commit;", "select 'open"),
        ("marts_sale.sql", "commit;", "commit;\ngrant select (id) on marts.sale to seller;"),
        ("marts_late.sql", "\\if :is_new", "\\if :is_old"),
    ] {
        finds(path, from, to, unread);
    }
    assert_eq!(Code::from_id("P0923"), Some(Code::ArtifactUnread));
}

#[test]
fn dbt_is_read_as_dbt_runs_it() {
    let (more, less, differs, unread) = (Side::ArtifactHasMore, Side::ProgramHasMore, Side::Differs, Side::NotUnderstood);
    for (path, from, to, side) in [
        ("pipec_access.sql", "alter table marts.sale force row level security;\n", "", more),
        ("pipec_access.sql", "alter table marts.sale enable row level security;\n", "", more),
        ("pipec_access.sql", "to seller using", "to public using", more),
        ("pipec_access.sql", "grant select (id, region, ", "grant select (id, ", less),
        ("pipec_access.sql", "call shop_access.reset('marts.sale');\n", "commit;\n", unread),
        ("models/marts/live.sql", "region = 'north'", "true", more),
        ("models/marts/live.sql", "post_hook=", "pre_hook=", unread),
        ("models/marts/live.sql", ",\n    post_hook='{{ pipec_access_to_live() }}'", "", more),
        ("models/marts/sale.sql", "schema='marts'", "schema='open'", more),
        ("models/marts/sale.sql", "pipec_access_to_sale()", "pipec_access_to_area()", less),
        ("models/marts/sale_masked_by_hide.sql", "case when buyer is not null then 'REDACTED' end as buyer", "buyer", differs),
        ("models/marts/late.sql", "{% if is_incremental() %}", "{% if not is_incremental() %}", unread),
        ("models/marts/_models.yml", "  config:\n", "  config:\n    grants: {select: [public]}\n", unread),
        ("dbt_project.yml", "- \"{{ pipec_access_setup() }}\"\n", "", less),
        ("dbt_project.yml", "flags:", "on-run-end: grant select on all tables in schema marts to public\nflags:", unread),
        ("dbt_project.yml", "  skip_nodes_if_on_run_start_fails: true\n", "", unread),
        ("generate_schema_name.sql", "target.schema", "'public'", unread),
    ] {
        finds(path, from, to, side);
    }
}

#[test]
fn policies_of_files_are_evaluated() {
    let (more, less, unread) = (Side::ArtifactHasMore, Side::ProgramHasMore, Side::NotUnderstood);
    for (path, from, to, side) in [
        ("iam/role_north.json", "shop-files/areas/*", "shop-files/*", more),
        ("iam/role_north.json", "\"s3:GetObject\"", "\"s3:*\"", more),
        ("iam/role_north.json", "\"s3:prefix\": [\n            \"areas/*\"", "\"s3:prefix\": [\n            \"*\"", more),
        ("iam/role_north.json", "arn:aws:s3:::shop-files/areas/*", "arn:aws:s3:::*", more),
        ("iam/role_north.json", "\"StringLike\"", "\"StringNotLike\"", unread),
        ("iam/role_seller.json", "kms:Decrypt", "kms:*", more),
        ("iam/role_seller.json", "kms:ViaService", "kms:CallerAccount", unread),
        ("iam/bucket_files.json", "\"false\"", "\"true\"", more),
        ("iam/bucket_files.json", "MEMBER_OF_sellers", "MEMBER_OF_others", less),
        ("iam/bucket_files.json", "\"arn:aws:iam::ACCOUNT_ID:root\"", "\"*\"", more),
        ("iam/bucket_files.json", "\"s3:GetObject*\"", "\"s3:GetObject\"", more),
        ("iam/bucket_files.json", "\"Deny\"", "\"Allow\"", more),
        ("iam/writer_exporter.json", "\"s3:AbortMultipartUpload\"", "\"s3:DeleteObject\"", more),
        ("terraform/access.tf", "aws_s3_bucket.files.arn}/areas/*", "aws_s3_bucket.files.arn}/*", more),
        ("terraform/access.tf", "\"s3:GetObject\"", "\"s3:GetObject*\"", more),
        ("terraform/bucket_files.tf", "\"false\"", "\"true\"", more),
        ("terraform/bucket_files.tf", "concat(", "concat([\"*\"], ", more),
        ("terraform/bucket_files.tf", "restrict_public_buckets = true", "restrict_public_buckets = false", more),
        ("terraform/bucket_files.tf", "resource \"aws_s3_bucket_versioning\"", "resource \"aws_s3_bucket_acl\"", unread),
        ("terraform/variables.tf", "default     = []", "default     = [\"*\"]", unread),
    ] {
        finds(path, from, to, side);
    }
}

#[test]
fn a_difference_says_who_what_and_where() {
    let report = replaced("marts_late.sql", "to seller using", "to seller, \"north-team\" using");
    let found = report.differences.iter().find(|d| d.principal == "north-team").unwrap_or_else(|| panic!("{:?}", report.differences));
    assert_eq!((found.object.as_str(), found.verb.as_str(), found.target), ("marts.late", "select", "sql"));
}

#[test]
fn a_line_ends_where_postgres_ends_it() {
    for (path, from, to) in [
        ("postgres/000_schemas.sql", "create schema", "-- x\rgrant select on marts.sale to public;\ncreate schema"),
        ("marts_sale.sql", "commit;", "-- x\rgrant select on marts.sale to public;\ncommit;"),
        ("marts_late.sql", "region = 'north'", "region = 'north' -- x\r or true\n"),
        (
            "pipec_access.sql",
            "call shop_access.reset('marts.sale');\n",
            "call shop_access.reset('marts.sale');\n-- x\rgrant select on marts.sale to public;\n",
        ),
        ("marts_sale.sql", "to seller", "to \u{a0}seller"),
    ] {
        let report = replaced(path, from, to);
        assert!(!report.differences.is_empty(), "{path}: `{from}` → `{to:?}`");
    }
}

#[test]
fn policies_are_read_in_every_form_that_aws_takes() {
    let (more, unread) = (Side::ArtifactHasMore, Side::NotUnderstood);
    let open = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}}"#;
    let mine = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}"#;
    let none = r#"{"Version": "2012-10-17"}"#;
    for (path, text, side) in [
        ("iam/bucket_files_2.json", open, more),
        ("iam/role_north_2.json", mine, more),
        ("iam/role_north_2.json", none, unread),
        ("iam/role_nobody.json", mine, unread),
        ("iam/more.txt", mine, unread),
        ("terraform/override.tf", "", unread),
        ("terraform/access_override.tf", "", unread),
        ("terraform/more.tf.json", "{}", unread),
        ("terraform/terraform.tfvars", "", unread),
        ("terraform/more.auto.tfvars", "", unread),
    ] {
        let report = changed(PROJECT, |files| {
            files.insert(VPath::new(path).unwrap(), text.into());
        });
        assert!(report.differences.iter().any(|d| d.side == side), "{path}: {text}: {:?}", report.differences);
    }
}

#[test]
fn whom_and_what_a_policy_names_is_what_is_expected() {
    let (more, unread) = (Side::ArtifactHasMore, Side::NotUnderstood);
    let root = "\"arn:aws:iam::ACCOUNT_ID:root\"";
    let and = |arn: &str| format!("{root}, \"arn:aws:iam::{arn}\"");
    for (path, from, to, side) in [
        ("iam/bucket_files.json", root, and("ACCOUNT_ID:user/MEMBER_OF_interns"), more),
        ("iam/bucket_files.json", root, and("666666666666:root"), more),
        ("iam/bucket_files.json", root, and("ACCOUNT_ID:role/EXPORTER"), more),
        ("iam/bucket_files.json", "\"Principal\": \"*\"", "\"Principal\": {\"AWS\": \"arn:aws:iam::666666666666:root\"}".into(), unread),
        ("iam/bucket_files.json", "\"Principal\": \"*\"", "\"Principal\": {\"Federated\": \"x\"}".into(), unread),
        ("iam/bucket_files.json", "\"Principal\": \"*\"", "\"Principal\": {\"CanonicalUser\": \"x\"}".into(), unread),
        ("iam/bucket_files.json", "\"Statement\": [", "\"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"Service\": \"ec2.amazonaws.com\"}, \"Action\": \"s3:GetObject\", \"Resource\": \"*\"},".into(), more),
        ("iam/role_north.json", "\"s3:GetObject\"", "\"s3:GetObject\", \"s3:PutReplicationConfiguration\"".into(), more),
        ("iam/role_north.json", "\"s3:GetObject\"", "\"s3:GetObject\", \"s3:CreateAccessPoint\"".into(), more),
        ("iam/role_north.json", "\"kms:Decrypt\"", "\"kms:Decrypt\", \"kms:PutKeyPolicy\"".into(), more),
        ("iam/role_north.json", "\"kms:Decrypt\"", "\"kms:Decrypt\", \"kms:ReEncrypt*\"".into(), more),
        ("iam/role_north.json", "\"kms:Decrypt\"", "\"kms:Decrypt\", \"iam:*\"".into(), more),
        ("terraform/bucket_files.tf", "concat(", "concat([\"arn:aws:iam::666666666666:root\"], ".into(), more),
        ("terraform/bucket_files.tf", "AWS = \"arn:aws:iam::${data.aws_caller_identity.current.account_id}:root\"", "AWS = \"arn:aws:iam::666666666666:root\"".into(), unread),
        ("terraform/logs.tf", "logging.s3.amazonaws.com", "ec2.amazonaws.com".into(), more),
        ("terraform/logs.tf", "\"s3:PutObject\"", "\"s3:*\"".into(), more),
        ("terraform/access.tf", "\"kms:Decrypt\"", "\"kms:Decrypt\", \"kms:PutKeyPolicy\"".into(), more),
        ("terraform/bucket_files.tf", "restrict_public_buckets = true", "restrict_public_buckets = true\n  count = 0".into(), unread),
        ("terraform/bucket_files.tf", "resource \"aws_s3_bucket_versioning\" \"files\" {", "resource \"aws_s3_bucket_versioning\" \"files\" {\n  provisioner \"local-exec\" {\n    command = \"x\"\n  }".into(), unread),
    ] {
        finds(path, from, &to, side);
    }
}

/// What no model reads has to be as it is built: a file of its own, a setting, a resource on which nobody's access was thought to hang.
#[test]
fn what_is_not_read_is_as_it_is_built() {
    let (less, unread) = (Side::ProgramHasMore, Side::NotUnderstood);
    for (path, from, to) in [
        ("terraform/bucket_files.tf", "sse_algorithm     = \"aws:kms\"", "sse_algorithm     = \"AES256\""),
        ("terraform/bucket_files.tf", "target_key_id = aws_kms_key.files.key_id", "target_key_id = aws_kms_key.other.key_id"),
        ("terraform/bucket_files.tf", "target_bucket = aws_s3_bucket.logs.id", "target_bucket = \"elsewhere\""),
        ("terraform/bucket_files.tf", "status = \"Enabled\"", "status = \"Suspended\""),
        ("terraform/outputs.tf", "output \"", "output \"other_"),
        ("terraform/versions.tf", "us-east-1", "us-east-2"),
        ("iam/README.md", "ACCOUNT_ID", "666"),
        ("evidence/index.html", "<h1", "<h2"),
        ("dbt/dbt_project.yml", "model-paths", "test-paths: [\"../other\"]\nmodel-paths"),
        ("dbt/models/marts/sale.sql", "select", "-- {{ config(post_hook='grant select on marts.sale to public') }}\nselect"),
        ("dbt/macros/pipec_access.sql", "{% macro", "{% macro should_store_failures() %}x{% endmacro %}\n{% macro"),
        ("dbt/profiles.yml", "type: postgres", "type: postgres\n      role: postgres"),
    ] {
        let report = beside_built(PROJECT, false, |files| {
            let known: Vec<String> = files.keys().map(ToString::to_string).collect();
            let bytes = files.get_mut(&VPath::new(path).unwrap()).unwrap_or_else(|| panic!("no {path} in {known:?}"));
            let text = String::from_utf8(bytes.clone()).unwrap();
            assert!(text.contains(from), "`{from}` is not in {path}:\n{text}");
            *bytes = text.replacen(from, to, 1).into_bytes();
        });
        assert!(report.differences.iter().any(|d| d.side == unread), "{path}: `{from}` → `{to}`: {:?}", report.differences);
        assert!(!report.edited.iter().any(|e| e == path) || path.ends_with(".tf"), "{path} is said to give the same");
    }
    for path in ["evidence/index.html", "terraform/outputs.tf", "dbt/tests/x.sql"] {
        let gone = beside_built(PROJECT, false, |files| drop(files.remove(&VPath::new(path).unwrap())));
        let came = beside_built(PROJECT, false, |files| drop(files.insert(VPath::new(&format!("{path}x")).unwrap(), Vec::new())));
        assert!(path.starts_with("dbt") || gone.differences.iter().any(|d| d.side == less), "{path}: {:?}", gone.differences);
        assert!(came.differences.iter().any(|d| d.side == unread), "{path}: {:?}", came.differences);
    }
}

#[test]
fn looks_are_told_apart_from_what_is_not_as_built() {
    for (path, edit) in [
        ("terraform/access.tf", Box::new(|t: &str| format!("# by hand\n\n{t}")) as Box<dyn Fn(&str) -> String>),
        (
            "terraform/bucket_files.tf",
            Box::new(|t| {
                t.replace(
                    "block_public_acls       = true\n  block_public_policy     = true",
                    "block_public_policy = true\n  block_public_acls = true",
                )
            }),
        ),
        ("iam/bucket_files.json", Box::new(|t| t.replace("[\n            \"false\"\n          ]", "\"false\""))),
        ("dbt/models/marts/sale.sql", Box::new(|t| format!("-- by hand\n{t}"))),
    ] {
        let report = beside_built(PROJECT, false, |files| {
            let bytes = files.get_mut(&VPath::new(path).unwrap()).unwrap();
            let text = edit(std::str::from_utf8(bytes).unwrap());
            assert_ne!(text.as_bytes(), *bytes, "{path}");
            *bytes = text.into_bytes();
        });
        assert!(report.differences.is_empty(), "{path}: {:?}", report.differences);
        assert_eq!(report.edited, [path]);
    }
    let untouched = beside_built(PROJECT, false, |_| ());
    assert!(untouched.differences.is_empty() && untouched.edited.is_empty(), "{:?}", untouched.differences);
}
