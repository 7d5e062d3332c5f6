use super::parser::Rule;

/// What a rule is called in a message; `None` for what is never worth naming.
pub(super) fn symbol(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::name | Rule::table_name | Rule::names | Rule::part | Rule::ident | Rule::targets | Rule::function_name => "a name",
        Rule::text | Rule::text_run => "a text in `\"`",
        Rule::raw => "a text in `\"\"\"`",
        Rule::type_name | Rule::type_base | Rule::scalar => "a column type",
        Rule::expr | Rule::entry_expr | Rule::cell_expr | Rule::ratio_expr | Rule::assert_expr => "an expression",
        Rule::mask_expr => "a mask",
        Rule::gen_expr | Rule::gen_path | Rule::gen_call | Rule::gen_group | Rule::gen_number | Rule::gen_bool | Rule::gen_not => "a value",
        Rule::gen_op => "an operator",
        Rule::call | Rule::callee | Rule::number | Rule::sql_text | Rule::list | Rule::symbol | Rule::joint | Rule::joint_sign => "a word",
        Rule::words_entry | Rule::sentence => "a word",
        Rule::body | Rule::sentence_block | Rule::items_block | Rule::source_block | Rule::columns_block | Rule::fields_block => "`{`",
        Rule::masking_block | Rule::metric_block | Rule::test_block | Rule::select_block => "`{`",
        Rule::params | Rule::args => "`(`",
        Rule::param => "a parameter",
        Rule::arrow => "`->`",
        Rule::equals => "`=`",
        Rule::colon => "`:`",
        Rule::row_list => "`[`",
        Rule::row => "a row in `{`",
        Rule::cell => "`column: value`",
        Rule::masked_of => "`= … masked by …`",
        Rule::from_sql => "`from sql`",
        Rule::from_metrics => "`from metrics`",
        Rule::annotation | Rule::gen_said => "`@category`",
        Rule::assert_verb | Rule::assert_bare => "`one_of`, `references`, `between`, `matches`, `not_null`, `unique` or `within`",
        Rule::EOI => "a new line or `;`",
        _ => return keyword(rule),
    })
}

fn keyword(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::kw_all => "`all`",
        Rule::kw_and => "`and`",
        Rule::kw_as => "`as`",
        Rule::kw_assert => "`assert`",
        Rule::kw_by => "`by`",
        Rule::kw_columns => "`columns`",
        Rule::kw_distinct => "`distinct`",
        Rule::kw_drop => "`drop`",
        Rule::kw_expect => "`expect`",
        Rule::kw_for => "`for`",
        Rule::kw_from => "`from`",
        Rule::kw_function => "`function`",
        Rule::kw_given => "`given`",
        Rule::kw_group => "`group`",
        Rule::kw_in => "`in`",
        Rule::kw_masked => "`masked`",
        Rule::kw_metrics => "`metrics`",
        Rule::kw_on => "`on`",
        Rule::kw_raw => "`raw`",
        Rule::kw_sql => "`sql`",
        Rule::kw_that => "`that`",
        Rule::kw_value => "`value`",
        Rule::kw_where => "`where`",
        _ => return None,
    })
}
