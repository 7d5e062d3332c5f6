//! Any bytes as a project: the whole front end must end without a panic, and formatting what parses must change nothing twice.
//! `cargo +nightly fuzz run front_end` in this folder's parent; `tests/hostile.rs` does the same with a fixed set on every run.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pipec::base::{Sources, VPath};
use pipec::driver::{Options, compile};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut sources = Sources::new();
    for (path, library) in pipec::stdlib::files() {
        sources.add(VPath::new(path).expect("a library path"), *library);
    }
    sources.add(VPath::new("main.pipe").expect("a path"), text);
    let _ = compile(&sources, &Options { emit: true, ..Options::default() });
    if let Ok(once) = pipec::fmt::format(text) {
        assert_eq!(pipec::fmt::format(&once).ok().as_deref(), Some(once.as_str()));
    }
});
