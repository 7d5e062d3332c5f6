use pipec::base::{FileId, Sources, VPath};
use pipec::diag::Diagnostics;
#[test]
fn dump() {
    let path = std::env::var("PIPE").unwrap();
    for p in path.split(':') {
        let text = std::fs::read_to_string(p).unwrap();
        let mut s = Sources::new();
        let id = s.add(VPath::new("a.pipe").unwrap(), text.clone());
        let mut d = Diagnostics::new();
        let t = std::time::Instant::now();
        let f = pipec::syntax::parse(id, &text, &mut d);
        println!("{p}: {} items, {} bytes {:?}", f.items.len(), text.len(), t.elapsed());
        for x in d.sorted(&s).iter() {
            let lc = s.get(FileId(0)).unwrap().line_col(x.at.start);
            println!("  {}:{} {} {} {:?}", lc.line + 1, lc.column + 1, x.code.id(), x.message, x.help);
        }
        if std::env::var("TREE").is_ok() { println!("{f:#?}"); }
    }
}
