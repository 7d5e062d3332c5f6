use super::super::Names;
use super::super::hcl::{self, object, reference};
use super::{account_root, add, document, key, list, origin, resource, texts, title};
use crate::ir::platform::{Compute, Database};
use crate::ir::{Program, Setting};
use ::hcl::expr::Expression;
use ::hcl::structure::{Block, Body};

/// What its key and its topic are called in the configuration.
pub(super) const LABEL: &str = "alarms";
const SERVICE: &str = "cloudwatch.amazonaws.com";
/// A database has come to this share of the storage that it began with, although it was to grow by itself.
const FREE_SHARE: u64 = 20;
const GIGABYTE: u64 = 1 << 30;

/// When somebody is told.
struct Alarm {
    label: String,
    called: String,
    says: String,
    namespace: &'static str,
    metric: &'static str,
    dimension: (&'static str, String),
    statistic: &'static str,
    comparison: &'static str,
    threshold: u64,
    /// Minutes that it has to be so.
    minutes: u32,
}

/// Whom trouble is told, where the project says so.
pub(super) fn told(program: &Program) -> Option<&Setting> {
    let cloud = program.project.clouds.iter().find(|c| *c.provider == *"aws")?;
    let watched = !program.platform.databases.is_empty() || !program.platform.computes.is_empty();
    cloud.settings.get("alarms").filter(|_| watched)
}

/// The file's text.
pub(super) fn print(names: &Names<'_>, to: &Setting) -> String {
    let program = names.program;
    let topic = || reference(&format!("aws_sns_topic.{LABEL}.arn"));
    let endpoint = match to {
        Setting::Variable(name) => reference(&format!("var.{name}")),
        Setting::Text(text) | Setting::Env(text) | Setting::Secret(text) => Expression::from(&**text),
    };
    let made = resource("aws_sns_topic", LABEL)
        .add_attribute(("name", title(program, LABEL)))
        .add_attribute(("kms_master_key_id", reference(&format!("aws_kms_key.{LABEL}.arn"))));
    let policy =
        resource("aws_sns_topic_policy", LABEL).add_attribute(("arn", topic())).add_attribute(("policy", document(tellers(&topic))));
    let mail = resource("aws_sns_topic_subscription", LABEL)
        .add_attribute(("topic_arn", topic()))
        .add_attribute(("protocol", "email"))
        .add_attribute(("endpoint", endpoint));
    let uses = allowed("Alarms", ("Service", SERVICE.into()), &["kms:Decrypt", "kms:GenerateDataKey*"], "*".into());
    let mut body = add(Body::builder(), [key(LABEL, "Encrypts what alarms tell.", vec![uses]), made.build(), policy.build(), mail.build()]);
    let p = &program.platform;
    for alarm in p.databases.iter().flat_map(of_database).chain(p.computes.iter().flat_map(of_machine)) {
        body = body.add_block(alarm.block(program, topic()));
    }
    hcl::print(&body.build())
}

/// CloudWatch alone tells it something, and the account alone changes it.
fn tellers(topic: &impl Fn() -> Expression) -> [Expression; 2] {
    const KEEPS: [&str; 6] = [
        "sns:DeleteTopic",
        "sns:GetTopicAttributes",
        "sns:ListSubscriptionsByTopic",
        "sns:Publish",
        "sns:SetTopicAttributes",
        "sns:Subscribe",
    ];
    let owner = object([
        ("Sid", "Account".into()),
        ("Effect", "Allow".into()),
        ("Principal", object([("AWS", account_root())])),
        ("Action", texts(KEEPS)),
        ("Resource", list([topic()])),
    ]);
    [owner, allowed("Alarms", ("Service", SERVICE.into()), &["sns:Publish"], topic())]
}

/// What a service may, for this account's sake.
fn allowed(sid: &str, principal: (&'static str, Expression), actions: &[&str], resource: Expression) -> Expression {
    let ours = object([("aws:SourceAccount", reference("data.aws_caller_identity.current.account_id"))]);
    object([
        ("Sid", sid.into()),
        ("Effect", "Allow".into()),
        ("Principal", object([principal])),
        ("Action", texts(actions.iter().copied())),
        ("Resource", list([resource])),
        ("Condition", object([("StringEquals", ours)])),
    ])
}

fn of_database(database: &Database) -> [Alarm; 2] {
    let (label, called) = (format!("database_{}", database.name), origin::called(&database.origin, &database.name));
    let one = |what: &str, says: String, metric, comparison, threshold| Alarm {
        label: format!("{label}_{what}"),
        called: format!("{called}-{what}"),
        says,
        namespace: "AWS/RDS",
        metric,
        dimension: ("DBInstanceIdentifier", format!("aws_db_instance.{label}.identifier")),
        statistic: "Average",
        comparison,
        threshold,
        minutes: 15,
    };
    let free = u64::from(database.storage.0) * GIGABYTE / FREE_SHARE;
    [
        one(
            "cpu",
            format!("The database {} has been busy for a quarter of an hour.", database.name),
            "CPUUtilization",
            "GreaterThanOrEqualToThreshold",
            90,
        ),
        one(
            "storage",
            format!("The database {} has hardly any storage left.", database.name),
            "FreeStorageSpace",
            "LessThanOrEqualToThreshold",
            free,
        ),
    ]
}

fn of_machine(compute: &Compute) -> [Alarm; 1] {
    let label = format!("compute_{}", compute.name);
    [Alarm {
        called: format!("{}-machine", origin::called(&compute.origin, &compute.name)),
        says: format!("The machine {} does not answer its checks.", compute.name),
        namespace: "AWS/EC2",
        metric: "StatusCheckFailed",
        dimension: ("InstanceId", format!("aws_instance.{label}.id")),
        label,
        statistic: "Maximum",
        comparison: "GreaterThanOrEqualToThreshold",
        threshold: 1,
        minutes: 10,
    }]
}

impl Alarm {
    fn block(&self, program: &Program, topic: Expression) -> Block {
        let (dimension, value) = &self.dimension;
        resource("aws_cloudwatch_metric_alarm", &self.label)
            .add_attribute(("alarm_name", title(program, &self.called)))
            .add_attribute(("alarm_description", &*self.says))
            .add_attribute(("namespace", self.namespace))
            .add_attribute(("metric_name", self.metric))
            .add_attribute(("dimensions", object([(*dimension, reference(value))])))
            .add_attribute(("statistic", self.statistic))
            .add_attribute(("period", 300))
            .add_attribute(("evaluation_periods", self.minutes / 5))
            .add_attribute(("comparison_operator", self.comparison))
            .add_attribute(("threshold", self.threshold))
            // What says nothing any more is in trouble, too.
            .add_attribute(("treat_missing_data", "breaching"))
            .add_attribute(("alarm_actions", list([topic.clone()])))
            .add_attribute(("ok_actions", list([topic])))
            .build()
    }
}
