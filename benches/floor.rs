//! The floor of the benchmark: reads every file below one folder, then writes every file of a second folder into a third. No compiler that
//! reads those inputs and writes those outputs can be faster. `bench/run.py` runs it beside pipec and reports ratios.
#![allow(clippy::expect_used, clippy::disallowed_methods, reason = "a benchmark that cannot read or write has nothing to measure")]

use std::fs;
use std::path::Path;

fn files(folder: &Path, into: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).expect("a readable folder").flatten() {
        let path = entry.path();
        if path.is_dir() { files(&path, into) } else { into.push(path) }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let [input, output, copy] = arguments.as_slice() else { return };
    let (mut read, mut made) = (Vec::new(), Vec::new());
    files(Path::new(input), &mut read);
    let bytes: usize = read.iter().map(|p| fs::read(p).expect("a readable file").len()).sum();
    files(Path::new(output), &mut made);
    let contents: Vec<_> = made.iter().map(|p| (p.strip_prefix(output).expect("below"), fs::read(p).expect("a readable file"))).collect();
    let mut written = 0;
    for (path, content) in contents {
        let target = Path::new(copy).join(path);
        fs::create_dir_all(target.parent().expect("a parent")).expect("a folder");
        fs::write(&target, &content).expect("a writable file");
        written += content.len();
    }
    println!("{bytes} bytes read, {written} bytes written");
}
