#[test]
fn dump() {
    let path = std::env::var("PIPE").unwrap();
    for p in path.split(':') {
        let text = std::fs::read_to_string(p).unwrap();
        let once = match pipec::fmt::format(&text) { Ok(t) => t, Err(e) => { println!("{p} {:?}", e.iter().next()); continue } };
        let twice = pipec::fmt::format(&once).unwrap();
        println!("{p} {}", if once == text { "same" } else { "changed" });
        if twice != once { println!("NOT IDEMPOTENT {p}"); std::fs::write("/tmp/once", &once).unwrap(); std::fs::write("/tmp/twice", &twice).unwrap(); }
        std::fs::write(format!("/tmp/fmt/{}", p.rsplit('/').next().unwrap()), once).unwrap();
    }
}
