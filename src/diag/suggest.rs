/// The candidate nearest to what was written, when it is near enough to be meant:
/// at most a third of its letters differ (Damerau–Levenshtein, case folded). Ties go to the first in order of name.
pub fn nearest<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = written.to_lowercase();
    let limit = (wanted.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter(|c| *c != written && c.len() <= 2 * wanted.len() + 3)
        .map(|c| (strsim::damerau_levenshtein(&wanted, &c.to_lowercase()), c))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, c)| c)
}
