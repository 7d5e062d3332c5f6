use super::super::collect::Found;
use super::super::reader::Reader;
use super::super::words::{Key, Read, Words, missing, unknown, wrong};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::platform::{Network, NetworkKind, Origin, Side};
use crate::ir::{Tagged, Thing};
use std::sync::Arc;

const NETWORK: [&str; 9] = ["cidr", "zones", "nat", "default", "adopt", "moved", "called", "owner", "tags"];

/// What is said of a network, as far as it is read.
#[derive(Default)]
struct Said {
    cidr: Option<Arc<str>>,
    zones: Option<u32>,
    no_nat: bool,
    default: Option<Arc<str>>,
    origin: Origin,
}

impl<'a> Reader<'a, '_> {
    /// `network main on aws { cidr "10.0.0.0/16"; zones 2 }`
    pub(super) fn networks(&mut self, found: &[Found<'a>]) {
        self.each(found, "network", |reader, one, words| {
            let Some((name, at)) = reader.plain_name(words, "network", "networks")? else { return Ok(()) };
            reader.cloud_word(words, "aws")?;
            let doc = reader.doc(one.item.doc.as_ref(), &one.env);
            let mut said = Said::default();
            let reported = reader.diagnostics.len();
            let mut tagged = Tagged::default();
            reader.settings(words, |reader, words, key| match super::super::tagged::said(words, key, &mut tagged)? {
                true => Ok(()),
                false => reader.network_setting(&mut said, words, key),
            });
            reader.tag(Thing::Network, &name, tagged);
            if reader.diagnostics.len() > reported {
                return Ok(());
            }
            let origin = said.origin.clone();
            let kind = said.kind(&name, at)?;
            reader.out.program.platform.networks.push(Network { name, kind, origin, doc, at });
            Ok(())
        });
        let all: Vec<_> = self.out.program.platform.networks.iter().map(|n| (n.name.clone(), n.origin.clone(), n.at)).collect();
        self.moves("network", &all);
    }

    fn network_setting(&mut self, said: &mut Said, words: &mut Words<'_>, key: Key<'_>) -> Read<()> {
        match key.text {
            "cidr" => {
                let at = words.here();
                let text = words.text("the addresses of the network")?;
                let cidr = Cidr::read(&text, at)?;
                if !cidr.is_private() || !(16..=24).contains(&cidr.length) {
                    let message = format!("`{text}` cannot be a network of its own");
                    return Err(Diagnostic::error(Code::BadNetwork, at, message)
                        .help("take private addresses (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16), from /16 to /24, `10.0.0.0/16`"));
                }
                said.cidr = Some(text);
            }
            "zones" => {
                let at = words.here();
                let zones = words.number("in how many zones")?;
                if !(2..=4).contains(&zones) {
                    return Err(Diagnostic::error(Code::BadNetwork, at, "a network lies in two to four zones"));
                }
                said.zones = Some(zones);
            }
            "nat" => {
                words.expect("none")?;
                said.no_nat = true;
            }
            "default" => {
                words.expect("because")?;
                said.default = Some(reason(words)?);
            }
            "adopt" => self.adopt(words, &mut said.origin)?,
            "moved" => self.moved(words, &mut said.origin)?,
            "called" => said.origin.called = Some(self.cloud_name(words)?),
            _ => return Err(key.unknown("network", &NETWORK)),
        }
        Ok(())
    }

    /// `in main private`
    pub(super) fn place(&mut self, words: &mut Words<'_>) -> Read<(Ident, Side)> {
        let (name, at) = words.name("a network")?;
        if self.out.program.platform.network(&name).is_none() && !self.declared("networks", &name) {
            return Err(unknown("network", name.as_str(), at, self.names_of("networks")));
        }
        let side = if words.take("public") {
            Side::Public
        } else {
            words.take("private");
            Side::Private
        };
        Ok((name, side))
    }
}

