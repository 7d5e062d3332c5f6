/// Words that start an item, in order of name.
pub(super) const ITEM_KEYWORDS: [&str; 42] = [
    "aggregate", "api", "bucket", "category", "clearance", "compute", "database", "dataset", "entitlement", "environment", "export",
    "exposure", "fact", "for", "function", "grant", "layer", "mask", "masking", "metric", "model", "module", "network", "operator", "output",
    "pipeline", "policy", "project", "query", "role", "schedule", "seed", "service_account", "source", "subject", "table", "terraform",
    "test", "type", "use", "var", "window",
];
