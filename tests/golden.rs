//! Every example compiles to exactly the files below `golden/`: what a change does to the output is seen in its diff.
//! `PIPEC_UPDATE_GOLDEN=1 cargo test --test golden` takes the present output for good.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a failing test panics"
)]

mod support;

use std::fs;
use support::{as_map, compile_folder, differences, example, examples, files_of, root, tell, tree};

#[test]
fn every_example_compiles_to_its_golden_files() {
    let update = std::env::var_os("PIPEC_UPDATE_GOLDEN").is_some_and(|v| v == "1");
    let mut wrong = String::new();
    for name in examples() {
        let (sources, compilation) = compile_folder(&example(&name));
        let files = as_map(&files_of(&name, compilation, &sources));
        let golden = root().join("golden").join(&name);
        if update {
            let _ = fs::remove_dir_all(&golden);
            for (path, bytes) in &files {
                let target = golden.join(path);
                fs::create_dir_all(target.parent().unwrap()).unwrap();
                fs::write(target, bytes).unwrap();
            }
        }
        let found = differences(&tree(&golden), &files);
        if !found.is_empty() {
            wrong.push_str(&format!("\nexamples/{name} (`-` golden, `+` now):\n{found}"));
        }
        tell(&format!("golden: examples/{name}: {} files{}", files.len(), if update { ", written" } else { "" }));
    }
    assert!(wrong.is_empty(), "{wrong}\nIf this is meant: PIPEC_UPDATE_GOLDEN=1 cargo test --test golden");
}

#[test]
fn no_golden_folder_is_without_its_example() {
    let examples = examples();
    for entry in fs::read_dir(root().join("golden")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(examples.contains(&name), "golden/{name} belongs to no example");
    }
}

#[test]
fn no_golden_file_names_a_place_of_this_machine() {
    let here = root().to_string_lossy().into_owned();
    for (path, bytes) in tree(&root().join("golden")) {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(&here), "golden/{path} names {here}");
    }
}