impl Said {
    fn kind(self, name: &Ident, at: Span) -> Read<NetworkKind> {
        match (self.default, self.cidr) {
            (Some(_), Some(_)) => Err(wrong(at, format!("network `{name}` is the account's default one, and has addresses of its own"))),
            (Some(_), None) if self.zones.is_some() || self.no_nat || self.origin != Origin::default() => {
                Err(wrong(at, format!("network `{name}` is the account's default one: nothing else is said of it")))
            }
            (Some(because), None) => Ok(NetworkKind::Default(because)),
            (None, Some(cidr)) => Ok(NetworkKind::Own { cidr, zones: self.zones.unwrap_or(2), nat: !self.no_nat }),
            (None, None) => Err(missing(at, format!("network `{name}` lacks its addresses"))
                .help("add `cidr \"10.0.0.0/16\"`, or `default because \"…\"` for the account's default network")),
        }
    }
}

/// Why something is looser than it could be.
pub(super) fn reason(words: &mut Words<'_>) -> Read<Arc<str>> {
    let at = words.here();
    let text = words.text("the reason")?;
    if text.trim().is_empty() { Err(wrong(at, "a reason has words")) } else { Ok(text) }
}

/// Addresses of IPv4: `198.51.100.0/24`.
pub(super) struct Cidr {
    address: u32,
    pub(super) length: u32,
}

impl Cidr {
    pub(super) fn read(text: &str, at: Span) -> Read<Cidr> {
        Cidr::of(text).ok_or_else(|| {
            Diagnostic::error(Code::BadNetwork, at, format!("`{text}` is no block of IPv4 addresses"))
                .help("write `198.51.100.0/24`: four numbers up to 255, and how many bits of them count; the others are zero")
        })
    }

    fn of(text: &str) -> Option<Cidr> {
        let (address, length) = text.split_once('/')?;
        let plain = |n: &str, most: u32| {
            let good = !n.is_empty() && n.len() <= 3 && n.bytes().all(|b| b.is_ascii_digit()) && (n == "0" || !n.starts_with('0'));
            n.parse::<u32>().ok().filter(|v| good && *v <= most)
        };
        let parts: Vec<u32> = address.split('.').map(|p| plain(p, 255)).collect::<Option<_>>()?;
        let [a, b, c, d] = parts.as_slice() else { return None };
        let length = plain(length, 32)?;
        let address = a << 24 | b << 16 | c << 8 | d;
        let rest = if length == 0 { u32::MAX } else { u32::MAX.checked_shr(length).unwrap_or(0) };
        (address & rest == 0).then_some(Cidr { address, length })
    }

    /// RFC 1918.
    pub(super) fn is_private(&self) -> bool {
        [(0x0a00_0000_u32, 8), (0xac10_0000, 12), (0xc0a8_0000, 16)]
            .iter()
            .any(|(base, length)| self.length >= *length && self.address >> (32 - length) == base >> (32 - length))
    }

    /// More addresses than any one organization has: the world, or a good part of it.
    pub(super) fn is_world(&self) -> bool {
        self.length < 12 && !self.is_private()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_they_are_written() {
        for good in ["0.0.0.0/0", "10.0.0.0/8", "198.51.100.7/32", "255.255.255.255/32"] {
            assert!(Cidr::of(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "10.0.0.0",
            "10.0.0/8",
            "10.0.0.1/8",
            "010.0.0.0/8",
            "256.0.0.0/8",
            "10.0.0.0/33",
            "10.0.0.0/08",
            " 10.0.0.0/8",
            "::/0",
            "1.2.3.4/-1",
        ] {
            assert!(Cidr::of(bad).is_none(), "{bad}");
        }
        let of = |text| Cidr::of(text).unwrap();
        assert!(of("0.0.0.0/0").is_world() && of("128.0.0.0/1").is_world() && of("52.0.0.0/8").is_world());
        assert!(!of("198.51.100.0/24").is_world() && !of("10.0.0.0/8").is_world());
        assert!(of("172.31.0.0/16").is_private() && !of("172.32.0.0/16").is_private() && !of("10.0.0.0/7").is_private());
    }
}
