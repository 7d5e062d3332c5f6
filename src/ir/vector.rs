//! Vectors, as pgvector keeps and searches them.

/// How the vectors of an index are searched: `using hnsw by cosine`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Search {
    /// What the index is.
    pub method: SearchMethod,
    /// By which distance it finds what is near.
    pub distance: Distance,
    /// `m`, `ef_construction`, `lists`: names as Postgres has them, in written order.
    pub settings: Vec<(&'static str, u32)>,
}

/// The kinds of index that pgvector has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SearchMethod {
    /// `hnsw`: a graph, which grows with the rows.
    Hnsw,
    /// `ivfflat`: lists around centres, which are chosen from the rows that are there.
    Ivfflat,
}

impl SearchMethod {
    /// Its word, here and in Postgres.
    pub fn word(self) -> &'static str {
        match self {
            SearchMethod::Hnsw => "hnsw",
            SearchMethod::Ivfflat => "ivfflat",
        }
    }
}

/// How far two vectors are apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Distance {
    /// `<=>`
    Cosine,
    /// `<->`
    L2,
    /// `<#>`
    InnerProduct,
    /// `<+>`
    L1,
}

impl Distance {
    /// All of them.
    pub const ALL: [Distance; 4] = [Distance::Cosine, Distance::L2, Distance::InnerProduct, Distance::L1];

    /// The word of the language.
    pub fn word(self) -> &'static str {
        match self {
            Distance::Cosine => "cosine",
            Distance::L2 => "l2",
            Distance::InnerProduct => "inner_product",
            Distance::L1 => "l1",
        }
    }

    /// pgvector's operator class, without which an index would serve no distance.
    pub fn operator_class(self) -> &'static str {
        match self {
            Distance::Cosine => "vector_cosine_ops",
            Distance::L2 => "vector_l2_ops",
            Distance::InnerProduct => "vector_ip_ops",
            Distance::L1 => "vector_l1_ops",
        }
    }
}

/// A vector's numbers, in the form that pgvector writes them: `[1,0.5,-2]`. `None` where the text is no vector of that length.
pub fn vector_text(text: &str, length: Option<u16>) -> Option<(String, u16)> {
    let inner = text.trim().strip_prefix('[')?.strip_suffix(']')?;
    let numbers: Vec<f32> = inner.split(',').map(|n| n.trim().parse::<f32>().ok().filter(|n| n.is_finite())).collect::<Option<_>>()?;
    let count = u16::try_from(numbers.len()).ok().filter(|n| length.is_none_or(|wanted| wanted == *n))?;
    let written: Vec<String> = numbers.into_iter().map(number_text).collect();
    Some((format!("[{}]", written.join(",")), count))
}

/// The shortest text that is this number, as Postgres writes a `real`.
fn number_text(number: f32) -> String {
    let scientific = format!("{number:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    match exponent.parse::<i32>() {
        Ok(exponent) if !(-4..6).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
        }
        _ => format!("{number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::vector_text;

    fn read(text: &str) -> Option<String> {
        vector_text(text, None).map(|(text, _)| text)
    }

    #[test]
    fn texts_are_those_of_postgres() {
        assert_eq!(read("[1, 0.50,-2.0]").as_deref(), Some("[1,0.5,-2]"));
        assert_eq!(read("[1000000,100000,0.0001,0.00001234]").as_deref(), Some("[1e+06,100000,0.0001,1.234e-05]"));
        assert_eq!(read("[0.1,16777216]").as_deref(), Some("[0.1,1.6777216e+07]"));
        assert_eq!(vector_text("[1,2]", Some(3)), None);
        for wrong in ["", "[]", "1,2", "[1,NaN]", "[1,1e60]", "{1,2}", "[1,,2]"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
