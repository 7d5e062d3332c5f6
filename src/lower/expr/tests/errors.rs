use super::lab;

#[test]
fn names() {
    lab().table(&[
        ("nmae", "P0205 no column `nmae` here | did you mean `name`?"),
        ("name", "P0203 `name` is a column of more than one table here | write `t.name` or `u.name`"),
        ("t.nam", "P0205 `t` has no column `nam` | did you mean `name`?"),
        ("x.name", "P0205 no table or JSON column `x` here | did you mean `d`?"),
        ("t", "P0205 no column `t` here | `t` is a table here; whole rows are no values: name the columns"),
        ("T.NAME = 'x'", "boolean name: direct"),
        ("\"T\".name", "P0205 no table or JSON column `T` here | did you mean `t`?"),
    ]);
}

#[test]
fn functions_and_operators() {
    lab().table(&[
        ("uper(word)", "P0206 no function `uper` | did you mean `upper`? | a project can declare one: `function f(a: text) -> text { postgres \"…\" sqlite \"…\" }`"),
        ("upper(i)", "P0207 no version of `upper` takes `integer` | `upper(value: text) -> text`"),
        ("word + day", &lab().says("word + day")),
        ("row_number()", "P0210 `row_number` needs a window | write `row_number(…) over (partition by … order by …)`"),
        ("sum(sum(i))", "P0210 an aggregate stands inside `sum` | compute it in a `let` first"),
        (
            "generate_series(1, 2)",
            "P0111 `generate_series` yields rows, and one value stands here | put it into `from`: `cross join lateral …`, and use its column",
        ),
        ("now()", "P0112 `now` reads the clock, so that no build can be repeated | use `run_date`, the day the platform is built for"),
        ("current_date", "P0112 `current_date` reads the clock, so that no build can be repeated | use `run_date`, the day the platform is built for"),
        ("to_json(word)", "P0111 `to_json` takes whole rows as values | name the fields: `jsonb_build_object('id', id, …)`"),
    ]);
    assert!(lab().says("word + day").starts_with("P0207 no version of `+` takes `text` and `date` | `+("), "{}", lab().says("word + day"));
    assert!(lab().says("word = i").starts_with("P0207 no version of `=` takes `text` and `integer`"), "{}", lab().says("word = i"));
}

#[test]
fn types() {
    lab().table(&[
        ("i and ok", "P0208 `boolean` is needed here, and this is `integer` | write `… :: boolean` when that is meant"),
        ("day = '2024-02-30'", "P0208 `'2024-02-30'` is no `date` | write dates as `'2024-12-31'`"),
        ("i = 'x'", "P0208 `'x'` is no `integer`"),
        ("case when ok then 1 else word end", "P0208 the `case` mixes `integer` and `text` | cast one side with `::`"),
        ("day :: integer", "P0208 `date` can't be cast to `integer`"),
        ("raw :: date", "P0208 `jsonb` can't be cast to `date` | take the text out first: a path, `->> 'key'` or `#>> '{}'`"),
        ("interval '3 lightyears'", "P0208 `'3 lightyears'` is no `interval` | write intervals as `'1 year 2 months 3 days 4 hours'`"),
    ]);
}

#[test]
fn what_failed_is_not_complained_about_twice() {
    lab().table(&[
        ("upper(nope) || 'x' = 5", "P0205 no column `nope` here"),
        ("case when nope then 1 else 2 end + 1", "P0205 no column `nope` here"),
        ("visit.nope.deeper = 3", "P0212 `Visit` has no field `nope`"),
    ]);
}

#[test]
fn constructs() {
    for text in [
        "word similar to word",
        "word collate \"C\"",
        "row(1, 2)",
        "array[list]",
        "word like word escape '!'",
        "(i, word) = (select 1, 'x')",
        "(i, word) > any (select 1, 'x')",
        "rank(1) within group (order by i)",
        "try_cast(word as integer)",
        "word like any (list)",
        "lag(i) ignore nulls over (order by i)",
        "sum(i) over w",
    ] {
        assert!(lab().says(text).starts_with("P0111 "), "{text}: {}", lab().says(text));
    }
}
