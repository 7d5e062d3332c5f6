use super::super::text;
use tera::{Kwargs, State, StringInput, Tera, Value};

pub(super) use super::super::text::shell_word as word;

/// The filters of the templates: `sh` makes a word of a shell, `py` a text of Python, `comment` comment lines.
pub(super) fn register(tera: &mut Tera) {
    tera.register_filter("sh", |text: StringInput<'_>, _: Kwargs, _: &State<'_>| Value::safe_string(&word(text.as_str())));
    tera.register_filter("py", |text: StringInput<'_>, _: Kwargs, _: &State<'_>| Value::safe_string(&python(text.as_str())));
    tera.register_filter("comment", |lines: Vec<String>, _: Kwargs, _: &State<'_>| Value::safe_string(&text::comment("#", &lines)));
}

/// A text of Python: JSON's escapes are Python's, too.
fn python(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::process::Command;

    #[test]
    fn words_stay_words() {
        assert_eq!(word("patient_anon"), "patient_anon");
        assert_eq!(word(""), "''");
        assert_eq!(word("-n"), "'-n'");
        assert_eq!(word("it's $HOME"), r"'it'\''s $HOME'");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_shell_reads_back_any_text(text in r#"([$`'"\\!*\n ~#&;|<>(){}\[\]-]|[^\x00]){0,10}"#) {
            let out = Command::new("bash").arg("-c").arg(format!("printf '%s.' {}", word(&text))).output().unwrap();
            prop_assert_eq!(String::from_utf8(out.stdout).unwrap(), format!("{text}."));
        }
    }
}
