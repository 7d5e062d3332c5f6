use super::super::Names;
use super::super::hcl::reference;
use super::{Place, add, call, disposable, explained, key, list, origin, output, protected, resource, role, tags, texts, title};
use crate::ir::platform::{Database, Given};
use ::hcl::expr::Expression;
use ::hcl::structure::{Block, Body};

/// What checkov asks of a database, and why it is not done.
const EXCEPTIONS: [(&str, &str); 1] = [("CKV2_AWS_30", "statements hold what patients are about: they belong into no log")];

const BY_ENVIRONMENT: [(&str, &str); 2] = [
    ("CKV_AWS_293", "protected in every environment but those declared disposable"),
    ("CKV_AWS_157", "in several zones in every environment but those declared disposable"),
];

/// The file's text.
pub(super) fn print(names: &Names<'_>, database: &Database) -> String {
    let program = names.program;
    let label = format!("database_{}", database.name);
    let called = origin::called(&database.origin, &database.name).to_owned();
    let place = Place { names, network: &database.network };
    let group = resource("aws_db_subnet_group", &label)
        .add_attribute(("name", title(program, &called)))
        .add_attribute(("description", format!("Where the database {} lies.", database.name)))
        .add_attribute(("subnet_ids", place.subnets("private")));
    let security = resource("aws_security_group", &label)
        .add_attribute(("name", title(program, &format!("{called}-database"))))
        .add_attribute(("description", format!("Who reaches the database {}.", database.name)))
        .add_attribute(("vpc_id", place.vpc()))
        .add_attribute(tags(title(program, &format!("{called}-database"))));
    // Who comes and goes is logged, what they ask is not: statements hold what patients are about.
    let set = |name: &str| Block::builder("parameter").add_attribute(("name", name)).add_attribute(("value", "1")).build();
    let parameters = resource("aws_db_parameter_group", &label)
        .add_attribute(("name", title(program, &format!("{called}-{}", database.version))))
        .add_attribute(("family", format!("postgres{}", database.version)))
        .add_attribute(("description", "Nobody connects without TLS, or without a line in the log."))
        .add_block(set("rds.force_ssl"))
        .add_block(set("log_connections"))
        .add_block(set("log_disconnections"))
        .add_block(Block::builder("lifecycle").add_attribute(("create_before_destroy", true)).build());
    let attachment = resource("aws_iam_role_policy_attachment", &label)
        .add_attribute(("role", reference(&format!("aws_iam_role.{label}.name"))))
        .add_attribute(("policy_arn", "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"));
    let mut body = add(
        Body::builder(),
        [
            group.build(),
            security.build(),
            parameters.build(),
            key(&label, &format!("Encrypts the database {} and its password.", database.name), Vec::new()),
            role(&label, title(program, &format!("{called}-monitoring")), "Measures the database.", "monitoring.rds.amazonaws.com"),
            attachment.build(),
            instance(names, database, &label, &called),
        ],
    );
    let of = |path: &str| reference(&format!("aws_db_instance.{label}.{path}"));
    let secret = call("one", [of("master_user_secret[*].secret_arn")]);
    body = add(
        body,
        [
            output(&format!("{label}_host"), &format!("Where the database `{}` answers.", database.name), of("address")),
            output(&format!("{label}_secret"), "The secret that holds its administrator's password.", secret),
        ],
    );
    let main = format!("aws_db_instance.{label}");
    let body = super::super::tagged::on(program, crate::ir::Thing::Database, &database.name, body.build());
    let text = origin::with(program, &database.origin, ("database", &database.name), &main, &body);
    let mut exceptions = EXCEPTIONS.to_vec();
    if program.platform.has_disposable() {
        // checkov does not look into the expression.
        exceptions.extend(BY_ENVIRONMENT);
    }
    explained(text, "aws_db_instance", &label, &exceptions)
}

fn instance(names: &Names<'_>, database: &Database, label: &str, called: &str) -> Block {
    let program = names.program;
    let key = || reference(&format!("aws_kms_key.{label}.arn"));
    resource("aws_db_instance", label)
        .add_attribute(("identifier", title(program, called)))
        .add_attribute(("engine", "postgres"))
        .add_attribute(("engine_version", database.version.to_string()))
        .add_attribute(("instance_class", given(&database.class)))
        .add_attribute(("db_name", &*database.database))
        .add_attribute(("username", &*database.user))
        .add_attribute(("manage_master_user_password", true))
        .add_attribute(("master_user_secret_kms_key_id", key()))
        .add_attribute(("allocated_storage", database.storage.0))
        .add_attribute(("max_allocated_storage", database.storage.1))
        .add_attribute(("storage_type", "gp3"))
        .add_attribute(("storage_encrypted", true))
        .add_attribute(("kms_key_id", key()))
        .add_attribute(("db_subnet_group_name", reference(&format!("aws_db_subnet_group.{label}.name"))))
        .add_attribute(("vpc_security_group_ids", list([reference(&format!("aws_security_group.{label}.id"))])))
        .add_attribute(("parameter_group_name", reference(&format!("aws_db_parameter_group.{label}.name"))))
        .add_attribute(("publicly_accessible", false))
        .add_attribute(("iam_database_authentication_enabled", true))
        .add_attribute(("multi_az", protected(program)))
        .add_attribute(("deletion_protection", protected(program)))
        .add_attribute(("skip_final_snapshot", disposable(program)))
        .add_attribute(("final_snapshot_identifier", title(program, &format!("{called}-final"))))
        .add_attribute(("copy_tags_to_snapshot", true))
        .add_attribute(("backup_retention_period", database.backup_days))
        .add_attribute(("auto_minor_version_upgrade", true))
        .add_attribute(("monitoring_interval", 60))
        .add_attribute(("monitoring_role_arn", reference(&format!("aws_iam_role.{label}.arn"))))
        .add_attribute(("performance_insights_enabled", true))
        .add_attribute(("performance_insights_kms_key_id", key()))
        .add_attribute(("enabled_cloudwatch_logs_exports", texts(["postgresql", "upgrade"])))
        .build()
}

/// A text, or the variable that holds it.
pub(super) fn given(given: &Given) -> Expression {
    match given {
        Given::Text(text) => Expression::from(&**text),
        Given::Variable(name) => reference(&format!("var.{name}")),
    }
}
